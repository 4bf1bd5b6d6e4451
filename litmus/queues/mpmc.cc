// A bounded queue for many producers and consumers (Dmitry Vyukov): each cell has a number that says whose turn it is there.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kEmpty = -1;

struct cell {
  shared<int> turn;
  shared<int> content;
};
struct mpmc_queue {
  shared<int> head, tail;
  array<cell, 2> cells;
};

enum class Fault { kNone, kRelaxedPut, kRelaxedTake };

void put(mpmc_queue &q, int content, Fault fault) {
  value<int> place = READ_ONCE(q.tail);
  WHILE (true) {
    const value<int> turn = smp_load_acquire(&q.cells[place & 1]->turn);
    IF (turn == place) {
      IF (cmpxchg_relaxed(&q.tail, place, place + 1) == place) break;
    }
    place = READ_ONCE(q.tail);
  }
  q.cells[place & 1]->content = content;
  if (fault == Fault::kRelaxedPut) WRITE_ONCE(q.cells[place & 1]->turn, place + 1);
  else smp_store_release(&q.cells[place & 1]->turn, place + 1);
}
value<int> take(mpmc_queue &q, Fault fault) {
  value<int> place = READ_ONCE(q.head);
  WHILE (true) {
    const value<int> turn = fault == Fault::kRelaxedTake ? READ_ONCE(q.cells[place & 1]->turn) : smp_load_acquire(&q.cells[place & 1]->turn);
    IF (turn == place) return kEmpty;
    IF (turn == place + 1) {
      IF (cmpxchg_relaxed(&q.head, place, place + 1) == place) break;
    }
    place = READ_ONCE(q.head);
  }
  const value<int> content = q.cells[place & 1]->content;
  smp_store_release(&q.cells[place & 1]->turn, place + 2);
  return content;
}

void producers_and_consumer(int producers, Fault fault) {
  auto &q = make<mpmc_queue>();
  WRITE_ONCE(q.cells[1].turn, 1);
  for (int i = 0; i < producers; ++i) thread("producer " + std::to_string(i), [&q, i, fault] { put(q, 7 + i, fault); });
  thread("consumer", [&q, producers, fault] {
    const value<int> content = take(q, fault);
    CHECK_INVARIANT(content == kEmpty || (content >= 7 && content < 7 + producers), "the content is missing");
  });
}

}  // namespace

LITMUS(mpmc_w1r1, holds) { producers_and_consumer(1, Fault::kNone); }
LITMUS(mpmc_w2r1, holds) { producers_and_consumer(2, Fault::kNone); }
LITMUS(mpmc_without_release, races, violated("the content is missing")) { producers_and_consumer(1, Fault::kRelaxedPut); }
LITMUS(mpmc_without_acquire, races, violated("the content is missing")) { producers_and_consumer(1, Fault::kRelaxedTake); }
