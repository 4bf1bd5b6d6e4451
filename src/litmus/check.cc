#include "src/litmus/check.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

namespace lkmc::litmus {
namespace {

// The word an expression always has, if that can be seen without running: constants and registers never assigned.
std::optional<Word> static_word(const Expr& expr, const ThreadCode& thread) {
  if (expr.kind == Expr::Kind::kConstant) return expr.constant;
  if (expr.kind == Expr::Kind::kRegister) {
    const Register& reg = thread.registers[static_cast<std::size_t>(expr.reg)];
    if (reg.assigned) return std::nullopt;
    return reg.initial;
  }
  if (expr.kind != Expr::Kind::kBinary || (expr.binary != BinaryOp::kAdd && expr.binary != BinaryOp::kSubtract)) {
    return std::nullopt;
  }
  const auto left = static_word(*expr.operands[0], thread);
  const auto right = static_word(*expr.operands[1], thread);
  if (!left || !right) return std::nullopt;
  return apply(expr.binary, *left, *right);
}

std::optional<Location> static_location(const Expr& expr, const ThreadCode& thread, const SymbolTable& symbols) {
  const auto word = static_word(expr, thread);
  if (!word) return std::nullopt;
  const auto target = symbols.target(*word);
  if (!target || target->element < 0 || target->element >= target->symbol->size) return std::nullopt;
  return target->symbol->first + static_cast<Location>(target->element);
}

using Visit = std::function<void(const Expr&)>;

void for_each(const Expr& expr, const Visit& visit) {
  visit(expr);
  for (const ExprPtr& operand : expr.operands) for_each(*operand, visit);
}

void for_each(const std::vector<Statement>& statements, const Visit& visit) {
  for (const Statement& statement : statements) {
    if (statement.expr != nullptr) for_each(*statement.expr, visit);
    if (statement.step != nullptr) for_each(*statement.step, visit);
    for_each(statement.body, visit);
    for_each(statement.else_body, visit);
  }
}

// The operand of an access that is its address; null for everything else.
const Expr* address_operand(const Expr& expr) {
  if (expr.kind == Expr::Kind::kLoad || expr.kind == Expr::Kind::kStore) return expr.operands[0].get();
  if (expr.kind != Expr::Kind::kCall) return nullptr;
  const int index = expr.primitive->address_argument();
  return index < 0 ? nullptr : expr.operands[static_cast<std::size_t>(index)].get();
}

enum class Use : std::uint8_t { kMemory, kLock, kSrcu };

Use use_of(const Expr& access) {
  if (access.kind != Expr::Kind::kCall) return Use::kMemory;
  switch (access.primitive->action) {
    case Action::kSpinLock:
    case Action::kSpinTrylock:
    case Action::kSpinIsLocked:
    case Action::kSpinUnlock:
      return Use::kLock;
    case Action::kSyncSrcu:
      return Use::kSrcu;
    default: {
      const Tag tag = access.primitive->tag;
      return tag == Tag::kSrcuLock || tag == Tag::kSrcuUnlock ? Use::kSrcu : Use::kMemory;
    }
  }
}

class UseChecker {
 public:
  UseChecker(const ParsedTest& test, const Cursor& cursor) : test_(test), cursor_(cursor) {}

  void run() {
    for (const ThreadCode& thread : test_.threads) {
      for_each(thread.body, [&](const Expr& expr) { check(expr, thread); });
    }
    if (through_pointer_) return;
    for (const auto& [location, pos] : srcu_unlocks_) {
      if (!srcu_locks_.contains(location)) {
        cursor_.fail(pos, "no thread calls srcu_read_lock() on `" + name(location) + "`");
      }
    }
    for (const auto& [location, pos] : srcu_locks_) {
      if (!srcu_unlocks_.contains(location)) {
        cursor_.fail(pos, "no thread calls srcu_read_unlock() on `" + name(location) + "`");
      }
    }
  }

