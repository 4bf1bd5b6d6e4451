// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lkmc::c {

void Interpretation::special(const Instruction& i) {
  switch (i.special) {
    case Special::kCheck:
    case Special::kMust:
      return check(get(i.arguments[0], i.pos), i.special == Special::kMust ? OnFailure::kStop : OnFailure::kGoOn, i);
    case Special::kFail:
      thread_.fail(i.pos, i.name);
    case Special::kThread:
      return set(i.dst, constant(job_.phase == Phase::kThread ? job_.id : 0));
    case Special::kRaceIsMeant:
    case Special::kRaceIsOver:
      return race_is_meant(i);
    case Special::kTake:
    case Special::kTryTake:
    case Special::kGiveBack:
      return use_lock(i);
    case Special::kReached:
    case Special::kObserve:
      ++effects_;
      return observe(i);
  }
}

void Interpretation::check(const Content& holds, OnFailure on_failure, const Instruction& i) {
  // Nobody else is there during the set-up, and nothing goes on from there.
  if (job_.phase == Phase::kSetup && !decide(holds)) thread_.fail(i.pos, i.name);
  thread_.check(holds.value, on_failure, i.pos, i.name);
}

void Interpretation::use_lock(const Instruction& i) {
  const Content pointer = get(i.arguments[0], i.pos);
  const Target t = target(pointer, 0, 0, i.pos);
  if (t.owner != nullptr) share(pointer.private_object, i.pos);
  must_not_write(i.pos);
  const Value addend = get(i.arguments.back(), i.pos).value;
  const auto add = [&](const Value& old) { return thread_.binary(BinaryOp::kAdd, old, addend); };
  const LockId lock{t.location};
  if (i.special == Special::kGiveBack) {
    const auto taken = std::find_if(taken_.rbegin(), taken_.rend(), [&](const auto& l) { return l.first == t.location; });
    if (taken != taken_.rend()) {
      thread_.lock_given_back(taken->second);
      taken_.erase(std::next(taken).base());
    }
    (void)thread_.rmw(t.address, add, Tag::kRelease, i.pos);
    return;
  }
  const Content mask = get(i.arguments[1], i.pos);
  const auto free = [&](const Value& old) {
    return thread_.unary(UnaryOp::kLogicalNot, thread_.binary(BinaryOp::kBitAnd, old, mask.value));
  };
  // Who does not mind all others goes in with some of them.
  const bool shares = mask.word != -1;
  bool got_in = true;
  if (i.special == Special::kTake) {
    (void)thread_.await_rmw(t.address, free, add, Tag::kAcquire, i.pos, {.lock = lock, .shared = shares});
  } else {
    ++decisions_;
    got_in = thread_.try_rmw(t.address, free, add, Tag::kAcquire, i.pos).second;
    set(i.dst, constant(got_in ? 1 : 0));
  }
  if (got_in) taken_.emplace_back(t.location, thread_.lock_taken(lock, shares));
}

void Interpretation::race_is_meant(const Instruction& i) {
  if (job_.phase != Phase::kThread) return;
  const bool begins = i.special == Special::kRaceIsMeant;
  thread_.mark({.kind = begins ? MarkKind::kDisable : MarkKind::kEnable, .pos = i.pos});
  thread_.mean_races(begins);
}

void Interpretation::observe(const Instruction& i) {
  if (job_.phase == Phase::kSetup) give_up(i.pos, "nothing can be observed before the threads run");
  Value value = get(i.arguments[0], i.pos).value;
  const bool is_of_thread = i.special == Special::kReached && job_.phase == Phase::kThread;
  const int slot = job_.host.slot(i.special, i.name, is_of_thread ? job_.id : kInitThread);
  if (i.special == Special::kReached) {
    value = thread_.binary(BinaryOp::kNotEqual, value, thread_.constant(0));
    // Once it has been true, it stays so.
    const auto before = reached_.find(slot);
    if (before != reached_.end()) value = thread_.binary(BinaryOp::kLogicalOr, before->second, value);
    reached_[slot] = value;
  }
  thread_.observe(slot, value);
  thread_.observe(slot + 1, thread_.constant(1));
}

}  // namespace lkmc::c
