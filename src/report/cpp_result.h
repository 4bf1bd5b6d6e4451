// What has been found out about one C++ litmus test, judged by what the test expects, and reports of it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/explore/explorer.h"
#include "src/kernel/cpp_test.h"
#include "src/report/cpp_tally.h"
#include "src/report/paint.h"
#include "src/report/result.h"
#include "src/report/text.h"

namespace lkmc {

struct CppResult {
  std::string file;
  const kernel::CppTest& test;
  std::string model;  // as the user named it
  std::string md5{};  // of the file
  int unroll = 8;     // as the user asked for it
  const CppTally& tally;
  Statistics statistics;
  std::vector<std::string> flags;  // raised; sorted, each once
  double set_up_seconds = 0;
  double explore_seconds = 0;
  std::vector<std::pair<std::string, std::string>> more{};  // for JSON: other judges' objects by their keys

  [[nodiscard]] bool complete() const {
    return !statistics.bound_hit && statistics.interruption == Interruption::kNone;
  }
  [[nodiscard]] const std::vector<kernel::Expectation>& expectations() const {
    return test.registration().expectations;
  }
  [[nodiscard]] bool expects(kernel::Expectation::Kind kind, const std::string& name = {}) const;
  // Whether an expectation is met; inconclusive if executions that were not seen could change that.
  [[nodiscard]] Verdict judge(const kernel::Expectation& expectation) const;
  // Whether something is wrong that the test does not expect.
  [[nodiscard]] bool has_surprise() const;
  // Of all expectations; without any, of all properties.
  [[nodiscard]] Verdict verdict() const;
};

// The verdict, then how what is wrong can come about. Ends with an empty line if it is more than one line.
[[nodiscard]] std::string cpp_text_report(const CppResult& result, const TextOptions& options);
// One JSON object on one line.
[[nodiscard]] std::string cpp_json_report(const CppResult& result);
// The trace of what is wrong: the first violated property, else a deadlock, else a flag such as a data race; what the test
// expects comes last. Nothing if nothing is wrong and no condition of exists() is reached.
[[nodiscard]] std::optional<std::string> cpp_trace(const CppResult& result, const Model& model);

}  // namespace lkmc
