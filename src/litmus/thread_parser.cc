// SPDX-License-Identifier: Apache-2.0
// The threads: parameters and statements. All names in a thread are registers; a parameter is one that starts with the
// address of the location of its name.
#include <algorithm>
#include <string>

#include "src/litmus/expression_parser.h"
#include "src/litmus/parser.h"

namespace lkmc::litmus {
namespace {

class ThreadParser {
 public:
  ThreadParser(Cursor& cursor, SymbolTable& symbols, ThreadCode& thread)
      : cursor_(cursor), symbols_(symbols), thread_(thread), expressions_(cursor, thread) {}

  // Behind `P0`.
  void run(int number, const std::vector<PresetRegister>& presets) {
    parameters();
    for (const PresetRegister& preset : presets) {
      if (preset.thread != number) continue;
      Register& reg = register_named(preset.name, preset.pos);
      reg.initial = preset.value;
      reg.type = preset.type;
      reg.preset = true;
    }
    cursor_.expect("{", "before the body of a thread");
    thread_.body = statements();
    cursor_.expect("}", "after the body of a thread");
    check_names();
  }

 private:
  Register& register_named(std::string_view name, SourcePos pos) {
    Register& reg = thread_.registers[static_cast<std::size_t>(thread_.register_index(name, pos))];
    reg.known = true;
    return reg;
  }

  void parameters() {
    cursor_.expect("(", "before the parameters of a thread");
    if (cursor_.peek().is("void") && cursor_.peek(1).is(")")) cursor_.next();
    if (cursor_.accept(")")) return;
    do {
      const Token& after = cursor_.peek(1);
      const bool untyped = after.is(",") || after.is(")") || after.is("[");
      Type type;
      if (cursor_.peek().is_identifier() && !untyped) type = parse_type(cursor_);
      const Token& name = cursor_.expect_identifier("the name of a parameter");
      if (cursor_.accept("[")) {
        if (cursor_.peek().kind == TokenKind::kNumber) cursor_.next();
        if (type.known()) type = type.pointer();
        cursor_.expect("]", "after the size of an array");
      }
      if (thread_.register_by_name.contains(std::string(name.text))) {
        cursor_.fail(name.pos, "parameter `" + std::string(name.text) + "` appears twice");
      }
      if (symbols_.find(name.text) == nullptr && symbols_.locations.size() >= kMaxLocations) {
        cursor_.fail(name.pos, "more than " + std::to_string(kMaxLocations) + " locations");
      }
      Symbol& symbol = symbols_.get(name.text);
      const Type pointee = type.pointee();
      const bool wider = integer_of(pointee).bits > integer_of(symbol.type).bits;
      if (!symbol.is_typed && pointee.known() && (!symbol.type.known() || wider)) symbol.type = pointee;
      Register& reg = register_named(name.text, name.pos);
      reg.initial = Program::address_of(symbol.first);
      reg.type = type;
    } while (cursor_.accept(","));
    cursor_.expect(")", "after the parameters of a thread");
  }

  std::vector<Statement> statements() {
    std::vector<Statement> all;
    while (!cursor_.peek().is("}") && !cursor_.at_end()) all.push_back(statement());
    return all;
  }

  Statement statement() {
    NestingGuard guard(depth_, kMaxNesting, cursor_);
    const Token& token = cursor_.peek();
    Statement result;
    result.pos = token.pos;
    if (cursor_.accept(";")) return result;
    if (cursor_.accept("{")) {
      result.body = statements();
      cursor_.expect("}", "after a block");
      return result;
    }
    if (token.is("if") && cursor_.peek(1).is("(")) return if_statement();
    if (token.is("while") && cursor_.peek(1).is("(")) return while_statement();
    if (token.is("do")) return do_statement();
    if (token.is("for") && cursor_.peek(1).is("(")) return for_statement();
    refuse_unsupported();
    if (at_type(cursor_)) {
      result = declaration();
    } else {
      result = expression_statement();
    }
    cursor_.expect(";", "after a statement");
    return result;
  }

  // Jumps only where they are statements: herd's tests use such words as names of registers.
  void refuse_unsupported() {
    const Token& token = cursor_.peek();
    if (token.is("else")) cursor_.fail(token.pos, "`else` without an `if` before it");
    const Token& after = cursor_.peek(1);
    const bool simple = (token.is("break") || token.is("continue") || token.is("return")) && after.is(";");
    const bool operand = after.is_identifier() || after.kind == TokenKind::kNumber;
    const bool jump = (token.is("return") || token.is("goto")) && operand;
    if (simple || jump || (token.is("switch") && after.is("("))) {
      cursor_.fail(token.pos, "`" + std::string(token.text) + "` is not part of the litmus language");
    }
  }

  ExprPtr parenthesised_condition() {
    cursor_.expect("(", "before a condition");
    ExprPtr condition = expressions_.value();
    cursor_.expect(")", "after a condition");
    return condition;
  }

  std::vector<Statement> single() {
    std::vector<Statement> body;
    body.push_back(statement());
    return body;
  }

  Statement if_statement() {
    Statement result{.kind = Statement::Kind::kIf, .pos = cursor_.next().pos};
    result.expr = parenthesised_condition();
    result.body = single();
    if (cursor_.accept("else")) result.else_body = single();
    return result;
  }

