// SPDX-License-Identifier: Apache-2.0
// Which markings would remove a data race, found by trying them.
//
// A marking says how one access of the source is to be performed: as READ_ONCE() or WRITE_ONCE(), as smp_load_acquire() or
// smp_store_release(), or in data_race(). The program is explored again with one access marked, then with two, then with
// three, weaker markings first, until a race is gone and nothing else is wrong. A marking after which the race is gone and
// a property is still violated hides a bug; the first such one is told as well. So does one after which the racing threads
// still lose each other's updates, whether the test notices that or not.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/explore/execution.h"
#include "src/judge/data_race.h"
#include "src/program/marked_program.h"

namespace lkmc {

// An access of the source that a marking could be about.
struct MarkableAccess {
  SourcePos pos;
  Tag tag = Tag::kPlain;  // kPlain or kOnce
  std::set<ThreadId> threads{};
  std::set<Location> locations{};
};
using MarkableAccesses = std::map<Site, MarkableAccess>;

// Two racing accesses, by their places; the smaller one first.
using RacingSites = std::pair<Site, Site>;

// The accesses of two updates one of which is lost.
using LostSites = std::set<Site>;

// What the executions have.
struct AccessNotes {
  MarkableAccesses accesses;
  std::set<RacingSites> races;
  std::set<LostSites> lost_updates;

  void add(const AccessNotes& other);
};

// Hands on what it is told, and notes what the executions have.
class AccessCollector : public Visitor {
 public:
  AccessCollector(Visitor& inner, std::size_t race_flag) : inner_(inner), race_flag_(race_flag) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override { inner_.on_deadlock(deadlock); }
  [[nodiscard]] bool on_failure(const Failure& failure) override;
  void on_flags(const Execution& execution, std::uint64_t flags) override { inner_.on_flags(execution, flags); }
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override {
    inner_.on_misbehaviour(thread, pos, message);
  }
  void on_restart() override;

  // What this one has noted.
  [[nodiscard]] const AccessNotes& notes() const { return notes_; }

 private:
  void note(const EventGraph& graph);

  Visitor& inner_;
  std::size_t race_flag_;
  AccessNotes notes_;
};

// What an exploration has found.
struct Findings {
  std::set<RacingSites> races;
  std::set<LostSites> lost_updates;
  std::set<std::string> wrong;  // else: violated properties, deadlocks, conditions that were to be reached and are not
  bool complete = true;
};

struct Suggestion {
  Markings markings;
  Findings findings;           // then
  bool loses_updates = false;  // then, of those who race
};

struct Advice {
  RacingSites race;
  std::optional<Suggestion> hides;    // the smallest after which the race is gone, and something is still wrong
  std::optional<Suggestion> repairs;  // and after which nothing is
  bool loses_updates = false;         // as the source is: the two race for updates one of which is lost
  int tried = 0;
  bool gave_up = false;  // not all markings were tried
};

struct AdviceJob {
  const Program& program;
  const MarkableAccesses& accesses;
  Findings findings;                                    // with the markings that the source has
  std::function<bool(const SourcePos&)> can_be_edited;  // whether the place is in the user's source
  std::function<Findings(const Program&)> explore;
};

struct AllAdvice {
  std::vector<Advice> races;           // for each race by itself, or, if that is not enough, with the repairs of others
  std::optional<Suggestion> together;  // all repairs at once, if there are several
};
[[nodiscard]] AllAdvice advise(const AdviceJob& job);

// Whether data_race() is right for a plain read, on all paths of all threads: its value is not used at all, or only compared,
// and whoever goes on because of that reads the location again before any other access, but may take a lock first. False also
// where there are too many paths to tell.
[[nodiscard]] bool may_be_meant(const Program& program, const Site& read);

}  // namespace lkmc
