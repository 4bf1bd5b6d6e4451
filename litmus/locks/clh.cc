// The lock of Craig, Landin and Hagersten: who comes puts his node at the tail and waits at the node of the one before him: n!
// executions, for each waits for one value.
#include "critical.h"

using namespace lkmc;

namespace {

struct clh_node {
  shared<bool> held;
};

enum class Fault { kNone, kRelaxedTail, kRelaxedWait, kRelaxedUnlock };

// The tail is exchanged with a release: who finds the node there must find it held.
void with_clh(int threads, Fault fault) {
  auto &tail = make<shared<clh_node *>>();
  tail = &make<clh_node>();
  std::vector<clh_node *> nodes;
  for (int i = 0; i < threads; ++i) nodes.push_back(&make<clh_node>());
  guard(threads, [&tail, nodes, fault](int i, const auto &work) {
    clh_node &mine = *nodes[static_cast<std::size_t>(i)];
    WRITE_ONCE(mine.held, true);
    const value<clh_node *> before = fault == Fault::kRelaxedTail ? xchg_relaxed(&tail, &mine) : xchg_release(&tail, &mine);
    if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&before->held, !VAL);
    else (void)smp_cond_load_acquire(&before->held, !VAL);
    work();
    if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(mine.held, false);
    else smp_store_release(&mine.held, false);
  });
}

}  // namespace

LITMUS(clh_2, holds) { with_clh(2, Fault::kNone); }
LITMUS(clh_3, holds) { with_clh(3, Fault::kNone); }
LITMUS(clh_without_release_of_tail, races, violated("an addition is lost")) { with_clh(2, Fault::kRelaxedTail); }
LITMUS(clh_without_acquire, races, violated("an addition is lost")) { with_clh(2, Fault::kRelaxedWait); }
LITMUS(clh_without_release, races, violated("an addition is lost")) { with_clh(2, Fault::kRelaxedUnlock); }
