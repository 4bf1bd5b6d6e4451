// SPDX-License-Identifier: Apache-2.0
// Dependencies in C: what a decision governs ends where its paths meet, however they are written.
#include <doctest/doctest.h>

#include <string>

#include "src/c/c_test.h"
#include "tests/c/parsed.h"
#include "tests/kernel/agreement.h"

namespace lkmc {
namespace {

// Load buffering: whether both threads can read 1, if the first one does this with what it has read of x.
bool both_read_one(const std::string& writer, const std::string& declarations = "") {
  const std::string text = "#include <linux/atomic.h>\n#include <lkmc/test.h>\nstatic int x, y, z;\n" + declarations +
                           "static void first(void)\n{\n\tint r;\n" + writer +
                           "}\n"
                           "static void second(void) { int r = READ_ONCE(y); OBSERVE(\"b\", r); smp_mb(); WRITE_ONCE(x, 1); }\n"
                           "static struct lkmc_case cases[] = { { .name = \"lb\", .threads = { THREAD(first), THREAD(second) } } };\n";
  const auto file = c_test::parsed(text);
  const c::CTest test(*file, file->cases().front(), 8);
  REQUIRE_FALSE(test.failure());
  const kernel_test::Seen seen = kernel_test::run_twin(test, [](const SelfCheckingTest&, Word value) { return std::to_string(value); });
  CHECK(seen.executions > 0);
  return seen.states.contains({{"a", "1"}, {"b", "1"}});
}

const std::string kRead = "\tr = READ_ONCE(x);\n\tOBSERVE(\"a\", r);\n";

TEST_CASE("a write under a condition depends on it") {
  CHECK(both_read_one(kRead + "\tWRITE_ONCE(y, 1);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tif (r) WRITE_ONCE(y, 1);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tif (r) WRITE_ONCE(y, 1); else WRITE_ONCE(y, 1);\n"));
  CHECK(both_read_one(kRead + "\tif (r) WRITE_ONCE(z, 1);\n\tWRITE_ONCE(y, 1);\n"));
}

TEST_CASE("a write behind an early return depends on its condition") {
  CHECK_FALSE(both_read_one(kRead + "\tif (!r) return;\n\tWRITE_ONCE(y, 1);\n"));
}

TEST_CASE("an early return ends with its function") {
  const std::string early = "static void maybe(int r) { if (!r) return; WRITE_ONCE(z, 1); }\n";
  CHECK(both_read_one(kRead + "\tmaybe(r);\n\tWRITE_ONCE(y, 1);\n", early));
  const std::string chooses = "static int choose(int r) { if (!r) return 1; return 1; }\n";
  CHECK(both_read_one(kRead + "\tWRITE_ONCE(y, choose(r));\n", chooses));
}

TEST_CASE("what a function returns decides as the branch does that chose it") {
  const std::string chooses = "static int choose(int r) { if (!r) return 1; return 1; }\n";
  CHECK_FALSE(both_read_one(kRead + "\tif (choose(r)) WRITE_ONCE(y, 1);\n", chooses));
}

TEST_CASE("a goto ends where its paths meet") {
  CHECK_FALSE(both_read_one(kRead + "\tif (!r) goto out;\n\tWRITE_ONCE(y, 1);\nout:\n\treturn;\n"));
  CHECK(both_read_one(kRead + "\tif (!r) goto out;\n\tWRITE_ONCE(z, 1);\nout:\n\tWRITE_ONCE(y, 1);\n"));
}

TEST_CASE("a switch ends where its cases meet") {
  CHECK_FALSE(both_read_one(kRead + "\tswitch (r) {\n\tcase 1:\n\t\tWRITE_ONCE(y, 1);\n\t\tbreak;\n\tdefault:\n\t\tbreak;\n\t}\n"));
  CHECK_FALSE(both_read_one(kRead + "\tswitch (r) {\n\tcase 0:\n\tcase 1 ... 5:\n\t\tWRITE_ONCE(y, 1);\n\t}\n"));
  CHECK(both_read_one(kRead + "\tswitch (r) {\n\tcase 0:\n\t\tWRITE_ONCE(z, 1);\n\t}\n\tWRITE_ONCE(y, 1);\n"));
}

TEST_CASE("the rounds of a loop depend on its condition, and what follows does not") {
  CHECK_FALSE(both_read_one(kRead + "\tfor (int i = 0; i < r; i++)\n\t\tWRITE_ONCE(y, 1);\n"));
  CHECK(both_read_one(kRead + "\tfor (int i = 0; i < r; i++)\n\t\tWRITE_ONCE(z, 1);\n\tWRITE_ONCE(y, 1);\n"));
  CHECK_FALSE(both_read_one(kRead + "\twhile (1) {\n\t\tif (r) break;\n\t\treturn;\n\t}\n\tWRITE_ONCE(y, 1);\n"));
}

TEST_CASE("a variable that a branch assigns decides as the branch does, and stores no dependency") {
  CHECK_FALSE(both_read_one("\tint s = 0;\n" + kRead + "\tif (r) s = 1;\n\tif (s) WRITE_ONCE(y, 1);\n"));
  CHECK(both_read_one("\tint s = 1;\n" + kRead + "\tif (r) s = 1;\n\tWRITE_ONCE(y, s);\n"));
}

TEST_CASE("values carry what they were computed from") {
  CHECK_FALSE(both_read_one(kRead + "\tWRITE_ONCE(y, r);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tWRITE_ONCE(y, 1 + (r ^ r));\n"));
  CHECK_FALSE(both_read_one("\tint s, *p = &s;\n" + kRead + "\t*p = r;\n\tWRITE_ONCE(y, s);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tWRITE_ONCE(*(&y + (r ^ r)), 1);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tWRITE_ONCE(y, r ? 1 : 1);\n"));
  CHECK_FALSE(both_read_one("\tstruct { int a, b; } s, t;\n" + kRead + "\ts.a = r;\n\tt = s;\n\tWRITE_ONCE(y, t.a);\n"));
}

TEST_CASE("checks govern nothing that follows, what WARN_ON() returns does") {
  CHECK(both_read_one(kRead + "\tBUG_ON(r == 2);\n\tWRITE_ONCE(y, 1);\n"));
  CHECK(both_read_one(kRead + "\tCHECK_INVARIANT(r != 2 && r != 3, \"r\");\n\tWRITE_ONCE(y, 1);\n"));
  CHECK(both_read_one(kRead + "\tWARN_ON(r == 2);\n\tWRITE_ONCE(y, 1);\n"));
  CHECK_FALSE(both_read_one(kRead + "\tif (!WARN_ON(r == 2)) WRITE_ONCE(y, 1);\n"));
}

TEST_CASE("operands are in no order, statements are") {
  CHECK(both_read_one("\tint s = smp_load_acquire(&x) + ({ WRITE_ONCE(y, 1); 0; });\n\tOBSERVE(\"a\", s);\n\t(void)r;\n"));
  CHECK_FALSE(both_read_one("\tint s = smp_load_acquire(&x);\n\ts += ({ WRITE_ONCE(y, 1); 0; });\n\tOBSERVE(\"a\", s);\n\t(void)r;\n"));
}

}  // namespace
}  // namespace lkmc
