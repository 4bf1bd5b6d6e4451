// SPDX-License-Identifier: Apache-2.0
// What is known of the orderings of one test, as JSON, and of those of several tests as a table.
//
// Each test is judged where it can be run, which for C++ is in a child process; what it says travels as JSON and is put
// together here, by place: an ordering is needed if some test needs it.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "src/ordering/barriers.h"
#include "src/report/names.h"

namespace lkmc {

// The object of docs/json.md (barriers) for one test.
[[nodiscard]] nlohmann::ordered_json barriers_json(const BarriersReport& report, const BarriersJob& job, const Names& names);

// Of several tests, which are named so.
class BarriersTable {
 public:
  BarriersTable();
  ~BarriersTable();
  // `result` is one that lkmc check prints, with its object `barriers`.
  void add(const nlohmann::ordered_json& result);
  [[nodiscard]] std::string text(bool with_stories) const;
  [[nodiscard]] std::string markdown() const;
  // What comments in the sources lack or get wrong of what orderings pair with; a line for each.
  [[nodiscard]] std::string comments() const;
  [[nodiscard]] std::string json() const;

 private:
  struct Row;
  std::vector<Row> rows_;
  std::vector<std::string> tests_, remarks_;
};

}  // namespace lkmc
