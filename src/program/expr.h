// SPDX-License-Identifier: Apache-2.0
// Symbolic values: what a register of a thread holds before it is known which write each read reads from.
//
// A thread of a litmus test runs once per path, not once per execution: its reads return symbols, and what it
// computes from them are expressions over these symbols. The explorer evaluates the expressions once it has decided
// which write each read reads from. Syntactic dependencies are kept beside the expression (see `Value`), because
// `r ^ r` is zero but still depends on `r`.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace lkmc {

// A machine word: a C integer, or the address of a location (see Program::address_of).
using Word = std::int64_t;

// Some words are names: of values out of thin air (Program::symbol), and of locations. They are odd enough not to be
// written as a number in any test.
inline constexpr Word kSymbolBase = 0x36d2'5b91'0000'0000;
inline constexpr Word kAddressBase = 0x4ac7'3e15'0000'0000;
inline constexpr Word kAddressGap = Word{1} << 32;
[[nodiscard]] constexpr bool is_name(Word word) {
  constexpr Word kMany = Word{1} << 20;
  return (word >= kAddressBase - kAddressGap / 2 && word < kAddressBase + kMany * kAddressGap) ||
         (word >= kSymbolBase && word < kSymbolBase + kAddressGap);
}

// Position of an event in its thread, counted from 0 in program order on one path.
using EventIndex = std::int32_t;

enum class UnaryOp : std::uint8_t {
  kNegate,
  kBitNot,
  kLogicalNot,
  kSignExtend8,
  kSignExtend16,
  kSignExtend32,  // of the lowest bits
  // To an integer type, for words that may be names: those stay what they are.
  kToInt8,
  kToInt16,
  kToInt32,
  kToUnsigned8,
  kToUnsigned16,
  kToUnsigned32,
};

enum class BinaryOp : std::uint8_t {
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitAndNot,
  kShiftLeft,
  kShiftRight,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kLogicalAnd,
  kLogicalOr,
  // On words as unsigned numbers, where that makes a difference.
  kUnsignedLess,
  kUnsignedDivide,
  kUnsignedModulo,
  kUnsignedShiftRight,
};

// Index into an ExprPool.
using ExprId = std::int32_t;

// The value of a register: its expression, and the reads of the same thread that it depends on in the sense of
// syntactic dependencies (sorted, each once). What depends on the value as data or as an address depends on the reads
// that it was computed from. What a decision on it governs depends, besides, on the reads that decided whether it was
// assigned: `if (r0) r1 = 1; if (r1) ...`. That is herd7's rule, and it is per path: a branch not taken counts nothing.
struct Value {
  ExprId expr = 0;
  std::vector<EventIndex> reads{};       // that it was computed from
  std::vector<EventIndex> conditions{};  // that it was assigned under
  friend bool operator==(const Value&, const Value&) = default;
};

// The union of two sorted lists of reads.
[[nodiscard]] std::vector<EventIndex> merge_reads(const std::vector<EventIndex>& a, const std::vector<EventIndex>& b);
// The expression as the value of something that was computed from `a`, or from `a` and `b`.
[[nodiscard]] Value computed_from(const Value& a, ExprId e);
[[nodiscard]] Value computed_from(const Value& a, const Value& b, ExprId e);
// What a decision on the value depends on.
[[nodiscard]] std::vector<EventIndex> deciding_reads(const Value& value);

// The arithmetic of C on 64-bit words with wrap-around. Division by zero gives 0: a front end that lets users
// divide must branch on the divisor first. A shift takes the count modulo 64.
[[nodiscard]] Word apply(UnaryOp op, Word a);
[[nodiscard]] Word apply(BinaryOp op, Word a, Word b);

// The expressions of one thread. Append-only, and equal expressions have equal ids; constants are folded, and so are operations
// that never change their operand. Expression 0 is the constant 0.
class ExprPool {
 public:
  ExprPool();

  [[nodiscard]] ExprId constant(Word value);
  // The value that the read at `index` returns.
  [[nodiscard]] ExprId read(EventIndex index);
  [[nodiscard]] ExprId unary(UnaryOp op, ExprId a);
  [[nodiscard]] ExprId binary(BinaryOp op, ExprId a, ExprId b);

