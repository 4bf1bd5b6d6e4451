// A bounded queue of many producers and consumers: one word counts how many slots were reserved for reading and for writing, two
// more how many were read and written.
//
// A consumer that comes first finds the queue empty and leaves; else it takes the item: 2 executions. With two producers there are 32.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kSize = 2, kOneRead = 1 << 16, kHalf = 0xffff;

struct mpmc_queue {
  shared<int> reserved;  // those for reading in the upper half
  atomic_t read, written;
  array<shared<int>, kSize> slots;
};

enum class Fault { kNone, kRelaxedPublish, kRelaxedWait };

void produce(mpmc_queue &q, int item, Fault fault) {
  value<int> reserved = smp_load_acquire(&q.reserved);
  value<int> readers = reserved >> 16, writers = reserved & kHalf;
  WHILE (true) {
    IF (writers == ((readers + kSize) & kHalf)) return;
    IF (try_cmpxchg(&q.reserved, &reserved, (reserved & ~kHalf) | ((writers + 1) & kHalf))) break;
    readers = reserved >> 16;
    writers = reserved & kHalf;
  }
  (void)smp_cond_load_acquire(&q.read.counter, (VAL & kHalf) == readers);
  q.slots[writers % kSize] = item;
  if (fault == Fault::kRelaxedPublish) atomic_inc(&q.written);
  else (void)atomic_fetch_inc_release(&q.written);
}
void consume(mpmc_queue &q, Fault fault) {
  value<int> reserved = smp_load_acquire(&q.reserved);
  WHILE (true) {
    IF ((reserved >> 16) == (reserved & kHalf)) return;
    IF (try_cmpxchg(&q.reserved, &reserved, reserved + kOneRead)) break;
  }
  const value<int> writers = reserved & kHalf;
  if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&q.written.counter, (VAL & kHalf) == writers);
  else (void)smp_cond_load_acquire(&q.written.counter, (VAL & kHalf) == writers);
  CHECK_INVARIANT(q.slots[(reserved >> 16) % kSize] != 0, "the item is missing");
  (void)atomic_fetch_inc_release(&q.read);
}

void with_mpmc(int producers, Fault fault) {
  auto &q = make<mpmc_queue>();
  for (int i = 0; i < producers; ++i) thread("producer" + std::to_string(i), [&q, i, fault] { produce(q, i + 1, fault); });
  thread("consumer", [&q, fault] { consume(q, fault); });
}

}  // namespace

LITMUS(mpmc_w1r1, holds) { with_mpmc(1, Fault::kNone); }
LITMUS(mpmc_w2r1, holds) { with_mpmc(2, Fault::kNone); }
LITMUS(mpmc_without_release, races, violated("the item is missing")) { with_mpmc(1, Fault::kRelaxedPublish); }
LITMUS(mpmc_without_acquire, races, violated("the item is missing")) { with_mpmc(1, Fault::kRelaxedWait); }
