// A test-and-test-and-set lock: waits until the lock looks free before it tries to take it.
//
// Who comes second may look before the first takes the lock, and then fails or finds it given back, or after: 3 ways. Who comes third
// has 8 of these, by the periods in which it looks and fails, if the second does not fail; if it does, 5, and 3 in which both fail
// while the first has the lock, in either order. Of 3 threads that makes 3! (2 8 + 5 + 2 3) = 162 executions.
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
