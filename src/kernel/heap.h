// SPDX-License-Identifier: Apache-2.0
// Memory that a test allocates while it runs: which objects there are, and who has them.
//
// Each object has a life, a location of its own that only the allocator accesses. Allocating and freeing change it in one
// atomic operation, so the lives of an object are totally ordered, a second free finds that the object is free already, and
// where the allocator orders a free before the next allocation it is the release and acquire of this operation. Freeing
// poisons what the object contains: an access that is not ordered before the free meets the poison, or races with it.
//
// Where objects are is not known before the threads run. The first time that a path of a thread allocates one more, or frees
// an object for the first time, the program has outgrown itself (Program::outgrown) and is explored again with what is known
// then. So an allocation goes on with an object that no other allocation of that path of that thread gets, fresh from the page
// allocator, and with each object that some thread may have freed.
//
// The free objects of a SLAB_TYPESAFE_BY_RCU cache keep what they contain. Only when their page goes back to the page
// allocator, a grace period later, are they poisoned: by a thread of its own, in executions beside those in which it does not.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"

namespace lkmc::kernel {

// Whether what comes before a free is seen by who gets the object next.
enum class FreeAlloc : std::uint8_t {
  kOrdered,    // as the kernel's allocators guarantee (include/linux/refcount.h: they order free() against alloc())
  kUnordered,  // as an allocator without any barrier; its pages never go back
};

// Where objects of one type come from: a kmem_cache, or kmalloc().
struct HeapCache {
  std::string name;  // of the kmem_cache; empty for kmalloc()
  std::string type;  // mangled
  std::size_t size = 0;
  bool keeps_contents = false;  // SLAB_TYPESAFE_BY_RCU
  FreeAlloc free_alloc = FreeAlloc::kOrdered;
  std::function<void*()> construct;  // what is fresh from the page allocator
  void (*destroy)(void*) = nullptr;
};

// The values of a life.
inline constexpr Word kNeverAllocated = 0;
inline constexpr Word kAllocated = 1;
inline constexpr Word kFree = 2;
inline constexpr Word kReturned = 3;  // its page is the page allocator's again

struct HeapObject {
  int cache = 0;
  void* at = nullptr;
  Location life = kNoLocation;
  std::vector<Location> contents;  // its shared variables and locks
  bool has_locks = false;          // spinlocks among them: such memory cannot be written over
};

// An allocation: the `ordinal`th fresh object of a cache on a path of the thread; kInitThread for the set-up.
struct Demand {
  int cache;
  ThreadId thread;
  int ordinal;
  friend auto operator<=>(const Demand&, const Demand&) = default;
};

// What is known of a test's memory. What threads ask for while they run, perhaps on several workers, is noted, and becomes
// true only between explorations.
class Heap {
 public:
  // In the set-up.
  int add_cache(HeapCache cache);
  void add_object(const Demand& demand, HeapObject object);

  [[nodiscard]] const HeapCache& cache(int index) const { return caches_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const std::vector<HeapObject>& objects() const { return objects_; }
  [[nodiscard]] const HeapObject& object(int index) const { return objects_[static_cast<std::size_t>(index)]; }
  // A number for the object that does not depend on what else was found first, so that it means the same in a replay.
  [[nodiscard]] Word identity(int index) const;
  [[nodiscard]] int with_identity(Word identity) const;
  // By its address; nothing if no object begins there, or none has that address inside.
  [[nodiscard]] std::optional<int> beginning_at(const void* at) const;
  [[nodiscard]] std::optional<int> around(const void* at) const;

  // The `ordinal`th kmem_cache of the set-up.
  [[nodiscard]] int kmem_cache(int ordinal) const;
  // The cache of kmalloc() for the type; nothing if it is not there yet.
  [[nodiscard]] std::optional<int> kmalloc_cache(const HeapCache& wanted);
  // The fresh object of that allocation; nothing if it is not there yet.
  [[nodiscard]] std::optional<int> fresh(const Demand& demand);
  // Objects of the cache that some thread may have freed.
  [[nodiscard]] std::vector<int> freed(int cache) const;
  // Those whose page may go back later.
  [[nodiscard]] std::vector<int> freed_type_safe() const;
  void note_free(int object);

  [[nodiscard]] bool wants_more() const { return wants_more_; }
  // Nothing was noted.
  void forget_wishes();
  // Makes room for what was noted; `make` makes an object of a cache.
  void grow(const std::function<HeapObject(const Demand&)>& make);

 private:
  std::vector<HeapCache> caches_;
  std::vector<HeapObject> objects_;
  std::vector<std::pair<Demand, int>> fresh_;
  std::set<int> freed_;

  mutable std::mutex mutex_;  // of what is noted
  std::vector<HeapCache> wanted_caches_;
  std::set<Demand> wanted_objects_;
  std::set<int> newly_freed_;
  std::atomic<bool> wants_more_ = false;  // whether anything is noted: asked too often for a lock
};

}  // namespace lkmc::kernel
