// `lkmc check --kcsan`: what KCSAN would report of a test.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "src/oracle/kcsan_profile.h"
#include "src/program/program.h"
#include "src/report/kcsan_report.h"

namespace lkmc {

// The profile of the command line: the name of a built-in one, or a file with lines of a kernel's .config. Otherwise what is
// wrong, to be printed.
[[nodiscard]] std::variant<KcsanProfile, std::string> load_kcsan_profile(const std::string& name_or_file);

// Adds a race unless it is there.
void add_race(std::vector<RacingPair>& races, const RacingPair& race);

struct KcsanAnswer {
  std::string out;  // text, or a JSON object
  std::string stats;
  bool complete = true;
};

struct KcsanJob {
  const Program& program;
  const Names& names;
  // The races of the memory model; nothing if they are not known.
  std::optional<std::vector<RacingPair>> races;
  bool races_complete = true;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const std::atomic<bool>* interrupted = nullptr;
  bool json = false;
};

// The reports under the profile, and for each race of the memory model what the profile and the built-in ones make of it.
[[nodiscard]] KcsanAnswer check_kcsan(const KcsanProfile& profile, const KcsanJob& job);

}  // namespace lkmc
