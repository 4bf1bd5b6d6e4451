#include "src/litmus/interpreter.h"

#include <deque>

namespace lkmc::litmus {
namespace {

// Loops may nest, and then the unroll bound alone does not keep a path short.
constexpr int kMaxStatementsInLoops = 100000;

// The frames of the functions that recurse are kept small: a fiber has little stack.
class Interpreter {
 public:
  Interpreter(const ThreadCode& code, Thread& thread, int unroll) : code_(code), thread_(thread), unroll_(unroll) {}

  void run() {
    registers_.reserve(code_.registers.size());
    for (const Register& reg : code_.registers) registers_.push_back(thread_.constant(reg.initial));
    execute(code_.body);
    if (!rcu_locks_.empty()) {
      thread_.fail(rcu_locks_.front(), "the thread ends inside this RCU read-side critical section");
    }
    for (std::size_t i = 0; i < registers_.size(); ++i) {
      if (code_.registers[i].slot >= 0) thread_.observe(code_.registers[i].slot, registers_[i]);
    }
  }

 private:
  // --- statements -----------------------------------------------------------------------------------------
  void execute(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
      if (open_loops_ > 0) count_in_loop(statement.pos);
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
        await_end(loop, thread_.event_count());
        break;
      case Wait::kRound: {
        const EventIndex round = thread_.event_count();
        execute(loop.body);
        await_end(loop, round);
        break;
      }
      case Wait::kTestThenRound: {
        const Value condition = evaluate(*loop.expr);
        if (!thread_.branch(condition)) return;
        const ControlScope scope(thread_, condition);
        const EventIndex round = thread_.event_count();
        execute(loop.body);
        await_end(loop, round);
        break;
      }
      case Wait::kNone:
        unroll_loop(loop);
        break;
    }
  }

  // The test after which a waiting loop ends; see spin.h. Its last round began with the event `round`: what was read before
  // is not looked at again.
  void await_end(const Statement& loop, EventIndex round) {
    const Value condition = evaluate(*loop.expr);
    std::vector<EventIndex> looks = thread_.reads_since(round);
    thread_.await(thread_.unary(UnaryOp::kLogicalNot, condition), loop.pos, {.looks = std::move(looks)});
  }

  void count_in_loop(SourcePos pos) {
    if (++statements_in_loops_ > kMaxStatementsInLoops) thread_.stop_at_bound(pos);
  }

  // Each condition governs all later rounds.
  void unroll_loop(const Statement& loop) {
    std::deque<ControlScope> scopes;
    int rounds = 0;
    ++open_loops_;
    if (loop.kind == Statement::Kind::kDoWhile) {
      execute(loop.body);
      ++rounds;
    }
    while (true) {
      const Value condition = evaluate(*loop.expr);
      if (!thread_.branch(condition)) break;
      if (rounds++ >= unroll_) thread_.stop_at_bound(loop.pos);
      scopes.emplace_back(thread_, condition);
      execute(loop.body);
      if (loop.step != nullptr) (void)evaluate(*loop.step);
      count_in_loop(loop.pos);
    }
    --open_loops_;
  }

  // --- expressions ----------------------------------------------------------------------------------------
  Value evaluate(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kConstant:
        return thread_.constant(expr.constant);
      case Expr::Kind::kRegister:
        return registers_[static_cast<std::size_t>(expr.reg)];
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
        return registers_[static_cast<std::size_t>(expr.reg)] = thread_.assigned(evaluate(*expr.operands[0]));
      case Expr::Kind::kStore:
        return store(expr);
      case Expr::Kind::kCall:
        return call(expr);
    }
    return thread_.constant(0);
  }

  Value load(const Expr& expr) { return thread_.read(evaluate(*expr.operands[0]), Tag::kPlain, expr.pos); }

  Value store(const Expr& expr) {
    const Value address = evaluate(*expr.operands[0]);
    Value value = evaluate(*expr.operands[1]);
    thread_.write(address, value, Tag::kPlain, expr.pos);
    return value;
  }