  // The value of a constant expression; nothing if it depends on a read.
  [[nodiscard]] std::optional<Word> constant_value(ExprId e) const;
  // The read whose value `e` is, unchanged; nothing if it is anything else.
  [[nodiscard]] std::optional<EventIndex> as_read(ExprId e) const;
  // The reads whose values `e` needs (sorted, each once).
  [[nodiscard]] std::vector<EventIndex> reads_of(ExprId e) const;

  // What the truth of `e` asks: whether two expressions are equal, or whether one is not zero.
  struct Question {
    ExprId a;
    ExprId b;      // kNone: whether `a` is not zero
    bool negated;  // `e` is true where the answer is no
  };
  static constexpr ExprId kNone = -1;
  [[nodiscard]] Question question_of(ExprId e) const;

  // The value of `e` where `known(index)`, an optional<Word>, tells the value of the thread's read at `index`; nothing
  // if one that it needs is unknown.
  template <class Known>
  [[nodiscard]] std::optional<Word> evaluate(ExprId e, const Known& known) const {
    if (node(e).tree_size <= kLargeTree) {
      return step(node(e), known, [&](ExprId o) {
        // Nearly all operands are leaves; they need no call.
        const Node& n = node(o);
        return is_leaf(n) ? leaf(n, known) : evaluate(o, known);
      });
    }
    // Operands have smaller ids than their users.
    std::vector<std::optional<Word>> values(static_cast<std::size_t>(e) + 1);
    for (ExprId i = 0; i <= e; ++i) {
      values[static_cast<std::size_t>(i)] = step(node(i), known, [&](ExprId o) { return values[static_cast<std::size_t>(o)]; });
    }
    return values.back();
  }

 private:
  // Trees over this size may share so many operands that walking them as trees would take for ever.
  static constexpr std::uint32_t kLargeTree = 256;

  enum class Kind : std::uint8_t { kConstant, kRead, kUnary, kBinary };
  struct Node {
    Kind kind;
    std::uint8_t op;
    std::uint8_t unused_bits;  // at the top of the word: copies of the sign of those below. No sign extension is a node
                               // of its own, for nearly every operation in C++ has one.
    std::uint32_t tree_size;   // number of nodes when written as a tree; saturates
    ExprId a, b;
    Word word;  // the constant, or the index of the read
    friend bool operator==(const Node&, const Node&) = default;
  };
  [[nodiscard]] const Node& node(ExprId e) const { return nodes_[static_cast<std::size_t>(e)]; }
  [[nodiscard]] static Word extended(const Node& n, Word word) {
    return static_cast<Word>(static_cast<std::uint64_t>(word) << n.unused_bits) >> n.unused_bits;
  }
  [[nodiscard]] static bool is_leaf(const Node& n) { return n.kind == Kind::kConstant || n.kind == Kind::kRead; }
  template <class Known>
  [[nodiscard]] static std::optional<Word> leaf(const Node& n, const Known& known) {
    if (n.kind == Kind::kConstant) return n.word;
    const std::optional<Word> word = known(static_cast<EventIndex>(n.word));
    if (!word) return std::nullopt;
    return extended(n, *word);
  }
  template <class Known, class Operand>
  [[nodiscard]] static std::optional<Word> step(const Node& n, const Known& known, const Operand& operand) {
    if (is_leaf(n)) return leaf(n, known);
    const std::optional<Word> a = operand(n.a);
    if (!a) return std::nullopt;
    if (n.kind == Kind::kUnary) return extended(n, apply(static_cast<UnaryOp>(n.op), *a));
    const std::optional<Word> b = operand(n.b);
    if (!b) return std::nullopt;
    return extended(n, apply(static_cast<BinaryOp>(n.op), *a, *b));
  }

  struct NodeHash {
    std::size_t operator()(const Node& n) const;
  };
  [[nodiscard]] ExprId add(const Node& node);
  [[nodiscard]] ExprId sign_extended(ExprId a, int bits);
  // Whether the value is 0 or 1 whatever the reads return.
  [[nodiscard]] bool is_truth(ExprId e) const;

  std::vector<Node> nodes_;
  std::unordered_map<Node, ExprId, NodeHash> ids_;
};

}  // namespace lkmc
