// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/interpreter.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "src/litmus/perform.h"

namespace lkmc::litmus {
namespace {

// Loops may nest, and then the unroll bound alone does not keep a path short.
constexpr int kMaxStatementsInLoops = 100000;
// On one path of one thread, and of all threads together; in loops half of it ends the path. More is no litmus test: relations
// have a bit for each pair of events, and closing them takes the cube.
constexpr EventIndex kMaxEventsOfThread = 1024;
constexpr EventIndex kMaxEvents = 4096;

// The frames of the functions that recurse are kept small: a fiber has little stack.
class Interpreter {
 public:
  Interpreter(const ThreadCode& code, const Program& program, std::span<const Integer> integers, Thread& thread)
      : code_(code),
        program_(program),
        integers_(integers),
        thread_(thread),
        max_events_(std::min(kMaxEventsOfThread, kMaxEvents / std::max(program.thread_count(), 1))) {}

  void run() {
    registers_.reserve(code_.registers.size());
    for (const Register& reg : code_.registers) registers_.push_back(thread_.constant(reg.initial));
    execute(code_.body);
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      if (code_.registers[i].slot < 0) continue;
      thread_.observe(code_.registers[i].slot, read(registers_[i]));
    }
  }

 private:
  // --- statements -----------------------------------------------------------------------------------------
  void execute(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      if (open_loops_ > 0) count_in_loop(statement.pos);
      if (thread_.event_count() > max_events_) {
        thread_.fail(statement.pos, "the thread performs more than " + std::to_string(max_events_) + " events: too many for a litmus test");
      }
      switch (statement.kind) {
        case Statement::Kind::kBlock:
          execute(statement.body);
          break;
        case Statement::Kind::kExpression:
          (void)evaluate(*statement.expr);
          break;
        case Statement::Kind::kIf:
          execute_if(statement);
          break;
        case Statement::Kind::kWhile:
        case Statement::Kind::kDoWhile:
          execute_loop(statement);
          break;
      }
    }
  }

  void execute_if(const Statement& statement) {
    const Value condition = evaluate(*statement.expr);
    const bool taken = thread_.branch(condition);
    const ControlScope scope(thread_, condition);
    execute(taken ? statement.body : statement.else_body);
  }

  void execute_loop(const Statement& loop) {
    switch (loop.wait) {
      case Wait::kCondition:
        while (!ends_wait(loop, thread_.event_count())) {
        }
        break;
      case Wait::kRound:
        wait_in_rounds(loop);
        break;
      case Wait::kTestThenRound: {
        const Value condition = evaluate(*loop.expr);
        if (!thread_.branch(condition)) return;
        const ControlScope scope(thread_, condition);
        wait_in_rounds(loop);
        break;
      }
      case Wait::kNone:
        unroll_loop(loop);
        break;
    }
  }

  void wait_in_rounds(const Statement& loop) {
    for (;;) {
      const EventIndex round = thread_.event_count();
      execute(loop.body);
      if (ends_wait(loop, round)) return;
    }
  }

  // The test after which a waiting loop ends; see spin.h. Its last round began with the event `round`: what was read before
  // is not looked at again. Whether it does end, or goes on so that races of a round before are seen (Thread::looks_again).
  bool ends_wait(const Statement& loop, EventIndex round) {
    const Value ends = thread_.unary(UnaryOp::kLogicalNot, evaluate(*loop.expr));
    if (thread_.looks_again(ends)) return false;
    thread_.await(ends, loop.pos, {.looks = thread_.reads_since(round)});
    return true;
  }

  void count_in_loop(SourcePos pos) {
    if (++statements_in_loops_ > kMaxStatementsInLoops || thread_.event_count() >= max_events_ / 2) thread_.stop_at_bound(pos);
  }

