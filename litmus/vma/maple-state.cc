// v6.18: vma_start_read() leaves the RCU read-side critical section where it fails, and lock_vma_under_rcu() tries again with
// the maple state of before, which points to a node of the tree. The node may be freed by then (I9: nothing that was got under
// RCU is used behind rcu_read_unlock(); syzbot 131f9eb2b5807573275c). The repair starts again from the root
// ("mm/mmap_lock: Reset maple state on lock_vma_under_rcu() retry").
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct maple_node {
  shared<int> slot;
};
struct mm_struct {
  shared<maple_node *> root;
};

enum class Retry { kWithTheSameState, kFromTheRoot };

void scenario(Retry retry) {
  auto &mm = make<mm_struct>();
  const value<maple_node *> node = kzalloc<maple_node>();
  const value<maple_node *> next = kzalloc<maple_node>();
  mm.root = node;
  thread("fault", [&, retry] {
    rcu_read_lock();
    value<maple_node *> state = rcu_dereference(mm.root);
    (void)READ_ONCE(state->slot);  // the walk finds a vma that cannot be locked
    rcu_read_unlock();
    rcu_read_lock();
    if (retry == Retry::kFromTheRoot) state = rcu_dereference(mm.root);
    (void)READ_ONCE(state->slot);
    rcu_read_unlock();
  });
  thread("munmap", [&, node, next] {
    rcu_assign_pointer(mm.root, next);
    kfree_rcu(node);
  });
}

}  // namespace

LITMUS(from_the_same_state, violated("use after free")) { scenario(Retry::kWithTheSameState); }
LITMUS(from_the_root, holds) { scenario(Retry::kFromTheRoot); }
