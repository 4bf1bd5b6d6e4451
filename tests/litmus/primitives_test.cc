// SPDX-License-Identifier: Apache-2.0
// Every primitive in the table, by the events that it makes.
#include "src/litmus/primitives.h"

#include <algorithm>
#include <set>

#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

class Table {
 public:
  // On the path where branches are taken and attempts succeed.
  void check(const std::string& call, const Events& expected) {
    CAPTURE(call);
    covered_.insert(call.substr(0, call.find('(')));
    const std::string before = call.starts_with("spin_unlock") ? "spin_lock(l); " : "";
    const auto test = one_thread("int *x, int *y, spinlock_t *l, struct srcu_struct *s",
                                 before + "if (0) { srcu_read_unlock(s, srcu_read_lock(s)); }\n" + call + ";");
    Path path = follow(*test, 0, {1});
    if (!before.empty()) path.events.erase(path.events.begin(), path.events.begin() + 2);
    CHECK(path.events == expected);
  }
  void check_both(const std::string& call, const Events& success, const Events& failure) {
    check(call, success);
    CHECK(follow(*one_thread("int *x, spinlock_t *l", call + ";"), 0, {0}).events == failure);
  }
  void cover(const std::string& name) { covered_.insert(name); }
  void check_covered() const {
    for (const litmus::Primitive& primitive : litmus::primitives()) {
      CAPTURE(primitive.name);
      CHECK(covered_.contains(primitive.name));
    }
  }

 private:
  std::set<std::string> covered_;
};

TEST_CASE("each primitive makes its events") {
  Table table;
  table.check("READ_ONCE(*x)", {"R once x"});
  table.check("rcu_dereference(*x)", {"R once x"});
  table.check("smp_load_acquire(x)", {"R acquire x"});
  table.check("atomic_read(x)", {"R once x"});
  table.check("atomic_read_acquire(x)", {"R acquire x"});
  table.check("WRITE_ONCE(*x, 1)", {"W once x=1"});
  table.check("rcu_assign_pointer(*x, y)", {"W release x=y"});
  table.check("smp_store_release(x, 1)", {"W release x=1"});
  table.check("atomic_set(x, 1)", {"W once x=1"});
  table.check("atomic_set_release(x, 1)", {"W release x=1"});
  table.check("smp_store_mb(*x, 1)", {"W once x=1", "F mb"});

  table.check("smp_mb()", {"F mb"});
  table.check("smp_rmb()", {"F rmb"});
  table.check("smp_wmb()", {"F wmb"});
  table.check("barrier()", {"F barrier"});
  table.check("smp_mb__before_atomic()", {"F before-atomic"});
  table.check("smp_mb__after_atomic()", {"F after-atomic"});
  table.check("smp_mb__after_spinlock()", {"F after-spinlock"});
  table.check("smp_mb__after_unlock_lock()", {"F after-unlock-lock"});
  table.check("smp_mb__after_srcu_read_unlock()", {"F after-srcu-read-unlock"});

  table.check("rcu_read_lock(); rcu_read_unlock()", {"F rcu-lock", "F rcu-unlock"});
  table.cover("rcu_read_unlock");
  table.check("synchronize_rcu()", {"F sync-rcu"});
  table.check("synchronize_rcu_expedited()", {"F sync-rcu"});
  table.check("srcu_read_lock(s)", {"R srcu-lock s"});
  table.check("srcu_down_read(s)", {"R srcu-lock s"});
  table.check("srcu_read_unlock(s, srcu_read_lock(s))", {"R srcu-lock s", "W srcu-unlock s data(0)"});
  table.check("srcu_up_read(s, 5)", {"W srcu-unlock s=5"});
  table.check("synchronize_srcu(s)", {"SYNC s"});
  table.check("synchronize_srcu_expedited(s)", {"SYNC s"});

  table.check("spin_lock(l)", {"LKR l", "LKW l"});
  table.check("spin_unlock(l)", {"UL l"});
  table.check_both("spin_trylock(l)", {"LKR l", "LKW l"}, {"LF l"});
  table.check_both("spin_is_locked(l)", {"RL l"}, {"RU l"});

  table.check_both("atomic_add_unless(x, 1, 7)", {"R mb x rmw", "W mb x rmw data(0)"}, {"R mb x rmw"});

  const std::vector<std::pair<std::string, std::string>> orderings = {
      {"", "mb"}, {"_relaxed", "once"}, {"_acquire", "acquire"}, {"_release", "release"}};
  for (const auto& [suffix, tag] : orderings) {
    const std::string read = "R " + tag + " x rmw";
    for (const std::string prefix : {"", "atomic_"}) {
      table.check(prefix + "xchg" + suffix + "(x, 2)", {read, "W " + tag + " x=2 rmw"});
      table.check_both(prefix + "cmpxchg" + suffix + "(x, 0, 2)", {read, "W " + tag + " x=2 rmw"}, {read});
    }
    const std::string write = "W " + tag + " x rmw data(0)";
    for (const std::string op : {"add", "sub", "and", "or", "xor", "andnot"}) {
      table.check("atomic_fetch_" + op + suffix + "(2, x)", {read, write});
    }
    for (const std::string op : {"inc", "dec"}) table.check("atomic_fetch_" + op + suffix + "(x)", {read, write});
    for (const std::string op : {"add", "sub"}) {
      table.check("atomic_" + op + "_return" + suffix + "(2, x)", {read, write});
    }
    for (const std::string op : {"inc", "dec"}) {
      table.check("atomic_" + op + "_return" + suffix + "(x)", {read, write});
    }
    table.check("atomic_add_negative" + suffix + "(2, x)", {read, write});
  }
  const Events no_return = {"R noreturn x rmw", "W noreturn x rmw data(0)"};
  for (const std::string op : {"add", "sub", "and", "or", "xor", "andnot"}) {
    table.check("atomic_" + op + "(2, x)", no_return);
  }
  for (const std::string op : {"inc", "dec"}) table.check("atomic_" + op + "(x)", no_return);
  const Events full = {"R mb x rmw", "W mb x rmw data(0)"};
  table.check("atomic_sub_and_test(2, x)", full);
  table.check("atomic_inc_and_test(x)", full);
  table.check("atomic_dec_and_test(x)", full);

  table.check_covered();
}

