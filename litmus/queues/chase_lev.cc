// The deque of Chase and Lev, as Lê, Pop, Cohen and Zappella Nardelli have it for weak memory ("Correct and efficient work-stealing
// for weak memory models", PPoPP 2013): its owner pushes and takes at the bottom, thieves steal at the top.
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

enum class Fault { kNone, kNoBarrierInTake, kNoBarrierInSteal, kNoBarrierInPush };

constexpr int kEmpty = -1;

struct deque {
  shared<int> top, bottom;
  array<shared<int>, 2> items;
};

void push(deque &d, int item, Fault fault) {
  const value<int> bottom = READ_ONCE(d.bottom);
  WRITE_ONCE(d.items[bottom & 1], item);
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
    return kEmpty;
  }
  const value<int> item = READ_ONCE(d.items[bottom & 1]);
  IF (top != bottom) return item;
  // The last one: whoever moves the top has it.
  const value<int> found = cmpxchg(&d.top, top, top + 1);
  WRITE_ONCE(d.bottom, bottom + 1);
  IF (found != top) return kEmpty;
  return item;
}
value<int> steal(deque &d, Fault fault) {
  const value<int> top = smp_load_acquire(&d.top);
  if (fault != Fault::kNoBarrierInSteal) smp_mb();
  const value<int> bottom = smp_load_acquire(&d.bottom);
  IF (top >= bottom) return kEmpty;
  const value<int> item = READ_ONCE(d.items[top & 1]);
  IF (cmpxchg(&d.top, top, top + 1) != top) return kEmpty;
  return item;
}

// The owner pushes two items and takes twice, a thief steals twice: nobody gets what another one has got.
void push_take_steal(Fault fault) {
  auto &d = make<deque>();
  value<int> first_taken = kEmpty, second_taken = kEmpty, first_stolen = kEmpty, second_stolen = kEmpty;
  thread("owner", [&, fault] {
    push(d, 7, fault);
    push(d, 8, fault);
    first_taken = take(d, fault);
    second_taken = take(d, fault);
  });
  thread("thief", [&, fault] {
    first_stolen = steal(d, fault);
    second_stolen = steal(d, fault);
    CHECK_INVARIANT(first_stolen != 0 && second_stolen != 0, "an item is missing");
  });
  finally([&] {
    const auto differ = [](const value<int> &a, const value<int> &b) { return a == kEmpty || b == kEmpty || a != b; };
    CHECK_INVARIANT(differ(first_taken, first_stolen) && differ(first_taken, second_stolen) && differ(second_taken, first_stolen) &&
                        differ(second_taken, second_stolen) && differ(first_taken, second_taken) && differ(first_stolen, second_stolen),
                    "an item is had twice");
  });
}

}  // namespace

LITMUS(chase_lev, holds) { push_take_steal(Fault::kNone); }
LITMUS(chase_lev_take_without_barrier, violated("an item is had twice")) { push_take_steal(Fault::kNoBarrierInTake); }
// Where there is one thief, it has moved the top itself, by a compare-and-swap that is a full barrier.
LITMUS(chase_lev_steal_without_barrier, holds) { push_take_steal(Fault::kNoBarrierInSteal); }
LITMUS(chase_lev_push_without_barrier, violated("an item is missing"), violated("an item is had twice")) {
  push_take_steal(Fault::kNoBarrierInPush);
}
