// SPDX-License-Identifier: Apache-2.0
// The register of judges, and what they share.
#include "src/judge/judge.h"
#include "src/judge/leak.h"
#include "src/judge/lifetime.h"
#include "src/judge/lock_rules.h"

namespace lkmc {

bool is_among(const Skeleton& skeleton, std::span<const EventIndex> first, int event) {
  const ThreadId thread = skeleton.graph.event(event).thread;
  return first.empty() || thread == kInitThread || event < skeleton.event_of(thread, first[static_cast<std::size_t>(thread)]);
}

std::vector<std::unique_ptr<Judge>> judges_of(const Program& program) {
  std::vector<std::unique_ptr<Judge>> judges;
  judges.push_back(lifetime_judge(program));
  judges.push_back(leak_judge(program));
  judges.push_back(lock_rules_judge());
  return judges;
}

}  // namespace lkmc
