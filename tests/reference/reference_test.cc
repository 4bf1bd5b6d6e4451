// SPDX-License-Identifier: Apache-2.0
// Who judges the judges: the enumerator on tests whose executions can be counted by hand, and what the generators make.
#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "tests/reference/enumerator.h"
#include "tests/reference/family.h"
#include "tests/reference/generator.h"
#include "tests/reference/test_program.h"

namespace lkmc::reference {
namespace {

std::unique_ptr<LitmusTest> parsed(const std::string& text) {
  auto result = parse_litmus("test.litmus", text);
  if (const auto* d = std::get_if<Diagnostic>(&result)) {
    FAIL(d->line << ":" << d->column << ": " << d->message << "\n" << text);
  }
  return std::move(std::get<std::unique_ptr<LitmusTest>>(result));
}

TestProgram program(const std::vector<std::string>& bodies) {
  TestProgram p{.name = "test", .locations = {}, .threads = {}};
  p.locations = {{"x", "int", ""}, {"y", "int", ""}, {"l", "spinlock_t", ""}};
  for (const std::string& body : bodies) p.threads.push_back({{.head = body}});
  return p;
}

Outcome outcome(const std::vector<std::string>& bodies, std::string_view model) {
  const auto test = parsed(to_litmus(program(bodies)));
  const std::vector<Model> models = {std::get<Model>(load_model(model))};
  const auto outcomes = enumerate(*test, test->register_slots(), models);
  REQUIRE(outcomes.has_value());
  CHECK(outcomes->front().keys.size() == outcomes->front().executions);
  return outcomes->front();
}

TEST_CASE("the enumerator counts executions as one does by hand") {
  const std::vector<std::string> store_buffering = {"WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x);"};
  CHECK(outcome(store_buffering, "sc").executions == 3);
  CHECK(outcome(store_buffering, "tso").executions == 4);
  CHECK(outcome(store_buffering, "lkmm").executions == 4);
  const std::vector<std::string> load_buffering = {"r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1);"};
  CHECK(outcome(load_buffering, "pso").executions == 3);
  CHECK(outcome(load_buffering, "lkmm").executions == 4);
  CHECK(outcome({3, "WRITE_ONCE(*x, 1);"}, "lkmm").executions == 6);
  CHECK(outcome({3, "atomic_inc(x);"}, "lkmm").executions == 6);
  const std::string branch = "r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); } else { WRITE_ONCE(*y, 2); }";
  CHECK(outcome({branch, "WRITE_ONCE(*x, 1);"}, "sc").states.size() == 2);
}

TEST_CASE("the enumerator knows the rules of locks") {
  CHECK(outcome({3, "spin_lock(l); spin_unlock(l);"}, "lkmm").executions == 6);
  CHECK(outcome({2, "if (spin_trylock(l)) { spin_unlock(l); }"}, "lkmm").executions == 4);
  CHECK(outcome({"spin_lock(l); spin_unlock(l);", "r0 = spin_is_locked(l);"}, "lkmm").executions == 3);
  CHECK(outcome({"spin_lock(l); r0 = spin_is_locked(l); spin_unlock(l); r1 = spin_is_locked(l);"}, "lkmm").states ==
        std::set<State>{{1, 0, 0, 0, 0}});
  CHECK(outcome({2, "spin_lock(l);"}, "lkmm").executions == 0);
  CHECK(outcome({"spin_lock(l);", "spin_lock(l); spin_unlock(l);"}, "lkmm").executions == 1);
  CHECK(outcome({"spin_lock(l);", "spin_lock(l); spin_unlock(l);"}, "lkmm").deadlocks.size() == 1);
}

TEST_CASE("the enumerator keeps copies of a value out of thin air, and drops what is computed from it") {
  const Outcome copies = outcome({"r0 = *x; *y = r0;", "r0 = *y; *x = r0;"}, "lkmm");
  CHECK(copies.executions == 4);
  CHECK(copies.out_of_thin_air == 1);
  const Word thin_air = Program::symbol(0);
  CHECK(copies.states == std::set<State>{{0, 0, 0, 0, 0}, {thin_air, thin_air, thin_air, thin_air, 0}});
  CHECK(outcome({"r0 = *x; *y = r0 + 1;", "r0 = *y; *x = r0;"}, "lkmm").executions == 3);
  CHECK(outcome({"r0 = *x; *y = r0; if (r0) r1 = 1;", "r0 = *y; *x = r0;"}, "lkmm").executions == 3);
  CHECK(outcome({"r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0);", "r0 = READ_ONCE(*y); *x = r0;"}, "lkmm").executions == 4);
  CHECK(outcome({"r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0);", "r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0);"}, "lkmm").executions == 3);
}

TEST_CASE("the enumerator sees data races") {
  const Model lkmm = std::get<Model>(load_model("lkmm"));
  const auto raises = [&](const std::vector<std::string>& bodies) {
    std::string names;
    const std::uint64_t flags = outcome(bodies, "lkmm").flags;
    for (std::size_t i = 0; i < lkmm.axioms.size(); ++i) {
      if (flags >> i & 1) names += lkmm.axioms[i].name;
    }
    return names;
  };
  CHECK(raises({"*x = 1;", "r0 = READ_ONCE(*x);"}) == "data-race");
  CHECK(raises({"*x = 1; smp_store_release(y, 1);", "r0 = smp_load_acquire(y); if (r0) r1 = *x;"}).empty());
}

TEST_CASE("a test that is too large is refused") {
  const std::string body = "WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); r0 = READ_ONCE(*x); r1 = READ_ONCE(*y);";
  const auto test = parsed(to_litmus(program({3, body})));
  const std::vector<Model> models = {std::get<Model>(load_model("sc"))};
  CHECK(enumerate(*test, test->register_slots(), models, {.candidates = 10'000}).has_value());
  CHECK_FALSE(enumerate(*test, test->register_slots(), models, {.candidates = 10}).has_value());
  CHECK_FALSE(enumerate(*test, test->register_slots(), models, {.writes = 6}).has_value());
}

TEST_CASE("a seed always gives the same test, and it parses") {
  std::set<std::string> texts;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const std::string text = to_litmus(generate(seed));
    CHECK(text == to_litmus(generate(seed)));
    texts.insert(text.substr(text.find('{')));
    CHECK(parsed(text)->thread_count() <= 4);
  }
  CHECK(texts.size() > 490);
}

TEST_CASE("what is made smaller still parses") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const TestProgram whole = generate(seed);
    for (const TestProgram& part : smaller(whole)) {
      CHECK(to_litmus(part).size() < to_litmus(whole).size());
      (void)parsed(to_litmus(part));
    }
  }
}

TEST_CASE("a family has each test once up to symmetry") {
  std::set<std::string> texts;
  int count = 0;
  for_each_member({.alphabet = {Access::kReadOnce, Access::kWriteOnce}, .max_accesses = 1}, [&](const TestProgram& p) {
    ++count;
    texts.insert(to_litmus(p));
  });
  // Of the sixteen pairs of Rx, Ry, Wx and Wy: Rx Rx, Rx Ry, Rx Wx, Rx Wy, Wx Wx, Wx Wy.
  CHECK(count == 6);
  CHECK(texts.size() == 6);
}

}  // namespace
}  // namespace lkmc::reference
