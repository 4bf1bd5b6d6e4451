// The two front ends agree: each test of litmus/classic/, run from its .litmus file and from its twin in C++, has the
// same executions, final states and flags.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "src/explore/explorer.h"
#include "src/kernel/cpp_test.h"
#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "src/report/cpp_tally.h"
#include "src/report/result.h"
#include "src/report/tally.h"
#include "tests/kernel/final_sight.h"

namespace lkmc {
namespace {

namespace fs = std::filesystem;

// A final state: the text of each value by its name.
using StateText = std::map<std::string, std::string>;

struct Seen {
  std::uint64_t executions = 0;
  std::uint64_t satisfying = 0;
  std::map<StateText, std::uint64_t> states;  // with the number of executions that end in each
  std::vector<std::string> flags;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::string text(const Seen& seen) {
  std::string out = std::to_string(seen.satisfying) + " of " + std::to_string(seen.executions) + '\n';
  for (const auto& [state, executions] : seen.states) {
    for (const auto& [name, value] : state) out += name + '=' + value + "; ";
    out += std::to_string(executions) + '\n';
  }
  for (const std::string& flag : seen.flags) out += flag + '\n';
  return out;
}

// The objects that a twin makes, in that order, by the names that they have in the .litmus file, where their addresses are
// values of the final state.
const std::map<std::string, std::vector<std::string>> kObjects = {
    {"lb_addr", {"u", "y"}},
    {"mp_assign_deref", {"old", "new"}},
    {"mp_deref_dropped", {"old", "new"}},
    {"rcu_deferred_free", {"y", "z"}},
};

const Model& lkmm() {
  static const auto loaded = load_model("lkmm");
  REQUIRE(std::holds_alternative<Model>(loaded));
  return std::get<Model>(loaded);
}

Statistics explore_with(const Program& program, Visitor& visitor, const ExploreOptions& options = {}) {
  static const ModelFacts facts(lkmm());
  Visitor* const visitors[] = {&visitor};
  return explore(program, lkmm(), facts, options, visitors);
}

// `1:r0=0; [x]=2;`
StateText parsed(const std::string& line) {
  StateText state;
  for (std::size_t begin = 0, end = 0; (end = line.find(';', begin)) != std::string::npos; begin = end + 1) {
    std::string one = line.substr(begin, end - begin);
    std::erase_if(one, [](char c) { return c == ' ' || c == '[' || c == ']'; });
    const std::size_t equals = one.find('=');
    state[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return state;
}

Seen run_litmus(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(in), {});
  const auto parse = parse_litmus(path.string(), content);
  REQUIRE(std::holds_alternative<std::unique_ptr<LitmusTest>>(parse));
  const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parse);
  Tally tally(test, Tally::Keep::kStates);
  const Statistics statistics = explore_with(test, tally);
  CHECK(tally.mistakes().empty());
  Seen seen{.executions = tally.positive() + tally.negative(),
            .satisfying = tally.positive(),
            .states = {},
            .flags = flag_names(lkmm(), statistics.flags)};
  for (const State& state : tally.states()) seen.states[parsed(state.line)] += state.executions;
  return seen;
}

std::string value_text(const kernel::CppTest& test, Word value) {
  const auto names = kObjects.find(test.registration().name);
  if (names == kObjects.end()) return std::to_string(value);
  const std::vector<Word> words = test.possible_words();  // null, then the objects
  REQUIRE(words.size() == names->second.size() + 1);
  const auto at = std::find(words.begin() + 1, words.end(), value);
  return at == words.end() ? std::to_string(value) : names->second[static_cast<std::size_t>(at - words.begin()) - 1];
}

// Counts the executions that satisfy what the .litmus file asks for: those that reach the condition of the one exists(), or
// without one those in which finally() finds nothing wrong.
class CppRun final : public Visitor {
 public:
  explicit CppRun(const kernel::CppTest& test) : test_(test), view_(test) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override {
    const kernel_test::FinalSight sight = view_.of(execution);
    CHECK(sight.conditions.size() <= 1);
    const bool holds = sight.conditions.empty() ? !sight.failure : sight.conditions.begin()->second;
    ++seen.executions;
    if (holds) ++seen.satisfying;
    StateText state;
    for (const auto& [name, value] : sight.values) state[name] = value_text(test_, value);
    ++seen.states[state];
    return true;
  }
  void on_deadlock(const Deadlock&) override { FAIL_CHECK("a deadlock"); }
  void on_failure(const Failure& failure) override { FAIL_CHECK(failure.message); }
  void on_misbehaviour(ThreadId, SourcePos, const std::string& message) override { FAIL_CHECK(message); }

  Seen seen;

 private:
  const kernel::CppTest& test_;
  kernel_test::FinalView view_;
};

Seen run_cpp(const kernel::Registration& registration) {
  const kernel::CppTest test(registration);
  REQUIRE_FALSE(test.setup_failure());
  const auto explored = [&](const ExploreOptions& options) {
    CppRun run(test);
    const Statistics statistics = explore_with(test, run, options);
    run.seen.flags = flag_names(lkmm(), statistics.flags);
    return run.seen;
  };
  const Seen seen = explored({});
  CHECK(explored({.footprint = false}) == seen);
  return seen;
}

// mp-once and 2+2w-mb as names in C++.
std::string name_in_cpp(const fs::path& path) {
  std::string name = path.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return c == '-' || c == '+'; }, '_');
  return name;
}

TEST_CASE("each classic test has a twin in C++ with the same executions, states and flags") {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::directory_iterator("litmus/classic")) {
    if (entry.path().extension() == ".litmus") files.emplace(name_in_cpp(entry.path()), entry.path());
  }
  CHECK(files.size() >= 60);
  std::set<std::string> twins;
  for (const kernel::Registration* registration : kernel::registered_tests()) {
    CAPTURE(registration->name);
    REQUIRE(files.contains(registration->name));
    twins.insert(registration->name);
    const Seen expected = run_litmus(files[registration->name]);
    const Seen found = run_cpp(*registration);
    CHECK(expected.executions > 0);
    CHECK_MESSAGE(found == expected, "\n.litmus:\n", text(expected), "C++:\n", text(found));
  }
  for (const auto& [name, path] : files) CHECK_MESSAGE(twins.contains(name), path.string(), " has no twin");
}

}  // namespace
}  // namespace lkmc
