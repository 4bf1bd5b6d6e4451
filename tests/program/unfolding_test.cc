// SPDX-License-Identifier: Apache-2.0
// Threads and their trees of paths: which events each primitive performs, with which dependencies, and where paths part.
#include "src/program/unfolding.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

namespace lkmc {
namespace {

// A program of one thread given as a lambda, over locations `x`, `y` and `lock`.
class OneThread final : public Program {
 public:
  explicit OneThread(std::function<void(Thread&)> body) : body_(std::move(body)) {}
  std::span<const LocationInfo> locations() const override { return locations_; }
  int thread_count() const override { return 1; }
  void run(ThreadId, Thread& thread) const override {
    ++runs;
    body_(thread);
  }
  mutable int runs = 0;

 private:
  std::function<void(Thread&)> body_;
  std::vector<LocationInfo> locations_{{"x", 0}, {"y", 0}, {"lock", 0}};
};

constexpr SourcePos kHere{.line = 1, .column = 1};

Value address(Thread& t, Location location) { return t.constant(Program::address_of(location)); }

// The path that takes the given outcomes from the root.
PathId follow(Unfolding& thread, const std::vector<Word>& outcomes) {
  PathId path = thread.root();
  for (const Word outcome : outcomes) path = thread.child(path, outcome);
  return path;
}

// All events from the root to `path`.
std::vector<ThreadEvent> events_to(const Unfolding& thread, PathId path) {
  const PathNode& node = thread.node(path);
  std::vector<ThreadEvent> events = node.parent < 0 ? std::vector<ThreadEvent>{} : events_to(thread, node.parent);
  events.insert(events.end(), node.events.begin(), node.events.end());
  return events;
}

TEST_CASE("a thread that never looks at what it reads has one path") {
  const OneThread program([](Thread& t) {
    const Value r = t.read(address(t, 0), Tag::kOnce, kHere);
    t.write(address(t, 1), t.binary(BinaryOp::kAdd, r, t.constant(1)), Tag::kRelease, kHere);
    t.observe(0, r);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const PathNode& node = thread.node(thread.root());
  CHECK(node.continuation == Continuation::kEnd);
  REQUIRE(node.events.size() == 2);
  CHECK(node.events[0].event.kind == EventKind::kRead);
  CHECK(node.events[1].event.tag == Tag::kRelease);
  CHECK(node.events[1].data == std::vector<EventIndex>{0});
  CHECK(node.events[1].addr.empty());
  CHECK(thread.expressions().as_read(node.observed[0]) == 0);
}

TEST_CASE("a branch has two continuations, and what follows the join is on both, without a control dependency") {
  const OneThread program([](Thread& t) {
    const Value r = t.read(address(t, 0), Tag::kOnce, kHere);
    {
      const ControlScope scope(t, r);
      if (t.branch(r)) t.write(address(t, 1), t.constant(1), Tag::kOnce, kHere);
    }
    t.write(address(t, 1), t.constant(2), Tag::kOnce, kHere);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(thread.node(thread.root()).continuation == Continuation::kBranch);
  const auto taken = events_to(thread, follow(thread, {1}));
  const auto skipped = events_to(thread, follow(thread, {0}));
  REQUIRE(taken.size() == 3);
  REQUIRE(skipped.size() == 2);
  CHECK(taken[1].ctrl == std::vector<EventIndex>{0});
  CHECK(taken[2].ctrl.empty());
  CHECK(skipped[1].ctrl.empty());
}

TEST_CASE("what is assigned in a control scope depends on it where it decides, not as data or an address") {
  const OneThread program([](Thread& t) {
    const Value r = t.read(address(t, 0), Tag::kOnce, kHere);
    Value set;
    {
      const ControlScope scope(t, r);
      set = t.assigned(t.constant(1));
    }
    const Value copy = t.binary(BinaryOp::kAdd, t.unary(UnaryOp::kNegate, set), t.constant(3));
    t.write(t.binary(BinaryOp::kAdd, address(t, 0), t.binary(BinaryOp::kSubtract, set, t.constant(1))), copy, Tag::kOnce, kHere);
    {
      const ControlScope scope(t, t.assigned(copy));
      t.write(address(t, 1), t.constant(1), Tag::kOnce, kHere);
    }
    t.write(address(t, 1), t.constant(2), Tag::kOnce, kHere);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const auto events = events_to(thread, thread.root());
  REQUIRE(events.size() == 4);
  CHECK(events[1].addr.empty());
  CHECK(events[1].data.empty());
  CHECK(events[1].ctrl.empty());
  CHECK(events[2].ctrl == std::vector<EventIndex>{0});
  CHECK(events[3].ctrl.empty());
}

TEST_CASE("a path is run once, and its sibling once more from the start") {
  const OneThread program([](Thread& t) {
    const Value r = t.read(address(t, 0), Tag::kOnce, kHere);
    (void)t.branch(r);
    (void)t.branch(t.read(address(t, 1), Tag::kOnce, kHere));
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const PathId leaf = follow(thread, {1, 0});
  CHECK(program.runs == 1);
  CHECK(follow(thread, {1, 0}) == leaf);
  CHECK(program.runs == 1);
  (void)follow(thread, {0, 0});
  CHECK(program.runs == 2);
  CHECK(thread.path_count() == 5);
}

TEST_CASE("an access through a pointer that was read waits for the address, and depends on the read by address") {
  const OneThread program([](Thread& t) {
    const Value p = t.read(address(t, 0), Tag::kOnce, kHere);
    (void)t.read(p, Tag::kOnce, kHere);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(thread.node(thread.root()).continuation == Continuation::kValue);
  const auto events = events_to(thread, follow(thread, {Program::address_of(1)}));
  REQUIRE(events.size() == 2);
  CHECK(events[1].event.location == 1);
  CHECK(events[1].addr == std::vector<EventIndex>{0});
  const PathNode& null = thread.node(follow(thread, {0}));
  CHECK(null.continuation == Continuation::kFailed);
  CHECK(null.message == "null pointer dereference");
}

TEST_CASE("read-modify-writes: dependencies as herd7 has them") {
  const OneThread program([](Thread& t) {
    (void)t.exchange(address(t, 0), t.constant(1), Tag::kMb, kHere);
    (void)t.fetch_op(address(t, 0), BinaryOp::kAdd, t.constant(1), Tag::kAcquire, RmwResult::kNew, kHere);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const auto events = events_to(thread, thread.root());
  REQUIRE(events.size() == 4);
  CHECK(events[1].read_half == 0);
  CHECK(events[1].data.empty());  // what xchg() writes does not depend on what it reads
  CHECK(events[3].data == std::vector<EventIndex>{2});
  CHECK(events[0].event.in_rmw);
  CHECK(events[1].event.tag == Tag::kMb);
}

TEST_CASE("a cmpxchg that fails performs only its read") {
  const OneThread program([](Thread& t) { (void)t.compare_exchange(address(t, 0), t.constant(0), t.constant(1), Tag::kMb, kHere); });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(events_to(thread, follow(thread, {1})).size() == 2);
  const auto failed = events_to(thread, follow(thread, {0}));
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].event.in_rmw);
}

TEST_CASE("older models put fences around a fully ordered operation, and none around one that fails") {
  const OneThread program([](Thread& t) { (void)t.compare_exchange(address(t, 0), t.constant(0), t.constant(1), Tag::kMb, kHere); });
  Unfolding thread(program, 0, RmwStyle::kFenced, Blocking::kIgnored);
  const auto success = events_to(thread, follow(thread, {1, 1}));
  REQUIRE(success.size() == 4);
  CHECK(success[0].event.tag == Tag::kMb);
  CHECK(success[1].event.tag == Tag::kOnce);
  CHECK(success[3].event.kind == EventKind::kFence);
  CHECK(events_to(thread, follow(thread, {0, 1})).size() == 1);
}

TEST_CASE("locks: events, outcomes of a trylock, and an unlock that knows its lock") {
  const OneThread program([](Thread& t) {
    const Value got = t.spin_trylock(address(t, 2), kHere);
    if (t.branch(got)) t.spin_unlock(address(t, 2), kHere);
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(thread.node(thread.root()).continuation == Continuation::kChoice);
  const auto success = events_to(thread, follow(thread, {1}));
  REQUIRE(success.size() == 3);
  CHECK(success[0].event.kind == EventKind::kLockRead);
  CHECK(success[1].event.kind == EventKind::kLockWrite);
  CHECK(success[2].acquired == 1);
  const auto failure = events_to(thread, follow(thread, {0}));
  REQUIRE(failure.size() == 1);
  CHECK(failure[0].event.kind == EventKind::kLockFail);
}

TEST_CASE("an unlock without the lock fails where it stands") {
  const OneThread program([](Thread& t) { t.spin_unlock(address(t, 2), {.line = 4, .column = 2}); });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  const PathNode& node = thread.node(thread.root());
  CHECK(node.continuation == Continuation::kFailed);
  CHECK(node.pos == SourcePos{4, 2});
}

TEST_CASE("only the search for deadlocks sees threads that wait for ever") {
  const OneThread program([](Thread& t) {
    t.spin_lock(address(t, 2), kHere);
    t.await(t.read(address(t, 0), Tag::kOnce, kHere), kHere);
  });
  Unfolding ordinary(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(ordinary.node(ordinary.root()).continuation == Continuation::kRequire);
  CHECK(ordinary.may_deadlock());

  Unfolding waiting(program, 0, RmwStyle::kTagged, Blocking::kExplored);
  CHECK(waiting.node(follow(waiting, {1})).continuation == Continuation::kBlockedOnLock);
  CHECK(waiting.node(follow(waiting, {0, 1})).continuation == Continuation::kBlockedOnValue);
}

TEST_CASE("the loop bound ends a path") {
  const OneThread program([](Thread& t) {
    for (int round = 0;; ++round) {
      if (round == 3) t.stop_at_bound(kHere);
      if (!t.branch(t.read(address(t, 0), Tag::kOnce, kHere))) return;
    }
  });
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(thread.node(follow(thread, {1, 1, 1})).continuation == Continuation::kBound);
  CHECK(thread.node(follow(thread, {1, 0})).continuation == Continuation::kEnd);
}

}  // namespace
}  // namespace lkmc
