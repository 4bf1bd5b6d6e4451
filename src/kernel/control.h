// Branches and loops by other names, and what a test checks.
#pragma once

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

// The rounds of a WHILE.
class Loop {
 public:
  explicit Loop(const Site& site) : run_(Run::current("WHILE")), site_(site) {}
  // Whether the body is run once more.
  template <class X>
  [[nodiscard]] bool next(const X& condition) {
    bool goes_on = false;
    if constexpr (Operand<X>) {
      goes_on = run_.decide(get(condition));
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
};

template <class X>
LKMC_INLINE inline void check(const X& condition, const char* message, const Site& site) {
  Run& run = Run::current("CHECK_INVARIANT");
  if (!run.branch(get(condition))) run.fail(site, message);
}


// What a `switch` looks at.
template <class X>
[[nodiscard]] constexpr auto selector(const X& x, const std::source_location& site = std::source_location::current()) {
  if constexpr (Operand<X> && operand<std::remove_cvref_t<X>>::is_tracked) {
    return static_cast<operand_type<X>>(Run::current("switch").select(get(x), site));
  } else {
    return x;
  }
}

}  // namespace kernel

// Other words for `if`, `else` and `while`.
#define IF(...) if (__VA_ARGS__)
#define ELSE else
// A path is given up after as many rounds as --unroll says, and the
// verdict is then inconclusive.
#define WHILE(...)                                                                         \
  for (::lkmc::kernel::Loop lkmc_loop(::std::source_location::current()); \
       lkmc_loop.next((__VA_ARGS__));)

// Values can be looked at, too.
#define switch(...) switch (::lkmc::kernel::selector(__VA_ARGS__))

// A property of every execution that gets here.
#define CHECK_INVARIANT(condition, message) ::lkmc::kernel::check((condition), (message), std::source_location::current())
// The same in the kernel's words: the condition must not hold.
#define BUG_ON(condition) ::lkmc::kernel::check(!(condition), "BUG_ON(" #condition ")", std::source_location::current())
#define WARN_ON(condition) ::lkmc::kernel::check(!(condition), "WARN_ON(" #condition ")", std::source_location::current())

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
