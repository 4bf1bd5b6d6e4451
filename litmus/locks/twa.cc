// A ticket lock with a waiting array (Dice and Kogan, "TWA - Ticket Locks Augmented with a Waiting Array", Euro-Par 2019): who is
// far from his turn waits at a place of his own until the turn comes near.
#include "critical.h"

using namespace lkmc;

namespace {

constexpr int kNear = 1;
constexpr int kPlaces = 2;

struct twa_lock {
  atomic_t ticket;
  shared<int> grant;
  array<atomic_t, kPlaces> places;
};

enum class Fault { kNone, kRelaxedWait, kRelaxedUnlock };

void lock(twa_lock &l, const value<int> &mine, Fault fault) {
  const value<int> granted = fault == Fault::kRelaxedWait ? READ_ONCE(l.grant) : smp_load_acquire(&l.grant);
  IF (mine == granted) return;
  IF (mine - granted > kNear) {
    const value<int> place = mine & (kPlaces - 1);
    value<int> seen = atomic_read(&l.places[place]);
    WHILE (mine - READ_ONCE(l.grant) > kNear) {
      seen = smp_cond_load_relaxed(&l.places[place]->counter, VAL != seen);
    }
  }
  if (fault == Fault::kRelaxedWait) (void)smp_cond_load_relaxed(&l.grant, VAL == mine);
  else (void)smp_cond_load_acquire(&l.grant, VAL == mine);
}
void unlock(twa_lock &l, const value<int> &mine, Fault fault) {
  if (fault == Fault::kRelaxedUnlock) WRITE_ONCE(l.grant, mine + 1);
  else smp_store_release(&l.grant, mine + 1);
  atomic_inc(&l.places[(mine + 1 + kNear) & (kPlaces - 1)]);
}

void with_twa(int threads, Fault fault) {
  auto &l = make<twa_lock>();
  guard(threads, [&l, fault](int, const auto &work) {
    const value<int> mine = atomic_fetch_add_relaxed(1, &l.ticket);
    lock(l, mine, fault);
    work();
    unlock(l, mine, fault);
  });
}

}  // namespace

// The second sees its turn at once, or waits for it.
LITMUS(twa_2, holds) { with_twa(2, Fault::kNone); }
LITMUS(twa_without_acquire, races, violated("an addition is lost")) { with_twa(2, Fault::kRelaxedWait); }
LITMUS(twa_without_release, races, violated("an addition is lost")) { with_twa(2, Fault::kRelaxedUnlock); }
