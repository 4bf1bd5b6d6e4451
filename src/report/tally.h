// SPDX-License-Identifier: Apache-2.0
// What one worker saw of a test, and the sum of what several saw. Each front end has its own, which judges the ends of
// executions; what they have in common is kept here: errors of the program, a deadlock, and data races.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/explore/execution.h"
#include "src/judge/data_race.h"
#include "src/model/model.h"
#include "src/report/result.h"
#include "src/report/witness.h"

namespace lkmc {

// A deadlock that outlives the exploration.
struct FoundDeadlock {
  Witness witness;
  std::vector<BlockedThread> blocked;
};

// Two accesses that race in some execution.
struct FoundRace {
  Event first, second;
  Witness witness;
};

// An error of the program, which makes it unfit to be checked.
struct Mistake {
  SourcePos pos;
  std::string message;
  friend auto operator<=>(const Mistake& a, const Mistake& b) {
    if (const auto c = a.pos.line <=> b.pos.line; c != 0) return c;
    if (const auto c = a.pos.column <=> b.pos.column; c != 0) return c;
    return a.message <=> b.message;
  }
};

// What a tally is asked to keep besides the numbers.
struct Keep {
  bool witness = false;                    // of the condition
  std::optional<std::size_t> race_flag{};  // of the model; nothing if it does not say what a data race is
  bool all_races = false;                  // by their accesses, also of tests whose reports only name the flag
};

class Tally : public Visitor {
 public:
  explicit Tally(const Keep& keep) : keep_(keep) {}

  void on_deadlock(const Deadlock& deadlock) override;

  // Adds what another worker saw of the same test.
  virtual void merge(Tally&& other);
  // Fills in what there is to say of the test and of what was found, once the statistics and the flags are there.
  virtual void tell(const Model& model, Result& result) const = 0;

  [[nodiscard]] const std::set<Mistake>& mistakes() const { return mistakes_; }
  // In the order of their places.
  [[nodiscard]] std::vector<const FoundRace*> races() const;
  // Which of the deadlocks found is kept does not depend on the order in which they are found.
  [[nodiscard]] const std::optional<FoundDeadlock>& deadlock() const { return deadlock_; }

 protected:
  [[nodiscard]] const Keep& keep() const { return keep_; }
  void mistaken(SourcePos pos, const std::string& message) { mistakes_.insert({pos, message}); }
  void raced(const DataRace& race, const Assignment& assignment);
  void add_deadlock(Result& result) const;

 private:
  struct Place {
    ThreadId thread;
    std::string file;
    int line, column;
    Location location;
    bool writes;
    auto operator<=>(const Place&) const = default;
  };

  Keep keep_;
  std::set<Mistake> mistakes_;
  std::optional<FoundDeadlock> deadlock_;
  std::map<std::pair<Place, Place>, FoundRace> races_;
};

// For hashed containers.
struct WordsHash {
  std::size_t operator()(const std::vector<Word>& words) const;
};

}  // namespace lkmc
