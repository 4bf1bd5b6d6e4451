// Results and traces as JSON. The formats are specified in docs/command-line.md and docs/trace-format.md.
#pragma once

#include <optional>
#include <string>

#include "src/report/result.h"

namespace lkmc {

// One object on one line, with its newline; so the results of several files are JSON Lines.
[[nodiscard]] std::string json_report(const TestResult& result);

// The trace of the execution that shows what the condition asks for, else of a deadlock; nothing if there is neither.
[[nodiscard]] std::optional<std::string> json_trace(const TestResult& result);

}  // namespace lkmc