  // Each condition governs all later rounds. A round may leave no trace from one evaluation of the condition to the next, or
  // from one run of the body to the next.
  void unroll_loop(const Statement& loop) {
    std::deque<ControlScope> scopes;
    RoundsWatch conditions(thread_, loop.pos);
    RoundsWatch bodies(thread_, loop.pos);
    int rounds = 0;
    ++open_loops_;
    if (loop.kind == Statement::Kind::kDoWhile) {
      bodies.begin_round();
      execute(loop.body);
      ++rounds;
    }
    while (true) {
      conditions.begin_round();
      const Value condition = evaluate(*loop.expr);
      if (!thread_.branch(condition)) break;
      bodies.begin_round();
      scopes.emplace_back(thread_, condition);
      thread_.count_round(rounds, loop.pos);
      execute(loop.body);
      if (loop.step != nullptr) (void)evaluate(*loop.step);
      count_in_loop(loop.pos);
    }
    --open_loops_;
  }

  // --- expressions ----------------------------------------------------------------------------------------
  Value evaluate(const Expr& expr) { return cut_to_type(expr.cut, evaluate_whole(expr)); }

  // The operands, which C leaves unordered.
  std::vector<Value> evaluate_operands(const std::vector<ExprPtr>& operands) {
    std::vector<Value> values;
    values.reserve(operands.size());
    std::optional<OperandsScope> scope;
    if (std::ranges::count_if(operands, [](const ExprPtr& o) { return o->has_effects; }) > 1) scope.emplace(thread_);
    for (const ExprPtr& operand : operands) {
      values.push_back(evaluate(*operand));
      if (scope) scope->next();
    }
    return values;
  }

  Value cut_to_type(const Integer& integer, Value value) { return litmus::cut_to_type(thread_, integer, std::move(value)); }

