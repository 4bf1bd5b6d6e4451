// The queued spinlock (kernel/locking/qspinlock.c): one word with a byte that says locked, a bit for the first who waits, and the
// tail of a queue of the others, an MCS lock whose owner waits for the word.
//
// The kernel stores and exchanges bytes and halves of the word. lkmc knows no accesses of mixed sizes, so all are operations on the
// whole word here that leave the other bits as they are, as the kernel has them too where the tail does not fit into 16 bits;
// unlock is a read-modify-write for the same reason.
//
// Of two threads the first takes the lock. The second finds it free again; or it finds it locked and sets the pending bit, while it
// still is or when it no longer is: 3 executions for each order. Who queues up behind one who holds the lock finds it free when he
// looks, or looks again, or exchanges the tail, or behind that: 4.
#include "critical.h"

using namespace lkmc;

namespace {

constexpr int kLocked = 1, kPending = 1 << 8, kLockedPending = 0x1ff, kTailShift = 16;

struct mcs_node {
  shared<mcs_node *> next;
  shared<int> locked;
};
struct qspinlock {
  atomic_t val;
};

enum class Fault { kNone, kRelaxedPending, kRelaxedUnlock, kRelaxedHead };

// The nodes of all threads; a tail is the number of one, counted from 1.
struct queued_lock {
  qspinlock lock;
  array<mcs_node, 3> nodes;
};

value<int> exchange_tail(qspinlock &lock, int tail) {
  value<int> old = atomic_read(&lock.val);
  WHILE (!atomic_try_cmpxchg_relaxed(&lock.val, &old, (old & kLockedPending) | tail)) cpu_relax();
  return old;
}

void lock_in_queue(queued_lock &l, int i, Fault fault) {
  qspinlock &lock = l.lock;
  const int tail = (i + 1) << kTailShift;
  mcs_node &node = l.nodes[i];
  WRITE_ONCE(node.locked, 0);
  WRITE_ONCE(node.next, nullptr);
  IF (atomic_read(&lock.val) == 0) {
    IF (atomic_cmpxchg_acquire(&lock.val, 0, kLocked) == 0) return;
  }
  smp_wmb();
  const value<int> old = exchange_tail(lock, tail);
  value<mcs_node *> next = nullptr;
  IF ((old >> kTailShift) != 0) {
    WRITE_ONCE(l.nodes[(old >> kTailShift) - 1]->next, &node);
    (void)smp_cond_load_acquire(&node.locked, VAL != 0);
    next = READ_ONCE(node.next);
  }
  value<int> val = fault == Fault::kRelaxedHead ? smp_cond_load_relaxed(&lock.val.counter, (VAL & kLockedPending) == 0)
                                                : smp_cond_load_acquire(&lock.val.counter, (VAL & kLockedPending) == 0);
  IF ((val >> kTailShift) == i + 1) {
    IF (atomic_try_cmpxchg_relaxed(&lock.val, &val, kLocked)) return;
  }
  atomic_or(kLocked, &lock.val);
  IF (next == nullptr) next = smp_cond_load_relaxed(&node.next, VAL != nullptr);
  smp_store_release(&next->locked, 1);
}
void lock(queued_lock &l, int i, Fault fault) {
  value<int> val = 0;
  IF (atomic_try_cmpxchg_acquire(&l.lock.val, &val, kLocked)) return;
  IF (val == kPending) val = smp_cond_load_relaxed(&l.lock.val.counter, VAL != kPending);
  IF ((val & ~kLocked) == 0) {
    val = fault == Fault::kRelaxedPending ? atomic_fetch_or_relaxed(kPending, &l.lock.val)
                                          : atomic_fetch_or_acquire(kPending, &l.lock.val);
    IF ((val & ~kLocked) == 0) {
      IF ((val & kLocked) != 0) {
        if (fault == Fault::kRelaxedPending) (void)smp_cond_load_relaxed(&l.lock.val.counter, (VAL & kLocked) == 0);
        else (void)smp_cond_load_acquire(&l.lock.val.counter, (VAL & kLocked) == 0);
      }
      atomic_add(kLocked - kPending, &l.lock.val);
      return;
    }
    IF ((val & kPending) == 0) atomic_andnot(kPending, &l.lock.val);
  }
  lock_in_queue(l, i, fault);
}
void unlock(qspinlock &lock, Fault fault) {
  if (fault == Fault::kRelaxedUnlock) (void)atomic_fetch_andnot_relaxed(kLocked, &lock.val);
  else (void)atomic_fetch_andnot_release(kLocked, &lock.val);
}

void with_qspinlock(int threads, Fault fault) {
  auto &l = make<queued_lock>();
  guard(threads, [&l, fault](int i, const auto &work) {
    lock(l, i, fault);
    work();
    unlock(l.lock, fault);
  });
}
// One has the lock from the beginning, and the others queue up at once, as on virtual machines, where there is no pending bit.
void with_queue(int threads, Fault fault) {
  auto &l = make<queued_lock>();
  l.lock.val.counter = kLocked;
  guard(threads, [&l, fault](int i, const auto &work) {
    if (i != 0) lock_in_queue(l, i, fault);
    work();
    unlock(l.lock, fault);
  });
}

}  // namespace

LITMUS(qspinlock_2, holds) { with_qspinlock(2, Fault::kNone); }
LITMUS(qspinlock_without_acquire, races, violated("an addition is lost")) { with_qspinlock(2, Fault::kRelaxedPending); }
LITMUS(qspinlock_without_release, races, violated("an addition is lost")) { with_queue(2, Fault::kRelaxedUnlock); }
LITMUS(qspinlock_queue_2, holds) { with_queue(2, Fault::kNone); }
LITMUS(qspinlock_queue_relaxed_head, races, violated("an addition is lost")) { with_queue(2, Fault::kRelaxedHead); }
// Who puts himself at the tail may read what unlock has released by that exchange alone, and acquire what he has stored by it. LKMM does
// not order that; x86, Armv8 and RISC-V do, as the store of a read-modify-write is not forwarded to an acquire.
LITMUS(qspinlock_queue_3, races, violated("an addition is lost")) { with_queue(3, Fault::kNone); }
