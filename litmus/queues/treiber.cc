// Treiber's stack: a list whose first node is replaced by compare-and-swap.
#include <string>
#include <vector>

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

void push_and_pop(int pushers, Fault fault) {
  auto &top = make<shared<node *>>();
  std::vector<node *> nodes;
  for (int i = 0; i < pushers; ++i) {
    node &n = *nodes.emplace_back(&make<node>());
    thread("pusher" + std::to_string(i), [&top, &n, fault] { push(top, n, fault); });
  }
  thread("popper", [&top, nodes, fault] {
    const value<node *> popped = pop(top, fault);
    for (node *n : nodes) IF (popped == n) CHECK_INVARIANT(n->content == 7, "the content is missing");
  });
}

}  // namespace

// The popper comes before the push, or behind it. With two pushers there are 20 executions.
LITMUS(treiber_w1r1, holds) { push_and_pop(1, Fault::kNone); }
LITMUS(treiber_w2r1, holds) { push_and_pop(2, Fault::kNone); }
LITMUS(treiber_without_release, races, violated("the content is missing")) { push_and_pop(1, Fault::kRelaxedPush); }
LITMUS(treiber_without_acquire, races, violated("the content is missing")) { push_and_pop(1, Fault::kRelaxedPop); }