  Value evaluate_whole(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kConstant:
        return thread_.constant(expr.constant);
      case Expr::Kind::kRegister:
        return read(registers_[static_cast<std::size_t>(expr.reg)]);
      case Expr::Kind::kLoad:
        return load(expr);
      case Expr::Kind::kUnary:
        return thread_.unary(expr.unary, evaluate(*expr.operands[0]));
      case Expr::Kind::kBinary:
        return binary(expr);
      case Expr::Kind::kLogicalAnd:
      case Expr::Kind::kLogicalOr:
        return logical(expr);
      case Expr::Kind::kConditional:
        return conditional(expr);
      case Expr::Kind::kAssignRegister:
        return assign(registers_[static_cast<std::size_t>(expr.reg)], evaluate(*expr.operands[0]));
      case Expr::Kind::kStore:
        return store(expr);
      case Expr::Kind::kCall:
        return call(expr);
      case Expr::Kind::kConvert:
        return evaluate(*expr.operands[0]);
    }
    return thread_.constant(0);
  }

  const Value& read(const Value& reg) {
    thread_.variable_read(reg);
    return reg;
  }

  const Value& assign(Value& reg, Value value) {
    thread_.variable_changes(reg);
    return reg = thread_.assigned(std::move(value));
  }

  Value load(const Expr& expr) { return thread_.read(evaluate(*expr.operands[0]), Tag::kPlain, expr.pos); }

  Value store(const Expr& expr) {
    std::vector<Value> sides = evaluate_operands(expr.operands);
    Value& address = sides[0];
    Value value = cut_for(object_at(address, expr.pos), *expr.operands[1], std::move(sides[1]));
    thread_.write(address, value, Tag::kPlain, expr.pos);
    return value;
  }

  Value binary(const Expr& expr) {
    const std::vector<Value> sides = evaluate_operands(expr.operands);
    const Value& left = sides[0];
    const Value& right = sides[1];
    if ((expr.binary == BinaryOp::kDivide || expr.binary == BinaryOp::kModulo) && !thread_.branch(right)) {
      thread_.fail(expr.pos, "division by zero");
    }
    if (!expr.is_unsigned) return thread_.binary(expr.binary, left, right);
    switch (expr.binary) {
      case BinaryOp::kLess:
        return thread_.binary(BinaryOp::kUnsignedLess, left, right);
      case BinaryOp::kGreater:
        return thread_.binary(BinaryOp::kUnsignedLess, right, left);
      case BinaryOp::kLessEqual:
        return thread_.unary(UnaryOp::kLogicalNot, thread_.binary(BinaryOp::kUnsignedLess, right, left));
      case BinaryOp::kGreaterEqual:
        return thread_.unary(UnaryOp::kLogicalNot, thread_.binary(BinaryOp::kUnsignedLess, left, right));
      case BinaryOp::kDivide:
        return thread_.binary(BinaryOp::kUnsignedDivide, left, right);
      case BinaryOp::kModulo:
        return thread_.binary(BinaryOp::kUnsignedModulo, left, right);
      case BinaryOp::kShiftRight:
        return thread_.binary(BinaryOp::kUnsignedShiftRight, left, right);
      default:
        return thread_.binary(expr.binary, left, right);
    }
  }

  // What the object at the address holds. An address that is not known is decided, as the access would do.
  Integer object_at(Value& address, SourcePos pos) {
    const Word word = thread_.concretize(address, pos, Wanted::kAddress);
    address.expr = thread_.constant(word).expr;
    const auto location = program_.location_at(word);
    return location ? integers_[static_cast<std::size_t>(*location)] : Integer{};
  }

  // The value of `expr`, as the object takes it.
  Value cut_for(const Integer& object, const Expr& expr, Value value) {
    return integer_of(expr.type).fits_into(object) ? value : cut_to_type(object, std::move(value));
  }

  // Short-circuit where the right side does something; a mere computation needs no branch.
  Value logical(const Expr& expr) {
    const Value left = evaluate(*expr.operands[0]);
    const bool is_and = expr.kind == Expr::Kind::kLogicalAnd;
    if (!expr.operands[1]->has_effects) {
      return thread_.binary(is_and ? BinaryOp::kLogicalAnd : BinaryOp::kLogicalOr, left, evaluate(*expr.operands[1]));
    }
    if (thread_.branch(left) != is_and) return depending_on(left, thread_.constant(is_and ? 0 : 1));
    const ControlScope scope(thread_, left);
    const Value right = evaluate(*expr.operands[1]);
    return depending_on(left, thread_.binary(BinaryOp::kNotEqual, right, thread_.constant(0)));
  }

  Value conditional(const Expr& expr) {
    const Value condition = evaluate(*expr.operands[0]);
    const bool taken = thread_.branch(condition);
    const ControlScope scope(thread_, condition);
    return depending_on(condition, evaluate(*expr.operands[taken ? 1 : 2]));
  }

  // `value`, computed from `cause` too.
  static Value depending_on(const Value& cause, const Value& value) { return computed_from(cause, value, value.expr); }

  Value call(const Expr& expr) {
    std::vector<Value> arguments = evaluate_operands(expr.operands);
    // The address, and the other arguments in their order, as the object takes them.
    Value address;
    Integer object;
    if (const int index = expr.primitive->address_argument(); index >= 0) {
      address = std::move(arguments[static_cast<std::size_t>(index)]);
      object = object_at(address, expr.pos);
      for (std::size_t i = 0; i < arguments.size(); ++i) {
        arguments[i] = cut_for(object, *expr.operands[i], std::move(arguments[i]));
      }
      arguments.erase(arguments.begin() + index);
    }
    return perform({thread_, *expr.primitive, address, object, arguments, expr.pos});
  }

  const ThreadCode& code_;
  const Program& program_;
  const std::span<const Integer> integers_;  // what each location holds
  Thread& thread_;
  const EventIndex max_events_;
  std::vector<Value> registers_;
  int open_loops_ = 0;
  int statements_in_loops_ = 0;
};

}  // namespace

void interpret(const ThreadCode& code, const Program& program, std::span<const Integer> integers, Thread& thread) {
  Interpreter(code, program, integers, thread).run();
}

}  // namespace lkmc::litmus
