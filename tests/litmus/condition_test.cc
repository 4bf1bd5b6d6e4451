// SPDX-License-Identifier: Apache-2.0
// What is observed of a final state, how it is judged, and how it is printed.
#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

// Two threads with registers r0, r1, r10 each, locations x, y, z, p and the array a.
std::unique_ptr<LitmusTest> with_condition(const std::string& condition) {
  const std::string body = "{ r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); r10 = *z; *p = 0; }\n";
  return parsed("C test\n{ int a[2]; }\nP0(int *x, int *y, int *z, int **p)\n" + body + "P1(int *x, int *y, int *z, int **p)\n" + body +
                condition + "\n");
}

// A final state by names; everything else is 0.
struct State {
  std::vector<Word> registers;
  std::vector<Word> memory;

  State(const LitmusTest& test, const std::map<std::string, Word>& values)
      : registers(static_cast<std::size_t>(test.register_slots())), memory(test.locations().size()) {
    for (const auto& [name, value] : values) {
      bool found = false;
      for (int slot = 0; slot < test.register_slots(); ++slot) {
        if (test.slot_name(slot) != name) continue;
        registers[static_cast<std::size_t>(slot)] = value;
        found = true;
      }
      if (!found) memory[static_cast<std::size_t>(*test.location_at(address(test, name)))] = value;
    }
  }
  operator FinalState() const { return {registers, memory}; }  // NOLINT: a short name in the tests
};

bool satisfied(const std::string& condition, const std::map<std::string, Word>& values) {
  const auto test = with_condition(condition);
  return test->satisfies(State(*test, values));
}

std::string printed(const std::string& condition) { return with_condition(condition)->condition_text(); }

std::string line(const std::string& condition, const std::map<std::string, Word>& values = {}) {
  const auto test = with_condition(condition);
  return test->state_line(State(*test, values));
}

TEST_CASE("quantifiers") {
  CHECK(with_condition("exists (x=1)")->kind() == Quantifier::kExists);
  CHECK(with_condition("~exists (x=1)")->kind() == Quantifier::kNotExists);
  CHECK(with_condition("~ exists x=1")->kind() == Quantifier::kNotExists);
  CHECK(with_condition("not exists x=1")->kind() == Quantifier::kNotExists);
  CHECK(with_condition("forall x=1;")->kind() == Quantifier::kForall);
  CHECK(with_condition("(x=1)")->kind() == Quantifier::kExists);
  CHECK(with_condition("exists (x=1) with sc: ~exists; tso: exists;")->kind() == Quantifier::kExists);
}

TEST_CASE("connectives, from the loosest: or, and, implies, not") {
  const auto truth = [](const std::string& condition, int x, int y, int z) {
    return satisfied("exists (" + condition + ")", {{"x", x}, {"y", y}, {"z", z}});
  };
  for (int i = 0; i < 8; ++i) {
    const int x = i & 1, y = (i >> 1) & 1, z = i >> 2;
    CHECK(truth("x=1 \\/ y=1 /\\ z=1", x, y, z) == (x || (y && z)));
    CHECK(truth("x=1 /\\ y=1 \\/ z=1", x, y, z) == ((x && y) || z));
    CHECK(truth("(x=1 \\/ y=1) /\\ z=1", x, y, z) == ((x || y) && z));
    CHECK(truth("~x=1 /\\ y=1", x, y, z) == (!x && y));
    CHECK(truth("not (x=1 /\\ y=1)", x, y, z) == !(x && y));
    CHECK(truth("~ ~ x=1", x, y, z) == (x == 1));
    CHECK(truth("x=1 => y=1 => z=1", x, y, z) == (!x || !y || z));
    CHECK(truth("x=1 => y=1 /\\ z=1", x, y, z) == ((!x || y) && z));
    CHECK(truth("x!=1 /\\ y<>0", x, y, z) == (!x && y));
    CHECK(truth("x==1 /\\ true", x, y, z) == (x == 1));
    CHECK(truth("x=1 \\/ false", x, y, z) == (x == 1));
  }
}

TEST_CASE("what can be compared") {
  const auto test = with_condition("exists (true)");
  const Word x = address(*test, "x");
  CHECK(satisfied("exists (0:r0=-1)", {{"0:r0", -1}}));
  CHECK(satisfied("exists (0:r0=0x10)", {{"0:r0", 16}}));
  CHECK(satisfied("exists (P1:r0=2)", {{"1:r0", 2}}));
  CHECK(satisfied("exists (0:r0=x)", {{"0:r0", x}}));
  CHECK(satisfied("exists (0:r0=&x)", {{"0:r0", x}}));
  CHECK_FALSE(satisfied("exists (0:r0=&x)", {{"0:r0", x + 1}}));
  CHECK(satisfied("exists (0:r0=a[1])", {{"0:r0", address(*test, "a[1]")}}));
  CHECK(satisfied("exists ([p]=x /\\ p=x)", {{"p", x}}));
  CHECK(satisfied("exists (0:r0=1:r1)", {{"0:r0", 4}, {"1:r1", 4}}));
  CHECK(satisfied("exists ([x]=[y])", {{"x", 4}, {"y", 4}}));
  CHECK_FALSE(satisfied("exists ([x]=[y])", {{"x", 4}, {"y", 5}}));
  CHECK(satisfied("exists (x=*y)", {{"x", 4}, {"y", 4}}));
  CHECK(satisfied("exists (a[1]=3)", {{"a[1]", 3}}));
  CHECK(satisfied("exists (a={2,3})", {{"a[0]", 2}, {"a[1]", 3}}));
  CHECK_FALSE(satisfied("exists (a={2,3})", {{"a[0]", 2}, {"a[1]", 4}}));
}

