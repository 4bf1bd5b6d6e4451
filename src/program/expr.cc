// SPDX-License-Identifier: Apache-2.0
#include "src/program/expr.h"

#include <algorithm>
#include <iterator>
#include <limits>

namespace lkmc {
namespace {

constexpr int kWordBits = 64;

std::uint32_t saturating_add(std::uint32_t a, std::uint32_t b) {
  return a > std::numeric_limits<std::uint32_t>::max() - b ? std::numeric_limits<std::uint32_t>::max() : a + b;
}

}  // namespace

std::vector<EventIndex> merge_reads(const std::vector<EventIndex>& a, const std::vector<EventIndex>& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  std::vector<EventIndex> all;
  all.reserve(a.size() + b.size());
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

Value computed_from(const Value& a, ExprId e) { return {e, a.reads, a.conditions}; }

Value computed_from(const Value& a, const Value& b, ExprId e) {
  return {e, merge_reads(a.reads, b.reads), merge_reads(a.conditions, b.conditions)};
}

std::vector<EventIndex> deciding_reads(const Value& value) { return merge_reads(value.reads, value.conditions); }

Word apply(UnaryOp op, Word a) {
  const auto u = static_cast<std::uint64_t>(a);
  switch (op) {
    case UnaryOp::kNegate:
      return static_cast<Word>(0 - u);
    case UnaryOp::kBitNot:
      return static_cast<Word>(~u);
    case UnaryOp::kLogicalNot:
      return a == 0;
    case UnaryOp::kSignExtend8:
      return static_cast<std::int8_t>(u);
    case UnaryOp::kSignExtend16:
      return static_cast<std::int16_t>(u);
    case UnaryOp::kSignExtend32:
      return static_cast<std::int32_t>(u);
    case UnaryOp::kToInt8:
      return is_name(a) ? a : static_cast<std::int8_t>(u);
    case UnaryOp::kToInt16:
      return is_name(a) ? a : static_cast<std::int16_t>(u);
    case UnaryOp::kToInt32:
      return is_name(a) ? a : static_cast<std::int32_t>(u);
    case UnaryOp::kToUnsigned8:
      return is_name(a) ? a : static_cast<std::uint8_t>(u);
    case UnaryOp::kToUnsigned16:
      return is_name(a) ? a : static_cast<std::uint16_t>(u);
    case UnaryOp::kToUnsigned32:
      return is_name(a) ? a : static_cast<std::uint32_t>(u);
  }
  return 0;
}

Word apply(BinaryOp op, Word a, Word b) {
  const auto ua = static_cast<std::uint64_t>(a);
  const auto ub = static_cast<std::uint64_t>(b);
  switch (op) {
    case BinaryOp::kAdd:
      return static_cast<Word>(ua + ub);
    case BinaryOp::kSubtract:
      return static_cast<Word>(ua - ub);
    case BinaryOp::kMultiply:
      return static_cast<Word>(ua * ub);
    case BinaryOp::kDivide:
      // The quotient of the smallest word and -1 does not fit; it wraps around to itself.
      if (b == 0) return 0;
      return b == -1 ? static_cast<Word>(0 - ua) : a / b;
    case BinaryOp::kModulo:
      return b == 0 || b == -1 ? 0 : a % b;
    case BinaryOp::kBitAnd:
      return a & b;
    case BinaryOp::kBitOr:
      return a | b;
    case BinaryOp::kBitXor:
      return a ^ b;
    case BinaryOp::kBitAndNot:
      return a & ~b;
    case BinaryOp::kShiftLeft:
      return static_cast<Word>(ua << (ub % 64));
    case BinaryOp::kShiftRight:
      return a >> (ub % 64);
    case BinaryOp::kEqual:
      return a == b;
    case BinaryOp::kNotEqual:
      return a != b;
    case BinaryOp::kLess:
      return a < b;
    case BinaryOp::kLessEqual:
      return a <= b;
    case BinaryOp::kGreater:
      return a > b;
    case BinaryOp::kGreaterEqual:
      return a >= b;
    case BinaryOp::kLogicalAnd:
      return a != 0 && b != 0;
    case BinaryOp::kLogicalOr:
      return a != 0 || b != 0;
    case BinaryOp::kUnsignedLess:
      return ua < ub;
    case BinaryOp::kUnsignedDivide:
      return b == 0 ? 0 : static_cast<Word>(ua / ub);
    case BinaryOp::kUnsignedModulo:
      return b == 0 ? 0 : static_cast<Word>(ua % ub);
    case BinaryOp::kUnsignedShiftRight:
      return static_cast<Word>(ua >> (ub % 64));
  }
  return 0;
}

ExprPool::ExprPool() { (void)constant(0); }

std::size_t ExprPool::NodeHash::operator()(const Node& n) const {
  std::size_t hash = static_cast<std::size_t>(n.kind);
  for (const std::int64_t part : {std::int64_t{n.op}, std::int64_t{n.unused_bits}, std::int64_t{n.a}, std::int64_t{n.b}, n.word}) {
    hash = (hash ^ static_cast<std::size_t>(part)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash;
}

ExprId ExprPool::add(const Node& node) {
  const auto [found, is_new] = ids_.try_emplace(node, static_cast<ExprId>(nodes_.size()));
  if (is_new) nodes_.push_back(node);
  return found->second;
}

ExprId ExprPool::constant(Word value) { return add({Kind::kConstant, 0, 0, 1, 0, 0, value}); }

ExprId ExprPool::read(EventIndex index) { return add({Kind::kRead, 0, 0, 1, 0, 0, index}); }

bool ExprPool::is_truth(ExprId e) const {
  const Node& n = node(e);
  switch (n.kind) {
    case Kind::kConstant:
      return n.word == 0 || n.word == 1;
    case Kind::kRead:
      return false;
    case Kind::kUnary:
      return static_cast<UnaryOp>(n.op) == UnaryOp::kLogicalNot;
    case Kind::kBinary:
      switch (static_cast<BinaryOp>(n.op)) {
        case BinaryOp::kEqual:
        case BinaryOp::kNotEqual:
        case BinaryOp::kLess:
        case BinaryOp::kLessEqual:
        case BinaryOp::kGreater:
        case BinaryOp::kGreaterEqual:
        case BinaryOp::kUnsignedLess:
        case BinaryOp::kLogicalAnd:
        case BinaryOp::kLogicalOr:
          return true;
        case BinaryOp::kBitAnd:
        case BinaryOp::kBitOr:
        case BinaryOp::kBitXor:
          return is_truth(n.a) && is_truth(n.b);
        default:
          return false;
      }
  }
  return false;
}

ExprId ExprPool::sign_extended(ExprId a, int bits) {
  Node n = node(a);
  const int unused_bits = kWordBits - bits;
  if (n.unused_bits >= unused_bits || is_truth(a)) return a;
  n.unused_bits = static_cast<std::uint8_t>(unused_bits);
  return add(n);
}

ExprId ExprPool::unary(UnaryOp op, ExprId a) {
  if (const auto value = constant_value(a)) return constant(apply(op, *value));
  switch (op) {
    case UnaryOp::kSignExtend8:
      return sign_extended(a, 8);
    case UnaryOp::kSignExtend16:
      return sign_extended(a, 16);
    case UnaryOp::kSignExtend32:
      return sign_extended(a, 32);
    case UnaryOp::kToInt8:
    case UnaryOp::kToInt16:
    case UnaryOp::kToInt32:
    case UnaryOp::kToUnsigned8:
    case UnaryOp::kToUnsigned16:
    case UnaryOp::kToUnsigned32:
      if (is_truth(a)) return a;
      [[fallthrough]];
    default:
      return add({Kind::kUnary, static_cast<std::uint8_t>(op), 0, saturating_add(node(a).tree_size, 1), a, 0, 0});
  }
}

ExprId ExprPool::binary(BinaryOp op, ExprId a, ExprId b) {
  const auto va = constant_value(a);
  const auto vb = constant_value(b);
  if (va && vb) return constant(apply(op, *va, *vb));
  // What is the same for every value of the operands is known even where the operands never are (a value that would
  // have to come out of thin air).
  if (a == b && (op == BinaryOp::kBitXor || op == BinaryOp::kSubtract)) return constant(0);
  if (op == BinaryOp::kNotEqual && vb && *vb == 0 && is_truth(a)) return a;
  const bool has_zero = (va && *va == 0) || (vb && *vb == 0);
  if (has_zero && (op == BinaryOp::kBitAnd || op == BinaryOp::kMultiply)) return constant(0);
  const std::uint32_t size = saturating_add(saturating_add(node(a).tree_size, node(b).tree_size), 1);
  return add({Kind::kBinary, static_cast<std::uint8_t>(op), 0, size, a, b, 0});
}

std::optional<Word> ExprPool::constant_value(ExprId e) const {
  if (node(e).kind != Kind::kConstant) return std::nullopt;
  return node(e).word;
}

std::optional<EventIndex> ExprPool::as_read(ExprId e) const {
  if (node(e).kind != Kind::kRead || node(e).unused_bits != 0) return std::nullopt;
  return static_cast<EventIndex>(node(e).word);
}

ExprPool::Question ExprPool::question_of(ExprId e) const {
  bool negated = false;
  for (;;) {
    const Node& n = node(e);
    if (n.kind == Kind::kUnary && static_cast<UnaryOp>(n.op) == UnaryOp::kLogicalNot) {
      negated = !negated;
      e = n.a;
      continue;
    }
    const bool is_equality = n.kind == Kind::kBinary && static_cast<BinaryOp>(n.op) == BinaryOp::kEqual;
    const bool is_inequality = n.kind == Kind::kBinary && static_cast<BinaryOp>(n.op) == BinaryOp::kNotEqual;
    if (!is_equality && !is_inequality) return {e, kNone, negated};
    negated = negated != is_inequality;
    if (constant_value(n.a) != Word{0} && constant_value(n.b) != Word{0}) return {std::min(n.a, n.b), std::max(n.a, n.b), negated};
    // Equal to zero: not true.
    negated = !negated;
    e = constant_value(n.a) == Word{0} ? n.b : n.a;
  }
}

std::vector<EventIndex> ExprPool::reads_of(ExprId e) const {
  if (is_leaf(node(e))) {
    if (node(e).kind == Kind::kConstant) return {};
    return {static_cast<EventIndex>(node(e).word)};
  }
  std::vector<bool> needed(static_cast<std::size_t>(e) + 1, false);
  std::vector<EventIndex> reads;
  needed.back() = true;
  for (ExprId i = e; i >= 0; --i) {
    if (!needed[static_cast<std::size_t>(i)]) continue;
    const Node& n = node(i);
    if (n.kind == Kind::kRead) reads.push_back(static_cast<EventIndex>(n.word));
    if (n.kind == Kind::kUnary || n.kind == Kind::kBinary) needed[static_cast<std::size_t>(n.a)] = true;
    if (n.kind == Kind::kBinary) needed[static_cast<std::size_t>(n.b)] = true;
  }
  std::sort(reads.begin(), reads.end());
  return reads;
}

}  // namespace lkmc
