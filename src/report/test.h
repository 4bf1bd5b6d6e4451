// SPDX-License-Identifier: Apache-2.0
// A test as checks and reports see it, whatever language it is written in. A front end fills in what it knows; what the test
// expects and how its executions are judged is in its Tally.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "src/program/program.h"
#include "src/report/names.h"
#include "src/report/tally.h"

namespace lkmc {

struct Test {
  std::string file;
  std::string_view text;  // of the file, if it is known
  std::string shown_as;   // while it is being explored: the file, or the test
  const Program& program;
  const Names& names;
  std::function<std::unique_ptr<Tally>(const Keep&)> new_tally;
  // What is said of errors of the program, as `FILE:LINE:COL: error: …` on lines of their own.
  std::function<std::string(const std::set<Mistake>&)> diagnose;
  double prepare_seconds = 0;
  std::string digest{};  // of its files, if it is checked in shards
  // Of all that its results depend on besides the model and the options; empty if that is not known, or nobody asks.
  std::string full_digest{};
};

}  // namespace lkmc