 private:
  [[nodiscard]] const std::string& name(Location location) const {
    return test_.symbols.locations[static_cast<std::size_t>(location)].name;
  }

  // `a[5]`
  void check_index(const Expr& address, const ThreadCode& thread) const {
    const auto word = static_word(address, thread);
    const auto target = word ? test_.symbols.target(*word) : std::nullopt;
    if (!target || (target->element >= 0 && target->element < target->symbol->size)) return;
    cursor_.fail(address.pos, "`" + target->symbol->name + "` has no element " + std::to_string(target->element));
  }

  void check(const Expr& expr, const ThreadCode& thread) {
    const Expr* address = address_operand(expr);
    if (address == nullptr) return;
    const Use use = use_of(expr);
    const bool srcu_lock = use == Use::kSrcu && expr.primitive->tag == Tag::kSrcuLock;
    const bool srcu_unlock = use == Use::kSrcu && expr.primitive->tag == Tag::kSrcuUnlock;
    check_index(*address, thread);
    const auto location = static_location(*address, thread, test_.symbols);
    if (!location) {
      // Through a pointer: it may be any srcu_struct.
      if (srcu_lock || srcu_unlock) through_pointer_ = true;
      return;
    }
    const auto [known, is_new] = uses_.emplace(*location, use);
    if (!is_new && known->second != use) {
      const Use special = use == Use::kMemory ? known->second : use;
      cursor_.fail(expr.pos, "`" + name(*location) + "` is used both as " +
                                 (special == Use::kLock ? "a spinlock" : "an srcu_struct") + " and as memory");
    }
    if (srcu_lock) srcu_locks_.emplace(*location, expr.pos);
    if (srcu_unlock) srcu_unlocks_.emplace(*location, expr.pos);
  }

  const ParsedTest& test_;
  const Cursor& cursor_;
  std::map<Location, Use> uses_;
  std::map<Location, SourcePos> srcu_locks_, srcu_unlocks_;
  bool through_pointer_ = false;  // an srcu_struct is locked or unlocked that only the run knows
};

// How many locks of a kind a thread may hold at one point.
struct Held {
  int least = 0;
  int most = 0;
};

// Follows a thread through its statements with the bounds of what it holds. It reports only what happens on every
// path: a wrong unlock outside of all branches, and an RCU section that is open at the end.
class BalanceChecker {
 public:
  BalanceChecker(const ThreadCode& thread, const SymbolTable& symbols, const Cursor& cursor)
      : thread_(thread), symbols_(symbols), cursor_(cursor) {}

  void run() {
    State state;
    walk(thread_.body, state, true);
    if (state.rcu.least > 0) cursor_.fail(last_rcu_lock_, "this RCU read-side critical section is never left");
  }

 private:
  struct State {
    Held rcu;
    std::map<Location, Held> locks;
    bool any_lock = false;  // taken through a pointer: perhaps this one
  };
  static constexpr int kMany = 1 << 20;

  void walk(const std::vector<Statement>& statements, State& state, bool certain) {
    for (const Statement& statement : statements) {
      switch (statement.kind) {
        case Statement::Kind::kBlock:
          walk(statement.body, state, certain);
          break;
        case Statement::Kind::kExpression:
          expression(*statement.expr, state, certain);
          break;
        case Statement::Kind::kIf: {
          expression(*statement.expr, state, certain);
          State other = state;
          walk(statement.body, state, false);
          walk(statement.else_body, other, false);
          join(state, other);
          break;
        }
        case Statement::Kind::kWhile:
        case Statement::Kind::kDoWhile:
          loop(statement, state);
          break;
      }
    }
  }

  // Whatever a loop changes may be anything behind it.
  void loop(const Statement& statement, State& state) {
    State after = state;
    walk(statement.body, after, false);
    expression(*statement.expr, after, false);
    if (statement.step != nullptr) expression(*statement.step, after, false);
    widen(state.rcu, after.rcu);
    for (const auto& [location, held] : after.locks) widen(state.locks[location], held);
    state.any_lock |= after.any_lock;
  }