TEST_CASE("the forms that linux-kernel.def makes of the primitives are these") {
  const auto same = [](const std::string& form, const std::string& primitive) {
    CAPTURE(form);
    const std::string parameters = "int *x, int *y, spinlock_t *l, struct srcu_struct *s";
    for (const Word outcome : {1, 0}) {
      const Path path = follow(*one_thread(parameters, form + ";"), 0, {outcome});
      CHECK(path.end == Continuation::kEnd);
      CHECK(path.events == follow(*one_thread(parameters, primitive + ";"), 0, {outcome}).events);
    }
  };
  same("r0 = __load{once}(*x) + 1", "r0 = READ_ONCE(*x) + 1");
  same("r0 = __load{ACQUIRE}(*x)", "r0 = smp_load_acquire(x)");
  same("__store{once}(*x, READ_ONCE(*y))", "WRITE_ONCE(*x, READ_ONCE(*y))");
  same("__store{RELEASE}(*x, 1)", "smp_store_release(x, 1)");
  same("r0 = __load{srcu-lock}(*s); __store{srcu-unlock}(*s, r0)", "r0 = srcu_read_lock(s); srcu_read_unlock(s, r0)");
  same("r0 = __srcu{srcu-lock}(s); __srcu{srcu-unlock}(s, r0); __srcu{sync-srcu}(s)",
       "r0 = srcu_read_lock(s); srcu_read_unlock(s, r0); synchronize_srcu(s)");
  for (const std::string tag : {"mb", "rmb", "wmb"}) same("__fence{" + tag + "}", "smp_" + tag + "()");
  for (const std::string tag : {"before-atomic", "after-atomic", "after-spinlock", "after-unlock-lock", "after-srcu-read-unlock"}) {
    std::string name = tag;
    std::replace(name.begin(), name.end(), '-', '_');
    same("__fence{" + tag + "}", "smp_mb__" + name + "()");
  }
  same("__fence{barrier}; __fence{sync-rcu}", "barrier(); synchronize_rcu()");
  same("__fence{rcu-lock}; __fence{rcu-unlock}", "rcu_read_lock(); rcu_read_unlock()");
  same("__lock(l); __unlock(l)", "spin_lock(l); spin_unlock(l)");
  same("if (__trylock(l)) __unlock(l)", "if (spin_trylock(l)) spin_unlock(l)");
  same("r0 = __islocked(l)", "r0 = spin_is_locked(l)");
  same("r0 = __atomic_add_unless{mb}(x, 1, 7)", "r0 = atomic_add_unless(x, 1, 7)");
  const std::vector<std::pair<std::string, std::string>> orderings = {
      {"mb", ""}, {"once", "_relaxed"}, {"acquire", "_acquire"}, {"release", "_release"}};
  for (const auto& [tag, suffix] : orderings) {
    const std::string braced = "{" + tag + "}";
    same("r0 = __xchg" + braced + "(x, 1)", "r0 = xchg" + suffix + "(x, 1)");
    same("r0 = __cmpxchg" + braced + "(x, 0, 1)", "r0 = cmpxchg" + suffix + "(x, 0, 1)");
    same("r0 = __atomic_op_return" + braced + "(x, -, 1)", "r0 = atomic_dec_return" + suffix + "(x)");
    same("r0 = __atomic_fetch_op" + braced + "(x, &~, READ_ONCE(*y))", "r0 = atomic_fetch_andnot" + suffix + "(READ_ONCE(*y), x)");
  }
  same("__atomic_op(x, +, 1)", "atomic_inc(x)");
  same("__atomic_op{NORETURN}(x, |, 2)", "atomic_or(2, x)");
}

