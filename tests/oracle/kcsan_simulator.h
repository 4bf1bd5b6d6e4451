// KCSAN as its source has it: contexts, watchpoints and stalls of all threads, in all interleavings of their smallest steps.
//
// It is as slow as it is direct: every check, every stall and every access is a step of its own, and all threads may stall
// at once. Only steps that no other thread could notice are made at once. Written from kernel/kcsan/core.c and report.c, to
// judge the oracle by.
#pragma once

#include <map>
#include <optional>
#include <tuple>

#include "tests/oracle/kcsan_program.h"

namespace lkmc::kcsan_test {

struct Configuration {
  bool weak_memory = false;
  bool value_change_only = true;
  bool plain_writes_atomic = true;
  bool ignore_atomics = false;
  bool permissive = false;
  bool report_unknown_origin = true;
};

// The line of the watcher, whether it was delayed, the line of who ran into the watchpoint (0: nobody), and the same.
using Reported = std::tuple<int, bool, int, bool>;

// Those of the reports that matter: with a delay only where the same two are not reported without one.
template <class Name>
[[nodiscard]] std::map<std::tuple<Name, bool, Name, bool>, bool> that_matter(
    const std::map<std::tuple<Name, bool, Name, bool>, bool>& reports) {
  auto result = reports;
  std::erase_if(result, [&](const auto& report) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = report.first;
    return (watcher_delayed || finder_delayed) && reports.contains({watcher, false, finder, false});
  });
  return result;
}

// What is reported in some interleaving, and whether with another value before and after in some. Nothing if there are more
// states than `max_states`.
[[nodiscard]] std::optional<std::map<Reported, bool>> simulate(const Source& source, const Configuration& configuration,
                                                               std::size_t max_states);

}  // namespace lkmc::kcsan_test
