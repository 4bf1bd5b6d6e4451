// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/orderings.h"

namespace lkmc {
namespace {

// A fully ordered RMW of the older models has fences of its own beside it, at the same place (RmwStyle::kFenced).
bool belongs_to_rmw(const EventGraph& graph, int e) {
  const auto is_rmw_here = [&](int other) {
    return other >= 0 && other < graph.size() && graph.event(other).in_rmw && graph.event(other).pos == graph.event(e).pos;
  };
  const Event& event = graph.event(e);
  return event.kind == EventKind::kFence && event.tag == Tag::kMb && (is_rmw_here(e - 1) || is_rmw_here(e + 1));
}

}  // namespace

Operation operation_of(const Event& event) {
  if (event.in_rmw) return Operation::kRmw;
  if (event.kind == EventKind::kRead) return Operation::kRead;
  return event.kind == EventKind::kWrite ? Operation::kWrite : Operation::kFence;
}

std::vector<Tag> weaker_forms(Operation operation, Tag tag) {
  switch (operation) {
    case Operation::kRead:
      if (tag == Tag::kAcquire) return {Tag::kPlain, Tag::kOnce};
      return tag == Tag::kOnce ? std::vector{Tag::kPlain} : std::vector<Tag>{};
    case Operation::kWrite:
      if (tag == Tag::kRelease) return {Tag::kPlain, Tag::kOnce};
      return tag == Tag::kOnce ? std::vector{Tag::kPlain} : std::vector<Tag>{};
    case Operation::kRmw:
      if (tag == Tag::kMb) return {Tag::kOnce, Tag::kAcquire, Tag::kRelease};
      return tag == Tag::kAcquire || tag == Tag::kRelease ? std::vector{Tag::kOnce} : std::vector<Tag>{};
    case Operation::kAcquireIf:
      return {Tag::kOnce};
    case Operation::kFence:
      switch (tag) {
        case Tag::kMb:
          return {Tag::kNone, Tag::kWmb, Tag::kRmb};
        case Tag::kSyncRcu:
        case Tag::kSyncSrcu:
          return {Tag::kNone, Tag::kMb};
        case Tag::kRcuUnlock:  // goes with its beginning
        case Tag::kNone:
          return {};
        default:
          return {Tag::kNone};
      }
  }
  return {};
}

std::string name_of_ordering(Operation operation, Tag tag) {
  switch (operation) {
    case Operation::kRead:
      return tag == Tag::kAcquire ? "the acquire" : "READ_ONCE()";
    case Operation::kWrite:
      return tag == Tag::kRelease ? "the release" : "WRITE_ONCE()";
    case Operation::kRmw:
      return tag == Tag::kMb ? "the full order" : tag == Tag::kAcquire ? "the acquire" : "the release";
    case Operation::kAcquireIf:
      return "the acquire";
    case Operation::kFence:
      switch (tag) {
        case Tag::kMb:
          return "smp_mb()";
        case Tag::kRmb:
          return "smp_rmb()";
        case Tag::kWmb:
          return "smp_wmb()";
        case Tag::kBarrier:
          return "barrier()";
        case Tag::kBeforeAtomic:
          return "smp_mb__before_atomic()";
        case Tag::kAfterAtomic:
          return "smp_mb__after_atomic()";
        case Tag::kAfterSpinlock:
          return "smp_mb__after_spinlock()";
        case Tag::kAfterUnlockLock:
          return "smp_mb__after_unlock_lock()";
        case Tag::kAfterSrcuReadUnlock:
          return "smp_mb__after_srcu_read_unlock()";
        case Tag::kRcuLock:
          return "the RCU section";
        case Tag::kSyncRcu:
          return "synchronize_rcu()";
        case Tag::kSyncSrcu:
          return "synchronize_srcu()";
        default:
          return "the fence";
      }
  }
  return {};
}

std::string name_of_form(Operation operation, Tag tag) {
  switch (tag) {
    case Tag::kNone:
      return "nothing";
    case Tag::kPlain:
      return "a plain access";
    case Tag::kOnce:
      return operation == Operation::kRead ? "READ_ONCE()" : operation == Operation::kWrite ? "WRITE_ONCE()" : "relaxed";
    case Tag::kAcquire:
      return "acquire";
    case Tag::kRelease:
      return "release";
    default:
      return name_of_ordering(Operation::kFence, tag);
  }
}

bool OrderingCollector::on_execution(const Execution& execution) {
  note(execution.assignment.skeleton());
  return inner_.on_execution(execution);
}

void OrderingCollector::on_deadlock(const Deadlock& deadlock) {
  note(deadlock.assignment.skeleton());
  inner_.on_deadlock(deadlock);
}

bool OrderingCollector::on_failure(const Failure& failure) {
  note(failure.assignment.skeleton());
  return inner_.on_failure(failure);
}

void OrderingCollector::on_restart() {
  found_.clear();
  locks_.clear();
  inner_.on_restart();
}

void OrderingCollector::note(const Skeleton& skeleton) {
  const EventGraph& graph = skeleton.graph;
  const auto is_locking = [&](int e) {
    if (e < 0) return;
    locks_[site_of(operation_of(graph.event(e)), graph.event(e).pos)] = true;
  };
  for (const LockSpan& span : skeleton.held) {
    is_locking(span.from);
    is_locking(span.to);
  }
  for (int i = 0; i < graph.size(); ++i) {
    const Event& e = graph.event(i);
    const bool is_operation =
        e.kind == EventKind::kRead || e.kind == EventKind::kWrite || e.kind == EventKind::kFence || e.kind == EventKind::kSyncSrcu;
    if (!is_operation || e.is_initial() || e.pos.line <= 0 || belongs_to_rmw(graph, i)) continue;
    // The read of a release_rmw_acquire_if() is an acquire where its write is a release.
    const bool is_conditional = e.in_rmw && e.kind == EventKind::kRead && e.tag == Tag::kAcquire && i + 1 < graph.size() &&
                                graph.rmw.contains(i, i + 1) && graph.event(i + 1).tag == Tag::kRelease;
    const Operation operation = is_conditional ? Operation::kAcquireIf : operation_of(e);
    found_.try_emplace(site_of(operation, e.pos), Ordering{e.pos, e.tag}).first->second.threads.insert(e.thread);
  }
}

void OrderingCollector::tell(Orderings& orderings) const {
  for (const auto& [site, ordering] : found_) {
    if (locks_.contains(site)) continue;
    orderings.try_emplace(site, ordering).first->second.threads.insert(ordering.threads.begin(), ordering.threads.end());
  }
}

}  // namespace lkmc
