// SPDX-License-Identifier: Apache-2.0
// Every complaint of the front end, with its place.
#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

struct Case {
  std::string text;
  int line, column;
  std::string message;  // a part of it
};

void check(const Case& c) {
  CAPTURE(c.text);
  const Diagnostic d = rejected(c.text);
  CHECK(d.file == "test.litmus");
  CHECK(d.line == c.line);
  CHECK(d.column == c.column);
  CAPTURE(d.message);
  CHECK(d.message.find(c.message) != std::string::npos);
}

// The body's first line is line 3 of the file.
Case in_body(const std::string& body, int column, const std::string& message) {
  return {"C t\n{} P0(int *x, int *y, spinlock_t *l, struct srcu_struct *s) {\n" + body + "\n}\nexists (x=1)", 3, column, message};
}
Case in_init(const std::string& init, int column, const std::string& message) {
  return {"C t\n" + init + "\nP0(int *x) { *x = 1; }\nexists (x=1)", 2, column, message};
}
Case in_condition(const std::string& condition, int column, const std::string& message) {
  return {"C t\n{ int a[2]; }\nP0(int *x) { r0 = *x; }\n" + condition, 4, column, message};
}

TEST_CASE("the offending line is shown") {
  const Diagnostic d = rejected("C t\n{}\nP0(int *x) {\n\tREAD_ONCE(*x, 1);\n}\n");
  CHECK(d.source_line == "\tREAD_ONCE(*x, 1);");
  CHECK(d.line == 4);
  CHECK(d.column == 2);
}

TEST_CASE("initial state") {
  check({"C t\n{ x=1\nP0(int *x) { *x = 1; }\nexists (x=1)", 3, 1, "expected `;` after an initial value, not `P0`"});
  check({"C t\n{ x=1;", 2, 7, "the name of a location, not the end of the file"});
  check(in_init("{ x=1 y=2; }", 7, "expected `;` after an initial value, not `y`"));
  check(in_init("{ x=; }", 5, "expected an initial value"));
  check(in_init("{ x=1; int x=2; }", 12, "`x` is declared twice"));
  check(in_init("{ =1; }", 3, "expected the name of a location"));
  check(in_init("{ 0:r1=1; 0:r1=2; }", 11, "two initial values"));
  check(in_init("{ 0:=1; }", 5, "expected the name of a register"));
  check(in_init("{ 1:r0=1; }", 3, "no thread P1"));
  check(in_init("{ 99:r0=1; }", 3, "no such thread"));
  check(in_init("{ int a[0]; }", 9, "1 to 256 elements"));
  check(in_init("{ int a[257]; }", 9, "1 to 256 elements"));
  check(in_init("{ int a[n]; }", 9, "the size of the array"));
  check(in_init("{ int a[2]={1}; }", 12, "not as many values"));
  check(in_init("{ int a[1]={1,2}; }", 15, "more values than `a` has"));
  check(in_init("{ int a[2]; p=&a[2]; }", 15, "no element 2"));
  check(in_init("{ x=&1; }", 6, "expected an initial value"));
  check(in_init("{ 0:p=a; int a[2]; }", 14, "must be declared before"));
  std::string many = "{";
  for (int i = 0; i < 5; ++i) many += " int a" + std::to_string(i) + "[256];";
  check(in_init(many + " }", 33, "more than 512 locations"));
  check(in_init("{ x = " + std::string(1000, '(') + "1; }", 135, "nested more than"));
}

TEST_CASE("threads") {
  check({"C t\n{}\nexists (x=1)", 3, 1, "expected a thread"});
  check({"C t\n{}\nP0(int *x) { *x = 1; }\nP0(int *x) { *x = 2; }\nexists (x=1)", 4, 1, "`P0` appears twice"});
  check({"C t\n{}\nP0(int *x) { *x = 1; }\nP2(int *x) { *x = 2; }\nexists (x=1)", 4, 1, "P1 is missing"});
  check({"C t\n{}\nP64(int *x) { *x = 1; }\nexists (x=1)", 3, 1, "from P0 to P63"});
  check({"C t\n{}\nP0(int *x, int *x) { *x = 1; }\nexists (x=1)", 3, 17, "`x` appears twice"});
  check({"C t\n{}\nP0(int *) { }\nexists (x=1)", 3, 9, "expected the name of a parameter"});
  check({"C t\n{}\nP0 { }\nexists (x=1)", 3, 4, "expected `(`"});
  check({"C t\n{}\nP0(int *x) *x = 1;\nexists (x=1)", 3, 12, "expected `{`"});
  check({"C t\n{}\nP0(int *x) { *x = 1;\n", 3, 21, "expected `}`"});
  check({"C t\n{}\nP0(int *x) { *x = 1; }\nfoo\n", 4, 1, "expected a thread, `locations`"});
}

