// SPDX-License-Identifier: Apache-2.0
// What has been found out about the rounds of a program's threads (repetition.h). All who unfold a thread are told the same, so that it has
// one tree of paths.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"

namespace lkmc {

enum class RmwStyle : std::uint8_t;
enum class Blocking : std::uint8_t;

// A round: the thread, and how it is unfolded; the answers on the way to the round's end, its place (Rounds), and where it begins and ends.
using TrialKey = std::tuple<ThreadId, RmwStyle, Blocking, std::vector<Word>, std::size_t, EventIndex, EventIndex>;

// Of those that have been tried: whether the thread is the same after one more.
class Trials {
 public:
  [[nodiscard]] std::optional<bool> outcome(const TrialKey& key) const {
    const std::scoped_lock lock(mutex_);
    const auto known = outcomes_.find(key);
    return known == outcomes_.end() ? std::nullopt : std::optional(known->second);
  }
  // Unless it is noted already.
  void note(TrialKey key, bool repeats) {
    const std::scoped_lock lock(mutex_);
    outcomes_.emplace(std::move(key), repeats);
  }
  void forget() {
    const std::scoped_lock lock(mutex_);
    outcomes_.clear();
  }

 private:
  mutable std::mutex mutex_;
  std::map<TrialKey, bool> outcomes_;
};

}  // namespace lkmc
