// SPDX-License-Identifier: Apache-2.0
// Dependencies, control scopes, loops, and what can go wrong while a thread runs.
#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

constexpr const char* kParameters = "int *x, int *y, int **p, spinlock_t *l, struct srcu_struct *s";

Events events_of(const std::string& body, std::vector<Word> outcomes = {}) {
  return follow(*one_thread(kParameters, body), 0, std::move(outcomes)).events;
}

TEST_CASE("data and address dependencies run through registers, arithmetic and comparisons") {
  CHECK(events_of("r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0);") == Events{"R once x", "W once y data(0)"});
  CHECK(events_of("r0 = READ_ONCE(*x); r1 = r0 + 1; r2 = (r1 == 2); *y = r2 & 1;") == Events{"R once x", "W plain y data(0)"});
  CHECK(events_of("r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 ^ r0);")[1].ends_with("data(0)"));
  CHECK(events_of("r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); *x = r0 + r1;") == Events{"R once x", "R once y", "W plain x data(0,1)"});
  CHECK(events_of("WRITE_ONCE(*y, READ_ONCE(*x) + 1);") == Events{"R once x", "W once y data(0)"});
  CHECK(events_of("r0 = READ_ONCE(*x); r0 = 1; WRITE_ONCE(*y, r0);") == Events{"R once x", "W once y=1"});
  CHECK(events_of("*y = *x;") == Events{"R plain x", "W plain y data(0)"});
  CHECK(events_of("*y += 2;") == Events{"R plain y", "W plain y data(0)"});

  const auto test = one_thread(kParameters, "int *r0 = rcu_dereference(*p); WRITE_ONCE(*r0, 1); r1 = *r0;");
  // Every access through the pointer may ask where it points to.
  CHECK(follow(*test, 0, {address(*test, "y"), address(*test, "y")}).events ==
        Events{"R once p", "W once y=1 addr(0)", "R plain y addr(0)"});
  const auto offset = one_thread(kParameters, "r0 = READ_ONCE(*x); WRITE_ONCE(*(y + (r0 & 0)), 1);");
  CHECK(follow(*offset, 0, {address(*offset, "y")}).events == Events{"R once x", "W once y=1 addr(0)"});
}

TEST_CASE("a control dependency reaches both branches, and ends where they join") {
  const std::string body = "r0 = READ_ONCE(*x); if (r0 == 1) { *y = 1; } else { *y = 2; } *x = 3;";
  CHECK(events_of(body, {1}) == Events{"R once x", "W plain y=1 ctrl(0)", "W plain x=3"});
  CHECK(events_of(body, {0}) == Events{"R once x", "W plain y=2 ctrl(0)", "W plain x=3"});
  CHECK(events_of("if (READ_ONCE(*x)) if (READ_ONCE(*y)) *x = 1;", {1, 1}) ==
        Events{"R once x", "R once y ctrl(0)", "W plain x=1 ctrl(0,1)"});
  // What is stored depends on the value alone, not on the branch in which a register got it.
  CHECK(events_of("r1 = 0; if (READ_ONCE(*x)) r1 = 1; *y = r1;", {1}) == Events{"R once x", "W plain y=1"});
}

