// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/variable_flow.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lkmc::kernel {
namespace {

// Between the frame and the variables of the function that has called this one.
constexpr std::uintptr_t kFrameBegin = 8;

std::uintptr_t address(VariableFlow::Frame frame, const Slot& slot) {
  return frame + static_cast<std::uintptr_t>(static_cast<std::intptr_t>(slot.offset));
}

}  // namespace

void add_decisions(VariableFlow::Decisions& to, const VariableFlow::Decisions& more) {
  if (more.empty()) return;
  VariableFlow::Decisions both;
  std::set_union(to.begin(), to.end(), more.begin(), more.end(), std::back_inserter(both));
  to = std::move(both);
}

void VariableFlow::begin() {
  blocks_.clear();
  variables_.clear();
}

std::optional<VariableFlow::Decisions> VariableFlow::arrive(Frame frame, const BlockCode& code) {
  // The stack grows down: the frames of functions that were called lie below.
  while (!blocks_.empty() && (blocks_.back().frame < frame || (blocks_.back().frame == frame && blocks_.back().code->returns))) {
    leave(blocks_.back());
    blocks_.pop_back();
    if (!blocks_.empty()) blocks_.back().has_called = true;
  }
  if (blocks_.empty() || blocks_.back().frame != frame) {
    if (!blocks_.empty()) blocks_.back().has_called = true;
    forget(0, frame + kFrameBegin);
    blocks_.push_back({frame, &code});
    return std::nullopt;
  }
  const Block left = std::exchange(blocks_.back(), Block{frame, &code});
  auto choice = decisions_of(left.code->choice, left);
  leave(left);
  return choice;
}

void VariableFlow::governed_by(Decisions decisions) {
  if (!blocks_.empty()) blocks_.back().governing = std::move(decisions);
}

void VariableFlow::decided(Decision decision) {
  if (!blocks_.empty()) blocks_.back().decided.push_back(decision);
}

void VariableFlow::assigned(std::uintptr_t at, std::size_t size, Frame by) {
  forget(at, at + size);
  if (at < by) return;  // its own
  const auto owner = std::find_if(blocks_.rbegin(), blocks_.rend(), [&](const Block& b) { return b.frame > at; });
  if (owner == blocks_.rend()) return;
  for (const auto& [slot, from] : owner->code->assignments) {
    const std::uintptr_t begin = address(owner->frame, slot);
    if (begin < at + size && at < begin + slot.size) owner->others_assign.push_back(slot);
  }
}

// Nothing if it is not known.
std::optional<VariableFlow::Decisions> VariableFlow::decisions_of(const Origin& origin, const Block& block) const {
  if (origin.is_unknown || (origin.is_answer && (block.has_called || block.decided.empty()))) return std::nullopt;
  Decisions all;
  if (origin.is_answer) all = block.decided;
  for (const Slot& slot : origin.slots) {
    if (!add_behind(address(block.frame, slot), slot.size, all)) return std::nullopt;
  }
  return all;
}

// False if some byte is of no variable that is known.
bool VariableFlow::add_behind(std::uintptr_t at, std::size_t size, Decisions& to) const {
  const std::uintptr_t end = at + size;
  for (std::size_t v = first_at(at); at < end; ++v) {
    if (v == variables_.size() || variables_[v].at > at) return false;
    add_decisions(to, variables_[v].decisions);
    at = variables_[v].at + variables_[v].size;
  }
  return true;
}

void VariableFlow::leave(const Block& block) {
  if (block.code->assignments.empty() && !block.code->assigns_elsewhere) return;
  std::vector<std::optional<Decisions>> assigned;
  for (const auto& assignment : block.code->assignments) assigned.push_back(decisions_of(assignment.from, block));
  if (block.code->assigns_elsewhere) forget(0, block.frame + kFrameBegin);
  auto next = assigned.begin();
  for (const auto& [slot, from] : block.code->assignments) {
    auto& decisions = *next++;
    const std::uintptr_t at = address(block.frame, slot);
    forget(at, at + slot.size);
    if (!decisions || std::ranges::find(block.others_assign, slot) != block.others_assign.end()) continue;
    add_decisions(*decisions, block.governing);
    variables_.insert(variables_.begin() + static_cast<std::ptrdiff_t>(first_at(at)), {at, slot.size, std::move(*decisions)});
  }
}

std::size_t VariableFlow::first_at(std::uintptr_t begin) const {
  const auto v = std::ranges::partition_point(variables_, [&](const Variable& v) { return v.at + v.size <= begin; });
  return static_cast<std::size_t>(v - variables_.begin());
}

void VariableFlow::forget(std::uintptr_t begin, std::uintptr_t end) {
  const auto first = variables_.begin() + static_cast<std::ptrdiff_t>(first_at(begin));
  const auto last = std::find_if(first, variables_.end(), [&](const Variable& v) { return v.at >= end; });
  variables_.erase(first, last);
}

}  // namespace lkmc::kernel
