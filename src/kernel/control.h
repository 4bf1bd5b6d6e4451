// SPDX-License-Identifier: Apache-2.0
// Branches with C's scope of control dependencies, and what a test checks.
#pragma once

#include <deque>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "src/kernel/hidden_state.h"
#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

// The condition of an IF: its control dependency ends with it.
class ScopedBranch {
 public:
  // To be made before the condition is computed: what `&&` and `||` decide ends with the IF, too.
  ScopedBranch() : run_(Run::current("IF")) {
    if (run_.phase() == Phase::kThread) scope_.emplace(run_.thread("IF"), Value{});
  }
  template <class X>
  [[nodiscard]] LKMC_INLINE bool takes(const X& condition) const {
    if constexpr (Operand<X>) {
      const Value v = get(condition);
      run_.control_from_here(v);
      return run_.branch(v);
    } else {
      return static_cast<bool>(condition);
    }
  }

 private:
  Run& run_;
  std::optional<ControlScope> scope_;
};

// The rounds of a WHILE. As in C, a round depends by control on its condition and those of the rounds before, and what
// stands behind the loop on none of them. A round may leave no trace from one evaluation of the condition to the next, or from
// one run of the body to the next.
class Loop {
 public:
  explicit Loop(const Site& site) : run_(Run::current("WHILE")), site_(site) {
    if (run_.phase() != Phase::kThread) return;
    conditions_.emplace(run_.thread("WHILE"), position(site));
    bodies_.emplace(run_.thread("WHILE"), position(site));
  }
  // Before the condition is evaluated.
  [[nodiscard]] Loop& round() {
    begin(conditions_, before_condition_);
    return *this;
  }
  // Whether the body is run once more.
  template <class X>
  [[nodiscard]] LKMC_INLINE bool next(const X& condition) {
    bool goes_on = false;
    if constexpr (Operand<X>) {
      const Value v = get(condition);
      goes_on = run_.branch(v);
      if (goes_on && run_.phase() == Phase::kThread && !run_.thread("WHILE").is_tried()) scopes_.emplace_back(run_.thread("WHILE"), v);
    } else {
      goes_on = static_cast<bool>(condition);
    }
    if (!goes_on) return false;
    begin(bodies_, before_body_);
    Thread& thread = run_.thread("WHILE", site_);
    thread.count_round(rounds_, position(site_));
    return true;
  }

 private:
  void begin(std::optional<RoundsWatch>& rounds, Run::Bookkeeping& before) {
    if (!rounds) return;
    Registers registers;
    lkmc_registers_of_caller(&registers);
    const Run::Bookkeeping now = run_.bookkeeping();
    rounds->begin_round(now == std::exchange(before, now),
                        [&](std::vector<std::byte>& bytes) { return run_.append_hidden_state(registers, bytes); });
  }

  Run& run_;
  const Site site_;
  int rounds_ = 0;
  std::deque<ControlScope> scopes_;
  std::optional<RoundsWatch> conditions_;
  std::optional<RoundsWatch> bodies_;
  Run::Bookkeeping before_condition_{};
  Run::Bookkeeping before_body_{};
};

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

}  // namespace kernel

// `if` with the scope that C gives to control dependencies: what stands behind the IF does not depend on its condition.
#define IF(...) if (const ::lkmc::kernel::ScopedBranch lkmc_branch; lkmc_branch.takes(__VA_ARGS__))
#define ELSE else
// `while` likewise; `break` and `continue` work in it. Rounds that leave no trace are left out. A path is given up after as many
// others as --unroll says, and the verdict is then inconclusive.
#define WHILE(...)                                                                         \
  for (::lkmc::kernel::Loop lkmc_loop(::std::source_location::current()); \
       lkmc_loop.round().next((__VA_ARGS__));)

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
