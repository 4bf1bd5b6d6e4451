// SPDX-License-Identifier: Apache-2.0
#include "src/explore/complete.h"

namespace lkmc {

Rules rules_of(const ModelFacts& facts) {
  return {.coherence = facts.implies_coherence(), .atomicity = facts.implies_coherence() && facts.implies_atomicity()};
}

Rules rules_kept(const Rules& rules, const Skeleton& skeleton) {
  return {.coherence = rules.coherence && !skeleton.has_unmatched_unlock, .atomicity = rules.atomicity && skeleton.rmws_are_ordered};
}

bool is_decision(Continuation c) {
  return c == Continuation::kBranch || c == Continuation::kValue || c == Continuation::kChoice || c == Continuation::kRequire;
}

void read_memory(const Program& program, const Assignment& assignment, std::span<Word> memory) {
  for (std::size_t l = 0; l < memory.size(); ++l) {
    const bool accessed = assignment.skeleton().initial[l] >= 0;
    memory[l] = accessed ? *assignment.value(assignment.last_store(static_cast<Location>(l))) : program.locations()[l].initial;
  }
}

}  // namespace lkmc
