// A test-and-test-and-set lock: waits until the lock looks free before it tries to take it.
//
// Who is second may find it free again when he looks, or look before and find it free or locked when he exchanges: 3 executions for
// each order of two threads. The third of three has 8 ways, and where both try in vain in the first's section, as in 3 of the 3 * 8
// combinations, either may do so first: 27 for each order, 162.
#include "critical.h"

using namespace lkmc;

namespace {

enum class Fault { kNone, kRelaxedXchg, kRelaxedUnlock };

void with_ttas(int threads, Fault fault) {
  auto &l = make<shared<int>>();
  guard(threads, [&l, fault](int, const auto &work) {
    WHILE (true) {
      (void)smp_cond_load_relaxed(&l, VAL == 0);
      const value<int> old = fault == Fault::kRelaxedXchg ? xchg_relaxed(&l, 1) : xchg_acquire(&l, 1);
      IF (old == 0) break;
    }
    work();
    if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(l, 0);
    else smp_store_release(&l, 0);
  });
}

}  // namespace

LITMUS(ttas_2, holds) { with_ttas(2, Fault::kNone); }
LITMUS(ttas_3, holds) { with_ttas(3, Fault::kNone); }
LITMUS(ttas_without_acquire, races, violated("an addition is lost")) { with_ttas(2, Fault::kRelaxedXchg); }
LITMUS(ttas_without_release, races, violated("an addition is lost")) { with_ttas(2, Fault::kRelaxedUnlock); }
