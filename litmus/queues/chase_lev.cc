// Chase and Lev's deque for work stealing, as Lê, Pop, Cohen and Zappa Nardelli have it for weak memory ("Correct and efficient
// work-stealing for weak memory models", PPoPP 2013): the owner puts and takes at the bottom, others steal at the top.
#include <string>
#include <vector>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kNothing = 0;

struct deque {
  shared<int> top, bottom;
  array<shared<int>, 2> items;
};

enum class Fault { kNone, kNoBarrier, kRelaxedPut };

void put(deque &d, int item, Fault fault) {
  const value<int> bottom = READ_ONCE(d.bottom);
  WRITE_ONCE(d.items[bottom & 1], item);
  if (fault == Fault::kRelaxedPut) WRITE_ONCE(d.bottom, bottom + 1);
  else smp_store_release(&d.bottom, bottom + 1);
}
value<int> take(deque &d, Fault fault) {
  const value<int> last = READ_ONCE(d.bottom) - 1;
  WRITE_ONCE(d.bottom, last);
  if (fault != Fault::kNoBarrier) smp_mb();
  const value<int> top = READ_ONCE(d.top);
  value<int> item = kNothing;
  IF (top <= last) {
    item = READ_ONCE(d.items[last & 1]);
    IF (top == last) {
      IF (cmpxchg(&d.top, top, top + 1) != top) item = kNothing;
      WRITE_ONCE(d.bottom, last + 1);
    }
  }
  ELSE {
    WRITE_ONCE(d.bottom, last + 1);
  }
  return item;
}
value<int> steal(deque &d) {
  const value<int> top = smp_load_acquire(&d.top);
  smp_mb();
  const value<int> bottom = smp_load_acquire(&d.bottom);
  value<int> item = kNothing;
  IF (top < bottom) {
    item = READ_ONCE(d.items[top & 1]);
    IF (cmpxchg(&d.top, top, top + 1) != top) item = kNothing;
  }
  return item;
}

// The owner puts two items and takes two; somebody steals.
void owner_and_thief(Fault fault) {
  auto &d = make<deque>();
  value<int> first, second, stolen;
  thread("owner", [&, fault] {
    put(d, 1, fault);
    put(d, 2, fault);
    first = take(d, fault);
    second = take(d, fault);
  });
  thread("thief", [&] {
    stolen = steal(d);
    CHECK_INVARIANT(READ_ONCE(d.top) == 0 || stolen != kNothing || READ_ONCE(d.top) <= 2, "more is gone than was there");
  });
  finally([&] {
    CHECK_INVARIANT((first != stolen || first == kNothing) && (second != stolen || second == kNothing), "an item is taken twice");
    CHECK_INVARIANT(first != kNothing || second != kNothing || stolen != kNothing, "all items are lost");
  });
}

}  // namespace

LITMUS(chase_lev, holds) { owner_and_thief(Fault::kNone); }
LITMUS(chase_lev_without_barrier, violated("an item is taken twice")) { owner_and_thief(Fault::kNoBarrier); }
