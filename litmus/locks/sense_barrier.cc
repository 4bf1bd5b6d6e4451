// A sense-reversing barrier: the last to arrive sets the count back and turns the sense over, for which the others wait; so the next
// round can begin before all have left this one.
//
// In each of the two rounds the threads come in any order, and those who wait do so for one value: (n!)^2 executions.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kRounds = 2;

struct sense_barrier {
  atomic_t missing;
  shared<bool> sense;
};

enum class Fault { kNone, kRelaxedArrival, kRelaxedTurn, kRelaxedWait, kLateReset };

void meet(sense_barrier &b, int threads, bool sense, Fault fault) {
  const value<int> missing = fault == Fault::kRelaxedArrival ? atomic_dec_return_relaxed(&b.missing) : atomic_dec_return(&b.missing);
  IF (missing == 0) {
    if (fault != Fault::kLateReset) atomic_set(&b.missing, threads);
    if (fault == Fault::kRelaxedTurn) WRITE_ONCE(b.sense, sense);
    else smp_store_release(&b.sense, sense);
    if (fault == Fault::kLateReset) atomic_set(&b.missing, threads);
  } else {
    if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&b.sense, VAL == sense);
    else (void)smp_cond_load_acquire(&b.sense, VAL == sense);
  }
}

// In each round all write and then look at what their neighbours have written.
void with_barrier(int threads, Fault fault) {
  auto &b = make<sense_barrier>();
  b.missing.counter = threads;
  auto &written = make<array<array<shared<int>, 3>, kRounds>>();
  for (int i = 0; i < threads; ++i) {
    thread("P" + std::to_string(i), [&b, &written, threads, i, fault] {
      for (int round = 0; round < kRounds; ++round) {
        written[round][i] = 1;
        meet(b, threads, round % 2 == 0, fault);
        CHECK_INVARIANT(written[round][(i + 1) % threads] == 1, "a thread goes on before all have come");
      }
    });
  }
}

}  // namespace

LITMUS(sense_barrier_2, holds) { with_barrier(2, Fault::kNone); }
LITMUS(sense_barrier_3, holds) { with_barrier(3, Fault::kNone); }
LITMUS(sense_barrier_relaxed_arrival, races, violated("a thread goes on before all have come")) { with_barrier(2, Fault::kRelaxedArrival); }
// All that was done before the barrier is in order by the full barrier of the last arrival, but for setting the count back.
LITMUS(sense_barrier_without_release, deadlocks) { with_barrier(2, Fault::kRelaxedTurn); }
LITMUS(sense_barrier_without_acquire, races, violated("a thread goes on before all have come")) { with_barrier(2, Fault::kRelaxedWait); }
LITMUS(sense_barrier_late_reset, deadlocks) { with_barrier(2, Fault::kLateReset); }
