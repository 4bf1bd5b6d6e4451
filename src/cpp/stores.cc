// SPDX-License-Identifier: Apache-2.0
// Assignments to plain variables outside of a thread, which would be lost: every run of a thread begins with fresh ones, or should.
//
// The code of tests is compiled as for ThreadSanitizer (-fsanitize=thread), which calls a function before each access to memory
// that others could see; but these functions are ours, as they are KCSAN's in the kernel. A store by the test's own code, or by the
// standard library's for it, that hits what was there before the thread is refused. The API's own stores are not: it knows what it
// keeps.
#include "src/cpp/stores.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "src/cpp/debug_info.h"
#include "src/cpp/frames.h"
#include "src/kernel/runtime.h"

// Where a module's thread_local variables are for the caller: takes the number of the module and an offset ("ELF Handling For Thread-Local
// Storage", Drepper).
extern "C" void* __tls_get_addr(void* index);

namespace lkmc::kernel {
namespace {

// The thread_local variables of this worker, by what is loaded.
using Range = std::pair<const std::byte*, const std::byte*>;

std::vector<Range> thread_locals() {
  std::vector<Range> ranges;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* to) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_TLS || info->dlpi_tls_modid == 0) continue;
          std::array<std::size_t, 2> index{info->dlpi_tls_modid, 0};
          const auto* begin = static_cast<const std::byte*>(__tls_get_addr(index.data()));
          static_cast<std::vector<Range>*>(to)->emplace_back(begin, begin + segment.p_memsz);
        }
        return 0;
      },
      &ranges);
  return ranges;
}

// Whether the address is in what is loaded: in a static or thread_local variable. The loader is slow to ask, and pages that are not are
// always the same.
bool is_static(const void* at) {
  thread_local const std::vector<Range> locals = thread_locals();
  if (std::ranges::any_of(locals, [&](const Range& r) { return at >= r.first && at < r.second; })) return true;
  thread_local std::array<std::uintptr_t, 256> not_loaded{};
  const std::uintptr_t page = reinterpret_cast<std::uintptr_t>(at) >> 12;
  std::uintptr_t& known = not_loaded[page % not_loaded.size()];
  if (known == page) return false;
  Dl_info image;
  if (dladdr(at, &image) != 0) return true;
  known = page;
  return false;
}

}  // namespace

// Most stores are of the API, and most others to the thread's own memory; who stores takes long to find out.
void store(const void* at, std::size_t size, const Call& call) {
  const CodeOwner owner = owner_of(call.return_address);
  if (size == 0 || owner == CodeOwner::kApi) return;
  const void* const frame_of_caller = *static_cast<const void* const*>(call.frame);
  if (owner == CodeOwner::kLibrary && at >= call.frame && at < frame_of_caller) return;  // its own
  Run* const run = run_in_thread();
  if (run == nullptr) return;
  const void* const last = static_cast<const std::byte*>(at) + size - 1;
  if (at >= call.frame && last < run->thread_frame()) {
    if (run->wants_variables()) {
      run->assigned(reinterpret_cast<std::uintptr_t>(at), size, reinterpret_cast<std::uintptr_t>(frame_of_caller));
    }
    return;
  }
  if (!run->was_there_before(at) && !run->was_there_before(last) && !is_static(at)) return;
  const Statement statement = statement_of(call, run->outermost_frame());
  if (statement.owner == CodeOwner::kTest) run->refuse_lost_store(caller_at(statement.return_address));
}

}  // namespace lkmc::kernel

#define LKMC_HOOK extern "C" [[gnu::visibility("default"), gnu::used]]
#define LKMC_STORE(at, size) lkmc::kernel::store((at), (size), LKMC_THIS_CALL)

