// SPDX-License-Identifier: Apache-2.0
// The plain evaluator: each operator on a small execution, fixpoints, and the relations that it computes itself.
#include "src/model/reference.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/model/execution_builder.h"

namespace lkmc {
namespace {

Model model_of(const std::string& text) { return std::get<Model>(load_model_text("t.cat", text)); }

// Whether `a = b` in cat, as sets or as relations.
bool equal(const reference::Execution& x, const std::string& a, const std::string& b) {
  const Model m = model_of("empty (" + a + ") \\ (" + b + ") as x empty (" + b + ") \\ (" + a + ") as y");
  return reference::judge(m, x).consistent();
}

// Thread 0: a write and a read of x, thread 1: a fence between two reads; one initial write.
struct Small {
  ExecutionBuilder b;
  int ix = b.init(0);
  int w = b.write(0, 0);
  int r = b.read(0, 0, Tag::kAcquire);
  int p = b.read(1, 0);
  int f = b.fence(1, Tag::kMb);
  int q = b.read(1, 0, Tag::kPlain);
  Small() {
    b.co({ix, w});
    b.rf(w, r);
    b.rf(ix, p);
    b.rf(w, q);
  }
};

TEST_CASE("location, thread and identity") {
  const Small s;
  const auto loc = reference::same_location(s.b.events());
  CHECK(loc.contains(s.ix, s.q));
  CHECK(loc.contains(s.w, s.w));
  CHECK_FALSE(loc.contains(s.f, s.f));
  const auto internal = reference::same_thread(s.b.events());
  CHECK(internal.contains(s.q, s.p));
  CHECK(internal.contains(s.p, s.p));
  CHECK_FALSE(internal.contains(s.ix, s.ix));
  CHECK_FALSE(internal.contains(s.w, s.p));
  const auto external = reference::other_thread(s.b.events());
  CHECK(external.contains(s.ix, s.w));
  CHECK(external.contains(s.w, s.ix));
  CHECK(external.contains(s.r, s.p));
  CHECK_FALSE(external.contains(s.ix, s.ix));
  CHECK_FALSE(external.contains(s.w, s.r));
  const std::vector<Event> two_initial = {{.kind = EventKind::kWrite, .location = 0}, {.kind = EventKind::kWrite, .location = 1}};
  CHECK(reference::other_thread(two_initial).contains(0, 1));
}

TEST_CASE("laws of the operators") {
  const Small s;
  const reference::Execution x = s.b.build();
  CHECK(equal(x, "R | W", "M"));
  CHECK(equal(x, "M \\ R", "W"));
  CHECK(equal(x, "~M", "F"));
  CHECK(equal(x, "IW", "W & IW"));
  CHECK(equal(x, "domain(fr)", "range([IW] ; rf)"));
  CHECK(equal(x, "(rf ; rf^-1) & id", "[domain(rf)]"));
  CHECK(equal(x, "po", "po+"));
  CHECK(equal(x, "po*", "po?"));
  CHECK(equal(x, "id", "[_]"));
  CHECK(equal(x, "int | ext", "(_ * _) \\ ([IW] ; id)"));
  CHECK(equal(x, "~(_ * _)", "0"));
  CHECK(equal(x, "fencerel(Mb)", "po ; [Mb] ; po"));
  CHECK_FALSE(equal(x, "fencerel(Mb)", "0"));
}

TEST_CASE("from-reads leads from a read to the writes after the one it read") {
  const Small s;
  const reference::Execution x = s.b.build();
  const Model m = model_of("empty fr as fr empty fr & ext as fre empty fr & int as fri");
  CHECK(names_of(m, reference::judge(m, x).violated) == "fr fre");
}

TEST_CASE("axioms, negation and flags") {
  const Small s;
  const reference::Execution x = s.b.build();
  const Model m = model_of(
      "acyclic po as a1 acyclic po | po^-1 as a2 ~acyclic po as a3 irreflexive loc as a4 irreflexive po as a5\n"
      "empty Wmb as a6 empty R as a7 ~empty R as a8\n"
      "flag ~empty R as f1 flag empty R as f2 flag ~empty Rmb as f3");
  const reference::Verdict verdict = reference::judge(m, x);
  CHECK(names_of(m, verdict.violated) == "a2 a3 a4 a7");
  CHECK(names_of(m, verdict.raised) == "f1");
  CHECK_FALSE(verdict.consistent());
}

TEST_CASE("different-values compares the values of both ends") {
  const Small s;
  reference::Execution x = s.b.build();
  const Model m = model_of("flag ~empty different-values(rf) as differ");
  const std::vector<std::int64_t> same = {0, 1, 1, 0, 0, 1};
  const std::vector<std::int64_t> other = {0, 1, 1, 0, 0, 2};
  CHECK(reference::judge(m, x).raised.empty());
  x.values = same;
  CHECK(reference::judge(m, x).raised.empty());
  x.values = other;
  CHECK(reference::judge(m, x).raised.size() == 1);
}

TEST_CASE("a recursive definition is its least fixpoint") {
  const Small s;
  const reference::Execution x = s.b.build();
  CHECK(equal(x, "let rec t = (rf | co) | (t ; t) in t", "(rf | co)+"));
  CHECK(equal(x, "let rec a = rf | (b ; po) and b = a | co in b", "co | ((rf | (co ; po)) ; po*)"));
  CHECK(equal(x, "let rec inner = 0 | (let rec t = po | (t ; t) in t) | (inner ; inner) in inner", "po"));
}

TEST_CASE("bodies of a let rec see the new values of those before them") {
  // first is empty in the first round only, so that second, which follows it, never sees it empty.
  const Small s;
  const reference::Execution x = s.b.build();
  CHECK(equal(x, "let rec first = W and second = second | (_ \\ first) in second", "~W"));
  CHECK(equal(x, "let rec second = second | (_ \\ first) and first = W in second", "_"));
}

TEST_CASE("rcu_read_lock() nests") {
  ExecutionBuilder b;
  const int outer = b.fence(0, Tag::kRcuLock);
  const int inner = b.fence(0, Tag::kRcuLock);
  const int inner_end = b.fence(0, Tag::kRcuUnlock);
  const int outer_end = b.fence(0, Tag::kRcuUnlock);
  const int next = b.fence(0, Tag::kRcuLock);
  const int next_end = b.fence(0, Tag::kRcuUnlock);
  const int stray = b.fence(0, Tag::kRcuUnlock);
  b.fence(1, Tag::kRcuLock);  // pairs with nothing of thread 0
  const reference::Execution x = b.build();
  const std::string pairing =
      "let rec locks = Rcu-lock \\ domain(m) and unlocks = Rcu-unlock \\ range(m)\n"
      "    and open = locks | unlocks and between = [open] ; po ; [open]\n"
      "    and m = m | (([locks] ; po ; [unlocks]) \\ (between ; between))\n";
  const auto related = [&](int from, int to) {
    // `data` serves to name a pair of events.
    reference::Execution named = b.build();
    named.data.insert(from, to);
    const Model m = model_of(pairing + "empty data \\ m");
    return reference::judge(m, named).consistent();
  };
  CHECK(related(outer, outer_end));
  CHECK(related(inner, inner_end));
  CHECK(related(next, next_end));
  CHECK_FALSE(related(outer, inner_end));
  CHECK_FALSE(related(next, stray));
  CHECK_FALSE(related(outer, next_end));
  const Model m = model_of(pairing + "flag ~empty locks as l flag ~empty unlocks as u");
  CHECK(names_of(m, reference::judge(m, x).raised) == "l u");
}

}  // namespace
}  // namespace lkmc
