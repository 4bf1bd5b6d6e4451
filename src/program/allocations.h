// SPDX-License-Identifier: Apache-2.0
// The memory that is allocated while a fiber runs, as far as somebody has to know.
//
// Between begin() and end() of an Allocations, each `operator new` of this worker is noted in it, and forgotten when it is freed. The
// program has its own `operator new` and `operator delete` for that purpose, which are as the library's otherwise. While one notes,
// another may begin; then both do, until that one ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace lkmc {

class Allocations {
 public:
  Allocations() = default;
  ~Allocations();
  Allocations(const Allocations&) = delete;
  Allocations& operator=(const Allocations&) = delete;

  // Begins to note; to be ended before anything is freed elsewhere that was allocated meanwhile. Who does not note may be ended.
  void begin();
  // What is freed while this notes is not given back before it is destroyed: nothing else comes to lie there.
  void begin_and_keep_freed();
  void end();
  // Ends, and from then on forgets what this worker frees, in whatever order others begin and end, until this is destroyed.
  void end_and_forget_freed();
  // Whether the address is that of a byte in what is allocated.
  [[nodiscard]] bool contain(const void* at) const;
  // `bytes` are words from elsewhere. Appends what all that is allocated contains. Where it is does not matter: a word that points into it,
  // there or here, becomes the number of what it points to, by the order in which they are met; one that points to what was freed and kept
  // says only that.
  void append_to(std::vector<std::byte>& bytes) const;

  // For `operator new` and `operator delete`.
  void allocated(const void* at, std::size_t size);
  // Whether it is kept.
  [[nodiscard]] bool freed(void* at);
  static void forget(const void* at);

 private:
  using Blocks = std::map<std::uintptr_t, std::size_t>;  // their sizes

  Blocks live_;
  Blocks freed_;  // and kept
  bool keeps_freed_ = false;
  Allocations* outer_ = nullptr;  // which notes, too
  // In the worker's list of those that forget what is freed: the next, and what points to this.
  Allocations* next_ = nullptr;
  Allocations** link_ = nullptr;
};

}  // namespace lkmc
