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
  template <class X>
  explicit ScopedBranch(const X& condition) {
    if constexpr (Operand<X>) {
      const Value v = get(condition);
      Run& run = Run::current("IF");
      taken_ = run.branch(v);
      if (run.phase() == Phase::kThread) scope_.emplace(run.thread("IF"), v);
    } else {
      taken_ = static_cast<bool>(condition);
    }
  }
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  bool taken_ = false;
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

template <class X>
void check(const X& condition, const char* message, const Site& site) {
  Run& run = Run::current("CHECK_INVARIANT");
  if (!run.branch(get(condition))) run.fail(site, message);
}

// exists("name", condition)
template <class X>
void reach(const char* name, const X& condition) {
  Run& run = Run::current("exists");
  run.reached(name, narrow<bool>(get(condition)));
}

}  // namespace kernel

// `if` with the scope that C gives to control dependencies: what stands behind the IF does not depend on its condition.
#define IF(...) if (const ::lkmc::kernel::ScopedBranch lkmc_branch{__VA_ARGS__}; lkmc_branch.taken())
#define ELSE else
// `while` likewise; `break` and `continue` work in it. A path is given up after as many rounds as --unroll says, and the
// verdict is then inconclusive.
#define WHILE(...)                                                                         \
  for (::lkmc::kernel::Loop lkmc_loop(::std::source_location::current()); \
       lkmc_loop.next((__VA_ARGS__));)

// A property of every execution that gets here.
#define CHECK_INVARIANT(condition, message) ::lkmc::kernel::check((condition), (message), std::source_location::current())
// The same in the kernel's words: the condition must not hold.
#define BUG_ON(condition) ::lkmc::kernel::check(!(condition), "BUG_ON(" #condition ")", std::source_location::current())
#define WARN_ON(condition) ::lkmc::kernel::check(!(condition), "WARN_ON(" #condition ")", std::source_location::current())

// Asks whether an execution can get here with the condition true.
template <class X>
void exists(const char* name, const X& condition) {
  kernel::reach(name, condition);
}

// Says that a race on the expression is meant. Yields its value; of a shared variable, what a plain read sees. To LKMM it
// stays a plain access, and the data-race oracle does not excuse it yet. Not for assignments.
template <Scalar T>
[[nodiscard]] value<T> data_race(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  return x.read(Tag::kPlain, site);
}
template <Scalar T>
[[nodiscard]] value<T> data_race(const value<T>& v) {
  return v;
}

}  // namespace lkmc
