// The kernel's ticket lock for all architectures (include/asm-generic/ticket_spinlock.h): the next ticket and the owner's are the
// halves of one word, so that who only tries can look at both and take the lock at once.
//
// The kernel's unlock stores a half. lkmc knows no accesses of mixed sizes, so it adds to the word here, which no carry leaves: there
// are fewer tickets than the half can count.
//
// The second of two who lock draws his ticket before the first unlocks, or behind: 2 executions for each order. Three have 36; one who
// locks beside one who tries 6, and beside two 65.
#include "critical.h"

using namespace lkmc;

namespace {

constexpr int kTicket = 1 << 16, kOwner = kTicket - 1;

enum class Fault { kNone, kRelaxedWait, kRelaxedTry, kRelaxedUnlock };

void lock(atomic_t &l, Fault fault) {
  const value<int> word = atomic_fetch_add(kTicket, &l);
  IF ((word >> 16) == (word & kOwner)) return;
  if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&l.counter, (VAL & kOwner) == (word >> 16));
  else (void)smp_cond_load_acquire(&l.counter, (VAL & kOwner) == (word >> 16));
}
value<bool> trylock(atomic_t &l, Fault fault) {
  value<int> word = atomic_read(&l);
  IF ((word >> 16) != (word & kOwner)) return false;
  return fault == Fault::kRelaxedTry ? atomic_try_cmpxchg_relaxed(&l, &word, word + kTicket)
                                     : atomic_try_cmpxchg_acquire(&l, &word, word + kTicket);
}
void unlock(atomic_t &l, Fault fault) {
  if (fault == Fault::kRelaxedUnlock) atomic_inc(&l);
  else (void)atomic_fetch_inc_release(&l);
}

// One takes the lock, the others try to.
void with_ticket_word(int lockers, int triers, Fault fault) {
  auto &l = make<atomic_t>();
  auto &counter = make<shared<int>>();
  for (int i = 0; i < lockers; ++i) {
    thread("locks" + std::to_string(i), [&l, &counter, fault] {
      lock(l, fault);
      counter = counter + 1;
      unlock(l, fault);
    });
  }
  for (int i = 0; i < triers; ++i) {
    thread("tries" + std::to_string(i), [&l, &counter, fault] {
      IF (trylock(l, fault)) {
        counter = counter + 1;
        unlock(l, fault);
      }
    });
  }
  finally([&l, &counter] { CHECK_INVARIANT(counter == (l.counter & kOwner), "an addition is lost"); });
}

}  // namespace

LITMUS(ticket_word_l2, holds) { with_ticket_word(2, 0, Fault::kNone); }
LITMUS(ticket_word_l3, holds) { with_ticket_word(3, 0, Fault::kNone); }
LITMUS(ticket_word_l1t1, holds) { with_ticket_word(1, 1, Fault::kNone); }
LITMUS(ticket_word_l1t2, holds) { with_ticket_word(1, 2, Fault::kNone); }
LITMUS(ticket_word_without_acquire, races, violated("an addition is lost")) { with_ticket_word(2, 0, Fault::kRelaxedWait); }
LITMUS(ticket_word_without_acquire_of_try, races, violated("an addition is lost")) { with_ticket_word(1, 1, Fault::kRelaxedTry); }
LITMUS(ticket_word_without_release, races, violated("an addition is lost")) { with_ticket_word(1, 1, Fault::kRelaxedUnlock); }
