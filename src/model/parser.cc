// SPDX-License-Identifier: Apache-2.0
// A recursive-descent parser: one function per level of precedence.
#include "src/model/parser.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "src/model/lexer.h"

namespace lkmc::cat {
namespace {

// Nesting beyond this is no model that anyone wrote; the bound keeps the recursion off the end of the stack.
constexpr int kMaxNesting = 400;

class Parser {
 public:
  explicit Parser(const Source& source) : tokens_(tokenize(source)) {}

  CatFile run() {
    CatFile file;
    file.title = parse_title();
    while (peek().kind != TokenKind::kEnd) parse_statement(file.statements);
    return file;
  }

 private:
  // One level of nesting, for as long as it lives.
  class Nested {
   public:
    explicit Nested(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMaxNesting) throw error_at(parser_.peek().mark, "this is nested too deeply");
    }
    ~Nested() { --parser_.nesting_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;

   private:
    Parser& parser_;
  };

  // --- tokens ---------------------------------------------------------------------------------------------
  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  Token take() {
    Token token = peek();
    if (at_ + 1 < tokens_.size()) ++at_;
    return token;
  }
  [[nodiscard]] bool at(TokenKind kind, std::string_view text) const { return peek().kind == kind && peek().text == text; }
  [[nodiscard]] bool at_symbol(std::string_view text) const { return at(TokenKind::kSymbol, text); }
  [[nodiscard]] bool at_keyword(std::string_view text) const { return at(TokenKind::kKeyword, text); }
  bool accept_symbol(std::string_view text) {
    if (!at_symbol(text)) return false;
    take();
    return true;
  }
  bool accept_keyword(std::string_view text) {
    if (!at_keyword(text)) return false;
    take();
    return true;
  }
  [[noreturn]] void fail_expected(std::string_view what) const {
    const Token& token = peek();
    std::string found;
    switch (token.kind) {
      case TokenKind::kEnd:
        found = "the end of the file";
        break;
      case TokenKind::kString:
        found = "\"" + token.text + "\"";
        break;
      case TokenKind::kTag:
        found = "the tag '" + token.text;
        break;
      default:
        found = "'" + token.text + "'";
        break;
    }
    throw error_at(token.mark, "expected " + std::string(what) + ", found " + found);
  }
  [[noreturn]] void fail_unsupported(std::string_view construct) const {
    throw error_at(peek().mark, "'" + std::string(construct) + "' is not supported in models here");
  }
  void expect_symbol(std::string_view text) {
    if (!accept_symbol(text)) fail_expected("'" + std::string(text) + "'");
  }
  void expect_keyword(std::string_view text) {
    if (!accept_keyword(text)) fail_expected("'" + std::string(text) + "'");
  }
  std::string expect_name(std::string_view what) {
    if (peek().kind != TokenKind::kName) fail_expected(what);
    return take().text;
  }
  std::string expect_string(std::string_view what) {
    if (peek().kind != TokenKind::kString) fail_expected(what);
    return take().text;
  }

  // --- statements -----------------------------------------------------------------------------------------
  // `"Name"`, or herd7's forms `ARCH`, `ARCH Name` and `ARCH "Name"`.
  std::string parse_title() {
    std::string title;
    if (peek().kind == TokenKind::kName) title = take().text;
    if (peek().kind == TokenKind::kString || (!title.empty() && peek().kind == TokenKind::kName)) title = take().text;
    return title;
  }