TEST_CASE("a register that is assigned in a branch carries the branch's reads into later conditions, and only there") {
  const std::string tested = " if (r1) { *y = 1; } *x = 2;";
  const std::string branch = "r0 = READ_ONCE(*x); ";
  const Events governed{"R once x", "W plain y=1 ctrl(0)", "W plain x=2"};
  CHECK(events_of(branch + "if (r0) r1 = 1;" + tested, {1}) == governed);
  CHECK(events_of(branch + "if (r0) { int r1 = 1; }" + tested, {1}) == governed);
  CHECK(events_of(branch + "r1 = 1; if (r0) { } else { r1 = 2; }" + tested, {0}) == governed);
  // Per path: where the branch does not assign it, it counts nothing.
  CHECK(events_of(branch + "r1 = 1; if (r0) { r1 = 2; }" + tested, {0}) == Events{"R once x", "W plain y=1", "W plain x=2"});
  // An assignment behind the join makes it new.
  CHECK(events_of(branch + "if (r0) r1 = 1; r1 = 2;" + tested, {1}) == Events{"R once x", "W plain y=1", "W plain x=2"});
  // Neither data nor an address.
  CHECK(events_of(branch + "if (r0) r1 = 1; *y = r1; *(y + r1 - 1) = 3;", {1}) == Events{"R once x", "W plain y=1", "W plain y=3"});

  // Through copies, operators, a second branch, and the operand of an atomic operation.
  CHECK(events_of(branch + "if (r0) r2 = 1; r1 = (r2 + 1) * 2;" + tested, {1}) == governed);
  CHECK(events_of(branch + "if (r0) r2 = 1; r1 = !r2 - 1;" + tested, {1}) == governed);
  CHECK(events_of(branch + "if (r0) r2 = 1; if (r2) r1 = 1;" + tested, {1}) == governed);
  CHECK(events_of(branch + "if (r0) r2 = 1; r1 = atomic_fetch_add_relaxed(r2, y);" + tested, {1, 1})[3] == "W plain y=1 ctrl(0,1)");
  CHECK(events_of(branch + "if (r0) r2 = 1; r1 = xchg_relaxed(y, r2);" + tested, {1, 1})[3] == "W plain y=1 ctrl(1)");

  // Written in whatever way.
  const auto reads_of_branch = [&](const std::string& assignment, std::vector<Word> outcomes) {
    const Events events = events_of(branch + "if (r0) { " + assignment + " } if (r1) { *y = 1; }", std::move(outcomes));
    return events.back();
  };
  CHECK(reads_of_branch("r1 = READ_ONCE(*y);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = *y;", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = READ_ONCE(*p);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = xchg_relaxed(y, 1);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = atomic_inc_return_relaxed(y);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = cmpxchg_relaxed(y, 3, 1);", {1, 0, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = spin_trylock(l);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("r1 = srcu_read_lock(s); srcu_read_unlock(s, r1);", {1, 1}) == "W plain y=1 ctrl(0,1)");
  CHECK(reads_of_branch("int *r1 = y;", {1}) == "W plain y=1 ctrl(0)");
}

TEST_CASE("a loop's counter carries the conditions of the rounds, and a loop that waits those of its last") {
  const std::string counter = "i = 0; while (READ_ONCE(*x)) { i++; } if (i) { *y = 1; }";
  CHECK(events_of(counter, {1, 1, 0}) == Events{"R once x", "R once x ctrl(0)", "R once x ctrl(0,1)", "W plain y=1 ctrl(0,1)"});
  CHECK(events_of("for (i = 0; READ_ONCE(*x); i++) ; if (i) { *y = 1; }", {1, 0}) ==
        Events{"R once x", "R once x ctrl(0)", "W plain y=1 ctrl(0)"});
  const std::string reread = "r0 = READ_ONCE(*x); while (r0 == 0) { r0 = READ_ONCE(*x); } if (r0) *y = 1;";
  CHECK(events_of(reread, {1, 1}) == Events{"R once x", "R once x ctrl(0)", "W plain y=1 ctrl(0,1)"});
}

TEST_CASE("a condition that is known needs no decision") {
  CHECK(events_of("if (1) *x = 1; else *x = 2;") == Events{"W plain x=1"});
  CHECK(events_of("if (y) *x = 1;") == Events{"W plain x=1"});
}

TEST_CASE("`&&` and `||` evaluate the right side only where it counts") {
  const std::string both = "if (READ_ONCE(*x) && READ_ONCE(*y)) *x = 1;";
  CHECK(events_of(both, {0}) == Events{"R once x"});
  CHECK(events_of(both, {1, 1}) == Events{"R once x", "R once y ctrl(0)", "W plain x=1 ctrl(0,1)"});
  const std::string either = "if (READ_ONCE(*x) || READ_ONCE(*y)) *x = 1;";
  CHECK(events_of(either, {1}) == Events{"R once x", "W plain x=1 ctrl(0)"});
  CHECK(events_of(either, {0, 0}) == Events{"R once x", "R once y ctrl(0)"});
  // Without events on the right there is one decision, not two.
  CHECK(events_of("r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); if (r0 && r1) *x = 1;", {1}) ==
        Events{"R once x", "R once y", "W plain x=1 ctrl(0,1)"});
  // A division may fail, so it waits for its turn.
  CHECK(events_of("r0 = READ_ONCE(*x); if (r0 && 1 / r0) *x = 1;", {0}) == Events{"R once x"});
  CHECK(events_of("r0 = READ_ONCE(*x) ? READ_ONCE(*y) : 2; *y = r0;", {1}) ==
        Events{"R once x", "R once y ctrl(0)", "W plain y data(0,1)"});
}

TEST_CASE("later rounds of a loop depend on all earlier conditions, what follows on none") {
  const std::string body = "while (READ_ONCE(*x)) { WRITE_ONCE(*y, 1); } *x = 2;";
  CHECK(events_of(body, {0}) == Events{"R once x", "W plain x=2"});
  CHECK(events_of(body, {1, 1, 0}) ==
        Events{"R once x", "W once y=1 ctrl(0)", "R once x ctrl(0)", "W once y=1 ctrl(0,2)", "R once x ctrl(0,2)", "W plain x=2"});
  CHECK(events_of("do { *y = 1; } while (READ_ONCE(*x));", {1, 0}) ==
        Events{"W plain y=1", "R once x", "W plain y=1 ctrl(1)", "R once x ctrl(1)"});
}

TEST_CASE("the unroll bound is the number of rounds") {
  const auto rounds = [](const std::string& body, std::vector<Word> outcomes) {
    const Path path = follow(*one_thread(kParameters, body, "exists (true)", {.unroll = 2}), 0, std::move(outcomes));
    return std::pair(path.end, path.events.size());
  };
  CHECK(rounds("while (READ_ONCE(*x)) *y = 1;", {1, 1, 0}) == std::pair(Continuation::kEnd, std::size_t{5}));
  CHECK(rounds("while (READ_ONCE(*x)) *y = 1;", {1, 1, 1}) == std::pair(Continuation::kBound, std::size_t{5}));
  CHECK(rounds("do *y = 1; while (READ_ONCE(*x));", {1, 0}) == std::pair(Continuation::kEnd, std::size_t{4}));
  CHECK(rounds("do *y = 1; while (READ_ONCE(*x));", {1, 1}) == std::pair(Continuation::kBound, std::size_t{4}));
  CHECK(rounds("while (1) *y = 1;", {}).first == Continuation::kBound);
  CHECK(rounds("for (;;) ;", {}).first == Continuation::kBound);
  // Nested loops multiply: a path that gets too long counts as unfinished.
  std::string nest;
  for (int depth = 0; depth < 40; ++depth) {
    const std::string i = "i" + std::to_string(depth);
    nest += "for (" + i + " = 0; " + i + " < 2; " + i + "++) ";
  }
  CHECK(rounds(nest + ";", {}).first == Continuation::kBound);
  CHECK(rounds("for (i = 0; i < 2; i++) *y = i;", {}) == std::pair(Continuation::kEnd, std::size_t{2}));
}

TEST_CASE("a loop that only waits is not unrolled") {
  CHECK(events_of("while (READ_ONCE(*x) == 0) ; *y = 1;") == Events{"R once x", "W plain y=1"});
  CHECK(events_of("while (!smp_load_acquire(x)) { } *y = 1;") == Events{"R acquire x", "W plain y=1"});
  // The round that does not fail has no fence.
  CHECK(events_of("while (!READ_ONCE(*x)) { barrier(); }") == Events{"R once x"});
  CHECK(events_of("do { r0 = READ_ONCE(*x); smp_mb(); } while (r0 == 0); *y = r0;") == Events{"R once x", "F mb", "W plain y data(0)"});
  const std::string reread = "r0 = READ_ONCE(*x); while (r0 == 0) { r0 = READ_ONCE(*x); } *y = r0;";
  CHECK(events_of(reread, {0}) == Events{"R once x", "W plain y data(0)"});
  CHECK(events_of(reread, {1}) == Events{"R once x", "R once x ctrl(0)", "W plain y data(1)"});
  CHECK(events_of("while ((r0 = READ_ONCE(*x)) != 3 && READ_ONCE(*y)) ;", {1}) == Events{"R once x", "R once y ctrl(0)"});
}

TEST_CASE("a loop that counts, writes or locks does not only wait") {
  const auto decides = [](const std::string& body) { return follow(*one_thread(kParameters, body), 0).end == Continuation::kBranch; };
  CHECK(decides("while (READ_ONCE(*x)) { r0++; }"));
  CHECK(decides("while (READ_ONCE(*x)) { r0 = 1; }"));  // whether r0 is assigned depends on the number of rounds
  CHECK(decides("do { r0 = r0 + READ_ONCE(*x); } while (r0 < 3);"));
  CHECK(decides("while (READ_ONCE(*x)) { *y = 1; }"));
  CHECK(decides("while (READ_ONCE(*x)) { *y = 1; }"));
  CHECK(decides("while (xchg(x, 1)) ;"));
  CHECK(decides("while (READ_ONCE(*x)) { synchronize_rcu(); }"));
  CHECK(decides("while (READ_ONCE(*x)) { rcu_read_lock(); rcu_read_unlock(); }"));
}

TEST_CASE("errors of a path") {
  const auto failure = [](const std::string& body, std::vector<Word> outcomes) {
    const Path path = follow(*one_thread(kParameters, body), 0, std::move(outcomes));
    CHECK(path.end == Continuation::kFailed);
    // The body starts on line 5.
    return std::to_string(path.pos.line - 4) + ':' + std::to_string(path.pos.column) + ' ' + path.message;
  };
  CHECK(failure("r0 = READ_ONCE(*p);\n WRITE_ONCE(*r0, 1);", {0}).starts_with("2:2 null pointer"));
  CHECK(failure("r0 = READ_ONCE(*p);\n*r0 = 1;", {5}).starts_with("2:1 access through a value"));
  CHECK(failure("r0 = 1 / READ_ONCE(*x);", {0}) == "1:8 division by zero");
  CHECK(failure("r0 = READ_ONCE(*x); r1 = 1 %\n r0;", {0}) == "1:28 division by zero");
  CHECK(failure("r0 = *(y - y);", {}) == "1:6 null pointer dereference");
}

TEST_CASE("address arithmetic stays within the object that it starts from") {
  const auto test = parsed(
      "C test\n{ int a[2] = {1, 2}; y = 0; int b[3] = {3, 4, 5}; z = 0; }\n"
      "P0(int *a, int *y, int *b, int *z, int **p)\n{ int r0 = 1; *(a + r0) = 7; b[2] = *(b + r0); int *q = b + 2; q[-r0] = 8; r9 = (q == "
      "&b[2]); }\n"
      "exists (0:r9=1)");
  const Path path = follow(*test, 0);
  CHECK(path.events == Events{"W plain a[1]=7", "R plain b[1]", "W plain b[2] data(1)", "W plain b[1]=8"});
  CHECK(path.observed[0] == 1);

  const auto failure = [](const std::string& access, std::vector<Word> outcomes = {}) {
    const auto program = parsed(
        "C test\n{ int a[2] = {1, 2}; y = 0; int b[3] = {3, 4, 5}; z = 0; }\n"
        "P0(int *a, int *y, int *b, int *z, int **p)\n{\nint r0 = 1;\n" +
        access + "\n}\nexists (true)");
    const Path run = follow(*program, 0, std::move(outcomes));
    CHECK(run.end == Continuation::kFailed);
    return std::to_string(run.pos.line) + ':' + std::to_string(run.pos.column) + ' ' + run.message;
  };
  CHECK(failure("WRITE_ONCE(*(y + r0), 5);") == "6:1 access to `y + 1`, where there is nothing");
  CHECK(failure("WRITE_ONCE(*(y - r0), 5);") == "6:1 access to `y - 1`, where there is nothing");
  CHECK(failure("r1 = READ_ONCE(a[2 * r0]);") == "6:6 access to `a[0] + 2`, where there is nothing");
  CHECK(failure("r1 = READ_ONCE(b[-r0]);") == "6:6 access to `b[0] - 1`, where there is nothing");
  CHECK(failure("r1 = xchg(z + r0, 1);").starts_with("6:6 access to `z + 1`"));
  CHECK(failure("int *q = READ_ONCE(*p); *(q + 1) = 2;", {Program::address_of(2, 1)}).starts_with("6:25 access to `y + 1`"));
}

TEST_CASE("registers and computations have the width and the sign of their types") {
  CHECK(computed("int a = 2147483647; r = a + 1;") == -2147483648);
  CHECK(computed("int a = 2147483647; r = a + 1 < 0;") == 1);
  CHECK(computed("long a = 2147483647; r = a + 1;") == 2147483648);
  CHECK(computed("int a = -1; long r = a;") == -1);
  CHECK(computed("int a = 5; r = -a;") == -5);
  CHECK(computed("unsigned int a = 0; r = a - 1;") == 4294967295);
  CHECK(computed("unsigned int a = 0; r = a - 1 > 0;") == 1);
  CHECK(computed("u64 a = 0; r = a - 1 > 1;") == 1);
  CHECK(computed("u64 a = 0; r = (a - 1) / 2;") == 9223372036854775807);
  CHECK(computed("int a = -1; unsigned int b = 1; r = a < b;") == 0);
  CHECK(computed("int a = -1; long b = 1; r = a < b;") == 1);
  CHECK(computed("uint8_t a = 300; r = a;") == 44);
  CHECK(computed("int8_t a = 200; r = a;") == -56);
  CHECK(computed("uint8_t a = 255; r = a + 1;") == 256);  // computed as an int
  CHECK(computed("uint8_t a = 255; a++; r = a;") == 0);
  CHECK(computed("int16_t a = 1; r = (uint8_t)(a - 2);") == 255);
  CHECK(computed("int8_t a = -1; r = (unsigned int)a;") == 4294967295);
  CHECK(computed("int a = 1; r = a << 31;") == -2147483648);
  CHECK(computed("r = 4294967296 + 1;") == 4294967297);
  CHECK(computed("r1 = 2147483647; r = r1 + 1;") == -2147483648);  // an undeclared register has its first value's type
}

TEST_CASE("locations hold what their type holds, and conditions compare it so") {
  const auto test = parsed(
      "C test\n{ uint8_t b = 300; int8_t c = 255; long l; i = 4294967295; w = -9000000000000000000; int64_t n = -1; }\n"
      "P0(uint8_t *b, long *l, int *i, atomic64_t *m, atomic_t *k, int *w)\n"
      "{ r0 = 511; WRITE_ONCE(*b, r0); long r1 = 4294967299; *l = r1; smp_store_release(i, r1); r2 = xchg_relaxed(k, r1); }\n"
      "exists (b=300 /\\ c=-1)");
  const auto initial = [&](std::string_view name) {
    return test->locations()[static_cast<std::size_t>(*test->location_at(address(*test, name)))].initial;
  };
  CHECK(initial("b") == 44);
  CHECK(initial("c") == -1);
  CHECK(initial("i") == -1);
  CHECK(initial("n") == -1);
  CHECK(initial("w") == -9000000000000000000);
  CHECK(follow(*test, 0).events == Events{"W once b=255", "W plain l=4294967299", "W release i=3", "R once k rmw", "W once k=3 rmw"});
  std::vector<Word> memory(test->locations().size());
  memory[static_cast<std::size_t>(*test->location_at(address(*test, "b")))] = 44;
  memory[static_cast<std::size_t>(*test->location_at(address(*test, "c")))] = -1;
  CHECK(test->satisfies({{}, memory}));
  CHECK(test->condition_text() == "exists ([b]=300 /\\ [c]=-1)");
}

TEST_CASE("an address stays what it is in whatever integer") {
  const auto test = one_thread("int *x, int *y, int *p", "int r0 = y; *p = r0; int r1 = r0 + (r0 - r0); uint8_t r2 = r1; *r2 = 1;");
  CHECK(follow(*test, 0).events == Events{"W plain p=y", "W plain y=1"});
}

TEST_CASE("operands that C leaves unordered are in no program order, and with all else they are") {
  CHECK(events_of("smp_mb(); r0 = READ_ONCE(*x) + READ_ONCE(*y); *x = 1;") ==
        Events{"F mb", "R once x", "R once y beside(1)", "W plain x=1"});
  CHECK(events_of("r0 = READ_ONCE(*x) + (READ_ONCE(*y) - *x) * *y;") ==
        Events{"R once x", "R once y beside(0)", "R plain x beside(0,1)", "R plain y beside(0,1,2)"});
  CHECK(events_of("r0 = (*x == *y) | xchg(x, 1);") ==
        Events{"R plain x", "R plain y beside(0)", "R mb x rmw beside(0,1)", "W mb x=1 rmw beside(0,1)"});
  // The two sides of an assignment, the arguments of a call; the access itself comes behind them.
  const auto test = one_thread(kParameters, "**p = READ_ONCE(*x); WRITE_ONCE(**p, *y);");
  CHECK(follow(*test, 0, {address(*test, "x"), address(*test, "y")}).events == Events{"R plain p", "R once x beside(0)",
                                                                                      "W plain x addr(0) data(1)", "R plain p",
                                                                                      "R plain y beside(3)", "W once y addr(3) data(4)"});
  CHECK(events_of("r0 = cmpxchg_relaxed(x, READ_ONCE(*y), *y);", {0}) == Events{"R once y", "R plain y beside(0)", "R once x rmw"});
  CHECK(events_of("*y += READ_ONCE(*x);") == Events{"R plain y", "R once x beside(0)", "W plain y data(0,1)"});
  // C orders these.
  CHECK(events_of("r0 = READ_ONCE(*x) && READ_ONCE(*y);", {1}) == Events{"R once x", "R once y ctrl(0)"});
  CHECK(events_of("r0 = READ_ONCE(*x) ? READ_ONCE(*y) : 2;", {1}) == Events{"R once x", "R once y ctrl(0)"});
  CHECK(events_of("r0 = READ_ONCE(*x); r1 = READ_ONCE(*y);") == Events{"R once x", "R once y"});
}

TEST_CASE("the deepest nesting that is accepted runs on a fiber") {
  std::string nested(60, '(');
  nested = "r0 = " + nested + "READ_ONCE(*x)" + std::string(60, ')') + ";";
  CHECK(events_of(nested) == Events{"R once x"});
  std::string sum = "r0 = READ_ONCE(*x)";
  for (int i = 0; i < 120; ++i) sum += " + 1";
  CHECK(events_of(sum + "; *y = r0;") == Events{"R once x", "W plain y data(0)"});
  std::string ifs;
  for (int i = 0; i < 120; ++i) ifs += "if (1) ";
  CHECK(events_of(ifs + "*y = 1;") == Events{"W plain y=1"});
}

}  // namespace
}  // namespace lkmc::litmus_test
