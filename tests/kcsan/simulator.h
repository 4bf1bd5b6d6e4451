// SPDX-License-Identifier: Apache-2.0
// KCSAN as its source has it: contexts, watchpoints and stalls of all threads, in all interleavings of their smallest steps.
//
// It is as slow as it is direct: every check, every stall and every access is a step of its own, and all threads may stall
// at once. Only steps that no other thread could notice are made at once. Written from kernel/kcsan/core.c and report.c, to
// judge the oracle by.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "tests/kcsan/program.h"

namespace lkmc::kcsan_test {

struct Configuration {
  bool weak_memory = false;
  bool value_change_only = true;
  bool plain_writes_atomic = true;
  bool ignore_atomics = false;
  bool permissive = false;
  bool report_unknown_origin = true;
  bool is_gcc = false;
};

// Which check of the source: its line, or 0 for nobody who is ever looked at, -1 for nobody although somebody was, too early;
// and its number in the line.
using Check = std::pair<int, int>;
inline constexpr Check kUnnoticed{0, 0}, kTooEarly{-1, 0};

// Who watches, whether it was delayed, who ran into the watchpoint, and the same.
using Reported = std::tuple<Check, bool, Check, bool>;

// Those of the reports that matter: with a delay only where the same two are not reported without one; and that a watcher could
// be missed only if it is never found.
template <class Name>
[[nodiscard]] std::map<std::tuple<Name, bool, Name, bool>, bool> that_matter(
    const std::map<std::tuple<Name, bool, Name, bool>, bool>& reports, const Name& unnoticed, const Name& too_early) {
  auto result = reports;
  std::erase_if(result, [&](const auto& report) {
    const auto& [watcher, watcher_delayed, finder, finder_delayed] = report.first;
    const bool is_found = std::any_of(reports.begin(), reports.end(), [&, w = watcher](const auto& other) {
      const Name& who = std::get<2>(other.first);
      return std::get<0>(other.first) == w && !std::get<1>(other.first) && who != unnoticed && who != too_early;
    });
    if (finder == too_early) return is_found;
    return (watcher_delayed || finder_delayed) && reports.contains({watcher, false, finder, false});
  });
  return result;
}

// What is reported in some interleaving, and whether with another value before and after in some. Nothing if there are more
// states than `max_states`.
[[nodiscard]] std::optional<std::map<Reported, bool>> simulate(const Source& source, const Configuration& configuration,
                                                               std::size_t max_states);

}  // namespace lkmc::kcsan_test
