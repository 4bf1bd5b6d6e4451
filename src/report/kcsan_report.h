// What KCSAN would say, in the words in which the kernel logs it, and for the races of the memory model whether it would.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/oracle/kcsan.h"

namespace lkmc {

// What the test of the reports is called, and how its places are.
struct KcsanNames {
  std::function<std::string(ThreadId)> thread;
  std::function<std::string(Location)> location;
  std::function<std::string(const SourcePos&)> place;  // `vma.c:7`
};

// One report, as kernel/kcsan/report.c prints it. What a test has not (addresses, offsets in functions, a machine) is made
// up: the address tells locations apart, offsets are 0, a task has the number of its thread.
[[nodiscard]] std::string kcsan_report_text(const KcsanReport& report, const KcsanNames& names);

// A race of the memory model and what each configuration makes of it: a line each.
[[nodiscard]] std::string kcsan_race_text(const RacingPair& race, std::span<const KcsanRun> runs, const KcsanNames& names);

// Whether a report is about two accesses that race under the memory model.
[[nodiscard]] bool is_about(const KcsanReport& report, const RacingPair& race);

}  // namespace lkmc
