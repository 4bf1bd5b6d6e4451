// The oracle against the simulator, on random programs under random configurations.
#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "src/oracle/kcsan_code.h"
#include "src/oracle/kcsan_machine.h"
#include "tests/oracle/kcsan_program.h"
#include "tests/oracle/kcsan_simulator.h"

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
  return c;
}

std::map<Reported, bool> ask_oracle(const TestProgram& program, const Configuration& c) {
  const KcsanProfile profile{.name = "test",
                             .weak_memory = c.weak_memory,
                             .value_change_only = c.value_change_only,
                             .plain_writes_atomic = c.plain_writes_atomic,
                             .ignore_atomics = c.ignore_atomics,
                             .permissive = c.permissive,
                             .report_unknown_origin = c.report_unknown_origin};
  const FrontEnd front_end(program);
  kcsan::Code code(front_end, std::vector<std::string>(program.threads.size(), "thread"));
  kcsan::Machine machine(code, profile, {});
  machine.explore_threads();
  machine.explore_watchers();
  REQUIRE(machine.is_complete());
  std::map<Reported, bool> reports;
  for (const auto& [pair, meeting] : machine.meetings()) {
    if (!meeting.reported) continue;
    const int finder = pair.finder == kcsan::kNone ? 0 : code.access(pair.finder).pos.line;
    bool& changed = reports[{code.access(pair.watcher).pos.line, pair.watcher_delayed, finder, pair.finder_delayed}];
    changed = changed || meeting.value_changed;
  }
  return reports;
}

std::string to_string(const std::map<Reported, bool>& reports) {
  std::string text;
  for (const auto& [r, changed] : reports) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = r;
    text += std::to_string(watcher) + (watcher_delayed ? "'" : "") + " found by " + std::to_string(finder) +
            (finder_delayed ? "'" : "") + (changed ? " changed" : "") + '\n';
  }
  return text;
}

// The same reports, with a change of value in the same ones where it takes one to be reported; where it takes none, the
// oracle shows some that are possible (see kcsan_machine.h).
bool agree(const TestProgram& program, const Configuration& c, const std::map<Reported, bool>& found,
           std::map<Reported, bool> expected) {
  for (const auto& [reported, changed] : found) {
    const auto same = expected.find(reported);
    if (same == expected.end() || changed) continue;
    const int line = std::get<0>(reported) - 1;
    const std::vector<Instruction>& code = program.threads[static_cast<std::size_t>(line / 100)];
    const Instruction::Kind kind = code[std::min(static_cast<std::size_t>(line % 100), code.size() - 1)].kind;
    const bool is_assertion = kind == Instruction::Kind::kAssert || kind == Instruction::Kind::kScopeBegin ||
                              kind == Instruction::Kind::kScopeEnd;
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
    const auto found = ask_oracle(program, c);
    if (agree(program, c, found, *expected)) continue;
    FAIL_CHECK("seed ", seed + i, ", weak ", c.weak_memory, ", value change only ", c.value_change_only,
               ", plain writes atomic ", c.plain_writes_atomic, ", ignore atomics ", c.ignore_atomics, ", permissive ",
               c.permissive, ", unknown origin ", c.report_unknown_origin, "\n", to_string(program), "expected:\n",
               to_string(*expected), "oracle:\n", to_string(found));
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