  Statement while_statement() {
    Statement result{.kind = Statement::Kind::kWhile, .pos = cursor_.next().pos};
    result.expr = parenthesised_condition();
    result.body = single();
    return result;
  }

  Statement do_statement() {
    Statement result{.kind = Statement::Kind::kDoWhile, .pos = cursor_.next().pos};
    result.body = single();
    cursor_.expect("while", "after the body of `do`");
    result.expr = parenthesised_condition();
    cursor_.expect(";", "after `do ... while (...)`");
    return result;
  }

  Statement for_statement() {
    Statement block{.pos = cursor_.next().pos};
    cursor_.expect("(", "after `for`");
    if (!cursor_.peek().is(";")) block.body.push_back(at_type(cursor_) ? declaration() : expression_statement());
    cursor_.expect(";", "in the head of `for`");
    Statement loop{.kind = Statement::Kind::kWhile, .pos = block.pos};
    if (cursor_.peek().is(";")) {
      loop.expr = std::make_unique<Expr>();
      loop.expr->pos = cursor_.peek().pos;
      loop.expr->constant = 1;
    } else {
      loop.expr = expressions_.value();
    }
    cursor_.expect(";", "in the head of `for`");
    if (!cursor_.peek().is(")")) loop.step = expressions_.statement();
    cursor_.expect(")", "after the head of `for`");
    loop.body = single();
    block.body.push_back(std::move(loop));
    return block;
  }

  Statement expression_statement() {
    Statement result{.kind = Statement::Kind::kExpression, .pos = cursor_.peek().pos};
    result.expr = expressions_.statement();
    return result;
  }

  // Registers are the thread's, not the block's, as in herd: a declaration without a value does nothing.
  Statement declaration() {
    Statement result{.pos = cursor_.peek().pos};
    const Type base = parse_type(cursor_);
    do {
      Type type = base;
      while (cursor_.peek().is("*") || cursor_.peek().is("const") || cursor_.peek().is("volatile")) {
        if (cursor_.next().is("*")) ++type.stars;
      }
      const Token& name = cursor_.expect_identifier("the name of a register");
      if (cursor_.peek().is("[")) cursor_.fail(cursor_.peek().pos, "a register cannot be an array");
      Register& declared = register_named(name.text, name.pos);
      if (integer_of(type).bits >= integer_of(declared.type).bits || !declared.type.known()) declared.type = type;
      if (!cursor_.accept("=")) continue;
      Statement assign{.kind = Statement::Kind::kExpression, .pos = name.pos};
      ExprPtr value = expressions_.value();
      const int reg = thread_.register_index(name.text, name.pos);
      assign.expr = expressions_.assign_register(reg, std::move(value), name.pos);
      result.body.push_back(std::move(assign));
    } while (cursor_.accept(","));
    return result;
  }

  // herd takes an unknown name for a register that holds zero; that is always a mistake in the test.
  void check_names() const {
    const Register* first = nullptr;
    for (const Register& reg : thread_.registers) {
      if (reg.known) continue;
      const auto key = [](const Register& r) { return std::pair(r.first_use.line, r.first_use.column); };
      if (first == nullptr || key(reg) < key(*first)) first = &reg;
    }
    if (first == nullptr) return;
    std::string message = "`" + first->name + "` is not declared";
    if (symbols_.find(first->name) != nullptr) message = "`" + first->name + "` is a location, but no parameter of this thread";
    cursor_.fail(first->first_use, message);
  }

  Cursor& cursor_;
  SymbolTable& symbols_;
  ThreadCode& thread_;
  ExpressionParser expressions_;
  int depth_ = 0;
};

}  // namespace

void parse_threads(Cursor& cursor, const std::vector<PresetRegister>& presets, ParsedTest& test) {
  std::map<int, ThreadCode> threads;
  while (true) {
    if (cursor.peek().is("static")) cursor.next();
    if (cursor.peek().is("void")) cursor.next();
    const int number = thread_number(cursor.peek());
    if (number < 0) break;
    const Token& name = cursor.next();
    if (number >= kMaxThreads) cursor.fail(name.pos, "threads are numbered from P0 to P" + std::to_string(kMaxThreads - 1));
    ThreadCode& thread = threads[number];
    if (thread.pos.line != 0) cursor.fail(name.pos, "thread `" + std::string(name.text) + "` appears twice");
    thread.pos = name.pos;
    ThreadParser(cursor, test.symbols, thread).run(number, presets);
  }
  if (threads.empty()) cursor.fail_expected("a thread `P0(...)`");
  for (auto& [number, thread] : threads) {
    if (number != static_cast<int>(test.threads.size())) {
      cursor.fail(thread.pos, "threads are numbered without gaps: P" + std::to_string(test.threads.size()) + " is missing");
    }
    test.threads.push_back(std::move(thread));
  }
  for (const PresetRegister& preset : presets) {
    if (preset.thread >= static_cast<int>(test.threads.size())) {
      cursor.fail(preset.pos, "the test has no thread P" + std::to_string(preset.thread));
    }
  }
}

}  // namespace lkmc::litmus
