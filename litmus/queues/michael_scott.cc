// Michael and Scott's queue: a list with a dummy at its head, and a tail that may lag behind.
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct ms_node {
  shared<ms_node *> next;
  shared<int> content;
};
struct ms_queue {
  shared<ms_node *> head, tail;
};

enum class Fault { kNone, kRelaxedLink, kRelaxedNext };

constexpr int kEmpty = -1;

void enqueue(ms_queue &q, ms_node &n, Fault fault) {
  WHILE (true) {
    const value<ms_node *> tail = smp_load_acquire(&q.tail);
    const value<ms_node *> next = smp_load_acquire(&tail->next);
    IF (next != nullptr) {
      (void)cmpxchg_release(&q.tail, tail, next);
      continue;
    }
    const value<ms_node *> found = fault == Fault::kRelaxedLink ? cmpxchg_relaxed(&tail->next, nullptr, &n)
                                                               : cmpxchg_release(&tail->next, nullptr, &n);
    IF (found == nullptr) {
      (void)cmpxchg_release(&q.tail, tail, &n);
      break;
    }
  }
}
value<int> dequeue(ms_queue &q, Fault fault) {
  WHILE (true) {
    const value<ms_node *> head = smp_load_acquire(&q.head);
    const value<ms_node *> tail = smp_load_acquire(&q.tail);
    const value<ms_node *> next = fault == Fault::kRelaxedNext ? READ_ONCE(head->next) : smp_load_acquire(&head->next);
    IF (next == nullptr) return kEmpty;
    IF (head == tail) {
      (void)cmpxchg_release(&q.tail, tail, next);
      continue;
    }
    IF (cmpxchg_release(&q.head, head, next) == head) return READ_ONCE(next->content);
  }
  return kEmpty;
}

ms_queue &make_queue() {
  auto &q = make<ms_queue>();
  auto &dummy = make<ms_node>();
  q.head = &dummy;
  q.tail = &dummy;
  return q;
}

void enqueue_and_dequeue(Fault fault) {
  auto &q = make_queue();
  auto &n = make<ms_node>();
  thread("writer", [&q, &n, fault] {
    WRITE_ONCE(n.content, 7);
    enqueue(q, n, fault);
  });
  thread("reader", [&q, fault] {
    const value<int> seen = dequeue(q, fault);
    CHECK_INVARIANT(seen == kEmpty || seen == 7, "the content is missing");
  });
}

}  // namespace

// The reader finds nothing; or the tail in its place; or the tail behind, which it then moves on, or comes too late to: 4
// executions.
LITMUS(michael_scott_w1r1, holds) { enqueue_and_dequeue(Fault::kNone); }
LITMUS(michael_scott_without_release, violated("the content is missing")) { enqueue_and_dequeue(Fault::kRelaxedLink); }
// The content is read through the pointer, and depends on it by address: that is enough.
LITMUS(michael_scott_without_acquire, holds) { enqueue_and_dequeue(Fault::kRelaxedNext); }