// What the read-modify-writes compute: the value of the register and of memory, where x was `old`.
void check_result(const std::string& call, Word old, Word returned, Word stored) {
  CAPTURE(call);
  const auto test = one_thread("int *x", "r = " + call + ";", "exists (0:r=0)");
  Unfolding unfolding(*test, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const PathNode node = unfolding.node(unfolding.root());
  const auto known = [&](EventIndex) { return std::optional<Word>(old); };
  REQUIRE(node.continuation == Continuation::kEnd);
  CHECK(unfolding.expressions().evaluate(node.observed[0], known) == returned);
  CHECK(unfolding.expressions().evaluate(node.events[1].value, known) == stored);
}

TEST_CASE("what read-modify-writes return and store") {
  check_result("xchg(x, 9)", 5, 5, 9);
  check_result("atomic_fetch_add(2, x)", 5, 5, 7);
  check_result("atomic_fetch_sub_relaxed(2, x)", 5, 5, 3);
  check_result("atomic_fetch_and(6, x)", 5, 5, 4);
  check_result("atomic_fetch_or(6, x)", 5, 5, 7);
  check_result("atomic_fetch_xor(6, x)", 5, 5, 3);
  check_result("atomic_fetch_andnot(4, x)", 5, 5, 1);
  check_result("atomic_fetch_inc(x)", 5, 5, 6);
  check_result("atomic_add_return(2, x)", 5, 7, 7);
  check_result("atomic_dec_return(x)", 5, 4, 4);
  check_result("atomic_dec_and_test(x)", 1, 1, 0);
  check_result("atomic_dec_and_test(x)", 2, 0, 1);
  check_result("atomic_inc_and_test(x)", -1, 1, 0);
  check_result("atomic_sub_and_test(3, x)", 3, 1, 0);
  check_result("atomic_add_negative(1, x)", -2, 1, -1);
  check_result("atomic_add_negative(2, x)", -2, 0, 0);
}

TEST_CASE("64-bit spellings, and pointers written with an ampersand") {
  const auto test = one_thread("int *x", "atomic64_inc(x); atomic_long_add(2, &x); xchg(&x, 1); smp_store_release(&x, 2);");
  CHECK(follow(*test, 0).events == Events{"R noreturn x rmw", "W noreturn x rmw data(0)", "R noreturn x rmw", "W noreturn x rmw data(2)",
                                          "R mb x rmw", "W mb x=1 rmw", "W release x=2"});
}

TEST_CASE("a wrong name gets a suggestion") {
  CHECK(litmus::similar_primitive("READONCE") == "READ_ONCE");
  CHECK(litmus::similar_primitive("smp_load_aquire") == "smp_load_acquire");
  CHECK(litmus::similar_primitive("printf").empty());
  CHECK(litmus::similar_primitive(std::string(100000, 'x')).empty());
}

}  // namespace
}  // namespace lkmc::litmus_test
