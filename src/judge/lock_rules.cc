// SPDX-License-Identifier: Apache-2.0
#include "src/judge/lock_rules.h"

#include "src/judge/lifetime.h"

namespace lkmc {
namespace {

// Whether the write replaces a zero by something else. If the execution ended before that was known, it may have.
bool may_set(const Assignment& assignment, int write) {
  const auto value = assignment.value(write);
  if (value == 0) return false;
  const int before = overwritten_by(assignment, write);
  if (before == kUndecided) return true;
  const auto old = assignment.value(before);
  return !old || *old == 0;
}

class LockRulesJudge final : public Judge {
 public:
  void judge(const Ending& ending, const std::function<void(const Charge&)>& charge) const override {
    const Skeleton& skeleton = ending.assignment.skeleton();
    if (skeleton.objections.empty()) return;
    for (const Objection* o : broken_rules(ending.assignment)) {
      if (is_among(skeleton, ending.happened, o->access)) charge({.pos = skeleton.graph.event(o->access).pos, .message = o->message});
    }
  }
};

}  // namespace

std::vector<const Objection*> broken_rules(const Assignment& assignment) {
  std::vector<const Objection*> broken;
  for (const Objection& o : assignment.skeleton().objections) {
    if (!o.unless_sets || !may_set(assignment, o.access)) broken.push_back(&o);
  }
  return broken;
}

std::unique_ptr<Judge> lock_rules_judge() { return std::make_unique<LockRulesJudge>(); }

}  // namespace lkmc
