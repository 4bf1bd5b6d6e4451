// SPDX-License-Identifier: Apache-2.0
// finally(), run on symbols: what it finds depends on what the threads have left, and many executions leave different things.
//
// So its code is run once for each of its paths, like that of a thread (see src/program/unfolding.h), with a symbol for each
// location and for each captured variable; for an execution it is then only worked out where these have values.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "src/program/self_checking_test.h"
#include "src/program/unfolding.h"

namespace lkmc {

// Used by one worker.
class Finally {
 public:
  // `test` must outlive this, and must not grow as long as this is used.
  explicit Finally(const SelfCheckingTest& test);
  ~Finally();

  // How finally() ends, given what the threads of an execution have left. Adds what it observes to `registers`, by slot.
  struct Seen {
    PathId path;
    std::vector<const Claim*> failed;  // valid until the next look()
  };
  [[nodiscard]] Seen look(std::span<const Word> memory, std::vector<Word>& registers);
  // The end of a path: kEnd, or kFailed. Valid until the next look().
  [[nodiscard]] const PathNode& end(PathId path) const { return unfolding_.node(path); }

  // What the paths that were taken so far depend on, each once: locations, and captured variables by their slots.
  [[nodiscard]] std::span<const Location> locations() const { return locations_; }
  [[nodiscard]] std::span<const int> slots() const { return slots_; }

 private:
  class Code;
  // What there is to know of a path.
  struct Path {
    std::vector<Location> read;  // by the number of the read: what it reads
    // What it has observed at its end, by slot: what is the same in all executions, and the rest.
    std::vector<std::pair<std::size_t, Word>> constant;
    std::vector<std::pair<std::size_t, ExprId>> computed;
    std::vector<Claim> checks;
    std::size_t slots = 0;
    bool is_known = false;
  };
  [[nodiscard]] const Path& known(PathId path);
  // The slot of a location that stands for a captured variable; nothing if it is one of the test's.
  [[nodiscard]] std::optional<int> slot_of(Location location) const;

  std::unique_ptr<const Code> code_;
  Unfolding unfolding_;
  std::vector<Path> paths_;
  std::vector<Location> locations_;
  std::vector<int> slots_;
};

}  // namespace lkmc