  static void widen(Held& held, const Held& after) {
    if (after.most > held.most) held.most = kMany;
    held.least = std::min(held.least, after.least);
  }

  static void join(State& a, const State& b) {
    const auto both = [](Held x, Held y) { return Held{std::min(x.least, y.least), std::max(x.most, y.most)}; };
    a.rcu = both(a.rcu, b.rcu);
    for (auto& [location, held] : a.locks) {
      const auto other = b.locks.find(location);
      held = both(held, other == b.locks.end() ? Held{} : other->second);
    }
    for (const auto& [location, held] : b.locks) {
      if (!a.locks.contains(location)) a.locks[location] = both({}, held);
    }
    a.any_lock |= b.any_lock;
  }

  void expression(const Expr& expr, State& state, bool certain) {
    const bool optional = expr.kind == Expr::Kind::kLogicalAnd || expr.kind == Expr::Kind::kLogicalOr ||
                          expr.kind == Expr::Kind::kConditional;
    for (std::size_t i = 0; i < expr.operands.size(); ++i) {
      expression(*expr.operands[i], state, certain && !(optional && i > 0));
    }
    if (expr.kind == Expr::Kind::kCall) call(expr, state, certain);
  }

  void call(const Expr& expr, State& state, bool certain) {
    switch (expr.primitive->action) {
      case Action::kRcuLock:
        if (state.rcu.least == 0) last_rcu_lock_ = expr.pos;
        ++state.rcu.least;
        ++state.rcu.most;
        break;
      case Action::kRcuUnlock:
        if (certain && state.rcu.most == 0) {
          cursor_.fail(expr.pos, "rcu_read_unlock() without rcu_read_lock()");
        }
        lower(state.rcu);
        break;
      case Action::kSpinLock:
      case Action::kSpinTrylock:
      case Action::kSpinUnlock:
        lock_call(expr, state, certain);
        break;
      default:
        break;
    }
  }

  void lock_call(const Expr& expr, State& state, bool certain) {
    const auto location = static_location(*expr.operands[0], thread_, symbols_);
    const Action action = expr.primitive->action;
    if (!location) {
      if (action != Action::kSpinUnlock) state.any_lock = true;
      return;
    }
    Held& held = state.locks[*location];
    if (action == Action::kSpinUnlock) {
      if (certain && held.most == 0 && !state.any_lock) {
        cursor_.fail(expr.pos, "spin_unlock() of `" + symbols_.locations[static_cast<std::size_t>(*location)].name +
                                   "`, which this thread does not hold");
      }
      lower(held);
    } else {
      ++held.most;
      if (action == Action::kSpinLock) ++held.least;
    }
  }

  static void lower(Held& held) {
    held.least = std::max(0, held.least - 1);
    if (held.most < kMany) held.most = std::max(0, held.most - 1);
  }

  const ThreadCode& thread_;
  const SymbolTable& symbols_;
  const Cursor& cursor_;
  SourcePos last_rcu_lock_;
};

bool writes(const Expr& expr) {
  return expr.kind == Expr::Kind::kStore || (expr.kind == Expr::Kind::kCall && expr.primitive->writes());
}

}  // namespace

void check_test(const ParsedTest& test, const Cursor& cursor) {
  UseChecker(test, cursor).run();
  for (const ThreadCode& thread : test.threads) BalanceChecker(thread, test.symbols, cursor).run();
}

void compute_writes(ParsedTest& test) {
  for (ThreadCode& thread : test.threads) {
    thread.may_write.assign(test.symbols.locations.size(), false);
    for_each(thread.body, [&](const Expr& expr) {
      if (!writes(expr)) return;
      const auto location = static_location(*address_operand(expr), thread, test.symbols);
      if (location) {
        thread.may_write[static_cast<std::size_t>(*location)] = true;
      } else {
        std::fill(thread.may_write.begin(), thread.may_write.end(), true);
      }
    });
  }
}

}  // namespace lkmc::litmus
