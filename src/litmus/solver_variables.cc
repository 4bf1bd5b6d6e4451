// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/solver_variables.h"

#include <algorithm>
#include <utility>

namespace lkmc::litmus {
namespace {

// More ways through a thread than this are not followed.
constexpr std::size_t kMaxWays = 4096;

// What a register holds or an expression yields, as far as it matters: a constant, the unchanged value of a read, or
// something else.
struct Content {
  enum class Kind : std::uint8_t { kConstant, kRead, kOther } kind = Kind::kConstant;
  Word constant = 0;
  EventIndex read = 0;
};

// A variable that has the value of a read.
struct Variable {
  int number;
  EventIndex read;
};

// One way through a part of a thread.
struct Way {
  std::vector<Word> outcomes;  // as in PathRead
  bool possible = true;        // no condition with a constant value was taken against that value
  EventIndex events = 0;
  std::vector<Content> registers;
  std::vector<Variable> variables;
};

// Builds the ways through threads in herd7's order. Its monad keeps the ways in a list, to whose front it adds, so that
// each step turns their order round.
class Builder {
 public:
  explicit Builder(int first_number) : next_number_(first_number) {}

  [[nodiscard]] bool supported() const { return supported_; }
  [[nodiscard]] int next_number() const { return next_number_; }

  std::vector<Way> thread(const ThreadCode& code) {
    Way start;
    for (const Register& r : code.registers) start.registers.push_back({.constant = r.initial});
    return sequence(code.body, 0, std::move(start));
  }

 private:
  std::vector<Way> sequence(const std::vector<Statement>& statements, std::size_t from, Way way) {
    bool turned = false;
    for (std::size_t i = from; i < statements.size() && supported_; ++i) {
      std::vector<Way> ways = statement(statements[i], std::move(way));
      turned = !turned;
      if (ways.size() == 1) {
        way = std::move(ways.front());
        continue;
      }
      std::vector<Way> all;
      for (Way& after : ways) {
        for (Way& end : sequence(statements, i + 1, std::move(after))) all.push_back(std::move(end));
        if (all.size() > kMaxWays) supported_ = false;
      }
      if (turned) std::reverse(all.begin(), all.end());
      return all;
    }
    return one(std::move(way));
  }

  static std::vector<Way> one(Way way) {
    std::vector<Way> ways;
    ways.push_back(std::move(way));
    return ways;
  }

  std::vector<Way> statement(const Statement& s, Way way) {
    switch (s.kind) {
      case Statement::Kind::kBlock:
        return sequence(s.body, 0, std::move(way));
      case Statement::Kind::kExpression:
        (void)evaluate(*s.expr, way);
        return one(std::move(way));
      case Statement::Kind::kIf:
        return branch(s, std::move(way));
      default:
        supported_ = false;
        return one(std::move(way));
    }
  }

  std::vector<Way> branch(const Statement& s, Way way) {
    const Content condition = evaluate(*s.expr, way);
    if (!is_comparison(*s.expr)) ++next_number_;  // herd7 compares it with 0
    const auto go = [&](bool taken) {
      Way next = way;
      if (condition.kind == Content::Kind::kConstant) {
        next.possible = next.possible && (condition.constant != 0) == taken;
      } else {
        next.outcomes.push_back(taken ? 1 : 0);
      }
      return sequence(taken ? s.body : s.else_body, 0, std::move(next));
    };
    std::vector<Way> all = go(true);
    for (Way& w : go(false)) all.push_back(std::move(w));
    std::reverse(all.begin(), all.end());
    return all;
  }

  static bool is_comparison(const Expr& e) {
    if (e.kind != Expr::Kind::kBinary) return false;
    switch (e.binary) {
      case BinaryOp::kEqual:
      case BinaryOp::kNotEqual:
      case BinaryOp::kLess:
      case BinaryOp::kLessEqual:
      case BinaryOp::kGreater:
      case BinaryOp::kGreaterEqual:
        return true;
      default:
        return false;
    }
  }

  // A new variable for `content`.
  Content fresh(Content content, Way& way) {
    const int number = next_number_++;
    if (content.kind == Content::Kind::kRead) way.variables.push_back({number, content.read});
    return content;
  }

  Content evaluate(const Expr& e, Way& way) {
    switch (e.kind) {
      case Expr::Kind::kConstant:
        return {.constant = e.constant};
      case Expr::Kind::kRegister:
        return fresh(way.registers[static_cast<std::size_t>(e.reg)], way);
      case Expr::Kind::kLoad:
        return read(e, way);
      case Expr::Kind::kConvert:
        return evaluate(*e.operands[0], way);
      case Expr::Kind::kUnary:
      case Expr::Kind::kBinary:
        return operation(e, way);
      case Expr::Kind::kAssignRegister:
        return way.registers[static_cast<std::size_t>(e.reg)] = evaluate(*e.operands[0], way);
      case Expr::Kind::kStore:
        return write(e, way);
      case Expr::Kind::kCall:
        switch (e.primitive->action) {
          case Action::kRead:
            return read(e, way);
          case Action::kWrite:
            return write(e, way);
          case Action::kFence:
            ++way.events;
            return {};
          default:
            break;
        }
        break;
      default:
        break;
    }
    supported_ = false;
    return {};
  }

  Content read(const Expr& e, Way& way) {
    (void)evaluate(*e.operands[0], way);
    return fresh({.kind = Content::Kind::kRead, .read = way.events++}, way);
  }

  Content write(const Expr& e, Way& way) {
    (void)evaluate(*e.operands[0], way);
    const Content value = evaluate(*e.operands[1], way);
    ++way.events;
    return value;
  }

  Content operation(const Expr& e, Way& way) {
    const Content a = evaluate(*e.operands[0], way);
    const bool binary = e.kind == Expr::Kind::kBinary;
    const Content b = binary ? evaluate(*e.operands[1], way) : Content{};
    if (a.kind == Content::Kind::kConstant && b.kind == Content::Kind::kConstant) {
      if (!is_literal(e)) ++next_number_;
      return {.constant = binary ? apply(e.binary, a.constant, b.constant) : apply(e.unary, a.constant)};
    }
    return fresh({.kind = Content::Kind::kOther}, way);
  }

  // Whether nothing in the expression is read, not even a register.
  static bool is_literal(const Expr& e) {
    if (e.kind == Expr::Kind::kConstant) return true;
    if (e.kind != Expr::Kind::kUnary && e.kind != Expr::Kind::kBinary) return false;
    return std::all_of(e.operands.begin(), e.operands.end(), [](const ExprPtr& o) { return is_literal(*o); });
  }

  int next_number_;
  bool supported_ = true;
};

}  // namespace

std::optional<int> solver_variable(std::span<const ThreadCode> threads, std::span<const PathRead> reads) {
  int last = 0;
  int first_number = 1;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    Builder builder(first_number);
    const std::vector<Way> ways = builder.thread(threads[t]);
    if (!builder.supported()) return std::nullopt;
    first_number = builder.next_number();
    for (const PathRead& r : reads) {
      if (r.thread != static_cast<ThreadId>(t)) continue;
      for (const Way& way : ways) {
        if (!way.possible || way.outcomes != r.outcomes) continue;
        for (const Variable& v : way.variables) {
          if (v.read == r.read) last = std::max(last, v.number);
        }
      }
    }
  }
  return last;
}

}  // namespace lkmc::litmus
