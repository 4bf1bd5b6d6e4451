// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/perform.h"

#include <utility>

namespace lkmc::litmus {
namespace {

Value tested(Thread& thread, ResultTest test, Value value) {
  switch (test) {
    case ResultTest::kNone:
      return value;
    case ResultTest::kIsZero:
      return thread.binary(BinaryOp::kEqual, value, thread.constant(0));
    case ResultTest::kIsNegative:
      return thread.binary(BinaryOp::kLess, value, thread.constant(0));
  }
  return value;
}

Value fetch_op(const PrimitiveCall& call) {
  const auto& [thread, p, address, object, arguments, pos, unmatched] = call;
  const Value operand = p.operand_is_one ? thread.constant(1) : arguments[0];
  Value updated;
  const Value old = thread.rmw(
      address,
      [&](const Value& v) { return updated = cut_to_type(call.thread, call.object, call.thread.binary(call.primitive.op, v, operand)); },
      p.tag, pos);
  if (p.result == RmwResult::kNone) return thread.constant(0);
  return tested(thread, p.test, p.result == RmwResult::kNew ? updated : computed_from(updated, old.expr));
}

// Adds unless the old value equals `unless`; 1 if it added, else 0.
Value add_unless(const PrimitiveCall& call) {
  Thread& thread = call.thread;
  const Value& addend = call.arguments[0];
  const Value& unless = call.arguments[1];
  const auto [old, added] = thread.try_rmw(
      call.address, [&](const Value& value) { return thread.binary(BinaryOp::kNotEqual, value, unless); },
      [&](const Value& value) { return cut_to_type(thread, call.object, thread.binary(BinaryOp::kAdd, value, addend)); }, Tag::kMb,
      call.pos);
  return computed_from(old, unless, thread.constant(added ? 1 : 0).expr);
}

}  // namespace

Value cut_to_type(Thread& thread, const Integer& integer, Value value) {
  return integer.bits >= 64 ? value : thread.unary(cut_to(integer), value);
}

Value perform(const PrimitiveCall& call) {
  const auto& [thread, p, address, object, arguments, pos, unmatched] = call;
  switch (p.action) {
    case Action::kRead:
      return thread.read(address, p.tag, pos);
    case Action::kWrite:
      thread.write(address, arguments[0], p.tag, pos);
      break;
    case Action::kWriteThenFence:
      thread.write(address, arguments[0], p.tag, pos);
      thread.fence(Tag::kMb, pos);
      break;
    case Action::kFence:
      if (p.tag == Tag::kSyncRcu) {
        thread.synchronize_rcu(pos);
      } else {
        thread.fence(p.tag, pos);
      }
      break;
    case Action::kSyncSrcu:
      thread.synchronize_srcu(address, pos);
      break;
    case Action::kExchange:
      return thread.exchange(address, arguments[0], p.tag, pos);
    case Action::kCompareExchange:
      return thread.compare_exchange(address, arguments[0], arguments[1], p.tag, pos);
    case Action::kFetchOp:
      return fetch_op(call);
    case Action::kAddUnless:
      return add_unless(call);
    case Action::kSpinLock:
      thread.spin_lock(address, pos);
      break;
    case Action::kSpinTrylock:
      return thread.spin_trylock(address, pos);
    case Action::kSpinIsLocked:
      return thread.spin_is_locked(address, pos);
    case Action::kSpinUnlock:
      thread.spin_unlock(address, pos, unmatched);
      break;
  }
  return thread.constant(0);
}

}  // namespace lkmc::litmus
