// SPDX-License-Identifier: Apache-2.0
// What can be asked of a test besides its verdict: what KCSAN would report, which markings remove its races, which of its
// orderings are needed, what mends it.
//
// An inquiry may watch the exploration of the test, and answers when that has ended, if need be by exploring variations. It is one
// file that implements Inquiry, and a line in inquiries.cc.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "src/inquiry/exploration.h"
#include "src/report/result.h"

namespace lkmc {

// What there is to answer from.
struct Evidence {
  const TestExplorer& explorer;
  UnderModel under;
  const Explored& explored;  // the test as it is
  const Result& result;
  bool json = false;  // the answer is to be a JSON object, else text
  // When the answer is due, and what ends it before.
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  const std::atomic<bool>& interrupted;
};

struct Reply {
  std::string out;           // what follows the report, or the object of its key in JSON (docs/json.md)
  std::string statistics{};  // for --stats
  bool complete = true;      // else the answer may lack something
  // The verdict in place of the test's; the text then stands in place of the test's report.
  std::optional<Verdict> verdict{};
};

class Inquiry {
 public:
  virtual ~Inquiry() = default;
  [[nodiscard]] virtual std::string_view key() const = 0;
  // Null if it need not watch. What it returns is used up when answer() is called.
  [[nodiscard]] virtual std::unique_ptr<Visitor> watch(Visitor&) { return nullptr; }
  [[nodiscard]] virtual Reply answer(const Evidence& evidence) = 0;
};

}  // namespace lkmc
