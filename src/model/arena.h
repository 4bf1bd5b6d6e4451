// SPDX-License-Identifier: Apache-2.0
// Memory for bit matrices that live and die together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "src/graph/relation.h"

namespace lkmc {

class Arena {
 public:
  // `chunk_words`: how much is asked from the system at a time.
  explicit Arena(std::size_t chunk_words) : chunk_words_(chunk_words) {}

  // Words that stay where they are for the arena's life; not initialised.
  [[nodiscard]] BitWord* allocate(int words) {
    const auto count = static_cast<std::size_t>(words);
    if (left_ < count) {
      const std::size_t size = std::max(chunk_words_, count);
      chunks_.push_back(std::make_unique_for_overwrite<BitWord[]>(size));
      next_ = chunks_.back().get();
      left_ = size;
    }
    BitWord* const result = next_;
    next_ += count;
    left_ -= count;
    return result;
  }

 private:
  std::size_t chunk_words_;
  std::vector<std::unique_ptr<BitWord[]>> chunks_;
  BitWord* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace lkmc
