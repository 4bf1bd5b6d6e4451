// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <algorithm>
#include <utility>

namespace lkmc::c {
namespace {

constexpr std::size_t kMaxDepth = 100;       // of calls
constexpr int kMaxInstructions = 1'000'000;  // of a path

}  // namespace

void Interpretation::run(int function) {
  enter(function, {}, kNoReg, {});
  while (!frames_.empty()) step();
  if (!rcu_locks_.empty()) thread_.fail(rcu_locks_.front(), "the thread ends inside this RCU read-side critical section");
}

void Interpretation::enter(int index, std::vector<Content> arguments, Reg result, const SourcePos& pos) {
  if (frames_.size() >= kMaxDepth)
    give_up_if_certain(pos, "calls are nested more than " + std::to_string(kMaxDepth) + " deep: a recursion without end?");
  const Function& f = *job_.code.functions[at(index)];
  if (arguments.size() < f.parameters.size()) give_up_if_certain(pos, "`" + f.name + "` is called with too few arguments");
  Frame& frame = frames_.emplace_back(Frame{.function = &f, .index = index, .result = result});
  frame.registers.resize(at(f.registers));
  make(frame.registers);
  for (std::size_t i = 0; i < f.parameters.size(); ++i) set(f.parameters[i], std::move(arguments[i]));
  come_to(0);
  if (f.blocks.front()->begins_round) begin_cycle(0);
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
  for (const int object : frame().privates) {
    privates_[at(object)].is_gone = true;
    end_life(privates_[at(object)].cells);
  }
  end_life(frame().registers);
  give_up_cycles(0);
  const Reg result = frame().result;
  frames_.pop_back();
  if (frames_.empty() || result == kNoReg) return;
  if (returned) {
    set(result, std::move(*returned));
  } else {
    forget(frame().registers[at(result)]);
  }
}

void Interpretation::step() {
  Frame& f = frame();
  const Block& block = *f.function->blocks[at(f.block)];
  if (++instructions_ > kMaxInstructions) {
    give_up(block.end.pos, "the thread performs more than a million instructions: a loop without end?");
  }
  if (f.next < block.code.size()) {
    return execute(block.code[f.next++]);
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
      return leave(end.value);
    case End::Kind::kDead:
      thread_.fail(end.pos, "the end of a function that must not return is reached");
  }
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

void Interpretation::give_up_if_certain(const SourcePos& pos, const std::string& why) {
  if (!known_words_.empty()) thread_.fail(pos, why);
  give_up(pos, why);
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

void Interpretation::open(const Value& condition, BlockId joins) { frame().scopes.push_back({joins, thread_.open_control(condition)}); }

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
}

void Interpretation::go_to(BlockId to, const SourcePos& pos) {
  const Function& f = *frame().function;
  const Block& target = *f.blocks[at(to)];
  const bool closes_cycle = target.order <= f.blocks[at(frame().block)]->order;
  come_to(to);
  if (!target.begins_round) return;
  for (const Reg r : target.dead) forget(frame().registers[at(r)]);
  if (closes_cycle) {
    go_round(to, pos);
  } else {
    begin_cycle(to);
  }
}

void Interpretation::begin_cycle(BlockId head) {
  const auto& cycles = frame().cycles;
  const auto entered_before = std::find_if(cycles.begin(), cycles.end(), [&](const Cycle& c) { return c.head == head; });
  give_up_cycles(static_cast<std::size_t>(entered_before - cycles.begin()));
  const SourcePos& pos = frame().function->blocks[at(head)]->end.pos;
  frame().cycles.push_back({.head = head, .place = thread_.watch_rounds(pos), .decisions = decisions_, .before = bookkeeping()});
  thread_.begin_round(frame().cycles.back().place, true, {});
  thread_.act_on_rounds();
}

void Interpretation::go_round(BlockId head, const SourcePos& pos) {
  auto& cycles = frame().cycles;
  const auto found = std::find_if(cycles.begin(), cycles.end(), [&](const Cycle& c) { return c.head == head; });
  if (found == cycles.end()) return begin_cycle(head);  // one jumps into the cycle behind its head
  give_up_cycles(static_cast<std::size_t>(found - cycles.begin()) + 1);
  Cycle& cycle = cycles.back();
  const Cycle::Bookkeeping now = bookkeeping();
  thread_.begin_round(cycle.place, now == std::exchange(cycle.before, now), {});
  thread_.act_on_rounds();
  if (std::exchange(cycle.decisions, decisions_) != decisions_) thread_.count_round(cycle.decided, pos);
}

// All but the outermost so many.
void Interpretation::give_up_cycles(std::size_t left) {
  auto& cycles = frame().cycles;
  if (cycles.size() <= left) return;
  thread_.give_up_rounds(cycles[left].place);
  cycles.erase(cycles.begin() + static_cast<std::ptrdiff_t>(left), cycles.end());
}

void interpret(const Job& job, int function, Thread& thread) { Interpretation(job, thread).run(function); }

}  // namespace lkmc::c
