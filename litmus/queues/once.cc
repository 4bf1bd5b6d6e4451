// An object that is put in its place when it is needed first: who finds none brings his own, and goes on with the first that was
// brought; or takes a lock before he brings it, and looks again (double-checked locking).
//
// Whoever is not the first finds the object when he looks or when he exchanges: n 2^(n-1) executions. Where there is a lock, the second
// of two finds it when he first looks, or under the lock, for which he may have had to wait: 3 executions for each order.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct item {
  shared<int> content;
};

enum class Fault { kNone, kRelaxedPublish, kPlainLook, kNoSecondLook };

value<item *> get(shared<item *> &place, item &mine, Fault fault) {
  const value<item *> there = READ_ONCE(place);
  IF (there != nullptr) return there;
  mine.content = 7;
  const value<item *> first = fault == Fault::kRelaxedPublish ? cmpxchg_relaxed(&place, nullptr, &mine) : cmpxchg(&place, nullptr, &mine);
  IF (first != nullptr) return first;
  return &mine;
}
value<item *> get_locked(shared<item *> &place, shared<int> &lock, item &mine, Fault fault) {
  value<item *> there = fault == Fault::kPlainLook ? value<item *>(place) : READ_ONCE(place);
  IF (there != nullptr) return there;
  WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) cpu_relax();
  if (fault != Fault::kNoSecondLook) there = READ_ONCE(place);
  IF (there == nullptr) {
    mine.content = 7;
    if (fault == Fault::kRelaxedPublish) WRITE_ONCE(place, &mine);
    else smp_store_release(&place, &mine);
    there = &mine;
  }
  smp_store_release(&lock, 0);
  return there;
}

// All go on with one item, which has its content.
template <class Get>
void all_get(int threads, const Get &get) {
  auto &got = make<array<shared<item *>, 3>>();
  for (int i = 0; i < threads; ++i) {
    auto &mine = make<item>();
    thread("P" + std::to_string(i), [&got, &mine, get, i] {
      const value<item *> there = get(mine);
      CHECK_INVARIANT(there->content == 7, "the content is missing");
      WRITE_ONCE(got[i], there);
    });
  }
  finally([&got, threads] {
    for (int i = 1; i < threads; ++i) CHECK_INVARIANT(got[i] == got[0], "there are two");
  });
}
void with_exchange(int threads, Fault fault) {
  auto &place = make<shared<item *>>();
  all_get(threads, [&place, fault](item &mine) { return get(place, mine, fault); });
}
void with_lock(int threads, Fault fault) {
  auto &place = make<shared<item *>>();
  auto &lock = make<shared<int>>();
  all_get(threads, [&place, &lock, fault](item &mine) { return get_locked(place, lock, mine, fault); });
}

}  // namespace

LITMUS(once_2, holds) { with_exchange(2, Fault::kNone); }
LITMUS(once_3, holds) { with_exchange(3, Fault::kNone); }
LITMUS(once_without_release, races, violated("the content is missing")) { with_exchange(2, Fault::kRelaxedPublish); }
LITMUS(double_check_2, holds) { with_lock(2, Fault::kNone); }
LITMUS(double_check_without_release, races, violated("the content is missing")) { with_lock(2, Fault::kRelaxedPublish); }
LITMUS(double_check_plain, races, violated("the content is missing")) { with_lock(2, Fault::kPlainLook); }
LITMUS(double_check_without_second_look, violated("there are two")) { with_lock(2, Fault::kNoSecondLook); }