TEST_CASE("statements") {
  check(in_body("*x = 1", 0, "") = {"C t\n{} P0(int *x) {\n*x = 1\n}\nexists (x=1)", 4, 1, "expected `;`"});
  check(in_body("if (1 r = 1;", 7, "expected `)`"));
  check(in_body("if 1) *x = 1;", 4, "expected `;` after a statement"));
  check(in_body("while () ;", 8, "expected an expression"));
  check(in_body("do *x = 1; until (1);", 12, "expected `while`"));
  check(in_body("for (r = 0) ;", 11, "expected `;`"));
  check(in_body("return;", 1, "`return` is not part"));
  check(in_body("while (*x) { break; }", 14, "`break` is not part"));
  check(in_body("while (*x) { continue; }", 14, "`continue` is not part"));
  check(in_body("goto out;", 1, "`goto` is not part"));
  check(in_body("switch (*x) { }", 1, "`switch` is not part"));
  check(in_body("int r[2];", 6, "cannot be an array"));
  check(in_body("int 5;", 5, "the name of a register"));
  check(in_body("else *x = 1;", 1, "`else` without"));
}

TEST_CASE("expressions") {
  check(in_body("r0 = ;", 6, "expected an expression, not `;`"));
  check(in_body("r0 = 1 + ;", 10, "expected an expression"));
  check(in_body("r0 = (1;", 8, "expected `)`"));
  check(in_body("1 = 2;", 3, "left side of an assignment"));
  check(in_body("1++;", 2, "left side of an assignment"));
  check(in_body("*READ_ONCE(*x) += 1;", 16, "side effects"));
  check(in_body("r0 = 1; *x = &r0;", 14, "`r0` is a register"));
  check(in_body("*x = &1;", 6, "`&` needs a location"));
  check(in_body("r0 = x->f;", 7, "structures are not part"));
  check(in_body("r0 = (*x).f;", 10, "structures are not part"));
  check(in_body("r0 = z;", 6, "`z` is not declared"));
  check(in_body("r0 = 1; r1 = z + w;", 14, "`z` is not declared"));
  check({"C t\n{ z=1; }\nP0(int *x) { *x = 1;\n WRITE_ONCE(*z, 1); }\nexists (x=1)", 4, 14, "`z` is a location, but no parameter"});
  check(in_body("r0 = 'a';", 6, "strings and characters"));
  check(in_body("r0 = 1 ? 2;", 11, "expected `:`"));
  check(in_body("*(r0 += 1) += 1;", 12, "side effects"));
  check(in_body("r0 = READ_ONCE(x[1]);", 17, "`x` has no element 1"));
  check({"C t\n{ int a[2]; }\nP0(int *a) {\na[0] = 1; *(a + 2) = 1;\n}", 4, 15, "`a` has no element 2"});
}

TEST_CASE("calls") {
  check(in_body("kfree(x);", 1, "unknown function `kfree`"));
  check(in_body("r0 = READ_ONE(*x);", 6, "did you mean `READ_ONCE`?"));
  check(in_body("rcu_dereference_protected(*x, 1);", 1, "unknown function `rcu_dereference_protected`"));
  check(in_body("READ_ONCE();", 1, "takes 1 argument, not 0"));
  check(in_body("READ_ONCE(*x, *y);", 1, "takes 1 argument, not 2"));
  check(in_body("WRITE_ONCE(*x);", 1, "takes 2 arguments, not 1"));
  check(in_body("smp_mb(1);", 1, "takes 0 arguments, not 1"));
  check(in_body("READ_ONCE(x);", 11, "takes a location such as `*x`"));
  check(in_body("WRITE_ONCE(y, 1);", 12, "takes a location such as `*x`"));
  check(in_body("r0 = smp_mb();", 6, "`smp_mb()` has no value"));
  check(in_body("if (spin_lock(l)) ;", 5, "`spin_lock()` has no value"));
  check(in_body("WRITE_ONCE(*x, atomic_inc(y));", 16, "`atomic_inc()` has no value"));
  check(in_body("*x = !barrier();", 7, "`barrier()` has no value"));
  check(in_body("r0 = __load{twice}(*x);", 6, "unknown function `__load{twice}`"));
  check(in_body("r0 = __xchg{mb}(x);", 6, "takes 2 arguments, not 1"));
  check(in_body("__atomic_op(x, *, 1);", 1, "unknown function `__atomic_op*`"));
  check(in_body("__fence{mb;", 11, "expected `}`"));
  check(in_body("spin_lock(l;", 12, "expected `)`"));
}

