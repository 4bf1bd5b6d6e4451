// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/kcsan_inquiry.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "src/inquiry/kcsan_report.h"
#include "src/inquiry/share_of_time.h"
#include "src/kcsan/oracle.h"

namespace lkmc {
namespace {

// Adds a race unless it is there.
void add_race(std::vector<RacingPair>& races, const RacingPair& race) {
  const auto same = [](const RacingAccess& a, const RacingAccess& b) { return a.thread == b.thread && a.pos == b.pos; };
  const bool known = std::any_of(races.begin(), races.end(), [&](const RacingPair& r) {
    return r.location == race.location &&
           ((same(r.first, race.first) && same(r.second, race.second)) || (same(r.first, race.second) && same(r.second, race.first)));
  });
  if (!known) races.push_back(race);
}

class KcsanInquiry final : public Inquiry {
 public:
  KcsanInquiry(const KcsanProfile& profile, bool races_are_known) : profile_(profile), races_are_known_(races_are_known) {}

  [[nodiscard]] std::string_view key() const override { return "kcsan"; }

  [[nodiscard]] Reply answer(const Evidence& evidence) override {
    const Test& test = evidence.explorer.test();
    std::optional<std::vector<RacingPair>> races;
    if (races_are_known_) {
      races.emplace();
      for (const FoundRace* r : evidence.explored.tally->races()) {
        add_race(*races, {{r->first.thread, r->first.pos}, {r->second.thread, r->second.pos}, r->first.location});
      }
    }
    std::vector<std::string> threads;
    for (ThreadId t = 0; t < test.program.thread_count(); ++t) threads.push_back(test.names.thread(t));
    KcsanOracle oracle(test.program, std::move(threads));
    const std::vector<KcsanProfile> profiles = profiles_to_run(races && !races->empty());
    const std::vector<KcsanRun> runs = run(oracle, profiles, evidence);
    const KcsanFindings findings{runs, races, evidence.result.complete()};
    Reply reply{.out = evidence.json ? kcsan_json(findings, test.names) : kcsan_text(findings, test.names)};
    for (const KcsanRun& r : runs) {
      reply.complete = reply.complete && r.complete();
      reply.statistics += fmt::format("c kcsan {:<12}{:>14}  states in {:.4f} seconds\n", r.profile().name, r.states(), r.seconds());
    }
    return reply;
  }

 private:
  // The profile that was asked for; and the built-in ones, if there are races to be explained.
  [[nodiscard]] std::vector<KcsanProfile> profiles_to_run(bool has_races) const {
    std::vector<KcsanProfile> profiles{profile_};
    if (!has_races) return profiles;
    for (const std::string& name : kcsan_profile_names()) {
      if (name != profile_.name) profiles.push_back(std::get<KcsanProfile>(parse_kcsan_profile(name, kcsan_profile_text(name))));
    }
    return profiles;
  }

  // The runs refer to the oracle and to their profiles.
  [[nodiscard]] static std::vector<KcsanRun> run(KcsanOracle& oracle, const std::vector<KcsanProfile>& profiles, const Evidence& evidence) {
    // Each may take its part of the time that is left; what one does not need the others get.
    std::vector<KcsanRun> runs;
    for (std::size_t i = 0; i < profiles.size(); ++i) {
      KcsanLimits limits{.deadline = {}, .cancelled = &evidence.interrupted};
      if (evidence.deadline) limits.deadline = share_of_time(*evidence.deadline, static_cast<int>(profiles.size() - i));
      runs.push_back(oracle.run(profiles[i], limits));
    }
    return runs;
  }

  const KcsanProfile& profile_;
  bool races_are_known_;
};

}  // namespace

std::unique_ptr<Inquiry> kcsan_inquiry(const KcsanProfile& profile, bool races_are_known) {
  return std::make_unique<KcsanInquiry>(profile, races_are_known);
}

}  // namespace lkmc
