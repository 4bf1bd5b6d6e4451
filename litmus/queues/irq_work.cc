// irq_work_claim() before "irq_work: Fix irq_work_claim() memory ordering" (v5.5): who finds the work pending already leaves it to
// whoever runs it, by a compare-and-swap that fails and so orders nothing.
//
// Interleavings are 9. Without the barrier LKMM has 3 more, those in which the data is missed.
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kPending = 1, kBusy = 2, kClaimed = kPending | kBusy;

struct irq_work {
  shared<int> flags;
  shared<int> data;
};

value<bool> claim_by_cmpxchg(irq_work &work) {
  value<int> flags = READ_ONCE(work.flags) & ~kPending;
  WHILE (true) {
    const value<int> seen = cmpxchg(&work.flags, flags, flags | kClaimed);
    IF (seen == flags) return true;
    IF ((seen & kPending) != 0) return false;
    flags = seen;
    cpu_relax();
  }
  return false;
}

// A work that is pending already is run, and claimed once more meanwhile.
void claim_and_run(bool fixed) {
  auto &work = make<irq_work>();
  work.flags = kClaimed;
  value<bool> claimed;
  value<int> seen;
  thread("claims", [&, fixed] {
    WRITE_ONCE(work.data, 1);
    if (fixed) smp_mb();
    claimed = claim_by_cmpxchg(work);
  });
  thread("runs", [&] {
    const value<int> flags = READ_ONCE(work.flags) & ~kPending;
    (void)xchg(&work.flags, flags);
    seen = READ_ONCE(work.data);
    (void)cmpxchg(&work.flags, flags, flags & ~kBusy);
  });
  finally([&] { CHECK_INVARIANT(claimed || seen == 1, "the work misses the data"); });
}

}  // namespace

LITMUS(irq_work_claim, violated("the work misses the data")) { claim_and_run(false); }
LITMUS(irq_work_claim_fixed, holds) { claim_and_run(true); }
