// SPDX-License-Identifier: Apache-2.0
// The oracle against the simulator on every scenario of litmus/vma and litmus/mm, under the built-in profiles.
#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "src/cpp/cpp_test.h"
#include "src/kcsan/code.h"
#include "src/kcsan/machine.h"
#include "tests/kcsan/simulator.h"
#include "tests/kcsan/tree.h"

namespace lkmc::kcsan_test {
namespace {

// The watcher, whether it was delayed, who ran into the watchpoint, whether that was delayed; and, where it takes a change of
// value to be reported, whether there was one.
using Reports = std::map<std::tuple<std::string, bool, std::string, bool>, bool>;

constexpr const char* kNobody = "nobody";
constexpr const char* kNobodyInTime = "nobody in time";

Reports ask_oracle(const kernel::CppTest& test, const KcsanProfile& profile) {
  std::vector<std::string> threads;
  for (ThreadId t = 0; t < test.thread_count(); ++t) threads.push_back(test.thread_name(t));
  kcsan::Code code(test, threads, {.has_compound = profile.has_compound, .has_test_bit_writes = profile.plain_writes_atomic});
  kcsan::Machine machine(code, profile, {});
  machine.explore_threads();
  machine.explore_watchers();
  const auto name = [&](int access) {
    if (access == kcsan::kNone) return std::string(kNobody);
    if (access == kcsan::kMissed) return std::string(kNobodyInTime);
    const kcsan::Access& a = code.access(access);
    return access_name(a.thread, a.location, a.is(kcsan::kWriteBit), a.is(kcsan::kCompoundBit), a.is(kcsan::kAssertBit), a.pos);
  };
  Reports reports;
  for (const auto& [pair, meeting] : machine.meetings()) {
    if (!meeting.reported) continue;
    const bool counts = profile.value_change_only && !code.access(pair.watcher).is(kcsan::kAssertBit);
    bool& changed = reports[{name(pair.watcher), pair.watcher_delayed, name(pair.finder), pair.finder_delayed}];
    changed = changed || (counts && meeting.value_changed);
  }
  return that_matter<std::string>(reports, kNobody, kNobodyInTime);
}

std::optional<Reports> ask_simulator(const kernel::CppTest& test, const KcsanProfile& profile, std::size_t max_states) {
  AccessNames names;
  const TreeSource source(test, names);
  const Configuration configuration{.weak_memory = profile.weak_memory,
                                    .value_change_only = profile.value_change_only,
                                    .plain_writes_atomic = profile.plain_writes_atomic,
                                    .ignore_atomics = profile.ignore_atomics,
                                    .permissive = profile.permissive,
                                    .report_unknown_origin = profile.report_unknown_origin,
                                    .is_gcc = false};
  const auto found = simulate(source, configuration, max_states);
  if (!found) return std::nullopt;
  Reports reports;
  for (const auto& [reported, changed] : *found) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = reported;
    const std::string who = names.name(watcher.first);
    const std::string by = finder == kUnnoticed ? kNobody : finder == kTooEarly ? kNobodyInTime : names.name(finder.first);
    const bool counts = profile.value_change_only && who.find(" assert ") == std::string::npos;
    reports[{who, watcher_delayed, by, finder_delayed}] = counts && changed;
  }
  return that_matter<std::string>(reports, kNobody, kNobodyInTime);
}

std::string to_string(const Reports& reports) {
  std::string text;
  for (const auto& [report, changed] : reports) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = report;
    text += "  " + watcher + (watcher_delayed ? " delayed" : "") + ", found by " + finder + (finder_delayed ? " delayed" : "") +
            (changed ? ", changed" : "") + '\n';
  }
  return text;
}

TEST_CASE("the oracle reports what the simulator does: the scenarios of the memory management") {
  constexpr std::size_t kMaxStates = 400'000;  // enough for all
  std::size_t reports = 0;
  REQUIRE(kernel::registered_tests().size() > 100);
  for (const kernel::Registration* scenario : kernel::registered_tests()) {
    const std::string name = scenario->file.substr(scenario->file.rfind('/') + 1) + ' ' + scenario->name;
    for (const char* profile_name : {"strict", "default", "permissive", "syzbot"}) {
      const auto profile = std::get<KcsanProfile>(parse_kcsan_profile(profile_name, kcsan_profile_text(profile_name)));
      kernel::CppTest test(*scenario);
      REQUIRE_MESSAGE(!test.setup_failure(), name);
      auto expected = ask_simulator(test, profile, kMaxStates);
      while (test.outgrown()) {  // a scenario that frees by call_rcu() has more threads then
        test.grow();
        expected = ask_simulator(test, profile, kMaxStates);
      }
      REQUIRE_MESSAGE(expected, name, ", ", profile_name, ": more states than the simulator is allowed");
      const Reports found = ask_oracle(test, profile);
      reports += found.size();
      CHECK_MESSAGE(found == *expected, name, ", ", profile_name, ", expected:\n", to_string(*expected), "oracle:\n", to_string(found));
    }
  }
  CHECK(reports > 100);
}

}  // namespace
}  // namespace lkmc::kcsan_test
