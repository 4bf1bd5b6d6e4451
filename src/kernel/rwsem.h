// rw_semaphore: any number of readers or one writer, which sleep until they get it. Taking it is an acquire, giving it back
// a release, a failed trylock is unordered (Documentation/locking/locktypes.rst; kernel/locking/rwsem.c). The count is
// that of the kernel: bit 0 is the writer, each reader counts 256; waiters have no bits, so readers may overtake a writer
// that waits.
#pragma once

#include "src/kernel/shared.h"

namespace lkmc {

struct rw_semaphore {
  shared<long> count;
};

namespace kernel {

inline constexpr long kRwsemWriter = 1;
inline constexpr long kRwsemReader = 256;

// Takes the semaphore where `free(count)` holds, by adding `bias`. False only for a trylock.
template <class Free>
bool take_rwsem(rw_semaphore* sem, bool wait, Run::Hold how, long bias, const Free& free, const char* function,
                const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  if (wait) run.might_sleep(function, site);
  const auto add = [&](const Value& count) { return run.binary(BinaryOp::kAdd, count, run.constant(bias)); };
  bool taken = true;
  if (wait) {
    (void)thread.await_rmw(sem->count.address(), free, add, Tag::kAcquire, position(site));
  } else {
    taken = thread.try_rmw(sem->count.address(), free, add, Tag::kAcquire, position(site)).second;
  }
  if (taken) run.hold(sem, how, site);
  return taken;
}
inline Value no_writer(const Value& count) {
  Run& run = Run::current("an rw_semaphore");
  return run.unary(UnaryOp::kLogicalNot, run.binary(BinaryOp::kBitAnd, count, run.constant(kRwsemWriter)));
}
inline Value nobody(const Value& count) { return Run::current("a lock").unary(UnaryOp::kLogicalNot, count); }

inline void add_to_rwsem(rw_semaphore* sem, Run::Hold held, long bias, const char* function, const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  run.release(sem, held, function, site);
  (void)thread.fetch_op(sem->count.address(), BinaryOp::kAdd, run.constant(bias), Tag::kRelease, RmwResult::kNone,
                        position(site));
}

}  // namespace kernel

// Acquire. Sleeps while a writer holds it.
inline void down_read(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_rwsem(sem, true, kernel::Run::Hold::kShared, kernel::kRwsemReader, kernel::no_writer, "down_read()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool down_read_trylock(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_rwsem(sem, false, kernel::Run::Hold::kShared, kernel::kRwsemReader, kernel::no_writer,
                            "down_read_trylock()", site);
}
// Release.
inline void up_read(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_to_rwsem(sem, kernel::Run::Hold::kShared, -kernel::kRwsemReader, "up_read()", site);
}
// Acquire. Sleeps while anybody holds it.
inline void down_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_rwsem(sem, true, kernel::Run::Hold::kExclusive, kernel::kRwsemWriter, kernel::nobody, "down_write()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool down_write_trylock(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_rwsem(sem, false, kernel::Run::Hold::kExclusive, kernel::kRwsemWriter, kernel::nobody,
                            "down_write_trylock()", site);
}
// Release.
inline void up_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_to_rwsem(sem, kernel::Run::Hold::kExclusive, -kernel::kRwsemWriter, "up_write()", site);
}
// From writer to reader, without a gap. Release: what was written under the lock is seen by the readers it lets in.
inline void downgrade_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_to_rwsem(sem, kernel::Run::Hold::kExclusive, kernel::kRwsemReader - kernel::kRwsemWriter, "downgrade_write()",
                       site);
  kernel::Run::current("downgrade_write()").hold(sem, kernel::Run::Hold::kShared, site);
}

}  // namespace lkmc
