// `lkmc check --kcsan`: what KCSAN would report of a test.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "src/explore/execution.h"
#include "src/oracle/kcsan_profile.h"
#include "src/program/program.h"
#include "src/report/kcsan_report.h"

namespace lkmc {

// The profile of the command line: the name of a built-in one, or a file with lines of a kernel's .config. Otherwise what is
// wrong, to be printed.
[[nodiscard]] std::variant<KcsanProfile, std::string> load_kcsan_profile(const std::string& name_or_file);

// Hands on what it is told, and notes the races of executions that count.
class RaceCollector final : public Visitor {
 public:
  RaceCollector(Visitor& inner, std::size_t race_flag) : inner_(inner), flag_(race_flag) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override { inner_.on_deadlock(deadlock); }
  [[nodiscard]] bool on_failure(const Failure& failure) override { return inner_.on_failure(failure); }
  void on_flags(const Execution& execution, std::uint64_t flags) override { inner_.on_flags(execution, flags); }
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override {
    inner_.on_misbehaviour(thread, pos, message);
  }
  void on_restart() override;

  [[nodiscard]] const std::vector<RacingPair>& races() const { return races_; }

 private:
  Visitor& inner_;
  std::size_t flag_;
  std::vector<RacingPair> races_;
};

// Adds a race unless it is there.
void add_race(std::vector<RacingPair>& races, const RacingPair& race);

struct KcsanAnswer {
  std::string out;  // text, or a JSON object
  std::string stats;
  bool complete = true;
};

struct KcsanJob {
  const Program& program;
  KcsanNames names;
  // The races of the memory model; nothing if they are not known.
  std::optional<std::vector<RacingPair>> races;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const std::atomic<bool>* interrupted = nullptr;
  bool json = false;
};

// The reports under the profile, and for each race of the memory model what the profile and the built-in ones make of it.
[[nodiscard]] KcsanAnswer check_kcsan(const KcsanProfile& profile, const KcsanJob& job);

}  // namespace lkmc
