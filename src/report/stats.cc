// SPDX-License-Identifier: Apache-2.0
#include "src/report/stats.h"

#include <fmt/format.h>

#include <iterator>

namespace lkmc {

std::string statistics_text(std::string_view test, const Statistics& s, std::initializer_list<Phase> phases) {
  const double seconds = std::prev(phases.end())->seconds;
  std::string out = fmt::format("c --- {} ---\n", test);
  const auto line = [&](std::string_view name, auto value, std::string_view remark = "") {
    fmt::format_to(std::back_inserter(out), "c {:<20}{:>14}{}{}\n", name, value, remark.empty() ? "" : "  ", remark);
  };
  const double rate = seconds > 0 ? static_cast<double>(s.executions) / seconds : 0;
  line("executions", s.executions, fmt::format("{:.0f} per second", rate));
  line("blocked", s.blocked, "executions that end in a deadlock");
  line("choices", s.choices, "branches of the search");
  line("dead ends", s.dead_ends, "branches without an execution");
  line("model checks", s.checks);
  line("path combinations", s.skeletons);
  line("fiber runs", s.paths);
  for (const Phase& phase : phases) line(phase.name, fmt::format("{:.4f}", phase.seconds), "seconds");
  return out;
}

}  // namespace lkmc
