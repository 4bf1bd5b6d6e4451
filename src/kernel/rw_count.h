// SPDX-License-Identifier: Apache-2.0
// What rw_semaphore and rwlock_t have in common: one word counts who is in, any number of readers or one writer. Bit 0 is
// the writer, each reader counts 256. Those who wait have no bits: in some executions readers overtake a writer who waits, as
// they do in the kernel where they come first. That they do not get past him where he waits for ever is a deadlock that is
// found (Awaited::shared).
#pragma once

#include <cerrno>

#include "src/kernel/shared.h"

namespace lkmc::kernel {

inline constexpr Word kWriter = 1;
inline constexpr Word kReader = 256;

enum class Wait : std::uint8_t { kSleeps, kSpins, kNever };

inline Value no_writer(const Value& count) {
  Run& run = Run::current("a lock");
  return run.unary(UnaryOp::kLogicalNot, run.binary(BinaryOp::kBitAnd, count, run.constant(kWriter)));
}
inline Value nobody(const Value& count) { return Run::current("a lock").unary(UnaryOp::kLogicalNot, count); }

inline void add_to_count(const Value& address, Word bias, const char* function, const Site& site) {
  Run& run = Run::current(function);
  (void)run.thread(function, site).fetch_op(address, BinaryOp::kAdd, run.constant(bias), Tag::kRelease, RmwResult::kNone, position(site));
}

// An acquire that lets the thread in as a reader or a writer. False only where it never waits; then unordered.
template <Scalar T>
bool take_count(shared<T>& count, Wait wait, Run::Hold how, const char* function, const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  const LockId lock{count.location()};
  const bool reads = how == Run::Hold::kShared;
  if (wait == Wait::kSleeps) run.might_sleep(function, site);
  if (wait != Wait::kNever && reads) run.may_read_once(lock, function, site);
  const Thread::Function free = reads ? no_writer : nobody;
  const auto add = [&](const Value& n) { return run.binary(BinaryOp::kAdd, n, run.constant(reads ? kReader : kWriter)); };
  bool taken = true;
  if (wait == Wait::kNever) {
    taken = thread.try_rmw(count.address(), free, add, Tag::kAcquire, position(site)).second;
  } else {
    (void)thread.await_rmw(count.address(), free, add, Tag::kAcquire, position(site), {.lock = lock, .shared = reads});
  }
  if (taken) run.hold(lock, how, function, site);
  return taken;
}

// The same for one that sleeps, and returns 0; or -EINTR, unordered, if somebody is in the way and a signal comes.
template <Scalar T>
int take_count_or_signal(shared<T>& count, Run::Hold how, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.might_sleep(function, site);
  if (how == Run::Hold::kShared) run.may_read_once({count.location()}, function, site);
  const Wait wait = run.signal_pending(function, site) ? Wait::kNever : Wait::kSleeps;
  return take_count(count, wait, how, function, site) ? 0 : -EINTR;
}

// A release that lets the thread out again.
template <Scalar T>
void give_count_back(shared<T>& count, Run::Hold how, const char* function, const Site& site) {
  Run& run = Run::current(function);
  (void)run.thread(function, site);
  run.release({count.location()}, how, function, site);
  add_to_count(count.address(), how == Run::Hold::kShared ? -kReader : -kWriter, function, site);
}

}  // namespace lkmc::kernel
