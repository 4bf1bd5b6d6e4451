// FreeBSD's buf_ring: a ring with a head and a tail for producers and consumers. Who has moved the head has its slot, and moves the
// tail when all before it have.
//
// The consumer of an item finds it or not: 2 executions. Two threads that put one in and take one out have 34.
//
// Two of its orderings are easily missed. Who waits for the tail has to acquire it: he may take out what the one before him has put in,
// having seen only his own move of the tail. And who sees the head of the consumers moved has to see what its mover saw of the
// producers' tail.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kSize = 4, kEmpty = -1;

struct buf_ring {
  shared<int> producers_head, producers_tail, consumers_head, consumers_tail;
  array<shared<int>, kSize> slots;
};

enum class Fault { kNone, kRelaxedPublish, kRelaxedLook, kRelaxedTurn, kRelaxedHead, kOldHead };

value<int> after(const value<int> &place) { return (place + 1) % kSize; }

// Moves the tail when it is our turn.
void pass(shared<int> &tail, const value<int> &place, Fault fault) {
  if (fault == Fault::kRelaxedTurn) (void)smp_cond_load_relaxed(&tail, VAL == place);
  else (void)smp_cond_load_acquire(&tail, VAL == place);
  if (fault == Fault::kRelaxedPublish) WRITE_ONCE(tail, after(place));
  else smp_store_release(&tail, after(place));
}
void enqueue(buf_ring &r, int item, Fault fault) {
  value<int> head = 0;
  WHILE (true) {
    head = READ_ONCE(r.producers_head);
    IF (after(head) == smp_load_acquire(&r.consumers_tail)) {
      // Full, unless the head was an old one.
      IF (fault == Fault::kOldHead || head == READ_ONCE(r.producers_head)) return;
      continue;
    }
    IF (cmpxchg_acquire(&r.producers_head, head, after(head)) == head) break;
  }
  r.slots[head] = item;
  pass(r.producers_tail, head, fault);
}
value<int> dequeue(buf_ring &r, Fault fault) {
  value<int> head = 0;
  WHILE (true) {
    head = fault == Fault::kRelaxedHead ? READ_ONCE(r.consumers_head) : smp_load_acquire(&r.consumers_head);
    const value<int> tail = fault == Fault::kRelaxedLook ? READ_ONCE(r.producers_tail) : smp_load_acquire(&r.producers_tail);
    IF (head == tail) return kEmpty;
    IF (cmpxchg_release(&r.consumers_head, head, after(head)) == head) break;
  }
  const value<int> item = r.slots[head];
  pass(r.consumers_tail, head, Fault::kNone);
  return item;
}

// Each thread puts one in and takes one out.
void with_buf_ring(int threads, Fault fault) {
  auto &r = make<buf_ring>();
  for (int i = 0; i < threads; ++i) {
    thread("P" + std::to_string(i), [&r, i, fault] {
      enqueue(r, i + 1, fault);
      const value<int> item = dequeue(r, fault);
      CHECK_INVARIANT(item != 0, "the item is missing");
      CHECK_INVARIANT(item != kEmpty, "the ring is empty");
    });
  }
}
// One puts in, the other takes out.
void hand_over(Fault fault) {
  auto &r = make<buf_ring>();
  thread("producer", [&r, fault] { enqueue(r, 1, fault); });
  thread("consumer", [&r, fault] { CHECK_INVARIANT(dequeue(r, fault) != 0, "the item is missing"); });
}

}  // namespace

LITMUS(buf_ring_w1r1, holds) { hand_over(Fault::kNone); }
LITMUS(buf_ring_2, holds) { with_buf_ring(2, Fault::kNone); }
LITMUS(buf_ring_2_relaxed_turn, races, violated("the item is missing")) { with_buf_ring(2, Fault::kRelaxedTurn); }
LITMUS(buf_ring_2_relaxed_head, violated("the ring is empty")) { with_buf_ring(2, Fault::kRelaxedHead); }
LITMUS(buf_ring_2_old_head, violated("the ring is empty")) { with_buf_ring(2, Fault::kOldHead); }
LITMUS(buf_ring_without_release, races, violated("the item is missing")) { hand_over(Fault::kRelaxedPublish); }
LITMUS(buf_ring_without_acquire, races, violated("the item is missing")) { hand_over(Fault::kRelaxedLook); }
