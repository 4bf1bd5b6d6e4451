// Assignments to plain variables outside of a thread, which would be lost: every run of a thread begins with fresh ones.
//
// The code of tests is compiled as for ThreadSanitizer (-fsanitize=thread), which calls a function before each access to memory
// that others could see; but these functions are ours, as they are KCSAN's in the kernel. A store by the test's own code, or by the
// standard library's for it, that hits neither the thread's stack nor what it has allocated itself is refused. The API's own
// stores are not: it knows what it keeps.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <unordered_map>

#include "src/kernel/debug_info.h"
#include "src/kernel/runtime.h"
#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

constexpr int kMostFrames = 64;

// The run of a thread that is in the code of the test; null otherwise.
Run* run_in_thread() {
  Thread* const thread = Thread::current();
  if (thread == nullptr) return nullptr;
  Run* const run = static_cast<Run*>(thread->front_end());
  return run != nullptr && run->phase() == Phase::kThread && std::uncaught_exceptions() == 0 ? run : nullptr;
}

// Debug information is slow to ask, and stores are many.
const CodePlace& place_of(const void* return_address) {
  thread_local std::unordered_map<const void*, CodePlace> known;
  const auto [place, is_new] = known.try_emplace(return_address);
  if (is_new) place->second = code_at(return_address);
  return place->second;
}

// `frame` is that of the function that the compiler calls.
void store(const void* at, std::size_t size, const void* return_address, const void* frame) {
  Run* const run = run_in_thread();
  if (run == nullptr || (at >= frame && at < run->code_frame())) return;
  CodePlace place = place_of(return_address);
  const auto* const* up = static_cast<const void* const*>(*static_cast<const void* const*>(frame));
  for (int i = 0; i < kMostFrames && place.owner == CodeOwner::kLibrary && up < run->code_frame(); ++i) {
    place = place_of(up[1]);
    const auto* next = static_cast<const void* const*>(up[0]);
    if (next <= up) break;
    up = next;
  }
  if (place.owner == CodeOwner::kTest && !run->owns_heap(at, size)) run->refuse_lost_store(place.pos);
}

}  // namespace
}  // namespace lkmc::kernel

#define LKMC_HOOK extern "C" [[gnu::visibility("default"), gnu::used]]
#define LKMC_STORE(at, size) \
  lkmc::kernel::store((at), (size), __builtin_return_address(0), __builtin_frame_address(0))

#define LKMC_SIZED(size)                                                      \
  LKMC_HOOK void __tsan_read##size(void*) {}                                  \
  LKMC_HOOK void __tsan_write##size(void* at) { LKMC_STORE(at, size); }       \
  LKMC_HOOK void __tsan_unaligned_read##size(void*) {}                        \
  LKMC_HOOK void __tsan_unaligned_write##size(void* at) { LKMC_STORE(at, size); } \
  LKMC_HOOK void __tsan_volatile_read##size(void*) {}                         \
  LKMC_HOOK void __tsan_volatile_write##size(void* at) { LKMC_STORE(at, size); } \
  LKMC_HOOK void __tsan_unaligned_volatile_read##size(void*) {}               \
  LKMC_HOOK void __tsan_unaligned_volatile_write##size(void* at) { LKMC_STORE(at, size); } \
  LKMC_HOOK void __tsan_read_write##size(void* at) { LKMC_STORE(at, size); }  \
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
#define LKMC_ATOMIC_OP(bits, op)                                                                                   \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_fetch_##op(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) { \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                  \
    return __atomic_fetch_##op(at, v, __ATOMIC_SEQ_CST);                                                           \
  }
#define LKMC_ATOMIC(bits)                                                                                          \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_load(const volatile std::uint##bits##_t* at, int) {           \
    return __atomic_load_n(at, __ATOMIC_SEQ_CST);                                                                  \
  }                                                                                                                \
  LKMC_HOOK void __tsan_atomic##bits##_store(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) {        \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                  \
    __atomic_store_n(at, v, __ATOMIC_SEQ_CST);                                                                     \
  }                                                                                                                \
  LKMC_HOOK std::uint##bits##_t __tsan_atomic##bits##_exchange(volatile std::uint##bits##_t* at, std::uint##bits##_t v, int) { \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                  \
    return __atomic_exchange_n(at, v, __ATOMIC_SEQ_CST);                                                           \
  }                                                                                                                \
  LKMC_HOOK bool __tsan_atomic##bits##_compare_exchange_strong(volatile std::uint##bits##_t* at, std::uint##bits##_t* expected, \
                                                               std::uint##bits##_t v, int, int) {                  \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                  \
    return __atomic_compare_exchange_n(at, expected, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                 \
  }                                                                                                                \
  LKMC_HOOK bool __tsan_atomic##bits##_compare_exchange_weak(volatile std::uint##bits##_t* at, std::uint##bits##_t* expected, \
                                                             std::uint##bits##_t v, int, int) {                    \
    LKMC_STORE(const_cast<std::uint##bits##_t*>(at), sizeof *at);                                                  \
    return __atomic_compare_exchange_n(at, expected, v, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);                 \
  }                                                                                                                \
  LKMC_ATOMIC_OP(bits, add)                                                                                        \
  LKMC_ATOMIC_OP(bits, sub)                                                                                        \
  LKMC_ATOMIC_OP(bits, and)                                                                                        \
  LKMC_ATOMIC_OP(bits, or)                                                                                         \
  LKMC_ATOMIC_OP(bits, xor)                                                                                        \
  LKMC_ATOMIC_OP(bits, nand)
LKMC_ATOMIC(8)
LKMC_ATOMIC(16)
LKMC_ATOMIC(32)
LKMC_ATOMIC(64)
LKMC_HOOK void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
LKMC_HOOK void __tsan_atomic_signal_fence(int) {}

// What a thread allocates with `new` is its own.
void* operator new(std::size_t size) {
  void* const at = std::malloc(size > 0 ? size : 1);
  if (at == nullptr) throw std::bad_alloc();
  if (lkmc::kernel::Run* const run = lkmc::kernel::run_in_thread()) run->note_own_heap(at, size);
  return at;
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
