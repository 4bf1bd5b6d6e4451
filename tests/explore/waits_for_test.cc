// SPDX-License-Identifier: Apache-2.0
// Which threads wait for each other in a circle, by which model.
#include "src/explore/waits_for.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tests/explore/threads.h"

namespace lkmc::explore_test {
namespace {

using Body = std::function<void(Thread&)>;

// Whether no execution lies below, where each thread waits with its first read, and each may write all that another reads.
bool is_circle(const std::vector<Body>& bodies, const std::string& model_text) {
  const auto loaded = model_text.find('\n') == std::string::npos ? load_model(model_text) : load_model_text("test.cat", model_text);
  const Model& model = std::get<Model>(loaded);
  const ModelFacts facts(model);
  const Threads program(bodies);
  const Footprint footprint(program, model.rmw_style, Blocking::kIgnored);
  WaitsFor waits_for(program, model, facts, Blocking::kIgnored, Bound{}.max_rounds, footprint);
  std::vector<Unfolding> threads;
  Paths paths;
  for (ThreadId t = 0; t < program.thread_count(); ++t) {
    threads.emplace_back(program, t, model.rmw_style, Blocking::kIgnored);
    paths.push_back(threads.back().root());
  }
  std::vector<WaitsFor::Waiting> waiting;
  for (ThreadId t = 0; t < program.thread_count(); ++t) {
    const PathNode& node = threads[static_cast<std::size_t>(t)].node(kRootPath);
    if (node.continuation != Continuation::kBranch) continue;
    waiting.push_back({.thread = t, .read = 0, .writers = {}});
    for (ThreadId other = 0; other < program.thread_count(); ++other) {
      if (other != t) waiting.back().writers.push_back(other);
    }
  }
  return waits_for.is_circle(threads, paths, waiting);
}

// Reads `from`, decides, does something, and writes `to`.
struct Step {
  Tag read = Tag::kOnce;
  Tag write = Tag::kOnce;
  bool depends = false;  // by control
  std::function<void(Thread&)> between{};
};
Body step(Location from, Location to, const Step& how) {
  return [=](Thread& t) {
    const Value seen = read(t, from, how.read);
    if (!t.branch(seen)) return;
    const auto write_it = [&] {
      if (how.between) how.between(t);
      write(t, to, 1, how.write);
    };
    if (how.depends) {
      const ControlScope scope(t, seen);
      write_it();
    } else {
      write_it();
    }
  };
}
std::vector<Body> ring(const Step& how) { return {step(kX, kY, how), step(kY, kX, how)}; }
std::vector<Body> half_ordered(const Step& how) { return {step(kX, kY, how), step(kY, kX, {})}; }

Body fence(Tag tag) {
  return [tag](Thread& t) { t.fence(tag, {}); };
}

const std::vector<std::string> kMachines{"sc", "tso", "pso"};

TEST_CASE("where the model keeps reads before later writes, threads that wait for each other's are a circle") {
  for (const std::string& model : kMachines) {
    CAPTURE(model);
    CHECK(is_circle(ring({}), model));
    CHECK(is_circle(ring({.read = Tag::kPlain, .write = Tag::kPlain}), model));
  }
}

TEST_CASE("in lkmm it takes what orders a write behind the read") {
  CHECK_FALSE(is_circle(ring({}), "lkmm"));
  const std::vector<Step> ordered{
      {.depends = true}, {.read = Tag::kAcquire}, {.write = Tag::kRelease}, {.between = fence(Tag::kMb)}, {.between = [](Thread& t) {
        t.synchronize_rcu({});
      }}};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    CAPTURE(i);
    CHECK(is_circle(ring(ordered[i]), "lkmm"));
    CHECK_FALSE(is_circle(half_ordered(ordered[i]), "lkmm"));
  }
  for (const Tag tag : {Tag::kRmb, Tag::kWmb, Tag::kRcuLock}) CHECK_FALSE(is_circle(ring({.between = fence(tag)}), "lkmm"));
}

TEST_CASE("in lkmm plain accesses may have values out of thin air") {
  CHECK_FALSE(is_circle(ring({.read = Tag::kPlain, .write = Tag::kPlain, .depends = true}), "lkmm"));
  CHECK_FALSE(is_circle(ring({.read = Tag::kPlain, .depends = true}), "lkmm"));
  CHECK_FALSE(is_circle(ring({.write = Tag::kPlain, .depends = true}), "lkmm"));
  CHECK_FALSE(is_circle(ring({.read = Tag::kAcquire, .write = Tag::kPlain}), "lkmm"));
}

TEST_CASE("a write that depends on data or an address is ordered, and so is that of an operation that writes what it has read") {
  const auto copies = [](Location from, Location to) -> Body {
    return [=](Thread& t) {
      const Value seen = read(t, from);
      if (t.branch(seen)) t.write(address(t, to), seen, Tag::kOnce, {});
    };
  };
  CHECK(is_circle({copies(kX, kY), copies(kY, kX)}, "lkmm"));
  const auto to_the_same = [](Location location) -> Body {
    return [=](Thread& t) {
      if (t.branch(read(t, location))) write(t, location, 1);
    };
  };
  CHECK(is_circle({to_the_same(kX), to_the_same(kX)}, "lkmm"));
}

TEST_CASE("there is no circle where one thread can write without having waited") {
  const Step ordered{.depends = true};
  const Body on_another_path = [](Thread& t) {
    const Value seen = read(t, kY);
    if (t.branch(seen)) {
      const ControlScope scope(t, seen);
      write(t, kX, 1);
    } else {
      write(t, kX, 2);
    }
  };
  CHECK_FALSE(is_circle({step(kX, kY, ordered), on_another_path}, "lkmm"));
  const Body later = [](Thread& t) {
    const Value seen = read(t, kY);
    if (t.branch(seen)) {
      const ControlScope scope(t, seen);
      write(t, kX, 1);
    }
    if (t.branch(read(t, kZ))) write(t, kX, 2);
  };
  CHECK_FALSE(is_circle({step(kX, kY, ordered), later}, "lkmm"));
  const Body third = [](Thread& t) {
    if (t.choose({0, 1}, {}) == 1) write(t, kX, 3);
  };
  CHECK_FALSE(is_circle({step(kX, kY, ordered), step(kY, kX, ordered), third}, "lkmm"));
}

TEST_CASE("some threads may be a circle while others have not been asked") {
  const Step ordered{.depends = true};
  const Body third = [](Thread& t) {
    if (t.choose({0, 1}, {}) == 1) write(t, kZ, 3);
  };
  CHECK(is_circle({step(kX, kY, ordered), step(kY, kX, ordered), third}, "lkmm"));
  CHECK(is_circle({step(kX, kY, ordered), step(kY, kZ, ordered), step(kZ, kX, ordered)}, "lkmm"));
}

TEST_CASE("a thread with too much ahead of it may do anything") {
  const Body long_way = [](Thread& t) {
    const Value seen = read(t, kY);
    const ControlScope scope(t, seen);
    for (int i = 0; i < 13; ++i) (void)t.branch(read(t, kZ));
    write(t, kX, 1);
  };
  CHECK_FALSE(is_circle({step(kX, kY, {.depends = true}), long_way}, "lkmm"));
}

TEST_CASE("a model of the user's own is asked for its own axioms") {
  const std::string coherence = "\"m\"\nacyclic po-loc | rf | co | fr as coherence\n";
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence));
  CHECK(is_circle(ring({.depends = true}), coherence + "acyclic ctrl | rf as c\n"));
  CHECK(is_circle(ring({.depends = true}), coherence + "acyclic [Once] ; (ctrl | rfe) as c\n"));
  CHECK_FALSE(is_circle(ring({}), coherence + "acyclic ctrl | rf as c\n"));
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence + "acyclic ctrl | rfi as c\n"));
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence + "acyclic [Acquire] ; (ctrl | rfe) as c\n"));
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence + "flag ~acyclic ctrl | rf as c\n"));
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence + "irreflexive ctrl | rf as c\n"));
  // The order may be gone in a larger execution.
  CHECK_FALSE(is_circle(ring({.depends = true}), coherence + "acyclic (ctrl | rf) \\ (fr ; co) as c\n"));
}

}  // namespace
}  // namespace lkmc::explore_test