  void parse_statement(std::vector<Statement>& out) {
    const Nested nested(*this);
    Statement s;
    s.mark = peek().mark;
    if (at_keyword("let")) {
      take();
      s.kind = accept_keyword("rec") ? StatementKind::kLetRec : StatementKind::kLet;
      s.bindings = parse_bindings();
      if (at_keyword("when")) fail_unsupported("let rec … when");
      accept_keyword("in");
      out.push_back(std::move(s));
    } else if (at_test()) {
      out.push_back(parse_test());
    } else if (accept_keyword("include")) {
      s.kind = StatementKind::kInclude;
      s.name = expect_string("the name of a file in quotes");
      out.push_back(std::move(s));
    } else if (accept_keyword("enum")) {
      out.push_back(parse_enum(std::move(s)));
    } else if (accept_keyword("instructions") || accept_keyword("default")) {
      expect_name("a kind of events");
      expect_symbol("[");
      parse_elements("]");
    } else if (accept_keyword("show")) {
      parse_show();
    } else if (accept_keyword("unshow")) {
      do expect_name("a name");
      while (accept_symbol(","));
    } else if (accept_keyword("if")) {
      out.push_back(parse_conditional(std::move(s)));
    } else if (accept_keyword("with")) {
      s.kind = StatementKind::kWith;
      s.name = expect_name("a name to define");
      expect_keyword("from");
      s.expr = parse_expression();
      out.push_back(std::move(s));
    } else if (peek().kind == TokenKind::kKeyword && !at_keyword("in")) {
      fail_unsupported(peek().text);
    } else {
      fail_expected("a definition or an axiom");
    }
  }

  [[nodiscard]] bool is_test_word(const Token& token) const {
    return token.kind == TokenKind::kKeyword && (token.text == "acyclic" || token.text == "irreflexive" || token.text == "empty");
  }
  [[nodiscard]] bool at_test() const { return at_keyword("flag") || is_test_word(peek()) || (at_symbol("~") && is_test_word(peek(1))); }

  Statement parse_test() {
    Statement s;
    s.kind = StatementKind::kTest;
    s.mark = peek().mark;
    s.test.line = s.mark.line;
    s.test.is_flag = accept_keyword("flag");
    s.test.negated = accept_symbol("~");
    if (!is_test_word(peek())) fail_expected("'acyclic', 'irreflexive' or 'empty'");
    const std::string word = take().text;
    s.test.test = word == "acyclic" ? Axiom::Test::kAcyclic : word == "irreflexive" ? Axiom::Test::kIrreflexive : Axiom::Test::kEmpty;
    s.expr = parse_expression();
    if (accept_keyword("as")) s.test.name = expect_name("a name for this axiom");
    return s;
  }

  Statement parse_enum(Statement s) {
    s.kind = StatementKind::kEnum;
    s.name = expect_name("the name of the enumeration");
    expect_symbol("=");
    accept_symbol("||");
    do {
      if (peek().kind != TokenKind::kTag) fail_expected("a tag");
      s.tags.push_back(take().text);
    } while (accept_symbol("||"));
    return s;
  }

  // `show a, b` or `show EXPR as name`; of no meaning here.
  void parse_show() {
    do parse_union();
    while (accept_symbol(","));
    if (accept_keyword("as")) expect_name("a name");
  }

  Statement parse_conditional(Statement s) {
    s.kind = StatementKind::kIf;
    s.name = expect_string("the name of a variant in quotes");
    while (!at_keyword("else") && !at_keyword("end")) parse_statement_of_branch(s.then_branch);
    if (accept_keyword("else")) {
      while (!at_keyword("end")) parse_statement_of_branch(s.else_branch);
    }
    expect_keyword("end");
    return s;
  }
  void parse_statement_of_branch(std::vector<Statement>& branch) {
    if (peek().kind == TokenKind::kEnd) fail_expected("'end'");
    parse_statement(branch);
  }

  // --- definitions ----------------------------------------------------------------------------------------
  std::vector<Binding> parse_bindings() {
    std::vector<Binding> bindings;
    do bindings.push_back(parse_binding());
    while (accept_keyword("and"));
    return bindings;
  }

