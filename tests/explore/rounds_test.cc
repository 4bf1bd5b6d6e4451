// SPDX-License-Identifier: Apache-2.0
// Rounds of loops that leave no trace are left out (program/rounds.h); nothing else is.
#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

using Bodies = std::vector<std::string>;

// Explores under a model; no loop may hit its bound.
Exploration explored(const Bodies& bodies, std::string_view model = "lkmm") {
  Exploration e = run_explorer(litmus_text(bodies), model);
  CHECK(e.statistics.interruption == Interruption::kNone);
  CHECK_FALSE(e.statistics.bound_hit);
  CHECK(e.findings.repeated == 0);
  CHECK(e.findings.failures.empty());
  return e;
}

std::uint64_t count(const Bodies& bodies, std::string_view model = "lkmm") {
  const Exploration e = explored(bodies, model);
  CHECK(e.statistics.blocked == 0);
  return e.statistics.executions;
}

bool hits_bound(const std::string& body) { return run_explorer(litmus_text({body}), "lkmm").statistics.bound_hit; }

constexpr const char* kModels[] = {"sc", "tso", "pso", "lkmm"};

TEST_CASE("who finds that somebody has come between has made a round that counts") {
  const std::string add = "r1 = 0; while (r1 == 0) { r0 = READ_ONCE(*x); if (cmpxchg(x, r0, r0 + 1) == r0) { r1 = 1; } }";
  const std::string set = "do { r0 = READ_ONCE(*x); } while (cmpxchg_relaxed(x, r0, r0 | 1) != r0);";
  const std::string carry =
      "r0 = READ_ONCE(*x); r2 = cmpxchg(x, r0, r0 + 1); "
      "while (r2 != r0) { r0 = r2; r2 = cmpxchg(x, r0, r0 + 1); }";
  for (const char* model : kModels) {
    // The second thread comes behind the first, or between its own two looks.
    CHECK(count({add, add}, model) == 4);
    CHECK(count({set, "do { r0 = READ_ONCE(*x); } while (cmpxchg_relaxed(x, r0, r0 | 2) != r0);"}, model) == 4);
    CHECK(count({carry, carry}, model) == 4);
    // It may have tried with any of the values before its own.
    CHECK(count({carry, carry, carry}, model) == 48);
  }
}

TEST_CASE("a lock by compare-and-swap has the executions of a lock") {
  for (const std::string lock : {"while (cmpxchg_acquire(x, 0, 1) != 0) ;", "do { r0 = cmpxchg_acquire(x, 0, 1); } while (r0 != 0);",
                                 "r0 = cmpxchg_acquire(x, 0, 1); while (r0 != 0) { smp_mb(); r0 = cmpxchg_acquire(x, 0, 1); }"}) {
    const std::string body = lock + " r1 = READ_ONCE(*y); WRITE_ONCE(*y, r1 + 1); smp_store_release(x, 0);";
    const bool looks_first = lock.starts_with("r0");  // before it begins to wait
    for (const char* model : kModels) {
      CHECK(count({body, body}, model) == (looks_first ? 4 : 2));
      if (!looks_first) CHECK(count({body, body, body}, model) == 6);
    }
  }
}

TEST_CASE("a lock that is never given back is waited for, for ever") {
  const std::string take = "while (cmpxchg_acquire(x, 0, 1) != 0) ;";
  const Exploration e = explored({take, take + " smp_store_release(x, 0);"});
  CHECK(e.statistics.executions == 1);
  CHECK(e.statistics.blocked == 1);
  // Who tries in vain, and finds a change each time, does not.
  CHECK(explored({take + " smp_store_release(x, 0);", take + " smp_store_release(x, 0);"}).statistics.blocked == 0);
}

TEST_CASE("rounds that leave a trace are kept") {
  const std::string wait = "while (cmpxchg(x, 0, 1) != 0) ";
  const std::string taken = "WRITE_ONCE(*x, 1); ";
  CHECK_FALSE(hits_bound(taken + wait + ";"));
  CHECK_FALSE(hits_bound(taken + wait + "{ r0 = READ_ONCE(*y); r1 = r0 + 1; }"));  // overwritten before they are read
  CHECK_FALSE(hits_bound(taken + wait + "{ smp_mb(); rcu_read_lock(); r0 = READ_ONCE(*y); rcu_read_unlock(); }"));
  CHECK(hits_bound(taken + wait + "{ r0 = r0 + 1; }"));
  CHECK(hits_bound(taken + wait + "{ r0 = READ_ONCE(*y); r1 = r0 + r1; }"));
  CHECK(hits_bound(taken + wait + "{ WRITE_ONCE(*y, 1); }"));
  CHECK(hits_bound(taken + wait + "{ atomic_inc(y); }"));
  CHECK(hits_bound(taken + wait + "{ spin_lock(l); spin_unlock(l); }"));
  CHECK(hits_bound(taken + "do { rcu_read_lock(); } while (cmpxchg(x, 0, 1) != 0);"));
}

