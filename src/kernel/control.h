// Branches with C's scope of control dependencies, and what a test checks.
#pragma once

#include <deque>
#include <optional>

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
// stands behind the loop on none of them.
class Loop {
 public:
  explicit Loop(const Site& site) : run_(Run::current("WHILE")), site_(site) {}
  // Whether the body is run once more.
  template <class X>
  [[nodiscard]] bool next(const X& condition) {
    bool goes_on = false;
    if constexpr (Operand<X>) {
      const Value v = get(condition);
      goes_on = run_.branch(v);
      if (goes_on && run_.phase() == Phase::kThread) scopes_.emplace_back(run_.thread("WHILE"), v);
    } else {
      goes_on = static_cast<bool>(condition);
    }
    if (goes_on && rounds_++ >= run_.unroll()) run_.thread("WHILE", site_).stop_at_bound(position(site_));
    return goes_on;
  }

 private:
  Run& run_;
  const Site site_;
  int rounds_ = 0;
  std::deque<ControlScope> scopes_;
};

// A check. To be made before its condition is computed: what `&&` and `||` decide ends with it.
class Checker {
 public:
  explicit Checker(const char* what, const Site& site = Site::current()) : run_(Run::current(what)), site_(site) {
    if (run_.phase() == Phase::kThread) scope_.emplace(run_.thread(what), Value{});
  }
  template <class X>
  LKMC_INLINE void holds(const X& condition, const char* message) const {
    run_.check(get(condition), site_, message);
  }
  template <class X>
  LKMC_INLINE value<bool> warns(const X& condition, const char* message) const {
    const value<bool> c = value<bool>::from(narrow<bool>(get(condition)));
    holds(!c, message);
    return c;
  }
  template <class X>
  LKMC_INLINE Value asks(const X& condition) {
    Value v = get(condition);
    scope_.reset();  // what follows from the answer is outside
    return v;
  }

 private:
  Run& run_;
  Site site_;
  std::optional<ControlScope> scope_;
};

// Only the way on which the condition does not hold goes on, so that all that follows depends by control on it.
inline void stop_if(const Value& condition, const char* message, const Site& site) {
  Run& run = Run::current("BUG_ON");
  run.control_from_here(condition);
  if (run.branch(condition)) run.fail(site, message);
}

}  // namespace kernel

// `if` with the scope that C gives to control dependencies: what stands behind the IF does not depend on its condition.
#define IF(...) if (const ::lkmc::kernel::ScopedBranch lkmc_branch; lkmc_branch.takes(__VA_ARGS__))
#define ELSE else
// `while` likewise; `break` and `continue` work in it. A path is given up after as many rounds as --unroll says, and the
// verdict is then inconclusive.
#define WHILE(...)                                                                         \
  for (::lkmc::kernel::Loop lkmc_loop(::std::source_location::current()); \
       lkmc_loop.next((__VA_ARGS__));)

// A property of every execution that gets here. Where it does not hold, that is noted, and the thread goes on: a check orders
// nothing, stops nothing, and the others see what they see without it.
#define CHECK_INVARIANT(condition, message) ::lkmc::kernel::Checker("CHECK_INVARIANT").holds((condition), (message))
// The same in the kernel's words: the condition must not hold. It is also what WARN_ON() returns.
#define WARN_ON(...) ::lkmc::kernel::Checker("WARN_ON").warns((__VA_ARGS__), "WARN_ON(" #__VA_ARGS__ ")")
// The thread stops where the condition holds. As `if (condition) return;` would, it orders later stores behind the reads of the
// condition, on the way on which the thread goes on.
#define BUG_ON(...)                                                                                                      \
  ::lkmc::kernel::stop_if(::lkmc::kernel::Checker("BUG_ON").asks((__VA_ARGS__)), "BUG_ON(" #__VA_ARGS__ ")", \
                          ::std::source_location::current())

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

// Says that a race on the expression is meant. Yields its value; of a shared variable, what a plain read sees. To LKMM it
// stays a plain access, but its races are not reported; KCSAN does not look at it. For assignments there is
// kcsan_disable_current().
template <class X>
[[nodiscard]] auto data_race(const X& x, const kernel::Site& site = kernel::Site::current()) -> value<kernel::accessed_type<X>> {
  kernel::Run& run = kernel::Run::current("data_race()");
  if (run.phase() != kernel::Phase::kThread) return kernel::variable(x).read(Tag::kPlain, site);
  Thread& thread = run.thread("data_race()", site);
  thread.mark({.kind = MarkKind::kDisable, .pos = kernel::position(site)});
  thread.mean_races(true);
  const auto v = kernel::variable(x).read(Tag::kPlain, site);
  thread.mean_races(false);
  thread.mark({.kind = MarkKind::kEnable, .pos = kernel::position(site)});
  return v;
}
template <Scalar T>
[[nodiscard]] value<T> data_race(const value<T>& v) {
  return v;
}

}  // namespace lkmc
