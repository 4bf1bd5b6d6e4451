// SPDX-License-Identifier: Apache-2.0
// The oracle against the simulator, on random programs under random configurations.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <set>

#include "src/kcsan/code.h"
#include "src/kcsan/machine.h"
#include "tests/kcsan/program.h"
#include "tests/kcsan/simulator.h"

namespace lkmc::kcsan_test {
namespace {

Configuration random_configuration(std::mt19937& random) {
  const auto coin = [&] { return random() % 2 == 0; };
  Configuration c;
  if (coin()) {
    c = {.weak_memory = random() % 4 != 0, .value_change_only = false, .plain_writes_atomic = false};
  } else {
    c = {.value_change_only = random() % 4 != 0, .plain_writes_atomic = coin(), .ignore_atomics = random() % 4 == 0};
    c.permissive = c.value_change_only && coin();
  }
  c.report_unknown_origin = coin();
  c.is_gcc = random() % 3 == 0;
  return c;
}

KcsanProfile profile_of(const Configuration& c) {
  return {.name = "test",
          .weak_memory = c.weak_memory,
          .value_change_only = c.value_change_only,
          .plain_writes_atomic = c.plain_writes_atomic,
          .ignore_atomics = c.ignore_atomics,
          .permissive = c.permissive,
          .report_unknown_origin = c.report_unknown_origin,
          .has_compound = !c.is_gcc};
}

Instruction::Kind kind_of(const TestProgram& program, int line) {
  const std::vector<Instruction>& code = program.threads[static_cast<std::size_t>((line - 1) / 100)];
  return code[std::min(static_cast<std::size_t>((line - 1) % 100), code.size() - 1)].kind;
}

// An access of the oracle as the simulator calls its check. Where an instruction has two, the second is the write.
Check name_of(const TestProgram& program, const kcsan::Code& code, int index) {
  if (index == kcsan::kNone) return kUnnoticed;
  if (index == kcsan::kMissed) return kTooEarly;
  const kcsan::Access& a = code.access(index);
  const Instruction::Kind kind = kind_of(program, a.pos.line);
  const bool may_have_two = kind == Instruction::Kind::kCompound || kind == Instruction::Kind::kTestBit;
  return {a.pos.line, may_have_two && a.is(kcsan::kWriteBit) && !a.is(kcsan::kCompoundBit) ? 1 : 0};
}

std::map<Reported, bool> reports_of(const kcsan::Machine& machine, const kcsan::Code& code, const TestProgram& program) {
  REQUIRE(machine.is_complete());
  std::map<Reported, bool> reports;
  for (const auto& [pair, meeting] : machine.meetings()) {
    if (!meeting.reported) continue;
    bool& changed =
        reports[{name_of(program, code, pair.watcher), pair.watcher_delayed, name_of(program, code, pair.finder), pair.finder_delayed}];
    changed = changed || meeting.value_changed;
  }
  return that_matter(reports, kUnnoticed, kTooEarly);
}

// The lines whose accesses can be reached; `of` has all accesses, and only those count that conflict with another thread's.
std::set<int> reached_lines(const kcsan::Code& code, const kcsan::Code& of) {
  std::set<int> lines;
  for (std::size_t a = 0; a < code.accesses().size(); ++a) {
    if (code.is_reached(static_cast<int>(a))) lines.insert(code.accesses()[a].pos.line);
  }
  std::erase_if(lines, [&](int line) {
    return std::none_of(of.accesses().begin(), of.accesses().end(), [&](const kcsan::Access& access) {
      return access.pos.line == line && std::any_of(of.accesses().begin(), of.accesses().end(), [&](const kcsan::Access& other) {
               return other.thread != access.thread && conflict(access, other);
             });
    });
  });
  return lines;
}

// What the oracle reports of the paths that it finds by running the threads, and of those that it finds one by one.
struct Answers {
  std::map<Reported, bool> of_runs, of_paths;
  bool same_accesses;  // are reached
};
Answers ask_oracle(const TestProgram& program, const Configuration& c) {
  const FrontEnd front_end(program);
  const KcsanProfile profile = profile_of(c);
  const std::vector<std::string> names(program.threads.size(), "thread");
  const kcsan::Instrumentation instrumentation{.has_compound = !c.is_gcc, .has_test_bit_writes = c.plain_writes_atomic};
  kcsan::Code some(front_end, names, instrumentation);
  kcsan::Machine running(some, profile, {});
  running.explore_threads();
  running.explore_watchers();
  kcsan::Code all(front_end, names, instrumentation);
  REQUIRE(all.see_all(1'000) == kcsan::Code::Seen::kAll);
  kcsan::Machine looking(all, profile, {});
  looking.explore_watchers();
  return {reports_of(running, some, program), reports_of(looking, all, program),
          !looking.has_questions() || reached_lines(all, all) == reached_lines(some, all)};
}

std::string to_string(const std::map<Reported, bool>& reports) {
  std::string text;
  for (const auto& [r, changed] : reports) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = r;
    const auto name = [](const Check& check) { return std::to_string(check.first) + (check.second != 0 ? "b" : ""); };
    text += name(watcher) + (watcher_delayed ? "'" : "") + " found by " + name(finder) + (finder_delayed ? "'" : "") +
            (changed ? " changed" : "") + '\n';
  }
  return text;
}

// The same reports, with a change of value in the same ones where it takes one to be reported; where it takes none, the
// oracle shows some that are possible (see kcsan_machine.h).
bool agree(const TestProgram& program, const Configuration& c, const std::map<Reported, bool>& found, std::map<Reported, bool> expected) {
  for (const auto& [reported, changed] : found) {
    const auto same = expected.find(reported);
    if (same == expected.end() || changed) continue;
    const Instruction::Kind kind = kind_of(program, std::get<0>(reported).first);
    const bool is_assertion =
        kind == Instruction::Kind::kAssert || kind == Instruction::Kind::kScopeBegin || kind == Instruction::Kind::kScopeEnd;
    if (!c.value_change_only || is_assertion) same->second = false;
  }
  return found == expected;
}

// Compares on programs from one seed on; returns how many the simulator could do, and counts what was reported.
int compare(unsigned seed, int programs, std::size_t& reports) {
  constexpr std::size_t kMaxStates = 20'000;
  int compared = 0;
  for (unsigned i = 0; compared < programs; ++i) {
    std::mt19937 random(seed + i);
    const TestProgram program = random_program(random);
    const Configuration c = random_configuration(random);
    const auto expected = simulate(ListSource(program), c, kMaxStates);
    if (!expected) continue;
    ++compared;
    reports += expected->size();
    const Answers found = ask_oracle(program, c);
    const auto matter = that_matter(*expected, kUnnoticed, kTooEarly);
    if (agree(program, c, found.of_runs, matter) && agree(program, c, found.of_paths, matter) && found.same_accesses) continue;
    FAIL_CHECK("seed ", seed + i, ", weak ", c.weak_memory, ", value change only ", c.value_change_only, ", plain writes atomic ",
               c.plain_writes_atomic, ", ignore atomics ", c.ignore_atomics, ", permissive ", c.permissive, ", unknown origin ",
               c.report_unknown_origin, ", gcc ", c.is_gcc, "\n", to_string(program), "expected:\n", to_string(matter), "oracle:\n",
               to_string(found.of_runs), "oracle, path by path:\n", to_string(found.of_paths), "the same accesses: ", found.same_accesses);
    return compared;
  }
  return compared;
}

TEST_CASE("the oracle reports what the simulator does: first half of 4000 random programs") {
  std::size_t reports = 0;
  CHECK(compare(1'000'000, 2000, reports) == 2000);
  CHECK(reports > 2000);
}

TEST_CASE("the oracle reports what the simulator does: second half of 4000 random programs") {
  std::size_t reports = 0;
  CHECK(compare(2'000'000, 2000, reports) == 2000);
  CHECK(reports > 2000);
}

}  // namespace
}  // namespace lkmc::kcsan_test
