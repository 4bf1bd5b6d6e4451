// SPDX-License-Identifier: Apache-2.0
// Reads traces back, and says what is wrong with those that cannot be used.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/explore/replay.h"
#include "src/report/trace.h"

namespace lkmc {

// What is wrong with the text of a trace; line and column count from 1.
struct TraceError {
  int line = 1;
  int column = 1;
  std::string message;
};

// A trace whose form is right; whether it fits a program is not known yet.
struct Trace {
  struct Access {
    RecordedEvent event;   // without what only a program can know: location and value
    std::string location;  // empty for a fence
    int line = 0;
  };
  std::string path, name, md5, model;
  int unroll = 8;
  Shown::Kind shows = Shown::Kind::kWitness;
  std::string message;  // of the violated property, or the name of the flag or of the condition of exists()
  std::vector<Access> events;
  nlohmann::ordered_json json;  // all of it
};

[[nodiscard]] std::variant<Trace, TraceError> read_trace(std::string_view text);

// The execution of the trace in the words of a program.
[[nodiscard]] RecordedExecution record_of(const Trace& trace, const TraceWords& words);

// Where two traces of one execution differ: `events[3].line`; empty if they say the same. What `recorded` says beyond
// that is ignored, and so are columns and functions, which depend on the compiler. Places matter only if the source is the
// same.
[[nodiscard]] std::string first_difference(const nlohmann::ordered_json& recorded, const nlohmann::ordered_json& now, bool same_source);

// `read (once) of x`
[[nodiscard]] std::string event_text(EventKind kind, Tag tag, const std::string& location);
// In words.
[[nodiscard]] std::string divergence_text(const Divergence& divergence, const Trace& trace, const Program& program, const Names& names);

}  // namespace lkmc
