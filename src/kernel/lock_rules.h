// SPDX-License-Identifier: Apache-2.0
// Locking rules as declarations: which locks guard a field, as Documentation/mm/process_addrs.rst says it of struct vm_area_struct.
//
//   const named_lock mmap("mmap", &mm.mmap_lock), vma("vma", &v.lock), rmap("rmap", &anon_vma.rwsem);
//   guarded_by(v.vm_flags, {.write = mmap.w & vma.w, .read = mmap | vma | rmap});
//
// `mmap` is the lock held in any way, `mmap.w` the lock held for writing. Two things follow, and both are errors of the test:
//
// - `locking rule`: an access by a thread that does not hold what the rule asks for, in some execution.
// - `unmarked access`: a plain access while, by the rules, another thread may access the field, one of the two writing. Here a
//   reader with rmap may meet a writer with mmap.w & vma.w: no lock of the one keeps out the other. So the writer needs
//   WRITE_ONCE(), and the reader READ_ONCE(); but a reader with mmap may read plainly. It takes no thread that does meet it:
//   a test with only one of the two is enough.
//
// Nothing is asked of the set-up and of finally(), nor of a thread that has the object to itself (begin_private()). Rules say
// nothing about order: that a lock is taken before the access is what they want to know, not what the accesses see.
#pragma once

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include "src/kernel/rwlock.h"
#include "src/kernel/rwsem.h"

namespace lkmc {

// A lock that is no object in memory, or more than one: model code says when a thread has it, for instance that a vma is
// write-locked while vm_lock_seq equals mm_lock_seq, and read-locked by who has counted up vm_refcnt. It keeps nobody out.
class lock_token {
 public:
  LKMC_INLINE lock_token() : location_(kernel::Run::current("a lock_token").new_location(this, kernel::Run::LocationKind::kVariable)) {}
  lock_token(const lock_token&) = delete;
  lock_token& operator=(const lock_token&) = delete;
  [[nodiscard]] LockId lock_id() const { return {location_}; }

 private:
  Location location_;  // which nobody accesses
};
inline void acquire_token(const lock_token* token, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("acquire_token()").hold_token(token->lock_id(), kernel::Run::Hold::kExclusive, "acquire_token()", site);
}
inline void acquire_token_shared(const lock_token* token, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("acquire_token_shared()").hold_token(token->lock_id(), kernel::Run::Hold::kShared, "acquire_token_shared()", site);
}
inline void release_token(const lock_token* token, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("release_token()").release(token->lock_id(), kernel::Run::Hold::kExclusive, "release_token()", site);
}
inline void release_token_shared(const lock_token* token, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("release_token_shared()").release(token->lock_id(), kernel::Run::Hold::kShared, "release_token_shared()", site);
}

namespace kernel {

// A lock, and how it is to be held.
struct LockNeed {
  std::string name;
  LockId lock;
  bool exclusive;  // for writing, or a lock that cannot be held in another way
  bool says_so;    // by `.w`
};
using LockNeeds = std::vector<LockNeed>;  // all of them

// Locks that have readers, as opposed to spinlocks and mutexes.
template <class T>
concept SharedLock = std::same_as<T, lock_token> || requires(T* lock) {
  down_read(lock);
} || requires(T* lock) {
  read_lock(lock);
};

}  // namespace kernel

// What a thread must hold: one of several alternatives.
struct lock_set {
  explicit lock_set(std::vector<kernel::LockNeeds> any_of) : alternatives(std::move(any_of)) {}
  std::vector<kernel::LockNeeds> alternatives;
};
[[nodiscard]] lock_set operator&(const lock_set& a, const lock_set& b);
[[nodiscard]] lock_set operator|(const lock_set& a, const lock_set& b);
// Nothing is needed; and: no thread may, unless it has the object to itself.
[[nodiscard]] lock_set no_lock();
[[nodiscard]] lock_set nobody();

// A lock and what rules call it.
class named_lock {
 public:
  template <class T>
  named_lock(std::string name, const T* lock) : named_lock(std::move(name), lock->lock_id(), !kernel::SharedLock<T>) {}
  // One that the test does not have, so that nobody holds it.
  explicit named_lock(std::string name) : named_lock(std::move(name), {}, false) {}
  operator lock_set() const { return any_; }  // NOLINT: it is one
  [[nodiscard]] bool is_there() const { return any_.alternatives[0][0].lock != LockId{}; }

 private:
  named_lock(const std::string& name, const LockId& lock, bool exclusive)
      : any_({{{name, lock, exclusive, false}}}), w({{{name, lock, true, !exclusive}}}) {}
  lock_set any_;

 public:
  lock_set w;
};

struct lock_rule {
  lock_set write;
  lock_set read;
  lock_set write_if_null = nobody();  // what is enough to replace NULL by something else
};

namespace kernel {

// The location of a shared variable, or of what an atomic_t or a refcount_t has inside.
template <class Field>
[[nodiscard]] Location location_of(const Field& field) {
  if constexpr (requires { field.location(); }) {
    return field.location();
  } else if constexpr (requires { field.counter.location(); }) {
    return field.counter.location();
  } else {
    static_assert(
        requires { field.refs.location(); }, "a locking rule is about a shared variable, an atomic_t or a refcount_t");
    return field.refs.location();
  }
}

}  // namespace kernel

// In the set-up, or in the constructor of what it makes. A field has one rule; one without a rule may be accessed by anybody.
template <class Field>
void guarded_by(const Field& field, const lock_rule& rule, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("guarded_by()").declare_rule(kernel::location_of(field), rule, site);
}

// Who may meet whom by the rule of the field: `a reader with rmap may meet a writer with mmap.w & vma.w`. If anybody may, the
// accesses of these two must be marked.
[[nodiscard]] std::vector<std::string> meetings(const lock_rule& rule);
template <class Field>
[[nodiscard]] std::vector<std::string> meetings(const Field& field, const kernel::Site& site = kernel::Site::current()) {
  return meetings(kernel::Run::current("meetings()").rule_of(kernel::location_of(field), site));
}

// In a thread: from here on no other thread can get to the object, for it is new, or nothing points to it any more; and: from
// here on others can, since the next thing to be done is to publish it.
template <class T>
void begin_private(const T* object, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("begin_private()").begin_private(object, sizeof(T), site);
}
template <class T>
void end_private(const T* object, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("end_private()").end_private(object, site);
}
template <class T>
void begin_private(const value<T*>& object, const kernel::Site& site = kernel::Site::current()) {
  begin_private(&*object, site);
}
template <class T>
void end_private(const value<T*>& object, const kernel::Site& site = kernel::Site::current()) {
  end_private(&*object, site);
}

}  // namespace lkmc
