// A test-and-test-and-set lock: waits until the lock looks free before it tries to take it.
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
LITMUS(ttas_without_acquire, races, violated("an addition is lost")) { with_ttas(2, Fault::kRelaxedXchg); }
LITMUS(ttas_without_release, races, violated("an addition is lost")) { with_ttas(2, Fault::kRelaxedUnlock); }
