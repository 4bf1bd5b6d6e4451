// v6.19: fork() waits for the readers of a vma, and a fatal signal ends the wait. It has not locked the vma then, and the next writer and the
// readers find it as it was before.
//
// The signal is there from the start: if it comes while the writer waits, the look at the count that it took before is one more that has
// found a reader. The writer looks once, and gets the vma if the reader has left by then.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class Result { kLookedAt, kIgnored };

template <class V>
static void scenario(Result result = Result::kLookedAt) {
  if constexpr (kIsKillable<V>) {
    auto &m = make<machine<V>>();
    auto &killed = make<shared<bool>>();
    killed = true;
    m.map(m.mm);
    expect_no_reader(m);
    m.let_be_found_in(m.mm);
    thread("fault", [&] { fault_that_reads<V>(&m.mm); });
    thread("fork, mprotect", [&, result] {
      V::mmap_write_lock(&m.mm);
      const int error = V::vma_start_write_killable(&m.mm, &m.vma, killed);
      exists("the wait is interrupted", error != 0);
      exists("the vma is locked", error == 0);
      if (error == 0) {
        write_to<V>(&m.mm, &m.vma);
      } else if (result == Result::kIgnored) {
        WRITE_ONCE(m.vma.ghost.writer, true);
        WRITE_ONCE(m.vma.vm_flags, 1);
        WRITE_ONCE(m.vma.ghost.writer, false);
      }
      V::mmap_write_unlock(&m.mm);

      V::mmap_write_lock(&m.mm);
      V::vma_start_write(&m.mm, &m.vma);
      V::mmap_write_unlock(&m.mm);
    });
  }
}

EACH_VERSION(scenario<V>(),
             from<v3c>(holds, reachable("the wait is interrupted"), reachable("the vma is locked")),
             from<v4_repaired>(holds, reachable("the wait is interrupted"), reachable("the vma is locked")))

// The count stays beyond the limit of readers, none gets in any more, and that of the next writer is too much for it: what it does then it
// does without having waited for the reader.
LITMUS(v3c_leaves_offset, violated(kNoSaturation), violated(kPairs), races) { scenario<v3c_leaves_offset>(); }
// "must check"
LITMUS(v4_ignores_the_result, violated(kExclusion), violated(kConstant)) { scenario<v4_repaired>(Result::kIgnored); }
