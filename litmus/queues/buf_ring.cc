// FreeBSD's ring of buffers (sys/buf_ring.h): a producer reserves a place by moving the head, fills it, and waits until those before
// him are through before he moves the tail.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kSize = 4;

struct buf_ring {
  shared<int> producer_head, producer_tail, consumer_tail;
  array<shared<int>, kSize> ring;
};

enum class Fault { kNone, kRelaxedTail };

void enqueue(buf_ring &r, int buffer, Fault fault) {
  value<int> head = 0;
  value<int> next = 0;
  WHILE (true) {
    head = READ_ONCE(r.producer_head);
    next = (head + 1) & (kSize - 1);
    const value<int> tail = smp_load_acquire(&r.consumer_tail);
    IF (next == tail) return;
    IF (cmpxchg_acquire(&r.producer_head, head, next) == head) break;
  }
  r.ring[head] = buffer;
  (void)smp_cond_load_relaxed(&r.producer_tail, VAL == head);
  if (fault == Fault::kRelaxedTail) WRITE_ONCE(r.producer_tail, next);
  else smp_store_release(&r.producer_tail, next);
}
// There is one consumer.
value<int> dequeue(buf_ring &r) {
  const value<int> head = READ_ONCE(r.consumer_tail);
  IF (smp_load_acquire(&r.producer_tail) == head) return 0;
  const value<int> buffer = r.ring[head];
  smp_store_release(&r.consumer_tail, (head + 1) & (kSize - 1));
  return buffer;
}

void producers(int n, Fault fault) {
  auto &r = make<buf_ring>();
  for (int i = 0; i < n; ++i) thread("producer " + std::to_string(i), [&r, i, fault] { enqueue(r, 1 + i, fault); });
  finally([&r, n] { CHECK_INVARIANT(r.producer_tail == n, "a buffer is lost"); });
}
void producer_and_consumer(int n, Fault fault) {
  auto &r = make<buf_ring>();
  for (int i = 0; i < n; ++i) thread("producer " + std::to_string(i), [&r, i, fault] { enqueue(r, 1 + i, fault); });
  thread("consumer", [&r] {
    value<int> tail = READ_ONCE(r.producer_tail);
    const value<int> buffer = dequeue(r);
    CHECK_INVARIANT(tail == 0 || buffer != 0, "a buffer is missing");
  });
}

}  // namespace

LITMUS(buf_ring_2, holds) { producers(2, Fault::kNone); }
LITMUS(buf_ring_w1r1, holds) { producer_and_consumer(1, Fault::kNone); }
LITMUS(buf_ring_w2r1, holds) { producer_and_consumer(2, Fault::kNone); }
LITMUS(buf_ring_without_release, races, violated("a buffer is missing")) { producer_and_consumer(1, Fault::kRelaxedTail); }
