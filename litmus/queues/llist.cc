// The lock-less list (include/linux/llist.h): many add, and one takes all at once.
//
// Who takes comes behind who adds; or before, and is seen when that one looks what is first, or only by his exchange: 3 executions. Two
// who add have 24 with one who takes, and 172 with two; three who add 528.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct llist_node {
  shared<llist_node *> next;
  shared<int> content;
};
struct llist_head {
  shared<llist_node *> first;
};

enum class Fault { kNone, kRelaxedAdd, kRelaxedTake };

void llist_add(llist_node &n, llist_head &head, Fault fault) {
  value<llist_node *> first = READ_ONCE(head.first);
  WHILE (true) {
    n.next = first;
    IF (fault == Fault::kRelaxedAdd ? try_cmpxchg_relaxed(&head.first, &first, &n) : try_cmpxchg_release(&head.first, &first, &n)) break;
  }
}
value<llist_node *> llist_del_all(llist_head &head, Fault fault) {
  return fault == Fault::kRelaxedTake ? xchg_relaxed(&head.first, nullptr) : xchg(&head.first, nullptr);
}

void with_llist(int adders, int takers, Fault fault) {
  auto &head = make<llist_head>();
  for (int i = 0; i < adders; ++i) {
    auto &n = make<llist_node>();
    thread("adds" + std::to_string(i), [&head, &n, fault] {
      n.content = 7;
      llist_add(n, head, fault);
    });
  }
  for (int i = 0; i < takers; ++i) {
    thread("takes" + std::to_string(i), [&head, fault] {
      value<llist_node *> n = llist_del_all(head, fault);
      WHILE (n != nullptr) {
        CHECK_INVARIANT(n->content == 7, "the content is missing");
        n->content = 8;
        n = n->next;
      }
    });
  }
}

}  // namespace

LITMUS(llist_a1t1, holds) { with_llist(1, 1, Fault::kNone); }
LITMUS(llist_a2t1, holds) { with_llist(2, 1, Fault::kNone); }
LITMUS(llist_a2t2, holds) { with_llist(2, 2, Fault::kNone); }
LITMUS(llist_a3t1, holds) { with_llist(3, 1, Fault::kNone); }
LITMUS(llist_without_release, races, violated("the content is missing")) { with_llist(1, 1, Fault::kRelaxedAdd); }
// What is read through the pointer depends on it by address.
LITMUS(llist_without_acquire, holds) { with_llist(1, 1, Fault::kRelaxedTake); }
