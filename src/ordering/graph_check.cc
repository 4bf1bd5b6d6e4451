// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/graph_check.h"

#include <map>
#include <vector>

namespace lkmc {
namespace {

// Of a fence, what the source has there; kNone if it is not known.
Tag source_tag(const Event& event, const Orderings& orderings) {
  if (event.kind != EventKind::kFence) return Tag::kNone;
  const auto found = orderings.find(site_of(Operation::kFence, event.pos));
  return found == orderings.end() ? Tag::kNone : found->second.tag;
}

// The graph of the execution with other tags. An RCU read-side critical section ends just where it has begun.
EventGraph retagged(const EventGraph& graph, const Orderings& orderings, const Retag& retag) {
  EventGraph out = graph;
  std::map<ThreadId, std::vector<bool>> sections;  // that are open, innermost last: whether they have begun
  for (Event& e : out.events) {
    if (e.is_initial() || e.pos.line <= 0) continue;
    const Tag source = source_tag(e, orderings);
    std::vector<bool>& open = sections[e.thread];
    if (source == Tag::kRcuUnlock && !open.empty()) {
      e.tag = open.back() ? Tag::kRcuUnlock : Tag::kNone;
      open.pop_back();
      continue;
    }
    Operation operation = operation_of(e);
    if (operation == Operation::kRmw && e.kind == EventKind::kRead && e.tag != Tag::kRelease &&
        orderings.contains(site_of(Operation::kAcquireIf, e.pos))) {
      operation = Operation::kAcquireIf;
    }
    e.tag = retag(site_of(operation, e.pos), e.thread, e.tag);
    if (source == Tag::kRcuLock) open.push_back(e.tag == Tag::kRcuLock);
  }
  return out;
}

}  // namespace

bool still_wrong(const Counterexample& example, const Orderings& orderings, const Model& model, const ModelFacts& facts,
                 const Retag& retag) {
  const Witness& w = example.witness;
  const EventGraph graph = retagged(w.graph, orderings, retag);
  Relation rf(w.size());
  Relation co(w.size());
  for (int e = 0; e < w.size(); ++e) {
    if (w.source_of(e) >= 0) rf.insert(w.source_of(e), e);
  }
  std::copy(w.co.begin(), w.co.end(), co.words().begin());
  const Bounds bounds{.must_rf = rf, .may_rf = rf, .must_co = co, .may_co = co};
  const auto checker = Checker::make(model, facts, graph, bounds, {});
  if (!checker->consistent(Stage::kComplete, rf.words(), co.words())) return false;
  return !example.flag || !checker->flagged(*example.flag, rf.words(), co.words(), w.values).empty();
}

}  // namespace lkmc
