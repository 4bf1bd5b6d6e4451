// An MCS lock (kernel/locking/mcs_spinlock.h): who comes queues up behind the last and waits at his own node.
//
// Of those who are in the queue together each but the last knows the next when he leaves, or not, and then finds at the tail
// somebody who came later, and nobody who came before the one that the leaver before him found. So k of them have 1, 2, 6 and 22
// executions for k from 1 to 4, and n threads the sum, over all ways to cut them into such groups, of the products of these: 3 for
// each order of 2 threads, 11 of 3, 45 of 4.
#include "critical.h"

using namespace lkmc;

namespace {

struct mcs_node {
  shared<mcs_node *> next;
  shared<int> locked;
};

enum class Fault { kNone, kRelaxedWait, kRelaxedHandOver };

void with_mcs(int threads, Fault fault) {
  auto &tail = make<shared<mcs_node *>>();
  std::vector<mcs_node *> nodes;
  for (int i = 0; i < threads; ++i) nodes.push_back(&make<mcs_node>());
  guard(threads, [&tail, nodes, fault](int i, const auto &work) {
    mcs_node *const node = nodes[static_cast<std::size_t>(i)];
    const value<mcs_node *> previous = xchg(&tail, node);
    IF (previous != nullptr) {
      WRITE_ONCE(previous->next, node);
      if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&node->locked, VAL != 0);
      else (void)smp_cond_load_acquire(&node->locked, VAL != 0);
    }
    work();
    value<mcs_node *> next = READ_ONCE(node->next);
    IF (next == nullptr) {
      IF (cmpxchg_release(&tail, node, nullptr) == node) return;
      next = smp_cond_load_relaxed(&node->next, VAL != nullptr);
    }
    if (fault == Fault::kRelaxedHandOver) WRITE_ONCE(next->locked, 1);
    else smp_store_release(&next->locked, 1);
  });
}

}  // namespace

LITMUS(mcs_2, holds) { with_mcs(2, Fault::kNone); }
LITMUS(mcs_3, holds) { with_mcs(3, Fault::kNone); }
LITMUS(mcs_4, holds) { with_mcs(4, Fault::kNone); }
LITMUS(mcs_without_acquire, races, violated("an addition is lost")) { with_mcs(2, Fault::kRelaxedWait); }
LITMUS(mcs_without_release, races, violated("an addition is lost")) { with_mcs(2, Fault::kRelaxedHandOver); }
