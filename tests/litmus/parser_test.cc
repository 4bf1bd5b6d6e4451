// SPDX-License-Identifier: Apache-2.0
#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

Word initial(const LitmusTest& test, std::string_view name) {
  for (const LocationInfo& location : test.locations()) {
    if (location.name == name) return location.initial;
  }
  FAIL("no location " << name);
  return 0;
}

std::string with_init(const std::string& init) { return "C t\n{" + init + "}\nP0(int *x) { *x = 1; }\nexists (x=1)"; }

TEST_CASE("all forms of the initial state") {
  const auto test =
      parsed(with_init(" x=1; int y=-2; int z; atomic_t a = ATOMIC_INIT(3); int *p = &x; q=&y; [r]=4; *s = x; intptr_t t = 0x10;"
                       "spinlock_t l; struct srcu_struct ss; int b[2]={1,2}; long c[3]; int *e = &b[1]; char **f = (char **)x; foo u = "
                       "5;"
                       "unsigned long v = 6; int [w] = 7; nil = NULL; ;"));
  CHECK(initial(*test, "x") == 1);
  CHECK(initial(*test, "y") == -2);
  CHECK(initial(*test, "z") == 0);
  CHECK(initial(*test, "a") == 3);
  CHECK(initial(*test, "p") == address(*test, "x"));
  CHECK(initial(*test, "q") == address(*test, "y"));
  CHECK(initial(*test, "r") == 4);
  CHECK(initial(*test, "s") == address(*test, "x"));
  CHECK(initial(*test, "t") == 16);
  CHECK(initial(*test, "l") == 0);
  CHECK(initial(*test, "ss") == 0);
  CHECK(initial(*test, "b[0]") == 1);
  CHECK(initial(*test, "b[1]") == 2);
  CHECK(address(*test, "b[1]") == address(*test, "b[0]") + 1);
  CHECK(initial(*test, "c[2]") == 0);
  CHECK(initial(*test, "e") == address(*test, "b[1]"));
  CHECK(initial(*test, "f") == address(*test, "x"));
  CHECK(initial(*test, "u") == 5);
  CHECK(initial(*test, "v") == 6);
  CHECK(initial(*test, "w") == 7);
  CHECK(initial(*test, "nil") == 0);
}

TEST_CASE("a pointer may name a location that is declared later or nowhere else") {
  const auto test = parsed(with_init("p = a; q = other; int a[2];"));
  CHECK(initial(*test, "p") == address(*test, "a[0]"));
  CHECK(initial(*test, "q") == address(*test, "other"));
  CHECK(test->value_text(initial(*test, "q")) == "other");
}

TEST_CASE("registers set in the initial state") {
  const auto test = parsed(
      "C t\n{ 0:r0=7; int 0:r1 = x; P0:r2=-1; int 0:r3; 0:y=x; }\n"
      "P0(int *x, int *y) { r4 = r0; *y = 1; }\n"
      "exists (0:r1=x /\\ 0:r2=-1 /\\ 0:r3=0 /\\ 0:r4=7)");
  const Path path = follow(*test, 0);
  CHECK(path.observed == std::vector<std::optional<Word>>{address(*test, "x"), -1, 0, 7});
  CHECK(path.events == Events{"W plain x=1"});
}

TEST_CASE("parameters are bound to the locations of their names, whatever their type") {
  const auto test = parsed(
      "C t\n{ int d[2]; }\n"
      "P0(int **a, spinlock_t *l, struct srcu_struct *s, atomic_t* b, intptr_t *c, int d[], volatile int* e,\n"
      "   const char *f, g, int h[4])\n"
      "{ WRITE_ONCE(*a, e); WRITE_ONCE(d[1], f); spin_lock(l); WRITE_ONCE(*g, &c); synchronize_srcu(s); atomic_set(b, "
      "1);\n"
      "  WRITE_ONCE(*h, 0); }\n"
      "void P1(void) {}\n"
      "static void P2() {}\n"
      "exists (a=e)");
  CHECK(test->thread_count() == 3);
  CHECK(follow(*test, 0).events ==
        Events{"W once a=e", "W once d[1]=f", "LKR l", "LKW l", "W once g=c", "SYNC s", "W once b=1", "W once h=0"});
}

TEST_CASE("threads may stand in any order") {
  const auto test = parsed("C t\n{}\nP1(int *x) { *x = 2; }\nP0(int *x) { *x = 1; }\nexists (x=1)");
  CHECK(follow(*test, 0).events == Events{"W plain x=1"});
  CHECK(follow(*test, 1).events == Events{"W plain x=2"});
}