  Value binary(const Expr& expr) {
    const Value left = evaluate(*expr.operands[0]);
    const Value right = evaluate(*expr.operands[1]);
    if ((expr.binary == BinaryOp::kDivide || expr.binary == BinaryOp::kModulo) && !thread_.branch(right)) {
      thread_.fail(expr.pos, "division by zero");
    }
    return thread_.binary(expr.binary, left, right);
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
    std::vector<Value> arguments;
    arguments.reserve(expr.operands.size());
    for (const ExprPtr& operand : expr.operands) arguments.push_back(evaluate(*operand));
    return perform(*expr.primitive, arguments, expr.pos);
  }

  Value perform(const Primitive& p, std::vector<Value>& arguments, SourcePos pos) {
    // The address, and the other arguments in their order.
    Value address;
    if (const int index = p.address_argument(); index >= 0) {
      address = std::move(arguments[static_cast<std::size_t>(index)]);
      arguments.erase(arguments.begin() + index);
    }
    switch (p.action) {
      case Action::kRead:
        return thread_.read(address, p.tag, pos);
      case Action::kWrite:
        thread_.write(address, arguments[0], p.tag, pos);
        break;
      case Action::kWriteThenFence:
        thread_.write(address, arguments[0], p.tag, pos);
        thread_.fence(Tag::kMb, pos);
        break;
      case Action::kRcuLock:
        rcu_locks_.push_back(pos);
        thread_.fence(p.tag, pos);
        break;
      case Action::kRcuUnlock:
        if (rcu_locks_.empty()) thread_.fail(pos, "rcu_read_unlock() without rcu_read_lock()");
        rcu_locks_.pop_back();
        thread_.fence(p.tag, pos);
        break;
      case Action::kFence:
        if (p.tag == Tag::kSyncRcu) {
          thread_.synchronize_rcu(pos);
        } else {
          thread_.fence(p.tag, pos);
        }
        break;
      case Action::kSyncSrcu:
        thread_.synchronize_srcu(address, pos);
        break;
      case Action::kExchange:
        return thread_.exchange(address, arguments[0], p.tag, pos);
      case Action::kCompareExchange:
        return thread_.compare_exchange(address, arguments[0], arguments[1], p.tag, pos);
      case Action::kFetchOp: {
        const Value operand = p.operand_is_one ? thread_.constant(1) : arguments[0];
        return tested(p.test, thread_.fetch_op(address, p.op, operand, p.tag, p.result, pos));
      }
      case Action::kAddUnless:
        return thread_.add_unless(address, arguments[0], arguments[1], pos);
      case Action::kSpinLock:
        thread_.spin_lock(address, pos);
        break;
      case Action::kSpinTrylock:
        return thread_.spin_trylock(address, pos);
      case Action::kSpinIsLocked:
        return thread_.spin_is_locked(address, pos);
      case Action::kSpinUnlock:
        thread_.spin_unlock(address, pos);
        break;
    }
    return thread_.constant(0);
  }

  Value tested(ResultTest test, Value value) {
    switch (test) {
      case ResultTest::kNone:
        return value;
      case ResultTest::kIsZero:
        return thread_.binary(BinaryOp::kEqual, value, thread_.constant(0));
      case ResultTest::kIsNegative:
        return thread_.binary(BinaryOp::kLess, value, thread_.constant(0));
    }
    return value;
  }

  const ThreadCode& code_;
  Thread& thread_;
  const int unroll_;
  std::vector<Value> registers_;
  std::vector<SourcePos> rcu_locks_;  // the sections that are open
  int open_loops_ = 0;
  int statements_in_loops_ = 0;
};

}  // namespace

void interpret(const ThreadCode& code, Thread& thread, int unroll) { Interpreter(code, thread, unroll).run(); }

}  // namespace lkmc::litmus
