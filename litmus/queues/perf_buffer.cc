// The ring buffer of perf (kernel/events/ring_buffer.c, Documentation of perf_event_mmap_page): the kernel writes data and then the
// head, user space reads data and then writes the tail. Both only grow; the place is what is left modulo the size.
//
// Interleavings are 14 of two items, and 25 of three. LKMM has 1 and 3 more, in which each side misses what the other has just written
// to head and tail.
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr unsigned kSize = 1;

struct ring {
  shared<unsigned> head, tail;
  array<shared<unsigned>, kSize> data;
};

enum class Fault { kNone, kNoWmb, kNoRmb, kNoMb, kNoControl };

// (A) in the comment of perf_output_put_handle() is the control dependency, B smp_wmb(), C smp_rmb(), D smp_mb().
void output(ring &r, Fault fault) {
  const value<unsigned> tail = READ_ONCE(r.tail);
  const value<unsigned> head = READ_ONCE(r.head);
  if (fault == Fault::kNoControl) WRITE_ONCE(r.data[head % kSize], head + 1);
  IF (head - tail < kSize) {
    if (fault != Fault::kNoControl) WRITE_ONCE(r.data[head % kSize], head + 1);
    if (fault != Fault::kNoWmb) smp_wmb();
    WRITE_ONCE(r.head, head + 1);
  }
}
// All that is there; each item is its number.
void input(ring &r, Fault fault) {
  const value<unsigned> head = READ_ONCE(r.head);
  if (fault != Fault::kNoRmb) smp_rmb();
  value<unsigned> tail = READ_ONCE(r.tail);
  WHILE (tail != head) {
    CHECK_INVARIANT(READ_ONCE(r.data[tail % kSize]) == tail + 1, "an item is missing or overwritten");
    tail = tail + 1;
  }
  if (fault != Fault::kNoMb) smp_mb();
  WRITE_ONCE(r.tail, tail);
}

void with_ring(int items, Fault fault) {
  auto &r = make<ring>();
  thread("kernel", [&r, items, fault] {
    for (int i = 0; i < items; ++i) output(r, fault);
  });
  thread("user", [&r, fault] {
    input(r, fault);
    input(r, fault);
  });
}

}  // namespace

LITMUS(perf_buffer, holds) { with_ring(2, Fault::kNone); }
LITMUS(perf_buffer_3, holds) { with_ring(3, Fault::kNone); }
LITMUS(perf_buffer_without_wmb, violated("an item is missing or overwritten")) { with_ring(2, Fault::kNoWmb); }
LITMUS(perf_buffer_without_rmb, violated("an item is missing or overwritten")) { with_ring(2, Fault::kNoRmb); }
LITMUS(perf_buffer_without_mb, violated("an item is missing or overwritten")) { with_ring(2, Fault::kNoMb); }
LITMUS(perf_buffer_without_control, violated("an item is missing or overwritten")) { with_ring(2, Fault::kNoControl); }
