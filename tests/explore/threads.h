// SPDX-License-Identifier: Apache-2.0
// A program whose threads are lambdas, for tests that need no source text.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "src/program/thread.h"

namespace lkmc::explore_test {

inline constexpr Location kX = 0, kY = 1, kZ = 2, kPointer = 3;

// Threads over the locations above; the pointer points to x at first.
class Threads final : public Program {
 public:
  explicit Threads(std::vector<std::function<void(Thread&)>> bodies) : bodies_(std::move(bodies)) {}
  std::span<const LocationInfo> locations() const override { return locations_; }
  int thread_count() const override { return static_cast<int>(bodies_.size()); }
  void run(ThreadId id, Thread& thread) const override { bodies_[static_cast<std::size_t>(id)](thread); }

 private:
  std::vector<std::function<void(Thread&)>> bodies_;
  std::vector<LocationInfo> locations_{{"x", 0}, {"y", 0}, {"z", 0}, {"pointer", address_of(kX)}};
};

inline Value address(Thread& t, Location location) { return t.constant(Program::address_of(location)); }
inline Value read(Thread& t, Location location, Tag tag = Tag::kOnce) { return t.read(address(t, location), tag, {}); }
inline void write(Thread& t, Location location, Word word, Tag tag = Tag::kOnce) {
  t.write(address(t, location), t.constant(word), tag, {});
}

}  // namespace lkmc::explore_test