TEST_CASE("what a round has read is seen by those who read it behind the loop") {
  // The value of y that the last failing round has seen, or none if the first round does not fail.
  const Bodies threads = {"while (cmpxchg(x, 1, 2) != 1) { r0 = READ_ONCE(*y); }  r1 = r0;", "WRITE_ONCE(*y, 1); smp_store_release(x, 1);"};
  const Exploration e = explored(threads);
  CHECK(e.findings.lines.size() == 2);
  CHECK(e.statistics.executions == 3);  // no round; one that sees 0; one that sees 1
}

TEST_CASE("a round that is left out may race") {
  const Bodies racing = {"while (cmpxchg_acquire(y, 1, 2) != 1) { if (READ_ONCE(*x) == 5) smp_mb(); }", "*x = 1; smp_store_release(y, 1);"};
  const Exploration e = explored(racing);
  CHECK(e.statistics.executions == 1);
  CHECK(e.statistics.flags != 0);
  const Bodies marked = {racing[0], "WRITE_ONCE(*x, 1); smp_store_release(y, 1);"};
  CHECK(explored(marked).statistics.flags == 0);
  CHECK(explored(marked).statistics.executions == 1);
}

TEST_CASE("a round of a wait may race") {
  // Who waits until the writer is through reads in vain before, and reads x meanwhile.
  const std::string writer = "*x = 1; smp_store_release(y, 1);";
  for (const std::string waiting : {"do { r1 = smp_load_acquire(y); r0 = READ_ONCE(*x); } while (r1 == 0);",
                                    "r1 = 0; while (r1 == 0) { r1 = smp_load_acquire(y); r0 = READ_ONCE(*x); }",
                                    "r1 = smp_load_acquire(y); while (r1 == 0) { r0 = READ_ONCE(*x); r1 = smp_load_acquire(y); }"}) {
    const Exploration e = explored({waiting, writer});
    CHECK(e.statistics.flags != 0);
    CHECK(explored({waiting, "WRITE_ONCE(*x, 1); smp_store_release(y, 1);"}).statistics.flags == 0);
  }
  // What the last round reads comes behind the writer, but in those before it is the writer's own location that is read.
  const Exploration own = explored({"while (smp_load_acquire(y) != 2) ;", "*y = 1; smp_store_release(y, 2);"});
  CHECK(own.statistics.executions == 1);
  CHECK(own.statistics.flags != 0);
}

// --- few rounds first --------------------------------------------------------------------------------------------------------

TEST_CASE("what a thread does only in later rounds is seen") {
  const std::string third = "r1 = 0; while (r1 != 3) { r1 = r1 + 1; if (r1 == 3) { WRITE_ONCE(*y, 1); } }";
  for (const char* model : kModels) {
    CHECK(count({third, "r0 = READ_ONCE(*y);"}, model) == 2);
    CHECK(count({third, "while (READ_ONCE(*y) == 0) ;"}, model) == 1);
    // It may be seen early, and others may have waited for what they do then.
    CHECK(count({"r0 = READ_ONCE(*x); " + third, "r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0);"}, model) ==
          (std::string(model) == "lkmm" ? 4 : 3));
  }
}

TEST_CASE("what lies behind the bound is not known, and not nothing") {
  const Bodies threads = {"while (READ_ONCE(*x) == 0) ;",
                          "r1 = 0; while (r1 != 9) { r0 = READ_ONCE(*y); if (r0 == 0) { r1 = r1 + 1; } }  WRITE_ONCE(*x, 1);"};
  for (const char* model : kModels) {
    for (const Bodies& order : {threads, Bodies{threads[1], threads[0]}}) {
      const Exploration cut = run_explorer(litmus_text(order), model, {.unroll = 8});
      CHECK(cut.statistics.bound_hit);
      CHECK(cut.statistics.blocked == 0);
      const Exploration whole = run_explorer(litmus_text(order), model, {.unroll = 9});
      CHECK_FALSE(whole.statistics.bound_hit);
      CHECK(whole.statistics.executions == 1);
    }
  }
}

TEST_CASE("a plain value may justify itself through rounds that it has caused") {
  const Bodies threads = {"r0 = 1; r1 = 0; while (r0 == 1) { r1 = r1 + 1; r0 = *x; if (r1 == 3) { *y = 1; r0 = 0; } }",
                          "r0 = *y; if (r0 == 1) { *x = 1; }"};
  CHECK(count(threads, "sc") == 1);
  CHECK(count(threads, "lkmm") == 2);
}

TEST_CASE("rounds that nobody needs cost nothing") {
  // Each failing round has seen a change, so there are two at most; how far the loops may go makes no difference.
  const std::string body = "r1 = READ_ONCE(*x); r0 = cmpxchg(x, r1, r1 + 1); while (r0 != r1) { r1 = r0; r0 = cmpxchg(x, r1, r1 + 1); }";
  const auto choices = [&](int rounds) {
    const Exploration e = run_explorer(litmus_text({body, body, body}), "lkmm", {.unroll = rounds});
    CHECK(e.statistics.executions == 48);
    CHECK_FALSE(e.statistics.bound_hit);
    return e.statistics.choices;
  };
  const std::uint64_t few = choices(3);
  CHECK(choices(8) == few);
  CHECK(choices(40) == few);
}

