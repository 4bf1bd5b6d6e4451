// SPDX-License-Identifier: Apache-2.0
// Which decisions the plain variables of a thread go back to.
//
// herd's rule for registers: a variable that is assigned behind a decision, or computed from one that was, carries that decision into the
// later choices that look at it, and nothing else does. `if (r) error = 1; else WRITE_ONCE(x, 1);` leaves `error` as it was where r is 0,
// so that `if (!error)` does not go back to r there.
//
// What a block does with the variables of its function is read off its machine code (src/cpp/block_code.h), which is not optimised: each
// has a place of its own in the function's frame. Here that is put together as the thread comes from block to block. Where a variable was
// assigned through a pointer, or from what a function returned that has decided nothing, its decisions are not known, and neither are
// those of a choice that looks at it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace lkmc::kernel {

// A variable of a function, or a part of one: its distance from the function's frame, and its bytes.
struct Slot {
  std::int32_t offset;
  std::uint32_t size;
  friend auto operator<=>(const Slot&, const Slot&) = default;
};
// The registers that calls preserve stand for a byte each. The frame begins with eight bytes that are no variable's.
[[nodiscard]] constexpr Slot slot_of_register(int index) { return {1 + index, 1}; }

// What something is computed from.
struct Origin {
  std::vector<Slot> slots{};
  bool is_answer = false;   // also from what the API has answered in this block
  bool is_unknown = false;  // also from elsewhere
  friend bool operator==(const Origin&, const Origin&) = default;
};

// A basic block, from its point to the next.
struct BlockCode {
  struct Assignment {
    Slot slot;
    Origin from;  // as the variables are where the block begins
  };
  std::vector<Assignment> assignments{};
  Origin choice{};  // which way to go at its end
  bool returns = false;
  bool assigns_elsewhere = false;  // in its frame
};

class VariableFlow {
 public:
  // Of the decisions on a path; ascending.
  using Decision = std::size_t;
  using Decisions = std::vector<Decision>;
  using Frame = std::uintptr_t;

  void begin();
  // The thread comes to a block of the function that has the frame. If it has left another one of it by a choice: what the choice goes back
  // to, unless that is not known.
  [[nodiscard]] std::optional<Decisions> arrive(Frame frame, const BlockCode& code);
  // They govern the block where the thread is now.
  void governed_by(Decisions decisions);
  // A decision in the block where the thread is.
  void decided(Decision decision);
  // A store through a pointer, by a function that has the frame, to variables of any.
  void assigned(std::uintptr_t at, std::size_t size, Frame by);

 private:
  struct Variable {
    std::uintptr_t at;
    std::size_t size;
    Decisions decisions;
  };
  struct Block {
    Frame frame;
    const BlockCode* code;
    Decisions governing{};
    Decisions decided{};
    bool has_called = false;            // a function of the test
    std::vector<Slot> others_assign{};  // of those that the block assigns
  };

  [[nodiscard]] std::optional<Decisions> decisions_of(const Origin& origin, const Block& block) const;
  void leave(const Block& block);
  // The index of the first that overlaps the place, or lies behind it.
  [[nodiscard]] std::size_t first_at(std::uintptr_t begin) const;
  [[nodiscard]] bool add_behind(std::uintptr_t at, std::size_t size, Decisions& to) const;
  void forget(std::uintptr_t begin, std::uintptr_t end);

  std::vector<Block> blocks_;        // of the functions that the thread is in
  std::vector<Variable> variables_;  // those that are known, by their addresses; they do not overlap
};

// Adds what is not there yet.
void add_decisions(VariableFlow::Decisions& to, const VariableFlow::Decisions& more);

}  // namespace lkmc::kernel
