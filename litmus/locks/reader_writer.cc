// A reader-writer lock by atomics: a counter from which the writer takes all and a reader one.
//
// The second of two comes when the first has left; or before, takes nothing, and has given back what he took before the first leaves,
// or behind: 3 executions for each order. Two threads that both read and write have 222.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kAll = 1 << 20;

struct rw_lock {
  atomic_t free{shared<int>(kAll)};
  shared<int> data;
};

enum class Fault { kNone, kRelaxedReader, kRelaxedWriter };

void read_side(rw_lock &l, Fault fault) {
  WHILE ((fault == Fault::kRelaxedReader ? atomic_sub_return_relaxed(1, &l.free) : atomic_sub_return_acquire(1, &l.free)) < 0) {
    atomic_inc(&l.free);
    (void)smp_cond_load_relaxed(&l.free.counter, VAL > 0);
  }
  const value<int> seen = l.data;
  CHECK_INVARIANT(seen == 0 || seen == 2, "a writer is seen at work");
  (void)atomic_fetch_add_release(1, &l.free);
}
void write_side(rw_lock &l, Fault fault) {
  WHILE (atomic_sub_return_acquire(kAll, &l.free) != 0) {
    atomic_add(kAll, &l.free);
    (void)smp_cond_load_relaxed(&l.free.counter, VAL == kAll);
  }
  l.data = 1;
  l.data = 2;
  if (fault == Fault::kRelaxedWriter) atomic_add(kAll, &l.free);
  else (void)atomic_fetch_add_release(kAll, &l.free);
}

void with_reader_and_writer(Fault fault) {
  auto &l = make<rw_lock>();
  thread("writer", [&l, fault] { write_side(l, fault); });
  thread("reader", [&l, fault] { read_side(l, fault); });
}
// Threads that read and then write.
void with_both(int threads) {
  auto &l = make<rw_lock>();
  for (int i = 0; i < threads; ++i) {
    thread("P" + std::to_string(i), [&l] {
      read_side(l, Fault::kNone);
      write_side(l, Fault::kNone);
    });
  }
}

}  // namespace

LITMUS(reader_writer_w1r1, holds) { with_reader_and_writer(Fault::kNone); }
LITMUS(reader_writer_2, holds) { with_both(2); }
LITMUS(reader_writer_without_acquire, races, violated("a writer is seen at work")) { with_reader_and_writer(Fault::kRelaxedReader); }
LITMUS(reader_writer_without_release, races, violated("a writer is seen at work")) { with_reader_and_writer(Fault::kRelaxedWriter); }