// --- loops against themselves unrolled ---------------------------------------------------------------------------------------

// `loop` as it is, or as so many rounds of it, one inside of the other; r9 tells that these are not enough.
struct Loop {
  std::string before, body, condition;  // do { body } while (condition)
  [[nodiscard]] std::string whole() const { return before + " do { " + body + " } while (" + condition + ");"; }
  [[nodiscard]] std::string unrolled(int rounds) const {
    std::string text = before + " " + body;
    std::string ends;
    for (int i = 1; i < rounds; ++i) {
      text += " if (" + condition + ") { " + body;
      ends += " }";
    }
    return text + " if (" + condition + ") { r9 = 1; }" + ends;
  }
};

class RandomLoops {
 public:
  explicit RandomLoops(std::uint64_t seed) : random_(seed) {}

  Loop loop() {
    const std::string lock = one_of({"x", "y"});
    const std::string order = one_of({"", "_acquire", "_relaxed"});
    const std::string other = lock == "x" ? "y" : "x";
    const std::string look = one_of({"", "r3 = READ_ONCE(*" + other + "); ", "r2 = READ_ONCE(*" + other + "); r3 = r2 + r3; ", "smp_mb(); ",
                                     "r3 = smp_load_acquire(" + other + "); if (r3) smp_rmb(); "});
    switch (between(0, 3)) {
      case 0:
        return {"", look + "r0 = cmpxchg" + order + "(" + lock + ", 0, 1);", "r0 != 0"};
      case 1:
        return {"", look + "r0 = READ_ONCE(*" + lock + "); r1 = cmpxchg" + order + "(" + lock + ", r0, r0 + 1);", "r1 != r0"};
      case 2:
        return {"r1 = READ_ONCE(*" + lock + ");", look + "r0 = r1; r1 = cmpxchg" + order + "(" + lock + ", r0, r0 + 2);", "r1 != r0"};
      default:
        return {"", look + "r0 = cmpxchg" + order + "(" + lock + ", 1, 2); r1 = READ_ONCE(*" + other + ");", "r0 != 1 && r1 == 0"};
    }
  }
  std::string rest() {
    const std::string at = one_of({"x", "y", "z"});
    return one_of({"WRITE_ONCE(*" + at + ", 1);", "smp_store_release(" + at + ", 0);", "r4 = READ_ONCE(*" + at + ");", "*z = r1;",
                   "r4 = *z;", "smp_store_release(" + at + ", 1);", "atomic_inc(" + at + ");"});
  }

 private:
  int between(int low, int high) { return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1)); }
  std::string one_of(const std::vector<std::string>& items) {
    return items[static_cast<std::size_t>(between(0, static_cast<int>(items.size()) - 1))];
  }

  std::mt19937_64 random_;
};

// The test without the executions that go on beyond the rounds of an unrolled loop.
std::string within_rounds(std::string text) {
  const std::string condition = "exists (true)";
  return text.insert(text.rfind(condition), "filter (0:r9=0)\n");
}

// The states of an unrolled loop as those of the loop itself.
std::set<std::string> without_marker(const std::set<std::string>& lines) {
  std::set<std::string> states;
  for (const std::string& line : lines) {
    const std::size_t at = line.find("0:r9=");
    REQUIRE(at != std::string::npos);
    states.insert(line.substr(0, at) + line.substr(line.find(';', at) + 1));
  }
  return states;
}

// What separates the states' parts is no matter.
std::set<std::string> without_spaces(const std::set<std::string>& lines) {
  std::set<std::string> all;
  for (std::string line : lines) {
    std::erase(line, ' ');
    all.insert(std::move(line));
  }
  return all;
}

TEST_CASE("with or without the rounds that leave no trace, states and races are the same") {
  constexpr int kRounds = 3;  // one more than the other thread's writes
  int compared = 0;
  std::uint64_t left_out = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    RandomLoops random(seed);
    const Loop loop = random.loop();
    const std::string tail = random.rest();
    const std::string other = random.rest() + " " + random.rest();
    const std::string text = litmus_text({loop.whole() + " " + tail, other});
    const Exploration whole = run_explorer(text, "lkmm");
    if (whole.statistics.bound_hit) continue;  // a round that leaves a trace may go on for ever
    const Exploration unrolled = run_explorer(within_rounds(litmus_text({loop.unrolled(kRounds) + " " + tail, other})), "lkmm");
    INFO("seed " << seed << "\n" << text);
    CHECK(without_spaces(whole.findings.lines) == without_spaces(without_marker(unrolled.findings.lines)));
    CHECK(whole.statistics.flags == unrolled.statistics.flags);
    CHECK(whole.statistics.executions <= unrolled.statistics.executions);
    left_out += unrolled.statistics.executions - whole.statistics.executions;
    ++compared;
  }
  CHECK(compared > 100);
  CHECK(left_out > 50);
}

}  // namespace
}  // namespace lkmc::explore_test
