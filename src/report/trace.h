// SPDX-License-Identifier: Apache-2.0
// Traces: one execution as JSON, specified in docs/trace-format.md.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/explore/execution.h"
#include "src/litmus/litmus.h"
#include "src/program/program.h"
#include "src/report/names.h"
#include "src/report/result.h"
#include "src/report/schedule.h"
#include "src/report/witness.h"

namespace lkmc {

inline constexpr int kTraceVersion = 2;

// What an execution shows.
struct Shown {
  enum class Kind : std::uint8_t {
    kWitness,    // of `exists`, or of a condition of exists() in a C++ test
    kViolation,  // of `~exists` or `forall`, or of a property of a C++ test
    kDeadlock,
    kFlag,  // the model raises a flag, such as data-race
  } kind = Kind::kWitness;
  std::string message{};                 // of the property of a C++ test, or the name of its condition or of the flag
  SourcePos pos{};                       // of the property
  std::vector<BlockedThread> blocked{};  // in a deadlock
};

// `witness`, …: the values of `shows` in docs/trace-format.md.
[[nodiscard]] std::string_view name_of(Shown::Kind kind);
// `perform`, `buffer`, `drain`: the values of `action` there.
[[nodiscard]] std::string_view name_of(Step::Action action);
// What a trace of a litmus file shows that has an execution to show, else a deadlock.
[[nodiscard]] Shown::Kind shown_by(const LitmusTest& test, bool is_execution);

[[nodiscard]] NamedState final_state_of(const LitmusTest& test, const Witness& witness);

// All that a trace tells.
struct TraceSubject {
  std::string path;   // of the program, as named on the command line
  std::string name;   // of the test
  std::string md5;    // of the file
  std::string model;  // as named on the command line
  int unroll;
  std::string condition;  // as herd prints it; empty for a C++ test
  Shown shows;
  const Program& program;
  const Names& names;
  const Witness& witness;
  std::optional<NamedState> final_state{};
};

[[nodiscard]] nlohmann::ordered_json trace_json(const TraceSubject& subject);
// The same as text, with one event or step on a line.
[[nodiscard]] std::string trace_text(const TraceSubject& subject);

// The trace of what a test has shown: of the first finding that the test does not expect, else of the first of all; nothing if
// no execution was kept.
[[nodiscard]] std::optional<std::string> trace_of(const Result& result);

// How a trace writes locations and values, so that another process can read them.
class TraceWords {
 public:
  // Both must outlive this.
  TraceWords(const Program& program, const Names& names);

  // No two locations have the same.
  [[nodiscard]] const std::string& location_name(Location location) const { return location_names_[static_cast<std::size_t>(location)]; }
  [[nodiscard]] std::optional<Location> location_named(const std::string& name) const;
  // A number, or as text `&x`, `S8`, `vm_area_struct+16`.
  [[nodiscard]] nlohmann::ordered_json written(Word word) const;
  // Nothing if it means nothing in this program.
  [[nodiscard]] std::optional<Word> read(const nlohmann::ordered_json& json) const;

 private:
  const Program& program_;
  std::vector<Program::Memory> memory_;
  std::vector<std::string> location_names_;
  std::map<std::string, Location> locations_;
};

}  // namespace lkmc
