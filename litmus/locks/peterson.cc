// Peterson's lock for two threads: each says that it wants to enter and lets the other go first, then looks whether that one wants to.
// There are 12 executions.
#include "critical.h"

using namespace lkmc;

namespace {

struct peterson_lock {
  shared<bool> wants[2];
  shared<int> turn;
};

enum class Fault { kNone, kNoBarrier, kWeakBarrierBetween, kNoAcquire, kRelaxedUnlock };

void lock(peterson_lock &l, int me, Fault fault) {
  const int other = 1 - me;
  WRITE_ONCE(l.wants[me], true);
  if (fault == Fault::kWeakBarrierBetween) smp_wmb();
  else smp_mb();
  WRITE_ONCE(l.turn, other);
  if (fault != Fault::kNoBarrier) smp_mb();
  if (fault == Fault::kNoAcquire) {
    WHILE (READ_ONCE(l.wants[other]) && READ_ONCE(l.turn) == other) cpu_relax();
  } else {
    WHILE (smp_load_acquire(&l.wants[other]) && smp_load_acquire(&l.turn) == other) cpu_relax();
  }
}
void unlock(peterson_lock &l, int me, Fault fault) {
  if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(l.wants[me], false);
  else smp_store_release(&l.wants[me], false);
}

void with_peterson(Fault fault) {
  auto &l = make<peterson_lock>();
  guard(2, [&l, fault](int i, const auto &work) {
    lock(l, i, fault);
    work();
    unlock(l, i, fault);
  });
}

}  // namespace

LITMUS(peterson, holds) { with_peterson(Fault::kNone); }
LITMUS(peterson_without_mb, races, violated("an addition is lost")) { with_peterson(Fault::kNoBarrier); }
// The store to `turn` is overwritten by the other's, who then sees none to `wants`: R+wmb+mb, which Power allows.
LITMUS(peterson_with_wmb, races, violated("an addition is lost")) { with_peterson(Fault::kWeakBarrierBetween); }
LITMUS(peterson_without_acquire, races, violated("an addition is lost")) { with_peterson(Fault::kNoAcquire); }
LITMUS(peterson_without_release, races, violated("an addition is lost")) { with_peterson(Fault::kRelaxedUnlock); }
