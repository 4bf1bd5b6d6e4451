// A mutex on a futex (Ulrich Drepper, "Futexes are tricky"): 0 is free, 1 locked, 2 locked with waiters, who sleep until that changes.
//
// The second of two finds it free; or locked, and when he exchanges free or still locked, and then sleeps: 3 executions for each
// order. Three threads have 198.
#include "critical.h"

using namespace lkmc;

namespace {

enum class Fault { kNone, kRelaxedLock, kRelaxedUnlock };

void lock(atomic_t &state, Fault fault) {
  value<int> seen = fault == Fault::kRelaxedLock ? atomic_cmpxchg_relaxed(&state, 0, 1) : atomic_cmpxchg_acquire(&state, 0, 1);
  IF (seen != 0) {
    IF (seen != 2) seen = atomic_xchg_acquire(&state, 2);
    WHILE (seen != 0) {
      (void)smp_cond_load_relaxed(&state.counter, VAL != 2);
      seen = atomic_xchg_acquire(&state, 2);
    }
  }
}
void unlock(atomic_t &state, Fault fault) {
  if (fault == Fault::kRelaxedUnlock) (void)atomic_xchg_relaxed(&state, 0);
  else (void)atomic_xchg_release(&state, 0);
}

void with_futex_mutex(int threads, Fault fault) {
  auto &state = make<atomic_t>();
  guard(threads, [&state, fault](int, const auto &work) {
    lock(state, fault);
    work();
    unlock(state, fault);
  });
}

}  // namespace

LITMUS(futex_mutex_2, holds) { with_futex_mutex(2, Fault::kNone); }
LITMUS(futex_mutex_3, holds) { with_futex_mutex(3, Fault::kNone); }
LITMUS(futex_mutex_without_acquire, races, violated("an addition is lost")) { with_futex_mutex(2, Fault::kRelaxedLock); }
LITMUS(futex_mutex_without_release, races, violated("an addition is lost")) { with_futex_mutex(2, Fault::kRelaxedUnlock); }