  Binding parse_binding() {
    Binding b;
    b.mark = peek().mark;
    if (at_symbol("(")) fail_unsupported("let (…, …) = …");
    b.name = expect_name("a name to define");
    if (accept_symbol("(")) {
      b.is_function = true;
      if (!accept_symbol(")")) {
        do b.parameters.push_back(parse_parameter());
        while (accept_symbol(","));
        expect_symbol(")");
      }
    } else if (peek().kind == TokenKind::kName || at_symbol("_")) {
      b.is_function = true;
      b.parameters.push_back(parse_parameter());
    }
    expect_symbol("=");
    b.body = parse_expression();
    return b;
  }

  std::string parse_parameter() { return accept_symbol("_") ? "_" : expect_name("the name of a parameter"); }

  // --- expressions ----------------------------------------------------------------------------------------
  Expr parse_expression() {
    const Nested nested(*this);
    const SourceMark mark = peek().mark;
    if (accept_keyword("let")) {
      Expr e{accept_keyword("rec") ? ExprKind::kLetRec : ExprKind::kLet, mark, {}, {}, {}};
      e.bindings = parse_bindings();
      if (at_keyword("when")) fail_unsupported("let rec … when");
      expect_keyword("in");
      e.operands.push_back(parse_expression());
      return e;
    }
    if (accept_keyword("try")) {
      Expr e{ExprKind::kTry, mark, {}, {}, {}};
      e.operands.push_back(parse_expression());
      expect_keyword("with");
      e.operands.push_back(parse_expression());
      return e;
    }
    if (accept_keyword("if")) {
      if (peek().kind != TokenKind::kString) fail_unsupported("if with a condition other than a variant");
      Expr e{ExprKind::kIf, mark, take().text, {}, {}};
      expect_keyword("then");
      e.operands.push_back(parse_expression());
      expect_keyword("else");
      e.operands.push_back(parse_expression());
      return e;
    }
    if (at_keyword("fun") || at_keyword("match") || at_keyword("yield")) fail_unsupported(peek().text);
    Expr e = parse_union();
    if (!at_symbol(",")) return e;
    Expr tuple{ExprKind::kTuple, mark, {}, {}, {}};
    tuple.operands.push_back(std::move(e));
    while (accept_symbol(",")) tuple.operands.push_back(parse_union());
    return tuple;
  }

  // One level of binary operators: operands of the next tighter level with `symbol` between them.
  template <class Operand>
  Expr parse_chain(std::string_view symbol, ExprKind kind, const Operand& operand) {
    Expr first = operand();
    if (!at_symbol(symbol)) return first;
    Expr chain{kind, peek().mark, {}, {}, {}};
    chain.operands.push_back(std::move(first));
    while (accept_symbol(symbol)) chain.operands.push_back(operand());
    return chain;
  }

  Expr parse_union() {
    Expr e = parse_chain("|", ExprKind::kUnion, [this] { return parse_sequence(); });
    if (!at_symbol("++")) return e;
    Expr insert{ExprKind::kInsert, take().mark, {}, {}, {}};
    insert.operands.push_back(std::move(e));
    insert.operands.push_back(parse_sequence());
    return insert;
  }
  Expr parse_sequence() {
    return parse_chain(";", ExprKind::kSequence, [this] { return parse_difference(); });
  }
  Expr parse_difference() {
    return parse_chain("\\", ExprKind::kDifference, [this] { return parse_intersection(); });
  }
  Expr parse_intersection() {
    return parse_chain("&", ExprKind::kIntersection, [this] { return parse_product(); });
  }
  Expr parse_product() {
    return parse_chain("*", ExprKind::kProduct, [this] { return parse_prefix(); });
  }

  Expr parse_prefix() {
    const Nested nested(*this);
    if (!at_symbol("~")) return parse_postfix();
    Expr e{ExprKind::kComplement, take().mark, {}, {}, {}};
    e.operands.push_back(parse_prefix());
    return e;
  }

