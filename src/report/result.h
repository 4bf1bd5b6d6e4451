// SPDX-License-Identifier: Apache-2.0
// What has been found out about one test, ready to be reported in any format, whatever language the test is written in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/explore/explorer.h"
#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "src/report/names.h"
#include "src/report/story.h"
#include "src/report/witness.h"

namespace lkmc {

// How often the proposition is true of the executions that were seen, in herd's words. Never if there are none.
enum class Observation : std::uint8_t { kNever, kSometimes, kAlways };

// `exists` asks a question, so no answer violates it. `~exists` and `forall` are claims. A deadlock violates any test. A C++
// test that says what it expects is violated by anything else.
enum class Verdict : std::uint8_t { kHolds, kViolated, kInconclusive };

// A remark about style, not a mistake.
inline constexpr std::string_view kMixedAccesses = "mixed-accesses";
inline constexpr std::string_view kDataRace = "data-race";

// How something comes about, in words.
struct Told {
  std::vector<std::string> schedule;  // lines
  std::vector<StoryLine> steps;
};

// Something that some execution does.
struct Finding {
  enum class Kind : std::uint8_t {
    kViolation,  // of a property
    kDeadlock,
    kRace,
    kFlag,     // of the model, other than data races
    kReached,  // what `exists` asks for
  } kind;
  std::string message{};  // of the property; the name of the flag or of the condition
  SourcePos pos{};        // of the property; no line if it is not in one place
  std::string other{};    // what `other_pos` is: `freed`; empty if one place tells all
  SourcePos other_pos{};
  std::vector<Event> accesses{};         // the two that race
  std::vector<BlockedThread> blocked{};  // in a deadlock
  const Witness* witness = nullptr;      // of the tally; null if none was kept
  std::optional<StoryEnd> end{};         // of its story, if the rest is not worth telling
  bool is_expected = false;
  std::span<const std::uint16_t> choices{};  // of a property that a thread violates: see Failure
  // Of a result that was put together from those of shards (shards.h), in place of the witness: the story, and a text that sorts
  // its execution among others.
  std::optional<Told> told{};
  std::string execution{};
};

// The final values of a complete execution, as far as the test has names for them.
struct NamedState {
  std::vector<std::pair<std::string, Word>> registers;
  std::vector<Word> memory;  // by location
};

// The condition of a litmus file.
struct Condition {
  Quantifier kind;
  std::string text;                  // `exists (1:r0=1 /\ 1:r1=0)`
  std::uint64_t positive, negative;  // executions that satisfy its proposition, and that do not
  // The final state of the execution that is shown, and as herd prints it.
  NamedState witness_state{};
  std::string witness_line{};

  [[nodiscard]] Observation observation() const;
  // Whether what was seen violates it.
  [[nodiscard]] bool is_violated() const;
};

// A final state, as far as it is observed.
struct State {
  std::string line;  // `1:r0=0; x=2;`
  std::uint64_t executions = 0;
  std::optional<bool> positive{};  // whether it satisfies the condition, if there is one
  std::string order{};             // a text that sorts it among the others
};

// What a C++ test says of itself.
struct Expected {
  std::string text;
  Verdict met;
  std::string opposite{};  // what was found if it is not met; only of conditions of exists()
};

// Of the result of a shard: which one it is, and what the others of its whole must have in common with it.
struct Part {
  Shard shard;
  std::string lkmc, program, model;  // digests
};

struct Result {
  std::string file;
  std::string_view text;  // of the file, if it is known
  std::string name;
  int line = 1;            // where the test stands
  std::string model;       // as the user named it
  int unroll = 8;          // rounds of a loop before a path is given up, as the user asked for it
  const Program* program;  // null if the result was put together from those of shards
  const Names& names;

  Statistics statistics;
  double prepare_seconds = 0;
  double explore_seconds = 0;

  Verdict verdict = Verdict::kHolds;
  std::vector<Finding> findings{};                 // the most important first
  std::vector<std::string> flags{};                // raised; sorted, each once, as herd prints them
  std::optional<Condition> condition{};            // of a litmus file
  std::map<std::string, std::uint64_t> reached{};  // executions in which the condition of exists("name", …) is true
  std::vector<Expected> expectations{};
  std::vector<State> states{};
  std::string hash{};                                       // as in herd's report; empty if it is to be made of `text`
  std::optional<Part> part{};                               // if it is that of a shard
  std::vector<std::pair<std::string, std::string>> more{};  // for JSON: other judges' objects by their keys

  [[nodiscard]] bool complete() const { return is_complete(statistics); }
  // Whether executions that were not seen cannot change the observation of the condition.
  [[nodiscard]] bool observation_is_final() const { return complete() || condition->observation() == Observation::kSometimes; }
  [[nodiscard]] std::vector<const Finding*> of(Finding::Kind kind) const;
  // Null if there is none.
  [[nodiscard]] const Finding* deadlock() const;

  [[nodiscard]] static bool is_complete(const Statistics& s) { return !s.bound_hit && s.interruption == Interruption::kNone; }
};

// Why an exploration did not see all executions, and which option changes that: `a loop goes on beyond its bound (--unroll
// raises it)`. Empty if it did.
[[nodiscard]] std::string_view why_incomplete(const Statistics& statistics);

// The names of the flags among the axioms of `model` whose indices are in the set `raised`.
[[nodiscard]] std::vector<std::string> flag_names(const Model& model, std::uint64_t raised);

[[nodiscard]] std::string_view to_string(Observation observation);
[[nodiscard]] std::string_view to_string(Verdict verdict);
// `Allowed`, `Forbidden`, `Required`
[[nodiscard]] std::string_view kind_name(Quantifier quantifier);

}  // namespace lkmc
