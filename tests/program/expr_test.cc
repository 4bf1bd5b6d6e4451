// SPDX-License-Identifier: Apache-2.0
// Symbolic values: folding, sharing, evaluation, and the arithmetic of machine words.
#include "src/program/expr.h"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <optional>

namespace lkmc {
namespace {

constexpr Word kMin = std::numeric_limits<Word>::min();
constexpr Word kMax = std::numeric_limits<Word>::max();

// Evaluates with the given values of reads; others are unknown.
std::optional<Word> evaluate(const ExprPool& pool, ExprId e, const std::map<EventIndex, Word>& known) {
  return pool.evaluate(e, [&](EventIndex read) -> std::optional<Word> {
    const auto it = known.find(read);
    if (it == known.end()) return std::nullopt;
    return it->second;
  });
}

TEST_CASE("arithmetic wraps around and never traps") {
  CHECK(apply(BinaryOp::kAdd, kMax, 1) == kMin);
  CHECK(apply(BinaryOp::kSubtract, kMin, 1) == kMax);
  CHECK(apply(BinaryOp::kMultiply, kMax, 2) == -2);
  CHECK(apply(BinaryOp::kDivide, kMin, -1) == kMin);
  CHECK(apply(BinaryOp::kDivide, 7, 0) == 0);
  CHECK(apply(BinaryOp::kModulo, kMin, -1) == 0);
  CHECK(apply(BinaryOp::kDivide, -7, 2) == -3);
  CHECK(apply(BinaryOp::kModulo, -7, 2) == -1);
  CHECK(apply(BinaryOp::kShiftLeft, 1, 63) == kMin);
  CHECK(apply(BinaryOp::kShiftRight, -8, 1) == -4);
  CHECK(apply(UnaryOp::kNegate, kMin) == kMin);
}

TEST_CASE("comparisons and logic give 0 or 1") {
  CHECK(apply(BinaryOp::kLess, -1, 0) == 1);
  CHECK(apply(BinaryOp::kGreaterEqual, -1, 0) == 0);
  CHECK(apply(BinaryOp::kLogicalAnd, 2, 4) == 1);
  CHECK(apply(BinaryOp::kLogicalOr, 0, 0) == 0);
  CHECK(apply(BinaryOp::kBitAndNot, 7, 2) == 5);
  CHECK(apply(UnaryOp::kLogicalNot, 5) == 0);
}

TEST_CASE("constants are folded and equal expressions are one") {
  ExprPool pool;
  CHECK(pool.constant_value(0) == 0);
  CHECK(pool.constant_value(pool.binary(BinaryOp::kAdd, pool.constant(2), pool.constant(3))) == 5);
  const ExprId r = pool.read(7);
  CHECK(pool.binary(BinaryOp::kAdd, r, pool.constant(1)) == pool.binary(BinaryOp::kAdd, r, pool.constant(1)));
  CHECK(pool.constant_value(pool.binary(BinaryOp::kBitXor, r, r)) == 0);
  CHECK(pool.constant_value(pool.binary(BinaryOp::kMultiply, r, pool.constant(0))) == 0);
  CHECK_FALSE(pool.constant_value(pool.binary(BinaryOp::kBitOr, r, pool.constant(0))).has_value());
}

TEST_CASE("a sign is extended from the lowest bits") {
  CHECK(apply(UnaryOp::kSignExtend8, 0x17f) == 127);
  CHECK(apply(UnaryOp::kSignExtend8, 0x180) == -128);
  CHECK(apply(UnaryOp::kSignExtend16, 0x18000) == -32768);
  CHECK(apply(UnaryOp::kSignExtend32, Word{1} << 31) == -(Word{1} << 31));
  CHECK(apply(UnaryOp::kSignExtend32, Word{1} << 32) == 0);
}

TEST_CASE("operations that never change their operand are left out, and no others") {
  ExprPool pool;
  const ExprId r = pool.read(0);
  const ExprId truth = pool.binary(BinaryOp::kLess, r, pool.constant(3));
  const ExprId other = pool.unary(UnaryOp::kLogicalNot, r);
  CHECK(pool.unary(UnaryOp::kSignExtend8, truth) == truth);
  CHECK(pool.binary(BinaryOp::kNotEqual, truth, pool.constant(0)) == truth);
  CHECK(pool.binary(BinaryOp::kNotEqual, truth, pool.constant(1)) != truth);
  CHECK(pool.binary(BinaryOp::kEqual, truth, pool.constant(0)) != truth);
  const ExprId both = pool.binary(BinaryOp::kBitAnd, truth, other);
  CHECK(pool.unary(UnaryOp::kSignExtend32, both) == both);
  CHECK(pool.unary(UnaryOp::kSignExtend32, r) != r);
  const ExprId sum = pool.binary(BinaryOp::kAdd, truth, other);
  CHECK(pool.binary(BinaryOp::kNotEqual, sum, pool.constant(0)) != sum);
  const ExprId narrow = pool.unary(UnaryOp::kSignExtend16, r);
  CHECK(pool.unary(UnaryOp::kSignExtend32, narrow) == narrow);
  CHECK(pool.unary(UnaryOp::kSignExtend8, narrow) != narrow);
}

TEST_CASE("an expression has a value once all reads that it needs have one") {
  ExprPool pool;
  const ExprId e = pool.binary(BinaryOp::kSubtract, pool.read(1), pool.unary(UnaryOp::kNegate, pool.read(4)));
  CHECK(pool.reads_of(e) == std::vector<EventIndex>{1, 4});
  CHECK_FALSE(evaluate(pool, e, {{1, 10}}).has_value());
  CHECK(evaluate(pool, e, {{1, 10}, {4, 5}}) == 15);
  CHECK(pool.as_read(pool.read(4)) == 4);
  CHECK_FALSE(pool.as_read(e).has_value());
}

TEST_CASE("a value that was doubled sixty times is evaluated without walking 2^60 operands") {
  ExprPool pool;
  ExprId e = pool.read(0);
  for (int i = 0; i < 60; ++i) e = pool.binary(BinaryOp::kAdd, e, e);
  CHECK(evaluate(pool, e, {{0, 3}}) == Word{3} << 60);
  CHECK(pool.reads_of(e) == std::vector<EventIndex>{0});
}

TEST_CASE("merging lists of reads keeps them sorted and single") {
  CHECK(merge_reads({1, 3}, {2, 3, 9}) == std::vector<EventIndex>{1, 2, 3, 9});
  CHECK(merge_reads({}, {4}) == std::vector<EventIndex>{4});
}

}  // namespace
}  // namespace lkmc
