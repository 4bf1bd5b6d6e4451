#include "src/cli/kcsan.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/cli/file.h"
#include "src/cli/share_of_time.h"

namespace lkmc {

std::variant<KcsanProfile, std::string> load_kcsan_profile(const std::string& name) {
  std::string text(kcsan_profile_text(name));
  if (text.empty()) {
    if (!is_file(name)) {
      return fmt::format("lkmc: error: --kcsan {}: no such file, and no profile; there are: {}\n", name,
                         fmt::join(kcsan_profile_names(), ", "));
    }
    const auto content = read_file(name);
    if (const auto* error = std::get_if<FileError>(&content)) return fmt::format("{}: error: {}\n", name, error->message);
    text = std::get<std::string>(content);
  }
  const auto profile = parse_kcsan_profile(name, text);
  if (const auto* error = std::get_if<ProfileError>(&profile)) {
    return fmt::format("{}:{}:{}: error: {}\n", name, error->line, error->column, error->message);
  }
  return std::get<KcsanProfile>(profile);
}

void add_race(std::vector<RacingPair>& races, const RacingPair& race) {
  const auto same = [](const RacingAccess& a, const RacingAccess& b) { return a.thread == b.thread && a.pos == b.pos; };
  const bool known = std::any_of(races.begin(), races.end(), [&](const RacingPair& r) {
    return r.location == race.location && ((same(r.first, race.first) && same(r.second, race.second)) ||
                                           (same(r.first, race.second) && same(r.second, race.first)));
  });
  if (!known) races.push_back(race);
}

KcsanAnswer check_kcsan(const KcsanProfile& profile, const KcsanJob& job) {
  std::vector<std::string> threads;
  for (ThreadId t = 0; t < job.program.thread_count(); ++t) threads.push_back(job.names.thread(t));
  KcsanOracle oracle(job.program, std::move(threads));
  std::vector<KcsanProfile> profiles{profile};
  if (job.races && !job.races->empty()) {
    for (const std::string& name : kcsan_profile_names()) {
      if (name != profile.name) profiles.push_back(std::get<KcsanProfile>(parse_kcsan_profile(name, kcsan_profile_text(name))));
    }
  }
  // Each may take its part of the time that is left; what one does not need the others get.
  std::vector<KcsanRun> runs;
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    KcsanLimits limits{.deadline = {}, .cancelled = job.interrupted};
    if (job.deadline) limits.deadline = share_of_time(*job.deadline, static_cast<int>(profiles.size() - i));
    runs.push_back(oracle.run(profiles[i], limits));
  }

  const KcsanFindings findings{runs, job.races, job.races_complete};
  KcsanAnswer answer{.out = job.json ? kcsan_json(findings, job.names) : kcsan_text(findings, job.names), .stats = {}};
  for (const KcsanRun& run : runs) {
    answer.complete = answer.complete && run.complete();
    answer.stats += fmt::format("c kcsan {:<12}{:>14}  states in {:.4f} seconds\n", run.profile().name, run.states(), run.seconds());
  }
  return answer;
}

}  // namespace lkmc