TEST_CASE("declarations and assignments") {
  CHECK(computed("int r = 3;") == 3);
  CHECK(computed("int a = 1, *b, r = a + 1;") == 2);
  CHECK(computed("int r; r = 4; { int r; }") == 4);  // registers are the thread's, not the block's
  CHECK(computed("unsigned long r = 5; r += 2; r <<= 1; r -= 4; r |= 1; r ^= 2;") == 9);
  CHECK(computed("int r = 1; r++; ++r; r--;") == 2);
  CHECK(computed("int a = 5; int r = a++ * 10 + a;") == 56);
  CHECK(computed("int a; int r; r = a = 3; r = r + a;") == 6);
  CHECK(computed("r = 8;") == 8);  // herd needs no declaration
  CHECK(computed("int r;") == 0);
  CHECK(computed("int r = true;") == 1);
  CHECK(computed("int r = false;") == 0);
  CHECK(computed("int r = (true + true) * 3 == 6 && !NULL;") == 1);
  CHECK(computed("int true = 5; r = true;") == 5);
  CHECK(computed("int r = NULL;") == 0);
  CHECK(computed("for (int i = 0; i < 3; i++) r = r + 2;") == 6);
  CHECK(computed("int i = 4; do { r = r + i; i--; } while (i);") == 10);
  CHECK(computed("while (r != 5) { r++; }") == 5);
  CHECK(computed("if (0) r = 1; else if (2) r = 2; else r = 3;") == 2);
  CHECK(computed("{ ; { r = 1; } }") == 1);
}

TEST_CASE("expressions have C's precedence and associativity") {
  CHECK(computed("r = 2 + 3 * 4;") == 14);
  CHECK(computed("r = (2 + 3) * 4;") == 20);
  CHECK(computed("r = 10 - 4 - 3;") == 3);
  CHECK(computed("r = 100 / 10 / 5 % 3;") == 2);
  CHECK(computed("r = 1 | 6 ^ 3 & 2;") == (1 | (6 ^ (3 & 2))));
  CHECK(computed("r = 1 << 2 + 1;") == 8);
  CHECK(computed("r = 5 & 3 == 3;") == 1);
  CHECK(computed("r = 1 < 2 == 2 > 1;") == 1);
  CHECK(computed("r = 0 || 1 && 0;") == 0);
  CHECK(computed("r = 1 || 0 && 0;") == 1);
  CHECK(computed("r = 2 && 3;") == 1);
  CHECK(computed("r = !0 + ~0;") == 0);
  CHECK(computed("r = -3 - -4;") == 1);
  CHECK(computed("r = - - 2;") == 2);
  CHECK(computed("r = 3 >= 3; r = r + (2 <= 1) + (3 != 4);") == 2);
  CHECK(computed("r = 1 ? 2 : 0 ? 3 : 4;") == 2);
  CHECK(computed("r = 0 ? 2 : 0 ? 3 : 4;") == 4);
  CHECK(computed("r = 0x10 >> 2;") == 4);
  CHECK(computed("r = (int)(intptr_t)7;") == 7);
  CHECK(computed("r = (long)-1 + 2;") == 1);
  CHECK(computed("r = (x == x) + (x != y) + (&x == x);") == 3);
}

TEST_CASE("pointers") {
  const auto test = parsed(
      "C t\n{ int a[3]; }\n"
      "P0(int *x, int **p, int *a) { *x = 1; *&*x = 2; a[1] = 3; *(a + 2) = 4; 1[a] = 5; *(int *)x = 6; (*x) = 7; }\n"
      "exists (true)");
  CHECK(follow(*test, 0).events ==
        Events{"W plain x=1", "W plain x=2", "W plain a[1]=3", "W plain a[2]=4", "W plain a[1]=5", "W plain x=6", "W plain x=7"});
}

TEST_CASE("words that C reserves may name registers, as in old tests") {
  const auto test = one_thread("int *x", "if (continue) { *x = 1; } continue = 0;");
  CHECK(follow(*test, 0).events.empty());
}

TEST_CASE("a test without a condition holds in all states") {
  const auto test = parsed("C t\n{}\nP0(int *x) { *x = 1; }");
  CHECK(test->kind() == Quantifier::kForall);
  CHECK(test->condition_text() == "forall (true)");
  CHECK(test->state_line({{}, {}}).empty());
}

TEST_CASE("which thread may write which location") {
  const auto test = parsed(
      "C t\n{ int a[2]; 1:q=y; }\n"
      "P0(int *x, spinlock_t *l, int *a) { r0 = READ_ONCE(*x); if (r0) a[1] = 1; spin_lock(l); }\n"
      "P1(int *x, int *y) { *q = READ_ONCE(*x); smp_mb(); }\n"
      "P2(int *x, int *p) { r1 = READ_ONCE(*p); *r1 = 1; }\n"
      "P3(int *x) { atomic_inc(x); x = 0; }\n"
      "exists (true)");
  const auto writes = [&](ThreadId thread) {
    std::string names;
    for (std::size_t i = 0; i < test->locations().size(); ++i) {
      if (test->may_write(thread, static_cast<Location>(i))) names += test->locations()[i].name + ' ';
    }
    return names;
  };
  CHECK(writes(0) == "a[1] l ");
  CHECK(writes(1) == "y ");
  CHECK(writes(2) == "a[0] a[1] y x l p ");  // through a pointer: anything
  CHECK(writes(3) == "a[0] a[1] y x l p ");  // the parameter itself is assigned
}

}  // namespace
}  // namespace lkmc::litmus_test
