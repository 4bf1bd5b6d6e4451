// Chase and Lev's deque, with the orderings of Nhat Minh Lê and others, "Correct and Efficient Work-Stealing for Weak Memory Models":
// its owner puts work in and takes it out at the bottom, others steal it from the top.
//
// Interleavings are 29 of one thief, and 117 of two. LKMM has 3 and 6 more: the owner who comes too late for the last piece puts the
// bottom back, which may be seen before he finds that, as the exchange that fails orders nothing.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kSize = 4, kNothing = 0;

struct deque {
  shared<int> top, bottom;
  array<shared<int>, kSize> work;
};

enum class Fault { kNone, kNoBarrierInPush, kNoBarrierInTake, kNoBarrierInSteal, kRelaxedBottom };

void push(deque &d, int work, Fault fault) {
  const value<int> bottom = READ_ONCE(d.bottom);
  WRITE_ONCE(d.work[bottom % kSize], work);
  if (fault != Fault::kNoBarrierInPush) smp_wmb();
  WRITE_ONCE(d.bottom, bottom + 1);
}
value<int> take(deque &d, Fault fault) {
  const value<int> bottom = READ_ONCE(d.bottom) - 1;
  WRITE_ONCE(d.bottom, bottom);
  if (fault != Fault::kNoBarrierInTake) smp_mb();
  const value<int> top = READ_ONCE(d.top);
  IF (top > bottom) {
    WRITE_ONCE(d.bottom, bottom + 1);
    return kNothing;
  }
  value<int> work = READ_ONCE(d.work[bottom % kSize]);
  IF (top == bottom) {  // the last one, which may be stolen meanwhile
    IF (cmpxchg(&d.top, top, top + 1) != top) work = kNothing;
    WRITE_ONCE(d.bottom, bottom + 1);
  }
  return work;
}
value<int> steal(deque &d, Fault fault) {
  const value<int> top = smp_load_acquire(&d.top);
  if (fault != Fault::kNoBarrierInSteal) smp_mb();
  const value<int> bottom = fault == Fault::kRelaxedBottom ? READ_ONCE(d.bottom) : smp_load_acquire(&d.bottom);
  IF (top >= bottom) return kNothing;
  const value<int> work = READ_ONCE(d.work[top % kSize]);
  CHECK_INVARIANT(work != 0, "the work is missing");
  IF (cmpxchg(&d.top, top, top + 1) != top) return kNothing;
  return work;
}

// Two pieces of work, one of which the owner takes out while one thief is after both, or two thieves after one each.
void owner_and_thieves(int thieves, Fault fault) {
  auto &d = make<deque>();
  value<int> taken, stolen[2];
  thread("owner", [&, fault] {
    push(d, 1, fault);
    push(d, 2, fault);
    taken = take(d, fault);
  });
  for (int i = 0; i < thieves; ++i) {
    thread("thief" + std::to_string(i), [&, i, thieves, fault] {
      for (int k = i; k < 2; k += thieves) stolen[k] = steal(d, fault);
    });
  }
  finally([&] {
    CHECK_INVARIANT(taken == kNothing || (taken != stolen[0] && taken != stolen[1]), "work is done twice");
    const value<int> done = value<bool>(taken != 0) + value<bool>(stolen[0] != 0) + value<bool>(stolen[1] != 0);
    CHECK_INVARIANT(done + d.bottom - d.top == 2, "work is lost");
  });
}

}  // namespace

LITMUS(chase_lev, holds) { owner_and_thieves(1, Fault::kNone); }
LITMUS(chase_lev_2_thieves, holds) { owner_and_thieves(2, Fault::kNone); }
LITMUS(chase_lev_without_wmb, violated("the work is missing"), violated("work is lost")) {
  owner_and_thieves(1, Fault::kNoBarrierInPush);
}
LITMUS(chase_lev_without_acquire, violated("the work is missing"), violated("work is lost")) {
  owner_and_thieves(1, Fault::kRelaxedBottom);
}
LITMUS(chase_lev_without_mb_in_take, violated("work is done twice")) { owner_and_thieves(1, Fault::kNoBarrierInTake); }
// One thief has a full barrier in the exchange of his first piece. Of two the second may have seen it, and an old bottom.
LITMUS(chase_lev_without_mb_in_steal, holds) { owner_and_thieves(1, Fault::kNoBarrierInSteal); }
LITMUS(chase_lev_2_thieves_without_mb_in_steal, violated("work is done twice")) { owner_and_thieves(2, Fault::kNoBarrierInSteal); }
