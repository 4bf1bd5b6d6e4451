// A uprobe looks at a vma under RCU alone, by speculation on mm_lock_seq, while a writer changes two of its fields: it must see both as they
// were or both as they are. (Since v6.14: find_active_uprobe_speculative() reads vm_file, vm_pgoff and vm_start. The fields are marked
// here on both sides: what a sequence counter protects is read while it is written, and the kernel's plain accesses race under LKMM.)
//
// That is what the smp_wmb() of mm_lock_seqcount_begin() is for. The reader that sees a field as it is must find mm_lock_seq changed:
//
//     writer: mm_lock_seq = odd; smp_wmb(); vm_start = new; …      reader: vm_start; vm_end; smp_rmb(); mm_lock_seq
//
// In v6.14 nothing else stands between the two stores: down_write() of the vma's rwsem is an acquire and up_write() a release, and a
// store behind them may be done before. Since v6.15 every vma_start_write() of an attached vma has the smp_mb() of set_current_state(), and the
// smp_wmb() is not missed any more.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class Begin { kAcquire, kOnce };
enum class Retry { kBarrier, kNone };

template <class V>
static void scenario(Begin begin = Begin::kAcquire, Retry retry = Retry::kBarrier) {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("uprobe", [&, begin, retry] {
    rcu_read_lock();
    value<unsigned> sequence = 0u;
    bool begun;
    if (begin == Begin::kAcquire) {
      begun = static_cast<bool>(mmap_lock_speculate_try_begin(&m.mm, sequence));
    } else {
      sequence = READ_ONCE(m.mm.mm_lock_seq);
      begun = static_cast<bool>((sequence & 1u) == 0u);
    }
    const auto vma = rcu_dereference(m.mm.mm_mt);
    if (begun && vma != nullptr) {
      const value<unsigned long> start = READ_ONCE(vma->vm_start);
      const value<unsigned long> end = READ_ONCE(vma->vm_end);
      const bool changed =
          retry == Retry::kBarrier ? static_cast<bool>(mmap_lock_speculate_retry(&m.mm, sequence)) : static_cast<bool>(READ_ONCE(m.mm.mm_lock_seq) != sequence);
      if (!changed) {
        exists("the vma before the change", start == kAddress);
        exists("the vma after the change", start != kAddress);
        CHECK_INVARIANT(end == start + kPage, kAllOrNothing);
      }
    }
    rcu_read_unlock();
  });
  thread("mremap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    WRITE_ONCE(m.vma.vm_start, kAddress + kPage);
    WRITE_ONCE(m.vma.vm_end, kAddress + 2 * kPage);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0c>(holds, reachable("the vma before the change"), reachable("the vma after the change")))

LITMUS(v0c_without_begin_barrier, violated(kAllOrNothing)) { scenario<v0c_without_begin_barrier>(); }
LITMUS(v2_without_begin_barrier, holds) { scenario<v2_without_begin_barrier>(); }
LITMUS(begin_without_acquire, violated(kAllOrNothing)) { scenario<v4_repaired>(Begin::kOnce); }
LITMUS(retry_without_barrier, violated(kAllOrNothing)) { scenario<v4_repaired>(Begin::kAcquire, Retry::kNone); }
