// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/variable_flow.h"

#include <doctest/doctest.h>

#include <optional>
#include <utility>

namespace lkmc::kernel {
namespace {

using Decisions = VariableFlow::Decisions;

constexpr VariableFlow::Frame kFrame = 0x10000;
constexpr VariableFlow::Frame kCallee = kFrame - 0x100;
constexpr Slot kFlag{-4, 4}, kOther{-8, 4}, kBoth{-8, 8};

BlockCode assigning(Slot slot, Origin from = {}) { return {.assignments = {{slot, std::move(from)}}}; }
BlockCode looking_at(Slot slot) { return {.choice = {.slots = {slot}}}; }

const BlockCode kEmpty{};
const BlockCode kReturn{.returns = true};

// What a choice that looks at the variable goes back to, if that is known; to be asked where the thread is in kFrame.
std::optional<Decisions> behind(VariableFlow& flow, Slot slot) {
  const BlockCode look = looking_at(slot);
  (void)flow.arrive(kFrame, look);
  return flow.arrive(kFrame, kEmpty);
}

TEST_CASE("a variable goes back to what has governed its assignment") {
  VariableFlow flow;
  flow.begin();
  const BlockCode set = assigning(kFlag), copy = assigning(kOther, {.slots = {kFlag}});
  (void)flow.arrive(kFrame, kEmpty);
  CHECK_FALSE(behind(flow, kFlag));  // nobody knows what it is
  (void)flow.arrive(kFrame, set);
  flow.governed_by({2, 5});
  (void)flow.arrive(kFrame, copy);
  flow.governed_by({7});
  CHECK(behind(flow, kFlag) == Decisions{2, 5});
  CHECK(behind(flow, kOther) == Decisions{2, 5, 7});
  (void)flow.arrive(kFrame, set);
  CHECK(behind(flow, kFlag) == Decisions{});
  CHECK(behind(flow, kOther) == Decisions{2, 5, 7});
}

TEST_CASE("a variable goes back to what it was computed from") {
  VariableFlow flow;
  flow.begin();
  const BlockCode answer = assigning(kFlag, {.is_answer = true}), other = assigning(kOther, {.is_unknown = true});
  (void)flow.arrive(kFrame, answer);
  flow.decided(3);
  CHECK(behind(flow, kFlag) == Decisions{3});
  (void)flow.arrive(kFrame, answer);  // which decides nothing
  CHECK_FALSE(behind(flow, kFlag));
  (void)flow.arrive(kFrame, other);
  CHECK_FALSE(behind(flow, kOther));
}

TEST_CASE("parts of variables") {
  VariableFlow flow;
  flow.begin();
  const BlockCode both = assigning(kBoth), flag = assigning(kFlag);
  (void)flow.arrive(kFrame, both);
  flow.governed_by({1});
  CHECK(behind(flow, kBoth) == Decisions{1});
  CHECK(behind(flow, kFlag) == Decisions{1});
  (void)flow.arrive(kFrame, flag);
  flow.governed_by({4});
  CHECK(behind(flow, kFlag) == Decisions{4});
  CHECK_FALSE(behind(flow, kBoth));  // half of it
}

TEST_CASE("functions have variables of their own") {
  VariableFlow flow;
  flow.begin();
  const BlockCode set = assigning(kFlag), answer = assigning(kOther, {.is_answer = true});
  (void)flow.arrive(kFrame, set);
  (void)flow.arrive(kFrame, answer);
  flow.decided(1);
  (void)flow.arrive(kCallee, kReturn);
  flow.decided(2);
  CHECK(behind(flow, kFlag) == Decisions{});
  CHECK_FALSE(behind(flow, kOther));  // what the function has returned
}

TEST_CASE("what is assigned through a pointer is not known") {
  VariableFlow flow;
  flow.begin();
  const BlockCode set = assigning(kFlag);
  (void)flow.arrive(kFrame, set);
  CHECK(behind(flow, kFlag) == Decisions{});
  flow.assigned(kFrame - 4, 4, kFrame);
  CHECK_FALSE(behind(flow, kFlag));
  (void)flow.arrive(kFrame, set);
  CHECK(behind(flow, kFlag) == Decisions{});
  (void)flow.arrive(kFrame, set);
  flow.assigned(kFrame - 4, 1, kCallee);  // by another function, before or behind what the block assigns
  CHECK_FALSE(behind(flow, kFlag));
  (void)flow.arrive(kFrame, set);
  CHECK(behind(flow, kFlag) == Decisions{});
}

}  // namespace
}  // namespace lkmc::kernel