  // Whether an operand starts `ahead` tokens from here; then a `*` before it is a product.
  [[nodiscard]] bool operand_starts(std::size_t ahead) const {
    return argument_starts(ahead) || (peek(ahead).kind == TokenKind::kSymbol && peek(ahead).text == "~" && !is_test_word(peek(ahead + 1)));
  }
  [[nodiscard]] bool argument_starts(std::size_t ahead) const {
    static constexpr std::string_view kStarts = "0_({[";
    const Token& token = peek(ahead);
    switch (token.kind) {
      case TokenKind::kName:
      case TokenKind::kTag:
        return true;
      case TokenKind::kKeyword:
        return token.text == "begin";
      case TokenKind::kSymbol:
        return token.text.size() == 1 && kStarts.find(token.text) != std::string_view::npos;
      default:
        return false;
    }
  }

  [[nodiscard]] std::optional<ExprKind> postfix_operator() const {
    if (at_symbol("+")) return ExprKind::kPlus;
    if (at_symbol("?")) return ExprKind::kOptional;
    if (at_symbol("^-1")) return ExprKind::kInverse;
    if (at_symbol("*") && !operand_starts(1)) return ExprKind::kStar;
    return std::nullopt;
  }

  Expr parse_postfix() {
    Expr e = parse_application();
    for (int depth = 0; const auto kind = postfix_operator(); ++depth) {
      e = wrap(*kind, take().mark, std::move(e), depth);
    }
    return e;
  }

  Expr parse_application() {
    Expr e = parse_simple();
    if (e.kind != ExprKind::kName) return e;
    for (int depth = 0; argument_starts(0); ++depth) {
      const SourceMark mark = e.mark;
      e = wrap(ExprKind::kCall, mark, std::move(e), depth);
      e.operands.push_back(parse_simple());
    }
    return e;
  }

  Expr wrap(ExprKind kind, const SourceMark& mark, Expr operand, int depth) const {
    if (depth > kMaxNesting) throw error_at(mark, "this is nested too deeply");
    Expr e{kind, mark, {}, {}, {}};
    e.operands.push_back(std::move(operand));
    return e;
  }

  Expr parse_simple() {
    const Token token = peek();
    Expr e{ExprKind::kZero, token.mark, {}, {}, {}};
    if (token.kind == TokenKind::kName || token.kind == TokenKind::kTag) {
      e.kind = token.kind == TokenKind::kName ? ExprKind::kName : ExprKind::kTag;
      e.name = take().text;
    } else if (accept_symbol("0")) {
      e.kind = ExprKind::kZero;
    } else if (accept_symbol("_")) {
      e.kind = ExprKind::kUniverse;
    } else if (accept_symbol("{")) {
      e.kind = ExprKind::kBraces;
      e.operands = parse_elements("}");
    } else if (accept_symbol("[")) {
      e.kind = ExprKind::kIdentityOn;
      e.operands.push_back(parse_expression());
      expect_symbol("]");
    } else if (accept_symbol("(")) {
      if (accept_symbol(")")) {
        e.kind = ExprKind::kTuple;
      } else {
        e = parse_expression();
        expect_symbol(")");
      }
    } else if (accept_keyword("begin")) {
      e = parse_expression();
      expect_keyword("end");
    } else if (at_keyword("let") || at_keyword("if") || at_keyword("try") || at_keyword("fun") || at_keyword("match")) {
      throw error_at(token.mark, "'" + token.text + "' needs brackets around it when it is part of an expression");
    } else {
      fail_expected("an expression");
    }
    return e;
  }

  // Expressions with commas between them up to `close`; possibly none.
  std::vector<Expr> parse_elements(std::string_view close) {
    std::vector<Expr> elements;
    if (accept_symbol(close)) return elements;
    do elements.push_back(parse_union());
    while (accept_symbol(","));
    expect_symbol(close);
    return elements;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

CatFile parse_cat(const Source& source) { return Parser(source).run(); }

}  // namespace lkmc::cat
