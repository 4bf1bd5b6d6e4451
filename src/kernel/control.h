// SPDX-License-Identifier: Apache-2.0
// Branches and loops by other names, and what a test checks.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

// A check. To be made before its condition is computed: what `&&` and `||` decide ends with it.
class Checker {
 public:
  explicit Checker(const char* what, const Site& site = Site::current()) : run_(Run::current(what)), site_(site) {
    if (run_.phase() == Phase::kThread) scope_.emplace(run_.thread(what), Value{});
  }
  template <class X>
  LKMC_INLINE void holds(const X& condition, const char* message) const {
    run_.check(get(condition), OnFailure::kGoOn, site_, message);
  }
  template <class X>
  LKMC_INLINE value<bool> warns(const X& condition, const char* message) const {
    const value<bool> c = value<bool>::from(narrow<bool>(get(condition)));
    holds(!c, message);
    return c;
  }
  template <class X>
  LKMC_INLINE void stops(const X& condition, const char* message) const {
    run_.check(run_.unary(UnaryOp::kLogicalNot, get(condition)), OnFailure::kStop, site_, message);
  }

 private:
  Run& run_;
  Site site_;
  std::optional<ControlScope> scope_;
};

// `if` for the API itself, whose code nobody watches: what `then` does depends on the condition.
template <class X, class F>
void if_true(const X& condition, const F& then) {
  Run& run = Run::current("a condition");
  const Value v = get(condition);
  std::optional<ControlScope> scope;
  if (run.phase() == Phase::kThread) scope.emplace(run.thread("a condition"), v);
  if (run.branch(v)) then();
}

// What a `switch` looks at.
template <class X>
concept IsTracked = Operand<X> && operand<std::remove_cvref_t<X>>::is_tracked;
template <IsTracked X>
[[nodiscard]] operand_type<X> selector(const X& x, const std::source_location& site = std::source_location::current()) {
  return static_cast<operand_type<X>>(Run::current("switch").select(get(x), site));
}
// Of a plain variable nothing is known any more that a function was told of by reference (variable_flow.h).
template <class X>
requires(!IsTracked<X>) [[nodiscard, gnu::always_inline]] inline constexpr X selector(X x) { return x; }

}  // namespace kernel

// Other words for `if`, `else` and `while`.
#define IF(...) if (__VA_ARGS__)
#define ELSE else
#define WHILE(...) while (__VA_ARGS__)

// Values can be looked at, too. (The formatter would take the macro for a statement.)
// clang-format off
#define switch(...) switch (::lkmc::kernel::selector(__VA_ARGS__))
// clang-format on

// A property of every execution that gets here. Where it does not hold, that is noted, and the thread goes on: a check orders
// nothing, stops nothing, and the others see what they see without it.
#define CHECK_INVARIANT(condition, message) ::lkmc::kernel::Checker("CHECK_INVARIANT").holds((condition), (message))
// The same in the kernel's words: the condition must not hold. It is also what WARN_ON() returns.
#define WARN_ON(...) ::lkmc::kernel::Checker("WARN_ON").warns((__VA_ARGS__), "WARN_ON(" #__VA_ARGS__ ")")
// The thread stops where the condition holds: nothing behind it happens, and what is found behind it is not told. But it orders
// nothing, either. A store behind it may be seen before the condition is read (load buffering), as if the check were not there:
// the model's control dependencies come from what the program decides, and a program that only its assertions keep in order is not
// to be held to be right. Who means a decision writes `IF (condition) return;`.
#define BUG_ON(...) ::lkmc::kernel::Checker("BUG_ON").stops((__VA_ARGS__), "BUG_ON(" #__VA_ARGS__ ")")

// Asks whether an execution can get here with the condition true: in a thread, or, about all of them, in finally().
template <kernel::Operand X>
LKMC_INLINE inline void exists(const char* name, const X& condition) {
  kernel::Run::current("exists()").reached(name, kernel::narrow<bool>(kernel::get(condition)));
}

// Makes the value part of the final state, under that name: observe("1:r0", r0). In a thread the last call counts; in
// finally() reads see the final memory.
template <kernel::Operand X>
LKMC_INLINE inline void observe(const char* name, const X& value) {
  kernel::Run::current("observe()").observed(name, kernel::get(value));
}

}  // namespace lkmc