#define LKMC_SIZED(size)                                                                   \
  LKMC_HOOK void __tsan_read##size(void*) {}                                               \
  LKMC_HOOK void __tsan_write##size(void* at) { LKMC_STORE(at, size); }                    \
  LKMC_HOOK void __tsan_unaligned_read##size(void*) {}                                     \
  LKMC_HOOK void __tsan_unaligned_write##size(void* at) { LKMC_STORE(at, size); }          \
  LKMC_HOOK void __tsan_volatile_read##size(void*) {}                                      \
  LKMC_HOOK void __tsan_volatile_write##size(void* at) { LKMC_STORE(at, size); }           \
  LKMC_HOOK void __tsan_unaligned_volatile_read##size(void*) {}                            \
  LKMC_HOOK void __tsan_unaligned_volatile_write##size(void* at) { LKMC_STORE(at, size); } \
  LKMC_HOOK void __tsan_read_write##size(void* at) { LKMC_STORE(at, size); }               \
  LKMC_HOOK void __tsan_unaligned_read_write##size(void* at) { LKMC_STORE(at, size); }
LKMC_SIZED(1)
LKMC_SIZED(2)
LKMC_SIZED(4)
LKMC_SIZED(8)
LKMC_SIZED(16)

LKMC_HOOK void __tsan_init() {}
LKMC_HOOK void __tsan_func_entry(void*) {}
LKMC_HOOK void __tsan_func_exit() {}
LKMC_HOOK void __tsan_read_range(void*, std::size_t) {}
LKMC_HOOK void __tsan_write_range(void* at, std::size_t size) { LKMC_STORE(at, size); }
LKMC_HOOK void __tsan_vptr_read(void*) {}
LKMC_HOOK void __tsan_vptr_update(void**, void*) {}
LKMC_HOOK void* __tsan_memcpy(void* to, const void* from, std::size_t size) {
  LKMC_STORE(to, size);
  return __builtin_memcpy(to, from, size);
}
LKMC_HOOK void* __tsan_memmove(void* to, const void* from, std::size_t size) {
  LKMC_STORE(to, size);
  return __builtin_memmove(to, from, size);
}
LKMC_HOOK void* __tsan_memset(void* at, int byte, std::size_t size) {
  LKMC_STORE(at, size);
  return __builtin_memset(at, byte, size);
}

// Atomic operations are replaced by calls; orders do not matter on one machine word at a time.
#define LKMC_ATOMIC_OP(bits, op)                                                                                                 \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_fetch_##op(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) { \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                                \
    return __atomic_fetch_##op(at, v, __ATOMIC_SEQ_CST);                                                                         \
  }
#define LKMC_ATOMIC(bits)                                                                                                       \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* at, int) {                       \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                                               \
  }                                                                                                                             \
  LKMC_HOOK void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) {                    \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                               \
    __atomic_store_n(at, v, __ATOMIC_SEQ_CST);                                                                                  \
  }                                                                                                                             \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_exchange(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) {  \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                               \
    return __atomic_exchange_n(at, v, __ATOMIC_SEQ_CST);                                                                        \
  }                                                                                                                             \
  LKMC_HOOK bool __tsan_atomic##bits##_compare_exchange_strong(volatile std::uint##bits##_t* at, std::uint##bits##_t* expected, \
                                                               std::uint##bits##_t v, int, int) {                               \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                               \
    return __atomic_compare_exchange_n(at, expected, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                             \
  }                                                                                                                             \
  LKMC_HOOK bool __tsan_atomic##bits##_compare_exchange_weak(volatile std::uint##bits##_t* at, std::uint##bits##_t* expected,   \
                                                             std::uint##bits##_t v, int, int) {                                 \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                               \
    return __atomic_compare_exchange_n(at, expected, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                             \
  }                                                                                                                             \
  LKMC_ATOMIC_OP(bits, add)                                                                                                     \
  LKMC_ATOMIC_OP(bits, sub)                                                                                                     \
  LKMC_ATOMIC_OP(bits, and)                                                                                                     \
  LKMC_ATOMIC_OP(bits, or)                                                                                                      \
  LKMC_ATOMIC_OP(bits, xor)                                                                                                     \
  LKMC_ATOMIC_OP(bits, nand)
LKMC_ATOMIC(8)
LKMC_ATOMIC(16)
LKMC_ATOMIC(32)
LKMC_ATOMIC(64)
LKMC_HOOK void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
LKMC_HOOK void __tsan_atomic_signal_fence(int) {}
