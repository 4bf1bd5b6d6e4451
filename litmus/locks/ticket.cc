// A ticket lock: who comes draws a number and waits for it: n! executions, for each waits for one value.
#include "critical.h"

using namespace lkmc;

namespace {

struct ticket_lock {
  atomic_t next;
  shared<int> owner;
};

enum class Fault { kNone, kRelaxedWait, kRelaxedUnlock };

void with_ticket(int threads, Fault fault) {
  auto &l = make<ticket_lock>();
  guard(threads, [&l, fault](int, const auto &work) {
    const value<int> mine = atomic_fetch_add_relaxed(1, &l.next);
    if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&l.owner, VAL == mine);
    else (void)smp_cond_load_acquire(&l.owner, VAL == mine);
    work();
    if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(l.owner, mine + 1);
    else smp_store_release(&l.owner, mine + 1);
  });
}

}  // namespace

LITMUS(ticket_2, holds) { with_ticket(2, Fault::kNone); }
LITMUS(ticket_3, holds) { with_ticket(3, Fault::kNone); }
LITMUS(ticket_4, holds) { with_ticket(4, Fault::kNone); }
LITMUS(ticket_5, holds) { with_ticket(5, Fault::kNone); }
LITMUS(ticket_without_acquire, races, violated("an addition is lost")) { with_ticket(2, Fault::kRelaxedWait); }
LITMUS(ticket_without_release, races, violated("an addition is lost")) { with_ticket(2, Fault::kRelaxedUnlock); }
