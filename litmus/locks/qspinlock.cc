// The queued spinlock (kernel/locking/qspinlock.c), its word made of whole atomic operations: who comes second waits as the pending
// one, and who finds both places taken queues up behind the last.
#include <vector>

#include "critical.h"

using namespace lkmc;

namespace {

constexpr int kLocked = 1, kPending = 1 << 8, kTail = 1 << 16;

struct q_node {
  shared<q_node *> next;
  shared<int> locked;
};

enum class Fault { kNone, kRelaxedFastPath, kRelaxedWait, kRelaxedUnlock };

class qspinlock {
 public:
  qspinlock(atomic_t &val, std::vector<q_node *> nodes, Fault fault) : val_(val), nodes_(std::move(nodes)), fault_(fault) {}

  void lock(int me) const {
    const value<int> val = fault_ == Fault::kRelaxedFastPath ? atomic_cmpxchg_relaxed(&val_, 0, kLocked) : atomic_cmpxchg_acquire(&val_, 0, kLocked);
    IF (val == 0) return;
    IF ((val & ~(kLocked | kPending)) == 0) {
      if (wait_as_pending()) return;
    }
    wait_in_queue(me);
  }
  void unlock() const {
    if (fault_ == Fault::kRelaxedUnlock) (void)atomic_fetch_sub_relaxed(kLocked, &val_);
    else (void)atomic_fetch_sub_release(kLocked, &val_);
  }

 private:
  // False if somebody else is pending or queues.
  bool wait_as_pending() const {
    const value<int> val = atomic_fetch_or_acquire(kPending, &val_);
    IF ((val & ~kLocked) != 0) {
      IF ((val & kPending) == 0) atomic_andnot(kPending, &val_);
      return false;
    }
    IF ((val & kLocked) != 0) {
      if (fault_ == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&val_.counter, (VAL & kLocked) == 0);
      else (void)smp_cond_load_acquire(&val_.counter, (VAL & kLocked) == 0);
    }
    atomic_add(kLocked - kPending, &val_);
    return true;
  }
  // The lowest bits of the tail say who it is.
  void wait_in_queue(int me) const {
    q_node &node = *nodes_[static_cast<std::size_t>(me)];
    const int tail = (me + 1) * kTail;
    value<int> old = atomic_read(&val_);
    WHILE (!atomic_try_cmpxchg_relaxed(&val_, &old, (old & (kTail - 1)) + tail)) cpu_relax();
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
      IF (old / kTail == static_cast<int>(other) + 1) {
        WRITE_ONCE(nodes_[other]->next, &node);
        (void)smp_cond_load_acquire(&node.locked, VAL != 0);
      }
    }
    value<int> val = smp_cond_load_acquire(&val_.counter, (VAL & (kLocked | kPending)) == 0);
    IF (val / kTail == me + 1) {
      IF (atomic_try_cmpxchg_relaxed(&val_, &val, kLocked)) return;
    }
    atomic_or(kLocked, &val_);
    const value<q_node *> next = smp_cond_load_relaxed(&node.next, VAL != nullptr);
    smp_store_release(&next->locked, 1);
  }

  atomic_t &val_;
  std::vector<q_node *> nodes_;
  Fault fault_;
};

void with_qspinlock(int threads, Fault fault) {
  auto &val = make<atomic_t>();
  std::vector<q_node *> nodes;
  for (int i = 0; i < threads; ++i) nodes.push_back(&make<q_node>());
  guard(threads, [lock = qspinlock(val, nodes, fault)](int i, const auto &work) {
    lock.lock(i);
    work();
    lock.unlock();
  });
}

}  // namespace

// The second finds the lock free; or taken, and free when it says that it is pending; or waits as the pending one: 3 executions
// for each order.
LITMUS(qspinlock_2, holds) { with_qspinlock(2, Fault::kNone); }
LITMUS(qspinlock_without_acquire, races, violated("an addition is lost")) { with_qspinlock(2, Fault::kRelaxedFastPath); }
LITMUS(qspinlock_without_acquire_of_pending, races, violated("an addition is lost")) { with_qspinlock(2, Fault::kRelaxedWait); }
LITMUS(qspinlock_without_release, races, violated("an addition is lost")) { with_qspinlock(2, Fault::kRelaxedUnlock); }
