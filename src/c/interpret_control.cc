// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <algorithm>
#include <utility>

namespace lkmc::c {
namespace {

constexpr std::size_t kMaxDepth = 100;         // of calls
constexpr int kMaxInstructions = 1'000'000;    // of a path

bool is_same(const std::optional<Content>& a, const std::optional<Content>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->value.expr == b->value.expr && a->value.reads == b->value.reads && a->value.conditions == b->value.conditions;
}

}  // namespace

void Interpretation::run(int function) {
  enter(function, {}, kNoReg, {});
  while (!frames_.empty()) {
    if (!step()) return;
  }
  if (!rcu_locks_.empty()) thread_.fail(rcu_locks_.front(), "the thread ends inside this RCU read-side critical section");
}

void Interpretation::enter(int index, std::vector<Content> arguments, Reg result, const SourcePos& pos) {
  if (frames_.size() >= kMaxDepth) give_up(pos, "calls are nested more than " + std::to_string(kMaxDepth) + " deep: a recursion without end?");
  const Function& f = *job_.code.functions[at(index)];
  if (arguments.size() < f.parameters.size()) give_up(pos, "`" + f.name + "` is called with too few arguments");
  Frame& frame = frames_.emplace_back(Frame{.function = &f, .index = index, .result = result});
  frame.registers.resize(at(f.registers));
  for (std::size_t i = 0; i < f.parameters.size(); ++i) frame.registers[at(f.parameters[i])] = std::move(arguments[i]);
  come_to(0);
}

void Interpretation::leave(Reg value) {
  std::optional<Content> returned;
  if (value != kNoReg) {
    returned = get(value, frame().function->blocks[at(frame().block)]->end.pos);
    returned->value = thread_.assigned(std::move(returned->value));
  }
  if (!frame().scopes.empty()) thread_.close_control(frame().scopes.front().open_before);
  // A return in the middle of an expression.
  for (; frame().open_operands > 0; --frame().open_operands) thread_.close_operands();
  for (const int object : frame().privates) privates_[at(object)].is_gone = true;
  const Reg result = frame().result;
  frames_.pop_back();
  if (!frames_.empty() && result != kNoReg) frame().registers[at(result)] = std::move(returned);
}

bool Interpretation::step() {
  Frame& f = frame();
  const Block& block = *f.function->blocks[at(f.block)];
  if (++instructions_ > kMaxInstructions) {
    give_up(block.end.pos, "the thread performs more than a million instructions: a loop without end?");
  }
  if (f.next < block.code.size()) {
    execute(block.code[f.next++]);
    return true;
  }
  const End& end = block.end;
  switch (end.kind) {
    case End::Kind::kJump:
      return go_to(end.yes, end.pos);
    case End::Kind::kBranch: {
      const Content condition = get(end.value, end.pos);
      const bool yes = decide(condition);
      open(condition.value, block.joins);
      return go_to(yes ? end.yes : end.no, end.pos);
    }
    case End::Kind::kSwitch:
      return go_to(chosen(end, block.joins), end.pos);
    case End::Kind::kReturn:
      leave(end.value);
      return true;
    case End::Kind::kDead:
      thread_.fail(end.pos, "the end of a function that must not return is reached");
  }
  return true;
}

bool Interpretation::decide(const Content& condition) {
  if (condition.word) return *condition.word != 0;
  const auto [known, is_new] = truths_.try_emplace(condition.value.expr, false);
  if (is_new) {
    ++decisions_;
    known->second = thread_.branch(condition.value);
  }
  return known->second;
}

void Interpretation::give_up(const SourcePos& pos, const std::string& why) {
  job_.host.give_up(pos, why);
  thread_.stop_at_bound(pos);
}

BlockId Interpretation::chosen(const End& end, BlockId joins) {
  const Content value = get(end.value, end.pos);
  BlockId target = end.no;
  for (const Case& c : end.cases) {
    Content holds = computed(c.first == c.last ? BinaryOp::kEqual : BinaryOp::kGreaterEqual, value, constant(c.first));
    if (c.first != c.last) holds = computed(BinaryOp::kLogicalAnd, holds, computed(BinaryOp::kLessEqual, value, constant(c.last)));
    if (decide(holds)) {
      target = c.target;
      break;
    }
  }
  open(value.value, joins);
  return target;
}

void Interpretation::open(const Value& condition, BlockId joins) {
  frame().scopes.push_back({joins, thread_.open_control(condition)});
}

void Interpretation::come_to(BlockId to) {
  Frame& f = frame();
  f.block = to;
  f.next = 0;
  std::optional<std::size_t> open;
  while (!f.scopes.empty() && f.scopes.back().joins == to) {
    open = f.scopes.back().open_before;
    f.scopes.pop_back();
  }
  if (open) thread_.close_control(*open);
  const Block& block = *f.function->blocks[at(to)];
  if (block.loop != nullptr) f.rounds[to] = begin_round(*block.loop);
}

bool Interpretation::go_to(BlockId to, const SourcePos& pos) {
  Frame& f = frame();
  const Block& from = *f.function->blocks[at(f.block)];
  const Block& target = *f.function->blocks[at(to)];
  if (target.order > from.order || target.loop == nullptr) {
    come_to(to);
    return true;
  }
  return go_round(to, *target.loop, pos);
}

Round Interpretation::begin_round(const Loop& loop) {
  Round round{.first_event = thread_.event_count(), .effects = effects_, .decisions = decisions_, .stores = stores_, .reads = reads_of_privates_.size()};
  for (const Reg r : loop.carried) round.carried.push_back(frame().registers[at(r)]);
  return round;
}

bool Interpretation::go_round(BlockId head, const Loop& loop, const SourcePos& pos) {
  const Round before = frame().rounds[head];
  Round now = begin_round(loop);
  const bool changed = now.effects != before.effects || thread_.wrote_since(before.first_event) || replaces_what_it_read(before) ||
                       !std::equal(now.carried.begin(), now.carried.end(), before.carried.begin(), is_same);
  now.idle = changed ? 0 : before.idle + 1;
  now.decided = before.decided + (now.decisions != before.decisions ? 1 : 0);
  if (now.idle > (loop.leaves_something || now.stores != before.stores ? 1 : 0)) return wait(before.first_event, pos);
  if (now.decided >= job_.unroll) thread_.stop_at_bound(pos);
  come_to(head);
  frame().rounds[head] = std::move(now);
  return true;
}

bool Interpretation::replaces_what_it_read(const Round& round) const {
  const auto begin = reads_of_privates_.begin() + static_cast<std::ptrdiff_t>(round.reads);
  return std::any_of(begin, reads_of_privates_.end(), [&](const PrivateRead& r) {
    return r.seen <= round.stores && privates_[at(r.object)].stored[r.cell] > round.stores;
  });
}

bool Interpretation::wait(EventIndex round, const SourcePos& pos) {
  const Value never = thread_.constant(0);
  std::vector<EventIndex> looks = thread_.reads_since(round);
  if (thread_.chooses_to_wait(pos)) thread_.wait_for_ever(never, pos, {.looks = std::move(looks)});
  thread_.require(never, pos);
  return false;
}

void interpret(const Job& job, int function, Thread& thread) { Interpretation(job, thread).run(function); }

}  // namespace lkmc::c
