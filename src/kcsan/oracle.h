// SPDX-License-Identifier: Apache-2.0
// What KCSAN would report of a program under a configuration, and why it would not report the rest.
//
// KCSAN (kernel/kcsan in Linux) watches single accesses of a running kernel for a while. Here all runs that it could watch are
// explored, and all its choices of what to watch (machine.h), so what is not reported here KCSAN never reports. That
// is about KCSAN's own notion of an execution: threads in turns on one memory, where at most one plain access of each
// thread is delayed, up to a barrier or the end of its function. Loads are never early, so a race that takes a missing
// acquire is never seen, however long a kernel runs.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/kcsan/machine.h"
#include "src/kcsan/profile.h"

namespace lkmc {

using KcsanFrame = kcsan::Frame;
using KcsanLimits = kcsan::MachineLimits;

struct KcsanAccess {
  ThreadId thread;
  Location location;
  kcsan::AccessType type;
  int bytes;
  SourcePos pos;
  std::vector<KcsanFrame> stack;           // innermost first
  std::optional<KcsanFrame> reordered_to;  // where it was, if it was delayed
};

struct KcsanReport {
  KcsanAccess watcher;
  std::optional<KcsanAccess> finder;  // none: a race of unknown origin
  bool value_changed = false;
  Word before = 0, after = 0;
  Word mask = 0;

  [[nodiscard]] bool is_assert() const;
};

// Two accesses that race under the memory model.
struct RacingAccess {
  ThreadId thread;
  SourcePos pos;
};
struct RacingPair {
  RacingAccess first, second;
  Location location;
};

struct KcsanVerdict {
  enum class Answer : std::uint8_t { kReported, kNotReported, kUnknown } answer;
  std::string reason;  // why, or what there is to know about the report; may be empty
};

// A program under one configuration.
class KcsanRun {
 public:
  // Each pair of places once, the report with a change of value and without delay before others. Where the origin of a race
  // is known, that it could also be missed is not reported on its own; a change that nobody will ever answer for is.
  [[nodiscard]] const std::vector<KcsanReport>& reports() const { return reports_; }
  [[nodiscard]] KcsanVerdict verdict(const RacingPair& pair) const;

  [[nodiscard]] const KcsanProfile& profile() const { return profile_; }
  // Whether all was explored.
  [[nodiscard]] bool complete() const { return complete_; }
  [[nodiscard]] std::uint64_t states() const { return states_; }
  [[nodiscard]] double seconds() const { return seconds_; }

 private:
  friend class KcsanOracle;
  KcsanRun(kcsan::Code& code, const KcsanProfile& profile) : code_(&code), profile_(profile) {}
  void collect(const kcsan::Machine& machine);
  [[nodiscard]] KcsanAccess describe(int access, bool delayed, int at_context, const SourcePos& at) const;
  [[nodiscard]] std::vector<int> matching(const RacingAccess& access, Location location) const;
  [[nodiscard]] std::string why_unwatched(const std::vector<int>& accesses) const;

  kcsan::Code* code_;
  KcsanProfile profile_;
  std::map<kcsan::Pair, kcsan::Meeting> meetings_;
  std::vector<bool> can_watch_, can_find_, assumed_atomic_;  // by access
  bool all_reached_ = false;                                 // no access that matters can be made but for those that were
  std::vector<KcsanReport> reports_;
  bool complete_ = true;
  std::uint64_t states_ = 0;
  double seconds_ = 0;
};

// Runs a program under several configurations.
class KcsanOracle {
 public:
  // `program` must outlive this; it is run by one worker. The names are those of the functions that the threads run.
  KcsanOracle(const Program& program, std::vector<std::string> thread_names);
  // Valid as long as the oracle.
  [[nodiscard]] KcsanRun run(const KcsanProfile& profile, const KcsanLimits& limits);

 private:
  // The threads as one compiler instruments them.
  struct Codes {
    std::unique_ptr<kcsan::Code> all{};  // of all nodes, perhaps too many, or not all of them if they are too many
    kcsan::Code::Seen seen = kcsan::Code::Seen::kSome;
    std::unique_ptr<kcsan::Code> reached{};  // of the nodes that can be reached, where these are not all
    bool threads_have_run = false;
  };

  const Program& program_;
  std::vector<std::string> thread_names_;
  std::map<kcsan::Instrumentation, Codes> codes_;
};

}  // namespace lkmc
