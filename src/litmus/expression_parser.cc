// SPDX-License-Identifier: Apache-2.0
// Precedence climbing over one table of operators. What an operand may be is checked where the tree is built, so that
// a complaint points at the operand.
#include "src/litmus/expression_parser.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "src/litmus/parser.h"

namespace lkmc::litmus {
namespace {

struct BinaryOperator {
  std::string_view text;
  int level;  // the higher, the tighter
  BinaryOp op;
};
// `&&` and `||` are here for their level only.
constexpr std::array<BinaryOperator, 18> kBinaryOperators = {{
    {"||", 1, BinaryOp::kLogicalOr},
    {"&&", 2, BinaryOp::kLogicalAnd},
    {"|", 3, BinaryOp::kBitOr},
    {"^", 4, BinaryOp::kBitXor},
    {"&", 5, BinaryOp::kBitAnd},
    {"==", 6, BinaryOp::kEqual},
    {"!=", 6, BinaryOp::kNotEqual},
    {"<", 7, BinaryOp::kLess},
    {"<=", 7, BinaryOp::kLessEqual},
    {">", 7, BinaryOp::kGreater},
    {">=", 7, BinaryOp::kGreaterEqual},
    {"<<", 8, BinaryOp::kShiftLeft},
    {">>", 8, BinaryOp::kShiftRight},
    {"+", 9, BinaryOp::kAdd},
    {"-", 9, BinaryOp::kSubtract},
    {"*", 10, BinaryOp::kMultiply},
    {"/", 10, BinaryOp::kDivide},
    {"%", 10, BinaryOp::kModulo},
}};

const BinaryOperator* find_operator(std::string_view text) {
  const auto found =
      std::find_if(kBinaryOperators.begin(), kBinaryOperators.end(), [&](const BinaryOperator& op) { return op.text == text; });
  return found == kBinaryOperators.end() ? nullptr : &*found;
}

bool is_comparison(BinaryOp op) {
  return op == BinaryOp::kEqual || op == BinaryOp::kNotEqual || op == BinaryOp::kLess || op == BinaryOp::kLessEqual ||
         op == BinaryOp::kGreater || op == BinaryOp::kGreaterEqual;
}

// Of operands that fit, whether the result may not.
bool may_overflow(BinaryOp op) {
  return op == BinaryOp::kAdd || op == BinaryOp::kSubtract || op == BinaryOp::kMultiply || op == BinaryOp::kDivide ||
         op == BinaryOp::kShiftLeft;
}

template <class... Exprs>
std::vector<ExprPtr> list(Exprs... exprs) {
  std::vector<ExprPtr> all;
  (all.push_back(std::move(exprs)), ...);
  return all;
}

}  // namespace

ExprPtr ExpressionParser::make(Expr::Kind kind, SourcePos pos, std::vector<ExprPtr> operands) const {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->pos = pos;
  expr->has_effects =
      kind == Expr::Kind::kLoad || kind == Expr::Kind::kStore || kind == Expr::Kind::kCall || kind == Expr::Kind::kAssignRegister;
  for (const ExprPtr& operand : operands) {
    expr->depth = std::max(expr->depth, operand->depth + 1);
    expr->has_effects |= operand->has_effects;
  }
  if (expr->depth > kMaxNesting) {
    cursor_.fail(pos, "this expression is more than " + std::to_string(kMaxNesting) + " levels deep");
  }
  expr->operands = std::move(operands);
  return expr;
}

ExprPtr ExpressionParser::load(ExprPtr address, SourcePos pos) const {
  const Type type = address->type.pointee();
  auto expr = make(Expr::Kind::kLoad, pos, list(std::move(address)));
  expr->type = type;
  return expr;
}

ExprPtr ExpressionParser::constant(Word word, SourcePos pos) const {
  auto expr = make(Expr::Kind::kConstant, pos, {});
  expr->constant = word;
  expr->type = {word == cut(kInt, word) ? "int" : "long", 0};
  return expr;
}

ExprPtr ExpressionParser::combine(BinaryOp op, ExprPtr left, ExprPtr right, SourcePos pos) const {
  const auto kind = op == BinaryOp::kLogicalAnd  ? Expr::Kind::kLogicalAnd
                    : op == BinaryOp::kLogicalOr ? Expr::Kind::kLogicalOr
                                                 : Expr::Kind::kBinary;
  left = need_value(std::move(left));
  right = need_value(std::move(right));
  const bool shifts = op == BinaryOp::kShiftLeft || op == BinaryOp::kShiftRight;
  const Type common = shifts ? common_type(left->type, left->type) : common_type(left->type, right->type);
  const bool is_logical = kind != Expr::Kind::kBinary;
  if (!is_logical && common.stars == 0 && common.known()) {
    left = convert(std::move(left), common);
    if (!shifts) right = convert(std::move(right), common);
  }
  auto expr = make(kind, pos, list(std::move(left), std::move(right)));
  const bool is_truth = is_logical || is_comparison(op);
  expr->type = is_truth ? Type{"int", 0} : common;
  expr->is_unsigned = !is_logical && integer_of(common) == Integer{64, false};
  if (!is_truth && may_overflow(op)) expr->cut = integer_of(common);
  expr->binary = op;
  expr->has_effects |= op == BinaryOp::kDivide || op == BinaryOp::kModulo;
  return expr;
}

ExprPtr ExpressionParser::clone(const Expr& expr) {
  auto copy = std::make_unique<Expr>();
  copy->kind = expr.kind;
  copy->unary = expr.unary;
  copy->binary = expr.binary;
  copy->pos = expr.pos;
  copy->reg = expr.reg;
  copy->constant = expr.constant;
  copy->type = expr.type;
  copy->cut = expr.cut;
  copy->is_unsigned = expr.is_unsigned;
  copy->primitive = expr.primitive;
  copy->depth = expr.depth;
  copy->has_effects = expr.has_effects;
  for (const ExprPtr& operand : expr.operands) copy->operands.push_back(clone(*operand));
  return copy;
}

ExprPtr ExpressionParser::convert(ExprPtr expr, const Type& type) const {
  const Integer to = integer_of(type);
  const Integer from = integer_of(expr->type);
  if (!from.fits_into(to)) {
    // What is cut already to no less bits needs no cut of its own.
    if (expr->cut.bits < to.bits) expr = make(Expr::Kind::kConvert, expr->pos, list(std::move(expr)));
    expr->cut = to;
  }
  expr->type = type;
  return expr;
}

ExprPtr ExpressionParser::need_value(ExprPtr expr) const {
  if (!expr->has_value()) cursor_.fail(expr->pos, "`" + expr->primitive->name + "()` has no value");
  return expr;
}

ExprPtr ExpressionParser::value() { return need_value(assignment()); }

ExprPtr ExpressionParser::statement() { return assignment(); }

ExprPtr ExpressionParser::assign_register(int reg, ExprPtr value, SourcePos pos) {
  Register& target = thread_.registers[static_cast<std::size_t>(reg)];
  value = need_value(std::move(value));
  if (!target.type.known()) target.type = value->type;
  auto expr = make(Expr::Kind::kAssignRegister, pos, list(convert(std::move(value), target.type)));
  expr->reg = reg;
  expr->type = target.type;
  target.assigned = true;
  target.known = true;
  return expr;
}

ExprPtr ExpressionParser::store_to(ExprPtr target, ExprPtr value, SourcePos pos) {
  if (target->kind == Expr::Kind::kRegister) return assign_register(target->reg, std::move(value), pos);
  if (target->kind != Expr::Kind::kLoad) {
    cursor_.fail(pos, "the left side of an assignment must be a register or a location such as `*x`");
  }
  const Type type = target->type;
  auto expr = make(Expr::Kind::kStore, target->pos, list(std::move(target->operands[0]), need_value(std::move(value))));
  expr->type = type;
  return expr;
}

// `target op= 1`, as `++` and `--` do, with the new value.
ExprPtr ExpressionParser::step(ExprPtr target, BinaryOp op, SourcePos pos) {
  if (target->kind == Expr::Kind::kLoad && target->operands[0]->has_effects) {
    cursor_.fail(pos, "the address of this operand has side effects");
  }
  ExprPtr old = clone(*target);
  return store_to(std::move(target), combine(op, std::move(old), constant(1, pos), pos), pos);
}

ExprPtr ExpressionParser::assignment() {
  NestingGuard guard(depth_, kMaxNesting, cursor_);
  ExprPtr left = conditional();
  const Token& token = cursor_.peek();
  if (token.is("=")) {
    cursor_.next();
    return store_to(std::move(left), assignment(), token.pos);
  }
  const bool compound = token.kind == TokenKind::kPunctuation && token.text.size() >= 2 && token.text.back() == '=';
  const BinaryOperator* op = compound ? find_operator(token.text.substr(0, token.text.size() - 1)) : nullptr;
  if (op == nullptr || op->level < 3 || op->level == 6 || op->level == 7) return left;
  cursor_.next();
  if (left->kind == Expr::Kind::kLoad && left->operands[0]->has_effects) {
    cursor_.fail(token.pos, "the address on the left of `" + std::string(token.text) + "` has side effects");
  }
  ExprPtr old = clone(*left);
  return store_to(std::move(left), combine(op->op, std::move(old), assignment(), token.pos), token.pos);
}

ExprPtr ExpressionParser::conditional() {
  ExprPtr condition = binary(1);
  if (!cursor_.peek().is("?")) return condition;
  const SourcePos pos = cursor_.next().pos;
  ExprPtr yes = value();
  cursor_.expect(":", "in a conditional expression");
  NestingGuard guard(depth_, kMaxNesting, cursor_);
  ExprPtr no = need_value(conditional());
  const Type type = common_type(yes->type, no->type);
  auto expr = make(Expr::Kind::kConditional, pos,
                   list(need_value(std::move(condition)), convert(std::move(yes), type), convert(std::move(no), type)));
  expr->type = type;
  return expr;
}

ExprPtr ExpressionParser::binary(int min_level) {
  ExprPtr left = unary();
  while (cursor_.peek().kind == TokenKind::kPunctuation) {
    const Token& token = cursor_.peek();
    const BinaryOperator* op = find_operator(token.text);
    if (op == nullptr || op->level < min_level) break;
    cursor_.next();
    ExprPtr right = binary(op->level + 1);
    left = combine(op->op, std::move(left), std::move(right), token.pos);
  }
  return left;
}

ExprPtr ExpressionParser::unary() {
  NestingGuard guard(depth_, kMaxNesting, cursor_);
  const Token& token = cursor_.peek();
  if (token.kind != TokenKind::kPunctuation) return postfix();
  const SourcePos pos = token.pos;
  if (cursor_.accept("*")) return load(need_value(unary()), pos);
  if (cursor_.accept("&")) return address_of(unary(), pos);
  if (cursor_.accept("+")) return need_value(unary());
  if (token.is("++") || token.is("--")) {
    const auto op = cursor_.next().is("++") ? BinaryOp::kAdd : BinaryOp::kSubtract;
    return step(unary(), op, pos);
  }
  if (token.is("-") || token.is("~") || token.is("!")) {
    cursor_.next();
    ExprPtr operand = need_value(unary());
    const Type type = token.is("!") ? Type{"int", 0} : common_type(operand->type, operand->type);
    auto expr = make(Expr::Kind::kUnary, pos, list(std::move(operand)));
    expr->type = type;
    if (!token.is("!")) expr->cut = integer_of(type);
    expr->unary = token.is("-") ? UnaryOp::kNegate : token.is("~") ? UnaryOp::kBitNot : UnaryOp::kLogicalNot;
    return expr;
  }
  if (token.is("(")) {
    Cursor ahead = cursor_;
    ahead.next();
    if (at_type(ahead)) {
      cursor_.next();
      const Type type = parse_type(cursor_);
      cursor_.expect(")", "after the type of a cast");
      return convert(need_value(unary()), type);
    }
  }
  return postfix();
}

// `&x` of a parameter is what the parameter holds: herd binds it to the location of its name.
ExprPtr ExpressionParser::address_of(ExprPtr operand, SourcePos pos) {
  if (operand->kind == Expr::Kind::kLoad) return std::move(operand->operands[0]);
  if (operand->kind != Expr::Kind::kRegister) cursor_.fail(pos, "`&` needs a location");
  const Register& reg = thread_.registers[static_cast<std::size_t>(operand->reg)];
  if (reg.assigned || reg.initial == 0) {
    cursor_.fail(pos, "`" + reg.name + "` is a register: it has no address");
  }
  return operand;
}

ExprPtr ExpressionParser::postfix() {
  ExprPtr expr = primary();
  while (true) {
    const Token& token = cursor_.peek();
    if (cursor_.accept("[")) {
      ExprPtr index = value();
      cursor_.expect("]", "after an index");
      ExprPtr address = combine(BinaryOp::kAdd, std::move(expr), std::move(index), token.pos);
      const SourcePos pos = address->operands[0]->pos;
      expr = load(std::move(address), pos);
    } else if (token.is("++") || token.is("--")) {
      cursor_.next();
      const bool up = token.is("++");
      ExprPtr stepped = step(std::move(expr), up ? BinaryOp::kAdd : BinaryOp::kSubtract, token.pos);
      expr = combine(up ? BinaryOp::kSubtract : BinaryOp::kAdd, std::move(stepped), constant(1, token.pos), token.pos);
    } else if (token.is("->") || token.is(".")) {
      cursor_.fail(token.pos, "structures are not part of the litmus language: use one location per field");
    } else {
      return expr;
    }
  }
}

ExprPtr ExpressionParser::primary() {
  const Token& token = cursor_.peek();
  if (token.kind == TokenKind::kNumber) return constant(cursor_.next().value, token.pos);
  if (cursor_.accept("(")) {
    ExprPtr expr = assignment();
    cursor_.expect(")", "after an expression");
    return expr;
  }
  if (!token.is_identifier()) cursor_.fail_expected("an expression");
  cursor_.next();
  if (cursor_.peek().is("(") || cursor_.peek().is("{")) return call(token);
  const bool known = thread_.register_by_name.find(token.text) != thread_.register_by_name.end();
  if (!known && token.is("NULL")) return constant(0, token.pos);
  if (!known && (token.is("true") || token.is("false"))) return constant(token.is("true") ? 1 : 0, token.pos);
  auto expr = make(Expr::Kind::kRegister, token.pos, {});
  expr->reg = thread_.register_index(token.text, token.pos);
  expr->type = thread_.registers[static_cast<std::size_t>(expr->reg)].type;
  return expr;
}

ExprPtr ExpressionParser::call(const Token& name) {
  if (name.text.starts_with("__")) return internal_form(name);
  if (cursor_.peek().is("{")) cursor_.fail_expected("`;`");
  const Primitive* primitive = find_primitive(name.text);
  if (primitive == nullptr) fail_unknown(name.pos, name.text);
  return call_of(*primitive, name.pos, {});
}

// What herd7 makes of the kernel's primitives by the macros of linux-kernel.def: `__xchg{mb}(x, 1)`, `__atomic_op(x, +, 1)`, and
// `__fence{mb}`, which has no brackets.
ExprPtr ExpressionParser::internal_form(const Token& name) {
  std::string form(name.text);
  if (cursor_.accept("{")) {
    form += '{';
    while (cursor_.peek().is_identifier() || cursor_.peek().is("-")) {
      for (const char c : cursor_.next().text) form += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    cursor_.expect("}", "after a tag");
    form += '}';
  }
  std::vector<ExprPtr> arguments;
  if (takes_operator(name.text)) {
    cursor_.expect("(", "before the arguments");
    arguments.push_back(value());
    cursor_.expect(",", "before the operator");
    while (!cursor_.peek().is(",") && !cursor_.at_end()) form += cursor_.next().text;
  }
  const Primitive* primitive = find_internal_form(form);
  if (primitive == nullptr) fail_unknown(name.pos, form);
  return call_of(*primitive, name.pos, std::move(arguments));
}

void ExpressionParser::fail_unknown(SourcePos pos, std::string_view name) const {
  std::string message = "unknown function `" + printable(name, 60) + "`";
  const std::string_view similar = similar_primitive(name);
  if (!similar.empty()) message += ": did you mean `" + std::string(similar) + "`?";
  cursor_.fail(pos, message);
}

// Behind the name, or behind the arguments that are known already and an operator.
ExprPtr ExpressionParser::call_of(const Primitive& primitive, SourcePos pos, std::vector<ExprPtr> arguments) {
  const auto next = [&] {
    const std::size_t index = arguments.size();
    arguments.push_back(index < primitive.arguments.size() ? argument(primitive.arguments[index], primitive) : value());
  };
  const bool has_brackets = !primitive.name.starts_with("__fence");
  if (arguments.empty() && has_brackets) {
    cursor_.expect("(", "before the arguments");
    if (!cursor_.peek().is(")")) next();
  }
  while (!arguments.empty() && cursor_.accept(",")) next();
  if (has_brackets) cursor_.expect(")", "after the arguments of `" + primitive.name + "`");
  if (arguments.size() != primitive.arguments.size()) {
    const std::size_t needed = primitive.arguments.size();
    const std::string_view noun = needed == 1 ? " argument" : " arguments";
    cursor_.fail(
        pos, "`" + primitive.name + "` takes " + std::to_string(needed) + std::string(noun) + ", not " + std::to_string(arguments.size()));
  }
  const int address = primitive.address_argument();
  const Type object = address >= 0 ? arguments[static_cast<std::size_t>(address)]->type.pointee() : Type{};
  auto expr = make(Expr::Kind::kCall, pos, std::move(arguments));
  expr->primitive = &primitive;
  expr->type = primitive.yields_object() ? object : Type{"int", 0};
  return expr;
}

ExprPtr ExpressionParser::argument(Argument kind, const Primitive& primitive) {
  ExprPtr expr = value();
  if (kind != Argument::kObject) return expr;
  if (expr->kind != Expr::Kind::kLoad) {
    cursor_.fail(expr->pos, "`" + primitive.name + "` takes a location such as `*x`, not its address or a register");
  }
  return std::move(expr->operands[0]);
}

}  // namespace lkmc::litmus
