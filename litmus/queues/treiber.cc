// Treiber's stack: a list whose first node is replaced by compare-and-swap.
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct node {
  shared<node *> next;
  shared<int> content;
};

enum class Fault { kNone, kRelaxedPush, kRelaxedPop };

void push(shared<node *> &top, node &n, Fault fault) {
  n.content = 7;
  value<node *> old = READ_ONCE(top);
  WHILE (true) {
    WRITE_ONCE(n.next, old);
    const value<node *> seen = fault == Fault::kRelaxedPush ? cmpxchg_relaxed(&top, old, &n) : cmpxchg_release(&top, old, &n);
    IF (seen == old) break;
    old = seen;
  }
}
value<node *> pop(shared<node *> &top, Fault fault) {
  WHILE (true) {
    // What is read through the pointer depends on it by address; what is known of the node by other means does not.
    const value<node *> old = fault == Fault::kRelaxedPop ? READ_ONCE(top) : smp_load_acquire(&top);
    IF (old == nullptr) return old;
    const value<node *> next = READ_ONCE(old->next);
    IF (cmpxchg_relaxed(&top, old, next) == old) return old;
  }
  return nullptr;
}

void push_and_pop(Fault fault) {
  auto &top = make<shared<node *>>();
  auto &n = make<node>();
  thread("pusher", [&top, &n, fault] { push(top, n, fault); });
  thread("popper", [&top, &n, fault] {
    IF (pop(top, fault) == &n) CHECK_INVARIANT(n.content == 7, "the content is missing");
  });
}

void push_twice_and_pop() {
  auto &top = make<shared<node *>>();
  auto &first = make<node>();
  auto &second = make<node>();
  thread("pusher 1", [&top, &first] { push(top, first, Fault::kNone); });
  thread("pusher 2", [&top, &second] { push(top, second, Fault::kNone); });
  thread("popper", [&top] {
    const value<node *> found = pop(top, Fault::kNone);
    IF (found != nullptr) CHECK_INVARIANT(found->content == 7, "the content is missing");
  });
}

}  // namespace

// The popper comes before the push, or behind it.
LITMUS(treiber_w1r1, holds) { push_and_pop(Fault::kNone); }
LITMUS(treiber_w2r1, holds) { push_twice_and_pop(); }
LITMUS(treiber_without_release, races, violated("the content is missing")) { push_and_pop(Fault::kRelaxedPush); }
LITMUS(treiber_without_acquire, races, violated("the content is missing")) { push_and_pop(Fault::kRelaxedPop); }
