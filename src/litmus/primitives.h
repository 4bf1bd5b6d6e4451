// SPDX-License-Identifier: Apache-2.0
// The kernel's primitives, as one table: what each is called, what it takes, and which operation of a Thread it is.
//
// The facts are those of the kernel's tools/memory-model/linux-kernel.def. To teach the checker a new primitive that
// is made of the operations a Thread offers, add a row in primitives.cc.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/graph/event.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// The operation of lkmc::Thread that a primitive stands for.
enum class Action : std::uint8_t {
  kRead,
  kWrite,
  kWriteThenFence,  // smp_store_mb
  kFence,
  kSyncSrcu,
  kExchange,
  kCompareExchange,
  kFetchOp,
  kAddUnless,
  kSpinLock,
  kSpinTrylock,
  kSpinIsLocked,
  kSpinUnlock,
};

enum class Argument : std::uint8_t {
  kObject,   // an lvalue, `*x`: the operation gets its address
  kPointer,  // the address itself, `x` or `&x`
  kValue,
};

// What becomes of the value of the operation.
enum class ResultTest : std::uint8_t { kNone, kIsZero, kIsNegative };

struct Primitive {
  std::string name;
  Action action;
  std::vector<Argument> arguments{};
  Tag tag = Tag::kOnce;
  BinaryOp op = BinaryOp::kAdd;         // of kFetchOp
  RmwResult result = RmwResult::kNone;  // of kFetchOp
  ResultTest test = ResultTest::kNone;
  bool operand_is_one = false;  // atomic_inc and the like: the operand is not written
  bool has_value = false;

  [[nodiscard]] bool writes() const;
  // Whether its value has the type of the object; otherwise it is an int.
  [[nodiscard]] bool yields_object() const {
    return (action == Action::kRead && tag != Tag::kSrcuLock) || action == Action::kExchange || action == Action::kCompareExchange ||
           (action == Action::kFetchOp && test == ResultTest::kNone);
  }
  // The argument that names the location; -1 for a fence.
  [[nodiscard]] int address_argument() const;
};

// The whole table, sorted by name.
[[nodiscard]] std::span<const Primitive> primitives();
// Knows atomic64_… and atomic_long_… as other spellings of atomic_….
[[nodiscard]] const Primitive* find_primitive(std::string_view name);
// What linux-kernel.def makes of the primitives: `__xchg{mb}`, `__lock`, and with its operator `__atomic_op_return{mb}+`. Tags
// are in lower case.
[[nodiscard]] const Primitive* find_internal_form(std::string_view form);
// Whether the second argument of `__atomic_op` and the like, given without its tag, is an operator.
[[nodiscard]] bool takes_operator(std::string_view internal);
// The name in the table that `name` was probably meant to be; empty if there is none.
[[nodiscard]] std::string_view similar_primitive(std::string_view name);

}  // namespace lkmc::litmus
