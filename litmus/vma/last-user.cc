// v0: exit_mmap() frees vmas without waiting for a grace period. It is the work of the last user of the mm, and all that the others
// have done there comes before they leave. (Later versions never wait for one.)
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class Leaves { kInOrder, kUnordered };

template <class V>
static void scenario(Leaves leaves = Leaves::kInOrder) {
  auto &m = make<slab_machine<V>>(0u);
  const auto vma = m.map_new_vma();
  auto &mm_users = make<atomic_t>();
  atomic_set(&mm_users, 2);
  thread("task", [&, leaves] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma != nullptr) V::vma_end_read(vma);
    if (leaves == Leaves::kInOrder) {
      (void)atomic_dec_and_test(&mm_users);  // mmput(); where this one is the last, nothing follows
    } else {
      atomic_dec(&mm_users);
    }
  });
  thread("last user", [&, vma] {
    if (!atomic_dec_and_test(&mm_users)) return;
    exists("the other user has left", true);
    V::exit_mmap(&m.mm, vma);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(holds),
             not_from<v1>())

// The last user does not see what the other has done: all that he reads he may read when it is freed.
LITMUS(v0c_unordered, violated("use after free"), races) { scenario<v0c_marked>(Leaves::kUnordered); }
