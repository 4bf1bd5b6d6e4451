// Branches with C's scope of control dependencies, and what a test checks.
#pragma once

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
// stays a plain access, and the data-race oracle does not excuse it yet; KCSAN does not look at it. For assignments there is
// kcsan_disable_current().
template <Scalar T>
[[nodiscard]] value<T> data_race(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("data_race()");
  if (run.phase() != kernel::Phase::kThread) return x.read(Tag::kPlain, site);
  Thread& thread = run.thread("data_race()", site);
  thread.mark({.kind = MarkKind::kDisable, .pos = kernel::position(site)});
  const value<T> v = x.read(Tag::kPlain, site);
  thread.mark({.kind = MarkKind::kEnable, .pos = kernel::position(site)});
  return v;
}
template <Scalar T>
[[nodiscard]] value<T> data_race(const value<T>& v) {
  return v;
}

}  // namespace lkmc
