// What the threads of a test may write, and with which values: an estimate that errs on the side of more.
//
// The explorer lets a read wait for a write that is not there yet if some thread may still write the location
// (Program::may_write). Knowing that nobody does, which holds of most fields of most objects, saves it most of its work. All
// paths of each thread are run on their own, whatever the others do. Pointers that are followed on the way are those that
// some thread may store there, which is found out by going over the threads again until nothing is added.
#pragma once

#include <optional>
#include <set>
#include <vector>

#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc::kernel {

class Footprint {
 public:
  explicit Footprint(const Program& program);

  [[nodiscard]] bool may_write(ThreadId thread, Location location) const;

 private:
  // What a location may hold: the words that are known, and whether there may be any other.
  struct Content {
    std::set<Word> words;
    bool unknown = false;
  };
  // False if the thread has too many paths.
  bool walk(ThreadId thread);
  void note(const Unfolding& unfolding, PathId path, const ThreadEvent& event);
  // Nothing if they are not known.
  [[nodiscard]] std::optional<std::vector<Word>> outcomes(const Unfolding& unfolding, PathId path) const;
  [[nodiscard]] std::optional<std::vector<Word>> outcomes_of_value(const Unfolding& unfolding, PathId path) const;

  const Program& program_;
  std::vector<std::set<Location>> written_;  // by thread
  std::vector<bool> unknown_;                // by thread: may write anything
  std::vector<Content> contents_;            // by location
  bool grew_ = false;
};

}  // namespace lkmc::kernel
