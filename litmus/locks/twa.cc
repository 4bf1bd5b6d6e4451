// A ticket lock augmented with a waiting array (Dave Dice and Alex Kogan, "TWA – Ticket Locks Augmented with a Waiting Array"): who
// is next spins on the owner's number, who is not spins on a slot of an array, which is incremented when his turn is about to come.
//
// Of two threads the second is next. It finds its own number when it looks how far off it is, or has to wait for it: 2 executions
// for each order. Where even who is next spins on the array (`near` is 0), it then finds its slot incremented; or not, but its
// number; or neither, and waits for the slot: with the one in which it need not wait these are 4.
#include "critical.h"

using namespace lkmc;

namespace {

constexpr int kSlots = 4;

struct twa_lock {
  atomic_t next;
  shared<int> owner;
  array<atomic_t, kSlots> waiting;
};

enum class Fault { kNone, kRelaxedWait, kRelaxedUnlock, kRelaxedSlot };

void lock(twa_lock &l, int near, Fault fault) {
  const value<int> mine = atomic_fetch_add_relaxed(1, &l.next);
  value<int> owner = fault == Fault::kRelaxedWait ? READ_ONCE(l.owner) : smp_load_acquire(&l.owner);
  IF (mine == owner) return;
  WHILE (mine - owner > near) {
    // First the slot, then the owner: if that is still another, the slot is still to be incremented.
    const value<int> seen = fault == Fault::kRelaxedSlot ? atomic_read(&l.waiting[mine & (kSlots - 1)])
                                                         : atomic_read_acquire(&l.waiting[mine & (kSlots - 1)]);
    owner = READ_ONCE(l.owner);
    IF (mine - owner <= near) break;
    (void)smp_cond_load_relaxed(&l.waiting[mine & (kSlots - 1)]->counter, VAL != seen);
  }
  if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&l.owner, VAL == mine);
  else (void)smp_cond_load_acquire(&l.owner, VAL == mine);
}
void unlock(twa_lock &l, int near, Fault fault) {
  const value<int> next = READ_ONCE(l.owner) + 1;
  if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(l.owner, next);
  else smp_store_release(&l.owner, next);
  (void)atomic_fetch_inc_release(&l.waiting[(next + near) & (kSlots - 1)]);
}

void with_twa(int threads, int near, Fault fault) {
  auto &l = make<twa_lock>();
  guard(threads, [&l, near, fault](int, const auto &work) {
    lock(l, near, fault);
    work();
    unlock(l, near, fault);
  });
}

}  // namespace

LITMUS(twa_2, holds) { with_twa(2, 1, Fault::kNone); }
LITMUS(twa_array_2, holds) { with_twa(2, 0, Fault::kNone); }
LITMUS(twa_without_acquire, races, violated("an addition is lost")) { with_twa(2, 1, Fault::kRelaxedWait); }
LITMUS(twa_without_release, races, violated("an addition is lost")) { with_twa(2, 1, Fault::kRelaxedUnlock); }
// The slot was incremented before the owner is looked at, and is waited for in vain.
LITMUS(twa_array_without_acquire, deadlocks) { with_twa(2, 0, Fault::kRelaxedSlot); }
