// SPDX-License-Identifier: Apache-2.0
#include "src/c/flow.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace lkmc::c {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

std::vector<BlockId> successors_of(const Block& block) {
  const End& end = block.end;
  std::vector<BlockId> all;
  if (end.yes != kNoBlock) all.push_back(end.yes);
  if (end.no != kNoBlock) all.push_back(end.no);
  for (const Case& c : end.cases) all.push_back(c.target);
  return all;
}

class Analysis {
 public:
  explicit Analysis(Function& function) : f_(function), count_(static_cast<int>(function.blocks.size())) {
    successors_.resize(at(count_));
    predecessors_.resize(at(count_));
    for (BlockId b = 0; b < count_; ++b) successors_[at(b)] = successors_of(block(b));
  }

  void run() {
    number();
    for (BlockId b : order_) {
      for (BlockId s : successors_[at(b)]) predecessors_[at(s)].push_back(b);
    }
    find_joins();
    find_rounds();
  }

 private:
  Block& block(BlockId b) { return *f_.blocks[at(b)]; }

  // In reverse postorder: an edge that leads back in it closes a cycle.
  void number() {
    enum : char { kNew, kOpen, kDone };
    std::vector<char> state(at(count_), kNew);
    std::vector<std::pair<BlockId, std::size_t>> stack{{0, 0}};
    state[0] = kOpen;
    while (!stack.empty()) {
      auto& [b, next] = stack.back();
      if (next < successors_[at(b)].size()) {
        const BlockId s = successors_[at(b)][next++];
        if (state[at(s)] == kNew) {
          state[at(s)] = kOpen;
          stack.emplace_back(s, 0);
        }
        continue;
      }
      order_.push_back(b);
      state[at(b)] = kDone;
      stack.pop_back();
    }
    std::reverse(order_.begin(), order_.end());
    for (std::size_t i = 0; i < order_.size(); ++i) block(order_[i]).order = static_cast<int>(i);
  }

  [[nodiscard]] bool closes_cycle(BlockId from, BlockId to) { return block(to).order <= block(from).order; }

  // Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm", on the graph turned round. Where a cycle has no way out,
  // its last block is taken to have one.
  void find_joins() {
    const BlockId exit = count_;
    std::vector<std::vector<BlockId>> forward = successors_;  // edges of the function, with the exit
    std::vector<bool> ends(at(count_), false);
    const auto mark = [&](BlockId b) {
      std::vector<BlockId> stack{b};
      while (!stack.empty()) {
        const BlockId x = stack.back();
        stack.pop_back();
        if (ends[at(x)]) continue;
        ends[at(x)] = true;
        stack.insert(stack.end(), predecessors_[at(x)].begin(), predecessors_[at(x)].end());
      }
    };
    for (const BlockId b : order_) {
      if (successors_[at(b)].empty()) {
        forward[at(b)].push_back(exit);
        mark(b);
      }
    }
    for (auto b = order_.rbegin(); b != order_.rend(); ++b) {
      if (ends[at(*b)]) continue;
      forward[at(*b)].push_back(exit);
      mark(*b);
    }
    std::vector<std::vector<BlockId>> backward(at(count_ + 1));
    for (const BlockId b : order_) {
      for (const BlockId s : forward[at(b)]) backward[at(s)].push_back(b);
    }
    // The postorder of the graph turned round, from the exit.
    std::vector<int> number(at(count_ + 1), -1);
    std::vector<BlockId> postorder;
    std::vector<bool> seen(at(count_ + 1), false);
    std::vector<std::pair<BlockId, std::size_t>> stack{{exit, 0}};
    seen[at(exit)] = true;
    while (!stack.empty()) {
      auto& [b, next] = stack.back();
      if (next < backward[at(b)].size()) {
        const BlockId p = backward[at(b)][next++];
        if (!seen[at(p)]) {
          seen[at(p)] = true;
          stack.emplace_back(p, 0);
        }
        continue;
      }
      number[at(b)] = static_cast<int>(postorder.size());
      postorder.push_back(b);
      stack.pop_back();
    }
    std::vector<BlockId> join(at(count_ + 1), kNoBlock);
    join[at(exit)] = exit;
    const auto meet = [&](BlockId a, BlockId b) {
      while (a != b) {
        while (number[at(a)] < number[at(b)]) a = join[at(a)];
        while (number[at(b)] < number[at(a)]) b = join[at(b)];
      }
      return a;
    };
    for (bool changed = true; changed;) {
      changed = false;
      for (auto b = postorder.rbegin(); b != postorder.rend(); ++b) {
        if (*b == exit) continue;
        BlockId found = kNoBlock;
        for (const BlockId s : forward[at(*b)]) {
          if (join[at(s)] == kNoBlock) continue;
          found = found == kNoBlock ? s : meet(found, s);
        }
        if (found != join[at(*b)]) {
          join[at(*b)] = found;
          changed = true;
        }
      }
    }
    for (const BlockId b : order_) block(b).joins = join[at(b)] == exit ? kNoBlock : join[at(b)];
  }

  // --- cycles -------------------------------------------------------------------------------------------------------------

  template <class Visit>
  static void for_each_use(const Instruction& i, const Visit& visit) {
    if (i.a != kNoReg) visit(i.a);
    if (i.b != kNoReg) visit(i.b);
    for (const Reg r : i.arguments) visit(r);
  }

  // Registers that are used in the block before they are assigned, and those that are assigned.
  struct Registers {
    std::set<Reg> used, assigned;
  };
  [[nodiscard]] Registers registers_of(BlockId b) {
    Registers r;
    const auto use = [&](Reg reg) {
      if (!r.assigned.contains(reg)) r.used.insert(reg);
    };
    for (const Instruction& i : block(b).code) {
      for_each_use(i, use);
      if (i.dst != kNoReg) r.assigned.insert(i.dst);
    }
    if (block(b).end.value != kNoReg) use(block(b).end.value);
    return r;
  }

  // The registers that somebody may still read, at the beginning of each block.
  [[nodiscard]] std::vector<std::set<Reg>> live(const std::vector<Registers>& registers) {
    std::vector<std::set<Reg>> live(at(count_));
    for (bool changed = true; changed;) {
      changed = false;
      for (auto b = order_.rbegin(); b != order_.rend(); ++b) {
        std::set<Reg> now = registers[at(*b)].used;
        for (const BlockId s : successors_[at(*b)]) {
          for (const Reg r : live[at(s)]) {
            if (!registers[at(*b)].assigned.contains(r)) now.insert(r);
          }
        }
        if (now != live[at(*b)]) {
          live[at(*b)] = std::move(now);
          changed = true;
        }
      }
    }
    return live;
  }

  void find_rounds() {
    for (const BlockId b : order_) {
      for (const BlockId s : successors_[at(b)]) block(s).begins_round |= closes_cycle(b, s);
    }
    if (std::none_of(order_.begin(), order_.end(), [&](BlockId b) { return block(b).begins_round; })) return;
    std::vector<Registers> registers(at(count_));
    for (const BlockId b : order_) registers[at(b)] = registers_of(b);
    const std::vector<std::set<Reg>> live = this->live(registers);
    for (const BlockId b : order_) {
      if (!block(b).begins_round) continue;
      for (Reg r = 0; r < f_.registers; ++r) {
        if (!live[at(b)].contains(r)) block(b).dead.push_back(r);
      }
    }
  }

  Function& f_;
  const int count_;
  std::vector<std::vector<BlockId>> successors_, predecessors_;
  std::vector<BlockId> order_;  // of those that can be reached
};

}  // namespace

void analyse(Function& function) { Analysis(function).run(); }

}  // namespace lkmc::c
