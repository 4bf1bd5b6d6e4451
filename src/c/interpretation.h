// SPDX-License-Identifier: Apache-2.0
// One thread's run through the functions of a C file: the calls that are open, their registers, and the variables that no other thread
// knows of.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/c/content.h"
#include "src/c/interpreter.h"

namespace lkmc::c {

[[nodiscard]] inline std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A variable in memory that no other thread knows of.
struct PrivateObject {
  int number;
  LocalKey key;
  const std::string* name;
  const Layout* layout;
  std::vector<Variable> cells;
  bool is_gone = false;
};

// A cycle that the thread has entered, and what its present round began with.
struct Cycle {
  BlockId head;
  std::size_t place;  // Thread::watch_rounds
  int decided = 0;    // rounds that depended on what was read
  std::uint64_t decisions = 0;
  // What a round must leave as it is besides variables.
  struct Bookkeeping {
    std::uint64_t effects = 0;
    std::size_t rcu_locks = 0, locks = 0;
    friend bool operator==(const Bookkeeping&, const Bookkeeping&) = default;
  };
  Bookkeeping before{};
};

struct Frame {
  const Function* function;
  int index;            // of the function
  Reg result = kNoReg;  // of the caller
  std::vector<Variable> registers{};
  BlockId block = 0;
  std::size_t next = 0;  // instruction
  // The decisions that are open: where each ends, and how many scopes were open before.
  struct Scope {
    BlockId joins;
    std::size_t open_before;
  };
  std::vector<Scope> scopes{};
  std::vector<Cycle> cycles{};  // innermost last; some that were left may still be there
  std::vector<int> privates{};  // objects that go with it
  int open_operands = 0;
};

class Interpretation {
 public:
  Interpretation(const Job& job, Thread& thread) : job_(job), thread_(thread) {}
  void run(int function);

 private:
  // --- control and cycles: interpret_control.cc ------------------------------------------------------------------------
  Frame& frame() { return frames_.back(); }
  void enter(int index, std::vector<Content> arguments, Reg result, const SourcePos& pos);
  void leave(Reg value);
  // One instruction, or the end of a block.
  void step();
  bool decide(const Content& condition);
  // The test cannot be explored, whatever its executions do.
  [[noreturn]] void give_up(const SourcePos& pos, const std::string& why);
  // Where pointers were read, the path only supposes that they point where they do: then it fails.
  [[noreturn]] void give_up_if_certain(const SourcePos& pos, const std::string& why);
  BlockId chosen(const End& end, BlockId joins);
  // What follows depends on the condition, up to where its paths join.
  void open(const Value& condition, BlockId joins);
  void come_to(BlockId to);
  void go_to(BlockId to, const SourcePos& pos);
  // Rounds that leave no trace are left out (program/rounds.h).
  void begin_cycle(BlockId head);
  void go_round(BlockId head, const SourcePos& pos);
  void give_up_cycles(std::size_t left);
  [[nodiscard]] Cycle::Bookkeeping bookkeeping() const { return {effects_, rcu_locks_.size(), taken_.size()}; }

  // --- registers: interpret_registers.cc -------------------------------------------------------------------------------
  Content get(Reg reg, const SourcePos& pos);
  void set(Reg reg, Content content) {
    if (reg != kNoReg) assign(frame().registers[at(reg)], std::move(content));
  }
  void assign(Variable& variable, Content content);
  // Nobody reads it any more before it is assigned anew.
  void forget(Variable& variable);
  void make(std::vector<Variable>& variables);
  void end_life(const std::vector<Variable>& variables);
  [[nodiscard]] static Content::Distance origin_of(const Content& c) { return c.distance.value_or(Content::Distance{c.value.expr, 0}); }
  Content cut_to(const Integer& integer, Content content);
  [[nodiscard]] static Integer range_of(const std::optional<Word>& word);
  Content constant(Word word) { return {thread_.constant(word), word, range_of(word)}; }
  Content computed(UnaryOp op, const Content& a);
  Content computed(BinaryOp op, const Content& a, const Content& b);
  // What the decisions so far tell: who has found out something does not decide it again.
  [[nodiscard]] std::optional<bool> truth_of(ExprId e) const;
  [[nodiscard]] std::optional<bool> are_equal(const Content& a, const Content& b) const;
  // The result is whether `known` is as `wanted`; it depends on what it was computed from all the same.
  void take_as_known(Content& result, std::optional<bool> known, bool wanted);
  void execute(const Instruction& i);
  void operands(Operands what);
  Content binary(const Instruction& i);
  [[nodiscard]] Integer range_after(const Instruction& i, const Integer& a, const Integer& b, const std::optional<Word>& result) const;

  // --- memory: interpret_memory.cc -------------------------------------------------------------------------------------
  // Where an access goes to.
  struct Target {
    const Cell* cell;
    PrivateObject* owner = nullptr;  // if it is private; if not:
    Location location = kNoLocation;
    Value address{};  // for Thread
  };
  Word word_of(const Content& address, const SourcePos& pos);
  // `bytes` is 0 if the size is that of whatever is there.
  Target target(const Content& address, Word offset, int bytes, const SourcePos& pos);
  Target private_target(const Pointer& pointer, int bytes, const SourcePos& pos);
  Variable& cell_of(const Target& t);
  Content load(const Content& address, Word offset, int bytes, Tag tag, const SourcePos& pos);
  Value read(const Target& t, Tag tag, const SourcePos& pos);
  // Of a string literal.
  std::optional<Word> character(const Content& address, Word offset, int bytes);
  void must_not_write(const SourcePos& pos);
  void store(const Content& address, Word offset, int bytes, const Content& value, Tag tag, const SourcePos& pos);
  // The value becomes known to other threads, and with it what it points to.
  void give_away(const Content& content, const SourcePos& pos);
  [[noreturn]] void share(int object, const SourcePos& pos);
  Content modify(const Instruction& i);
  void copy(const Instruction& i);
  Content local(int index);

  // --- calls: interpret_calls.cc, interpret_special.cc -----------------------------------------------------------------
  void call(const Instruction& i);
  Content primitive(const Instruction& i);
  // At the end of a test, what a primitive reads is what is there.
  Content look(const litmus::Primitive& p, const Target& t, const SourcePos& pos);
  void special(const Instruction& i);
  void check(const Content& holds, OnFailure on_failure, const Instruction& i);
  void use_lock(const Instruction& i);
  void race_is_meant(const Instruction& i);
  void observe(const Instruction& i);

  const Job& job_;
  Thread& thread_;
  std::deque<Frame> frames_;
  std::deque<PrivateObject> privates_;
  std::map<std::pair<int, int>, int> activations_;  // of local objects
  std::map<ExprId, Word> known_words_;              // values that were used as addresses
  std::map<ExprId, bool> truths_;                   // of what was decided: whether it is not zero
  std::map<std::pair<ExprId, ExprId>, bool> equalities_;
  std::map<Location, Value> final_values_;
  std::map<int, Value> reached_;
  std::vector<SourcePos> rcu_locks_;
  std::vector<std::pair<Location, EventIndex>> taken_;  // locks, with the notes of it
  std::uint64_t effects_ = 0;                           // that are no events
  std::uint64_t decisions_ = 0;                         // on values that are not the same in all executions
  int instructions_ = 0;
};

}  // namespace lkmc::c
