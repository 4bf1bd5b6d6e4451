#include "src/report/stats.h"

#include <fmt/format.h>

#include <iterator>

namespace lkmc {

std::string statistics_text(const TestResult& result) {
  const Statistics& s = result.statistics;
  const double seconds = result.explore_seconds;
  std::string out = fmt::format("c --- {} ---\n", result.test.name());
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
  line("parse", fmt::format("{:.4f}", result.parse_seconds), "seconds");
  line("explore", fmt::format("{:.4f}", seconds), "seconds");
  return out;
}

}  // namespace lkmc
