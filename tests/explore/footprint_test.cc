// SPDX-License-Identifier: Apache-2.0
// What threads may still write from a place of their paths on.
#include "src/explore/footprint.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <variant>
#include <vector>

#include "src/litmus/litmus.h"
#include "tests/explore/exploration.h"
#include "tests/explore/threads.h"

namespace lkmc::explore_test {
namespace {

// The locations that the thread may write behind the decisions with these outcomes.
std::vector<Location> written_after(const Footprint& footprint, ThreadId thread, const std::vector<Word>& outcomes) {
  Footprint::Place place = Footprint::kStart;
  for (const Word outcome : outcomes) place = footprint.next(thread, place, outcome);
  std::vector<Location> written;
  for (const Location l : {kX, kY, kZ, kPointer}) {
    if (footprint.may_write(thread, place, l)) written.push_back(l);
  }
  return written;
}

TEST_CASE("a thread may write what lies ahead of it, on any path, and nothing that only lies behind it") {
  const Threads program({[](Thread& t) {
    write(t, kX, 1);
    if (t.branch(read(t, kX))) {
      write(t, kY, 1);
      if (t.branch(read(t, kX))) write(t, kZ, 1);
    }
  }});
  const Footprint footprint(program, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(written_after(footprint, 0, {}) == std::vector{kY, kZ});
  CHECK(written_after(footprint, 0, {1}) == std::vector{kZ});
  CHECK(written_after(footprint, 0, {0}).empty());
  CHECK(written_after(footprint, 0, {1, 1}).empty());
}

TEST_CASE("a pointer is followed to what it points to at first and to what any thread stores in it") {
  const auto through_the_pointer = [](Thread& t) { t.write(read(t, kPointer), t.constant(1), Tag::kOnce, {}); };
  const Threads alone({through_the_pointer});
  CHECK(written_after(Footprint(alone, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == std::vector{kX});
  const Threads with_another({through_the_pointer, [](Thread& t) { write(t, kPointer, Program::address_of(kZ)); }});
  CHECK(written_after(Footprint(with_another, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == std::vector{kX, kZ});
}

TEST_CASE("through a pointer that is copied from another location, all that may be there can be written") {
  const Threads program({[](Thread& t) { t.write(read(t, kPointer), t.constant(1), Tag::kOnce, {}); },
                         [](Thread& t) { t.write(address(t, kPointer), read(t, kX), Tag::kOnce, {}); },
                         [](Thread& t) { write(t, kX, Program::address_of(kY)); }});
  const Footprint footprint(program, RmwStyle::kTagged, Blocking::kIgnored);
  CHECK(written_after(footprint, 0, {}) == std::vector{kX, kY});
}

TEST_CASE("a pointer that is computed from reads is all that it can be for what they may see") {
  const auto through_the_next = [](Thread& t) {
    const Value pointer = t.binary(BinaryOp::kAdd, read(t, kPointer), read(t, kY));
    t.write(pointer, t.constant(1), Tag::kOnce, {});
  };
  const auto next = [](Thread& t) { write(t, kY, Program::address_of(kZ) - Program::address_of(kX)); };
  const Threads computed({through_the_next, next});
  CHECK(written_after(Footprint(computed, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == std::vector{kX, kZ});
}

TEST_CASE("a pointer may be what some thread stores there only because it is there") {
  const Threads program({[](Thread& t) { t.write(read(t, kPointer), address(t, kY), Tag::kOnce, {}); },
                         [](Thread& t) { t.write(address(t, kPointer), read(t, kY), Tag::kPlain, {}); }});
  // The pointer points to y if y is copied to it, to y if the pointer points to y, and to nothing else.
  CHECK(written_after(Footprint(program, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == std::vector{kX, kY});
}

TEST_CASE("of a pointer that may be anything, of too many paths and of a path that it has not met, it knows nothing") {
  const std::vector everything{kX, kY, kZ, kPointer};
  const Threads computed({[](Thread& t) { t.write(read(t, kPointer), t.constant(1), Tag::kOnce, {}); },
                          [](Thread& t) {
                            const Value next = t.binary(BinaryOp::kAdd, read(t, kPointer), t.constant(1));
                            t.write(address(t, kPointer), next, Tag::kOnce, {});
                          }});
  CHECK(written_after(Footprint(computed, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == everything);
  const Threads many({[](Thread& t) {
    for (int i = 0; i < 12; ++i) (void)t.branch(read(t, kX));
  }});
  CHECK(written_after(Footprint(many, RmwStyle::kTagged, Blocking::kIgnored), 0, {}) == everything);
  const Threads few({[](Thread& t) { (void)t.branch(read(t, kX)); }});
  CHECK(written_after(Footprint(few, RmwStyle::kTagged, Blocking::kIgnored), 0, {2}) == everything);
}

TEST_CASE("a thread that comes back to where a loop was may write what it might have written there") {
  const auto parsed = parse_litmus("loop", litmus_text({"r0 = 0; while (r0 == 0) { if (READ_ONCE(*x)) { WRITE_ONCE(*y, 1); r0 = 1; } "
                                                        "else { if (READ_ONCE(*z)) { smp_mb(); } } }"}));
  const auto& program = *std::get<std::unique_ptr<LitmusTest>>(parsed);
  const auto y = std::ranges::find(program.locations(), "y", &LocationInfo::name) - program.locations().begin();
  const Footprint footprint(program, RmwStyle::kTagged, Blocking::kIgnored);
  const Footprint::Place round = footprint.next(0, Footprint::kStart, 0);
  REQUIRE(round != Footprint::kUnknown);
  for (const Word outcome : {0, 1}) {
    CHECK(footprint.next(0, round, outcome) != Footprint::kUnknown);
    CHECK(footprint.may_write(0, footprint.next(0, round, outcome), static_cast<Location>(y)));
  }
  CHECK(footprint.may_write(0, round, static_cast<Location>(y)));
  CHECK_FALSE(footprint.may_write(0, footprint.next(0, Footprint::kStart, 1), static_cast<Location>(y)));
}

TEST_CASE("it has the paths on which a thread waits for ever just where these are explored") {
  const Threads program({[](Thread& t) {
    t.await(read(t, kX), {});
    write(t, kY, 1);
  }});
  CHECK(written_after(Footprint(program, RmwStyle::kTagged, Blocking::kIgnored), 0, {1}).empty());
  const Footprint blocking(program, RmwStyle::kTagged, Blocking::kExplored);
  CHECK(written_after(blocking, 0, {0}) == std::vector{kY});  // to go on, then that the condition holds
  CHECK(written_after(blocking, 0, {1}).empty());
}

}  // namespace
}  // namespace lkmc::explore_test