TEST_CASE("how locks are used is no mistake of the file: the model has flags for it") {
  const std::string parameters = "int *x, int *y, spinlock_t *l, struct srcu_struct *s";
  for (const char* body : {"rcu_read_unlock();", "rcu_read_lock();", "if (*x) rcu_read_lock(); if (*y) rcu_read_unlock();",
                           "spin_unlock(l);", "if (spin_trylock(l)) { *x = 1; } spin_unlock(l);", "srcu_read_unlock(s, 1);",
                           "int r0 = srcu_read_lock(s);", "spin_lock(l); WRITE_ONCE(*l, 1);", "r0 = srcu_read_lock(s); *s = 1;"}) {
    CAPTURE(body);
    CHECK(follow(*one_thread(parameters, body), 0, {0, 0}).end == Continuation::kEnd);
  }
}

TEST_CASE("conditions") {
  check(in_condition("exists (0:r0=1", 15, "expected `)`"));
  check(in_condition("exists", 7, "the name of a location"));
  check(in_condition("exists (0:r0)", 13, "expected `=`"));
  check(in_condition("exists (0:r0=)", 14, "expected a value"));
  check(in_condition("exists (1:r0=1)", 9, "no thread `1`"));
  check(in_condition("exists (0:=1)", 11, "the name of a register"));
  check(in_condition("observed x=1", 13, "expected `;`"));
  check(in_condition("observed x=1; and 0:r0=1; x=2", 30, "expected `;`"));
  check(in_condition("exists (x=1) exists (x=2)", 14, "the end of the file"));
  check(in_condition("exists (x=1) /\\ x=1", 0, "") = in_condition("exists (x=1))", 13, "the end of the file"));
  check(in_condition("exists (x=1 /\\)", 15, "the name of a location"));
  check(in_condition("locations x exists (x=1)", 11, "expected `[`"));
  check(in_condition("locations [x, x] exists (x=1)", 13, "expected `]`"));
  check(in_condition("filter (x=1) filter (x=2) exists (x=1)", 14, "a second `filter`"));
  check(in_condition("exists (a[2]=1)", 11, "no element 2"));
  check(in_condition("exists (a=1)", 11, "expected `{`"));
  check(in_condition("exists (a={1})", 11, "has 2 elements"));
  check(in_condition("exists (x={1})", 11, "only an array"));
  check(in_condition("exists (x=[a])", 11, "one element of the array"));
}

TEST_CASE("deep nesting is refused, not followed") {
  const auto message = [](const std::string& text) { return rejected(text).message; };
  const auto repeated = [](const std::string& part) {
    std::string all;
    for (int i = 0; i < 20000; ++i) all += part;
    return all;
  };
  const std::string head = "C t\n{}\nP0(int *x) {\n";
  CHECK(message(head + repeated("{")).find("nested more than") == 0);
  CHECK(message(head + repeated("if (1) ")).find("nested more than") == 0);
  CHECK(message(head + "r = " + repeated("(")).find("nested more than") == 0);
  CHECK(message(head + "r = " + repeated("-")).find("nested more than") == 0);
  CHECK(message(head + "r = " + repeated("*")).find("nested more than") == 0);
  CHECK(message(head + "r = " + repeated("1+") + "1;").find("levels deep") != std::string::npos);
  CHECK(message(head + "r = " + repeated("1?1:") + "1;").find("nested more than") == 0);
  CHECK(message(head + repeated("r=") + "1;").find("nested more than") == 0);
  CHECK(message(head + "r = x" + repeated("[0]") + ";").find("levels deep") != std::string::npos);
  CHECK(message(head + "x" + repeated("++") + ";").size() > 0);
  CHECK(message(head + "}\nexists " + repeated("(")).find("nested more than") == 0);
  CHECK(message(head + "}\nexists " + repeated("~")).find("nested more than") == 0);
  CHECK(message(head + "}\nexists " + repeated("x=1 => ")).find("nested more than") == 0);
}

TEST_CASE("long chains are not deep") {
  std::string chain = "x=1";
  for (int i = 0; i < 20000; ++i) chain += " /\\ x=1";
  (void)parsed("C t\n{}\nP0(int *x) { *x = 1; }\nexists (" + chain + ")");
  std::string body;
  for (int i = 0; i < 20000; ++i) body += "*x = 1;\n";
  (void)parsed("C t\n{}\nP0(int *x) { " + body + "}\nexists (x=1)");
}

}  // namespace
}  // namespace lkmc::litmus_test