TEST_CASE("the filter selects, but is not printed") {
  const auto test = with_condition("filter (1:r1=1) exists (x=2)");
  CHECK(test->has_filter());
  CHECK(test->accepted_by_filter(State(*test, {{"1:r1", 1}})));
  CHECK_FALSE(test->accepted_by_filter(State(*test, {{"1:r1", 2}})));
  CHECK(test->state_line(State(*test, {{"x", 2}})) == "[x]=2;");
  CHECK(test->condition_text() == "exists ([x]=2)");
  const auto plain = with_condition("exists (x=2)");
  CHECK(plain->accepted_by_filter(State(*plain, {})));
}

TEST_CASE("a state lists registers by thread and name, then locations, then elements, each once") {
  CHECK(line("exists (y=1 /\\ 1:r0=0 /\\ x=0 /\\ 0:r1=2 /\\ 0:r10=3 /\\ y=2)", {{"0:r1", 2}, {"0:r10", 3}, {"y", 1}}) ==
        "0:r1=2; 0:r10=3; 1:r0=0; [x]=0; [y]=1;");
  CHECK(line("locations [z; 1:r1; *x; 0:r0 int*; p;] exists (x=1)") == "0:r0=0; 1:r1=0; [p]=0; [x]=0; [z]=0;");
  CHECK(line("exists (x=1) locations [z]") == "[x]=0; [z]=0;");
  CHECK(line("locations [] exists (true)").empty());
  CHECK(line("exists (a[1]=1 /\\ z=0 /\\ a[0]=0)", {{"a[1]", 7}}) == "[z]=0; a[0]=0; a[1]=7;");
  CHECK(line("exists (0:r0=1:r1)") == "0:r0=0; 1:r1=0;");
}

TEST_CASE("values are printed as herd does") {
  const auto test = with_condition("exists (true)");
  CHECK(line("exists (0:r0=0)", {{"0:r0", -1}}) == "0:r0=-1;");
  CHECK(line("exists (p=0)", {{"p", address(*test, "x")}}) == "[p]=x;");
  CHECK(line("exists (p=0)", {{"p", address(*test, "a[0]")}}) == "[p]=a;");
  CHECK(line("exists (p=0)", {{"p", address(*test, "a[1]")}}) == "[p]=a+4;");  // an int is four bytes
  CHECK(line("locations [a] exists (true)", {{"a[1]", 2}}) == "a={0,2};");
  CHECK(line("locations [0:nothing] exists (true)") == "0:nothing=0;");
}

TEST_CASE("what the test does not have is 0, as in herd7, and remarked upon") {
  const auto test = with_condition("exists (0:nothing=0 /\\ nowhere=0 /\\ 0:r0=elsewhere)");
  CHECK(test->satisfies(State(*test, {{"0:r0", address(*test, "elsewhere")}})));
  CHECK_FALSE(test->satisfies(State(*test, {})));
  REQUIRE(test->remarks().size() == 3);
  CHECK(test->remarks()[0].message == "P0 has no register `nothing`: it is 0");
  CHECK(test->remarks()[1].message == "the test has no location `nowhere`: it is 0");
  CHECK(test->remarks()[2].message == "the test has no location `elsewhere`: it is 0");
  CHECK(with_condition("exists (0:r0=0 /\\ x=0)")->remarks().empty());
}

TEST_CASE("`observed` lists states, one of which is asked for") {
  CHECK(printed("observed 0:r0=1; x=2; and 0:r0=0; and") == "exists (0:r0=1 /\\ [x]=2 \\/ 0:r0=0 \\/ true)");
  const std::string states = "observed 0:r0=1; x=2; and 1:r0=3;";
  CHECK(satisfied(states, {{"0:r0", 1}, {"x", 2}}));
  CHECK(satisfied(states, {{"1:r0", 3}}));
  CHECK_FALSE(satisfied(states, {{"0:r0", 1}}));
}

TEST_CASE("the condition is printed in herd's spelling") {
  CHECK(printed("exists(1:r0=1/\\1:r1=0)") == "exists (1:r0=1 /\\ 1:r1=0)");
  CHECK(printed("~exists x = 2") == "~exists ([x]=2)");
  CHECK(printed("forall (x==2 \\/ *y=1)") == "forall ([x]=2 \\/ [y]=1)");
  CHECK(printed("exists ((0:r0=1 /\\ 0:r1=1) /\\ (1:r0=1))") == "exists (0:r0=1 /\\ 0:r1=1 /\\ 1:r0=1)");
  CHECK(printed("exists (x=1 /\\ (y=1 \\/ z=1))") == "exists ([x]=1 /\\ ([y]=1 \\/ [z]=1))");
  CHECK(printed("exists (x=1 \\/ (y=1 /\\ z=1))") == "exists ([x]=1 \\/ [y]=1 /\\ [z]=1)");
  CHECK(printed("exists (x!=1)") == "exists (not ([x]=1))");
  CHECK(printed("exists (~(x=1 /\\ y=1))") == "exists (not ([x]=1 /\\ [y]=1))");
  CHECK(printed("exists (x=1 => y=1)") == "exists ([x]=1 => [y]=1)");
  CHECK(printed("exists (0:r0=x /\\ p=&y)") == "exists (0:r0=x /\\ [p]=y)");
  CHECK(printed("exists (0:r0=1:r1 /\\ [x]=[y])") == "exists (0:r0=1:r1 /\\ [x]=[y])");
  CHECK(printed("exists (a[1]=0x10 /\\ a={1,-2})") == "exists (a[1]=16 /\\ a={1,-2})");
  CHECK(printed("exists (true)") == "exists (true)");
  CHECK(printed("forall (false)") == "forall (false)");
}

}  // namespace
}  // namespace lkmc::litmus_test
