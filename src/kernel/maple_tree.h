// SPDX-License-Identifier: Apache-2.0
// maple_tree<T>: what stands for the kernel's map from addresses to objects that is walked under RCU
// (Documentation/core-api/maple_tree.rst, include/linux/maple_tree.h).
//
// Of the tree itself a user sees this: a walk is a chain of rcu_dereference()s, so what it returns depends on the reads by
// address and by nothing else; storing and erasing publish by rcu_assign_pointer(). That is modelled by a slot for each
// address, and addresses are numbers from 0 to kSlots - 1, each of which stands for a page, say. Nodes, their reuse
// and their freeing, which the tree does behind grace periods of its own, are not modelled.
//
// Writers exclude each other by the lock that mt_set_external_lock() names, or by mas_lock(); readers are in an RCU
// read-side critical section or hold that lock. Who does neither is told so, as by lockdep.
#pragma once

#include <string>

#include "src/kernel/lockdep.h"
#include "src/kernel/rcu.h"
#include "src/kernel/spinlock.h"

namespace lkmc {

template <class T>
struct maple_tree {
  static constexpr unsigned long kSlots = 4;
  spinlock_t ma_lock;
  shared<T*> slot[kSlots];
  LockId external_lock{};  // of the set-up
};

// Where in a tree to work: the addresses from index to last.
template <class T>
struct ma_state {
  ma_state(maple_tree<T>* mt, unsigned long first, unsigned long end) : tree(mt), index(first), last(end) {}
  maple_tree<T>* tree;
  unsigned long index;
  unsigned long last;
};
#define MA_STATE(name, mt, first, end) ::lkmc::ma_state name((mt), (first), (end))

// In the set-up: the lock that writers of the tree hold.
template <class T, kernel::Lock L>
void mt_set_external_lock(maple_tree<T>* mt, const L* lock) {
  mt->external_lock = lock->lock_id();
}

namespace kernel {

template <class T>
void check_range(const ma_state<T>* mas, const char* function, const Site& site) {
  if (mas->index <= mas->last && mas->last < maple_tree<T>::kSlots) return;
  Run::current(function).fail(site, std::string(function) + " of addresses " + std::to_string(mas->index) + " to " +
                                        std::to_string(mas->last) + ": a maple_tree has those from 0 to " +
                                        std::to_string(maple_tree<T>::kSlots - 1));
}
template <class T>
void check_writer(const ma_state<T>* mas, const char* function, const Site& site) {
  Run& run = Run::current(function);
  (void)run.thread(function, site);
  check_range(mas, function, site);
  const LockId lock = mas->tree->external_lock == LockId{} ? mas->tree->ma_lock.lock_id() : mas->tree->external_lock;
  if (!run.holds(lock, Run::Hold::kExclusive)) {
    run.fail(site, std::string("suspicious RCU usage: ") + function + " without the lock of the tree");
  }
}
template <class T>
void check_reader(const ma_state<T>* mas, const char* function, const Site& site) {
  Run& run = Run::current(function);
  (void)run.thread(function, site);
  check_range(mas, function, site);
  for (const LockId& lock : {mas->tree->ma_lock.lock_id(), mas->tree->external_lock}) {
    if (run.holds(lock, Run::Hold::kExclusive) || run.holds(lock, Run::Hold::kShared)) return;
  }
  for (const Run::AtomicSection& section : run.atomic_sections()) {
    if (section.lock == LockId{}) return;
  }
  run.fail(site, std::string("suspicious RCU usage: ") + function +
                     " neither in an RCU read-side critical section nor with the lock of the tree");
}
template <class T>
void store(ma_state<T>* mas, const Value& entry, const char* function, const Site& site) {
  check_writer(mas, function, site);
  for (unsigned long i = mas->index; i <= mas->last; ++i) mas->tree->slot[i].write(entry, Tag::kRelease, site);
}

}  // namespace kernel

// The tree's own lock: a spinlock.
template <class T>
void mas_lock(ma_state<T>* mas, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&mas->tree->ma_lock, site);
}
template <class T>
void mas_unlock(ma_state<T>* mas, const kernel::Site& site = kernel::Site::current()) {
  spin_unlock(&mas->tree->ma_lock, site);
}

// What is at the address; rcu_dereference().
template <class T>
[[nodiscard]] value<T*> mas_walk(ma_state<T>* mas, const kernel::Site& site = kernel::Site::current()) {
  kernel::check_reader(mas, "mas_walk()", site);
  return rcu_dereference(mas->tree->slot[mas->index], site);
}
// What comes first from the address on, up to `max`; null if there is nothing. Each look is an rcu_dereference().
template <class T>
[[nodiscard]] value<T*> mas_find(ma_state<T>* mas, unsigned long max, const kernel::Site& site = kernel::Site::current()) {
  kernel::check_reader(mas, "mas_find()", site);
  value<T*> found;
  for (; mas->index <= max && mas->index < maple_tree<T>::kSlots; ++mas->index) {
    found = rcu_dereference(mas->tree->slot[mas->index], site);
    if (kernel::Run::current("mas_find()").branch(found.symbolic())) break;
  }
  mas->last = mas->index;
  return found;
}
// rcu_assign_pointer() for each address of the range.
template <class T>
void mas_store(ma_state<T>* mas, const std::type_identity_t<kernel::Stored<T*>>& entry,
               const kernel::Site& site = kernel::Site::current()) {
  kernel::store(mas, entry.value, "mas_store()", site);
}
// The same with null; returns what was at the first address.
template <class T>
value<T*> mas_erase(ma_state<T>* mas, const kernel::Site& site = kernel::Site::current()) {
  kernel::check_writer(mas, "mas_erase()", site);
  const value<T*> old = mas->tree->slot[mas->index].read(Tag::kOnce, site);
  kernel::store(mas, kernel::Run::current("mas_erase()").constant(0), "mas_erase()", site);
  return old;
}
// mas_walk() in a read-side critical section of its own.
template <class T>
[[nodiscard]] value<T*> mtree_load(maple_tree<T>* mt, unsigned long index, const kernel::Site& site = kernel::Site::current()) {
  ma_state<T> mas(mt, index, index);
  rcu_read_lock(site);
  const value<T*> entry = mas_walk(&mas, site);
  rcu_read_unlock(site);
  return entry;
}

}  // namespace lkmc
