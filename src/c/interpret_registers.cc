// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <algorithm>
#include <utility>

namespace lkmc::c {

void Interpretation::assign(Variable& variable, Content content) {
  thread_.variable_changes(variable.content.value);
  variable = {std::move(content), true};
}

void Interpretation::forget(Variable& variable) {
  if (!variable.is_set) return;
  thread_.variable_changes(variable.content.value);
  variable = {};
}

void Interpretation::make(std::vector<Variable>& variables) {
  for (const Variable& v : variables) thread_.variable_made(v.content.value);
}

void Interpretation::end_life(const std::vector<Variable>& variables) {
  for (const Variable& v : variables) thread_.variable_gone(v.content.value);
}

Content Interpretation::get(Reg reg, const SourcePos& pos) {
  const Variable& variable = frame().registers[at(reg)];
  if (!variable.is_set) thread_.fail(pos, "a variable is used that has no value yet");
  thread_.variable_read(variable.content.value);
  Content c = variable.content;
  // On this path it is known what the value is, if it has been used as an address.
  const auto word = c.word ? known_words_.end() : known_words_.find(origin_of(c).from);
  if (word == known_words_.end()) return c;
  c.word = word->second + origin_of(c).bytes;
  c.value.expr = thread_.constant(*c.word).expr;
  return c;
}

Content Interpretation::cut_to(const Integer& integer, Content content) {
  if (integer.bits >= 64 || content.range.fits_into(integer)) return content;
  const int private_object = content.private_object;
  if (integer.is_signed) {
    content = computed(integer.bits == 8    ? UnaryOp::kSignExtend8
                       : integer.bits == 16 ? UnaryOp::kSignExtend16
                                            : UnaryOp::kSignExtend32,
                       content);
  } else {
    content = computed(BinaryOp::kBitAnd, content, constant((Word{1} << integer.bits) - 1));
  }
  content.private_object = private_object;
  if (!content.word) content.range = integer;
  return content;
}

Integer Interpretation::range_of(const std::optional<Word>& word) {
  if (!word) return {};
  for (const int bits : {1, 8, 16, 32}) {
    if (*word >= 0 && *word < Word{1} << bits) return {bits, false};
    if (*word < 0 && *word >= -(Word{1} << (bits - 1))) return {bits, true};
  }
  return {};
}

Content Interpretation::computed(UnaryOp op, const Content& a) {
  Content result{thread_.unary(op, a.value)};
  if (a.word) result.word = apply(op, *a.word);
  if (op == UnaryOp::kLogicalNot && !a.word) take_as_known(result, truth_of(a.value.expr), false);
  result.range = range_of(result.word);
  return result;
}

Content Interpretation::computed(BinaryOp op, const Content& a, const Content& b) {
  Content result{thread_.binary(op, a.value, b.value)};
  if (a.word && b.word) {
    result.word = apply(op, *a.word, *b.word);
  } else if (op == BinaryOp::kEqual || op == BinaryOp::kNotEqual) {
    take_as_known(result, are_equal(a, b), op == BinaryOp::kEqual);
  }
  result.range = range_of(result.word);
  return result;
}

std::optional<bool> Interpretation::truth_of(ExprId e) const {
  const auto known = truths_.find(e);
  return known == truths_.end() ? std::nullopt : std::optional(known->second);
}

std::optional<bool> Interpretation::are_equal(const Content& a, const Content& b) const {
  if (b.word == 0) {
    if (const auto truth = truth_of(a.value.expr)) return !*truth;
  }
  const auto known = equalities_.find(std::minmax(a.value.expr, b.value.expr));
  return known == equalities_.end() ? std::nullopt : std::optional(known->second);
}

void Interpretation::take_as_known(Content& result, std::optional<bool> known, bool wanted) {
  if (!known) return;
  result.word = *known == wanted ? 1 : 0;
  result.value.expr = thread_.constant(*result.word).expr;
}

void Interpretation::execute(const Instruction& i) {
  switch (i.op) {
    case Op::kConstant:
      return set(i.dst, constant(i.word));
    case Op::kFunction:
      return set(i.dst, constant(address_of_object(job_.memory.object_of_function(i.index))));
    case Op::kGlobal:
      return set(i.dst, constant(address_of_object(job_.memory.object_of_global(i.index))));
    case Op::kLocal:
      return set(i.dst, local(i.index));
    case Op::kMove: {
      Content content = get(i.a, i.pos);
      content.value = thread_.assigned(std::move(content.value));
      return set(i.dst, std::move(content));
    }
    case Op::kCopyValue:
      return set(i.dst, get(i.a, i.pos));
    case Op::kUnary: {
      const Content a = get(i.a, i.pos);
      Content result = computed(i.unary, a);
      result.private_object = a.private_object;
      if (i.unary == UnaryOp::kLogicalNot) result.range = {1, false};
      return set(i.dst, std::move(result));
    }
    case Op::kBinary:
      return set(i.dst, binary(i));
    case Op::kConvert:
      return set(i.dst, cut_to(i.integer, get(i.a, i.pos)));
    case Op::kDependOn: {
      Content content = get(i.a, i.pos);
      content.value = computed_from(get(i.b, i.pos).value, content.value, content.value.expr);
      return set(i.dst, std::move(content));
    }
    case Op::kLoad:
      return set(i.dst, cut_to(i.integer, load(get(i.a, i.pos), i.word, i.bytes, i.tag, i.pos)));
    case Op::kStore:
      return store(get(i.a, i.pos), i.word, i.bytes, get(i.b, i.pos), i.tag, i.pos);
    case Op::kModify:
      return set(i.dst, modify(i));
    case Op::kCopyObject:
      return copy(i);
    case Op::kCall:
      return call(i);
    case Op::kPrimitive:
      return set(i.dst, primitive(i));
    case Op::kSpecial:
      return special(i);
    case Op::kOperands:
      return operands(i.operands);
  }
}

void Interpretation::operands(Operands what) {
  switch (what) {
    case Operands::kBegin:
      ++frame().open_operands;
      return thread_.open_operands();
    case Operands::kNext:
      return thread_.next_operand();
    case Operands::kEnd:
      --frame().open_operands;
      return thread_.close_operands();
  }
}

Content Interpretation::binary(const Instruction& i) {
  const Content a = get(i.a, i.pos), b = get(i.b, i.pos);
  if (i.may_fail && !decide(b)) thread_.fail(i.pos, "division by zero");
  Content result = i.swapped ? computed(i.binary, b, a) : computed(i.binary, a, b);
  if (i.negated) result = computed(UnaryOp::kLogicalNot, result);
  result.range = range_after(i, a.range, b.range, result.word);
  if (!result.word && b.word && !i.swapped && (i.binary == BinaryOp::kAdd || i.binary == BinaryOp::kSubtract)) {
    const Content::Distance origin = origin_of(a);
    result.distance = {origin.from, origin.bytes + (i.binary == BinaryOp::kAdd ? *b.word : -*b.word)};
  }
  const bool is_pointer = a.private_object >= 0 || b.private_object >= 0;
  if (is_pointer && result.range.bits >= 64) result.private_object = std::max(a.private_object, b.private_object);
  return result;
}

Integer Interpretation::range_after(const Instruction& i, const Integer& a, const Integer& b, const std::optional<Word>& result) const {
  switch (i.binary) {
    case BinaryOp::kEqual:
    case BinaryOp::kNotEqual:
    case BinaryOp::kLess:
    case BinaryOp::kLessEqual:
    case BinaryOp::kGreater:
    case BinaryOp::kGreaterEqual:
    case BinaryOp::kUnsignedLess:
    case BinaryOp::kLogicalAnd:
    case BinaryOp::kLogicalOr:
      return {1, false};
    case BinaryOp::kBitAnd:
      // No more than an operand that is not negative.
      if (!a.is_signed && (b.is_signed || a.bits <= b.bits)) return a;
      if (!b.is_signed) return b;
      return a.bits >= b.bits ? a : b;
    case BinaryOp::kBitOr:
    case BinaryOp::kBitXor:
      // Of two integers of one kind, such an operation makes a third.
      if (a.is_signed == b.is_signed) return a.bits >= b.bits ? a : b;
      break;
    default:
      break;
  }
  return range_of(result);
}

}  // namespace lkmc::c
