// SPDX-License-Identifier: Apache-2.0
// Memory: slab caches and kmalloc() (Documentation/core-api/memory-allocation.rst, include/linux/slab.h).
//
// An allocation never fails. It goes on with a fresh object, and with each object of the same cache that was freed before. By
// default it sees all that came before that free, which the kernel's allocators guarantee; see slab_options. Found and reported
// with both places: an access to freed memory, also one that only may come after the free; memory that is freed twice; a pointer
// that is freed and does not come from this allocator; reading what nobody has written (but from kmem_cache_zalloc(), kzalloc()
// and caches with constructed objects); on request, memory that is never freed.
//
// SLAB_TYPESAFE_BY_RCU: an object that is freed may be handed out again at once, to be an object of the same type, so a reader
// inside an RCU read-side critical section may go on with it but has to find out whether it still is the object that he looked
// for. It keeps what it contains; the constructor of T is the constructor of the slab and runs once for each object. Only after
// a grace period may the memory become something else.
#pragma once

#include <typeinfo>

#include "src/kernel/rcu.h"

namespace lkmc {

inline constexpr unsigned SLAB_TYPESAFE_BY_RCU = 1;

using kernel::FreeAlloc;

struct slab_options {
  FreeAlloc free_alloc = FreeAlloc::kOrdered;
};

namespace kernel {

template <class T>
[[nodiscard]] HeapCache heap_cache(const char* name, bool keeps_contents, FreeAlloc free_alloc) {
  return {.name = name,
          .type = typeid(T).name(),
          .size = sizeof(T),
          .keeps_contents = keeps_contents,
          .free_alloc = free_alloc,
          .construct = [] { return static_cast<void*>(new T{}); },
          .destroy = [](void* object) { delete static_cast<T*>(object); }};
}

template <class T>
[[nodiscard]] value<T*> allocated(void* object) {
  return value<T*>(static_cast<T*>(object));
}

}  // namespace kernel

// Objects of type T; to be made in the set-up of a test. Flags: 0 or SLAB_TYPESAFE_BY_RCU.
template <class T>
class kmem_cache {
 public:
  explicit kmem_cache(const char* name, unsigned flags = 0, slab_options options = {})
      : index_(kernel::Run::current("a kmem_cache")
                   .add_cache(kernel::heap_cache<T>(name, (flags & SLAB_TYPESAFE_BY_RCU) != 0, options.free_alloc))) {}
  kmem_cache(const kmem_cache&) = delete;
  kmem_cache& operator=(const kmem_cache&) = delete;
  [[nodiscard]] int index() const { return index_; }  // for the API

 private:
  int index_;
};

// In a thread: an object as its last owner left it (SLAB_TYPESAFE_BY_RCU), or without content. In the set-up: one that the
// test begins with.
template <class T>
[[nodiscard]] value<T*> kmem_cache_alloc(kmem_cache<T>* cache, const kernel::Site& site = kernel::Site::current()) {
  return kernel::allocated<T>(
      kernel::Run::current("kmem_cache_alloc()").allocate(cache->index(), kernel::Run::Content::kNone, "kmem_cache_alloc()", site));
}
// The same, all zero.
template <class T>
[[nodiscard]] value<T*> kmem_cache_zalloc(kmem_cache<T>* cache, const kernel::Site& site = kernel::Site::current()) {
  return kernel::allocated<T>(
      kernel::Run::current("kmem_cache_zalloc()").allocate(cache->index(), kernel::Run::Content::kZero, "kmem_cache_zalloc()", site));
}
template <class T>
void kmem_cache_free(kmem_cache<T>* cache, const std::type_identity_t<value<T*>>& object,
                     const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("kmem_cache_free()").free(cache->index(), object.symbolic(), "kmem_cache_free()", site);
}

// An object of type T without content, or all zero.
template <class T>
[[nodiscard]] value<T*> kmalloc(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("kmalloc()");
  const int cache = run.kmalloc_cache(kernel::heap_cache<T>("", false, FreeAlloc::kOrdered), "kmalloc()", site);
  return kernel::allocated<T>(run.allocate(cache, kernel::Run::Content::kNone, "kmalloc()", site));
}
template <class T>
[[nodiscard]] value<T*> kzalloc(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("kzalloc()");
  const int cache = run.kmalloc_cache(kernel::heap_cache<T>("", false, FreeAlloc::kOrdered), "kzalloc()", site);
  return kernel::allocated<T>(run.allocate(cache, kernel::Run::Content::kZero, "kzalloc()", site));
}
// NULL is ignored.
template <class T>
void kfree(const value<T*>& object, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("kfree()").free(kernel::kKmalloc, object.symbolic(), "kfree()", site);
}

// In the set-up: memory that is still allocated when all threads have ended is an error.
inline void no_leaks() { kernel::Run::current("no_leaks()").forbid_leaks(); }

}  // namespace lkmc
