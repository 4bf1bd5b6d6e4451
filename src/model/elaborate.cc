// SPDX-License-Identifier: Apache-2.0
// An interpreter whose values are nodes: it runs the statements of the model once, in order.
//
// A value is a set, a relation, a function, or `0`, which is either of the first two until its context decides.
// Variables of a `let rec` have a type before their bodies have one; it is found by evaluating the bodies with `0` for
// every variable whose type is open, until no more types come out (the nodes of these trials are dropped later).
#include "src/model/elaborate.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "src/model/ast.h"
#include "src/model/base.h"
#include "src/model/library.h"
#include "src/model/node_pool.h"
#include "src/model/parser.h"

namespace lkmc::cat {
namespace {

enum class Type : std::uint8_t { kZero, kSet, kRelation, kFunction };

struct Closure;

struct Value {
  Type type = Type::kZero;
  NodeId node = -1;                         // of a set or relation
  std::shared_ptr<const Closure> function;  // of a function
  friend bool operator<(const Value& a, const Value& b) {
    return std::tie(a.type, a.node, a.function) < std::tie(b.type, b.node, b.function);
  }
};

// The definitions in force at some point, latest first.
struct Scope;
using Environment = std::shared_ptr<const Scope>;
struct Scope {
  std::string name;
  Value value;
  Environment outer;
};

enum class Builtin : std::uint8_t { kNone, kDomain, kRange, kDifferentValues };

struct Closure {
  std::string name;
  Builtin builtin = Builtin::kNone;
  const Binding* definition = nullptr;  // if it is no builtin
  Environment environment;
};

// Bounds of what is accepted. More is no model, but an accident, or two to the 40th different nodes.
constexpr std::size_t kMaxIncludes = 1000;
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxDefinitions = 10'000;  // the list of them is searched, and freed, from one to the next
constexpr std::size_t kMaxTogether = 64;         // definitions of one `let rec`
constexpr std::size_t kMaxSteps = 1'000'000;     // expressions evaluated
constexpr int kMaxDepth = 1000;                  // of expressions under evaluation, and of nodes below each other
constexpr std::size_t kMaxNodes = 20'000;
constexpr std::size_t kMaxAxioms = 64;  // a set of them is a word

// An error that `try … with` recovers from.
struct UnknownName {
  ModelError error;
};

struct ParsedSource {
  Source source;
  CatFile file;
};

class Elaborator {
 public:
  explicit Elaborator(const IncludeReader& include) : include_(include) {
    for (const auto& [name, builtin] : {std::pair{"domain", Builtin::kDomain}, std::pair{"range", Builtin::kRange},
                                        std::pair{"different-values", Builtin::kDifferentValues}}) {
      define(environment_, name, function(Closure{name, builtin, nullptr, nullptr}));
    }
    run_library("the prelude", prelude());
  }

  Model run(std::vector<Source> files) {
    try {
      for (Source& file : files) {
        const CatFile& parsed = run_file(std::move(file));
        if (!parsed.title.empty()) model_.name = parsed.title;
      }
    } catch (const UnknownName& unknown) {
      throw unknown.error;
    }
    pool_.finish(model_);
    return std::move(model_);
  }

 private:
  // --- files and statements -------------------------------------------------------------------------------
  const CatFile& run_file(Source source) {
    // Closures keep pointing into the parsed text, so it stays for as long as the elaborator does.
    auto& parsed = *parsed_.emplace_back(std::make_unique<ParsedSource>(ParsedSource{std::move(source), {}}));
    parsed.file = parse_cat(parsed.source);
    open_files_.push_back(&parsed.source);
    run_statements(parsed.file.statements);
    open_files_.pop_back();
    return parsed.file;
  }
  void run_library(std::string_view name, std::string_view text) { run_file({std::string(name), std::string(text)}); }

  void run_statements(const std::vector<Statement>& statements) {
    for (const Statement& s : statements) run_statement(s);
  }

  void run_statement(const Statement& s) {
    switch (s.kind) {
      case StatementKind::kLet:
        if (in_lock_cat_) {
          bind_of_lock_cat(s.bindings);
        } else {
          environment_ = bind(s.bindings, environment_);
        }
        break;
      case StatementKind::kLetRec:
        environment_ = bind_recursively(s.bindings, environment_, s.mark);
        break;
      case StatementKind::kTest:
        run_test(s);
        break;
      case StatementKind::kInclude:
        run_include(s);
        break;
      case StatementKind::kEnum:
        run_enum(s);
        break;
      case StatementKind::kIf:
        run_statements(variant(s.name) ? s.then_branch : s.else_branch);
        break;
      case StatementKind::kWith:
        if (!in_lock_cat_) throw error_at(s.mark, "'with … from' is not supported in models here");
        break;
    }
  }

  void run_test(const Statement& s) {
    Axiom axiom = s.test;
    if (model_.axioms.size() >= kMaxAxioms) {
      throw error_at(s.expr.mark, "a model has at most " + std::to_string(kMaxAxioms) + " tests");
    }
    const Value value = evaluate(s.expr, environment_);
    if (axiom.test == Axiom::Test::kEmpty && value.type == Type::kSet) {
      axiom.node = value.node;
    } else {
      const char* word = axiom.test == Axiom::Test::kAcyclic       ? "'acyclic'"
                         : axiom.test == Axiom::Test::kIrreflexive ? "'irreflexive'"
                                                                   : "'empty'";
      axiom.node = relation(value, s.expr.mark, word);
    }
    model_.axioms.push_back(std::move(axiom));
  }

  void run_include(const Statement& s) {
    if (s.name == "lock.cat") {
      run_library("what lock.cat starts from", final_writes());
      if (std::optional<Source> own = include_(s.mark.source->file, s.name)) return run_lock_cat(std::move(*own));
    }
    if (const auto text = library_file(s.name)) {
      run_library(s.name, *text);
      return;
    }
    std::optional<Source> found = include_(s.mark.source->file, s.name);
    if (!found) throw error_at(s.mark, "cannot find the file \"" + s.name + "\"");
    included_bytes_ += found->text.size();
    if (++includes_ > kMaxIncludes || included_bytes_ > kMaxBytes) throw error_at(s.mark, "this model includes too much");
    for (const Source* open : open_files_) {
      if (open->file == found->file) throw error_at(s.mark, "\"" + s.name + "\" includes itself");
    }
    run_file(std::move(*found));
  }

  // A lock.cat beside the model. To build rf and co, and to count lock events among the reads and writes, is most of what it is
  // for, and that is done here from the start. What else it says counts: its checks, and the sets that it defines. It starts from
  // sets without lock events, as in herd7.
  void run_lock_cat(Source source) {
    static constexpr std::array<std::string_view, 4> kSets = {"R", "W", "M", "rmw"};
    const Environment whole = environment_;
    run_library("what lock.cat starts from", without_locks());
    in_lock_cat_ = true;
    run_file(std::move(source));
    in_lock_cat_ = false;
    for (const std::string_view name : kSets) {
      define(environment_, std::string(name), look_up({ExprKind::kName, {}, std::string(name), {}, {}}, whole));
    }
  }

  // A definition that needs what `with … from` chooses only serves to build rf and co.
  void bind_of_lock_cat(const std::vector<Binding>& bindings) {
    static constexpr std::array<std::string_view, 9> kBuilt = {"rf", "rfe", "rfi", "co", "coe", "coi", "fr", "fre", "fri"};
    if (std::ranges::find(kBuilt, bindings.front().name) != kBuilt.end()) return;
    try {
      environment_ = bind(bindings, environment_);
    } catch (const UnknownName&) {
    }
  }

  // The tags of accesses tell which of the kernel's conventions for read-modify-writes the model is written for.
  void run_enum(const Statement& s) {
    if (s.name != "Accesses") return;
    const bool tagged = std::any_of(s.tags.begin(), s.tags.end(), [](const std::string& tag) { return tag == "MB" || tag == "mb"; });
    if (tagged) return;
    model_.rmw_style = RmwStyle::kFenced;
    results_.clear();  // variant() may say something else now
    run_library("the prelude of older models", fenced_prelude());
  }

  // herd7's variants are switches of its command line; "lkmmv2" is the kernel's since v6.15.
  [[nodiscard]] bool variant(std::string_view name) const { return name == "lkmmv2" && model_.rmw_style == RmwStyle::kTagged; }

  // --- definitions ----------------------------------------------------------------------------------------
  static void define(Environment& environment, std::string name, Value value) {
    environment = std::make_shared<const Scope>(Scope{std::move(name), std::move(value), environment});
  }
  // Each definition of the text counts as often as it is met.
  void count_definitions(const std::vector<Binding>& bindings) {
    definitions_ += bindings.size();
    if (definitions_ > kMaxDefinitions) throw too_large(bindings.front().mark, "more than 10,000 definitions");
  }
  static Value function(Closure closure) { return {Type::kFunction, -1, std::make_shared<const Closure>(std::move(closure))}; }

  Environment bind(const std::vector<Binding>& bindings, const Environment& environment) {
    count_definitions(bindings);
    Environment result = environment;
    for (const Binding& b : bindings) {
      define(result, b.name, b.is_function ? function({b.name, Builtin::kNone, &b, environment}) : evaluate(b.body, environment));
    }
    return result;
  }

  Environment bind_recursively(const std::vector<Binding>& bindings, const Environment& environment, const SourceMark& mark) {
    count_definitions(bindings);
    if (bindings.size() > kMaxTogether) throw too_large(bindings[kMaxTogether].mark, "more than 64 definitions in one 'let rec'");
    for (const Binding& b : bindings) {
      if (b.is_function) throw error_at(b.mark, "recursive functions are not supported");
    }
    const std::vector<Type> types = types_of_recursive(bindings, environment);
    std::vector<Op> variables;
    for (const Type type : types) variables.push_back(type == Type::kSet ? Op::kSetVariable : Op::kRelationVariable);
    const NodePool::NewFixpoint fixpoint = pool_.add_fixpoint(variables);

    Environment inner = environment;
    for (std::size_t i = 0; i < bindings.size(); ++i) {
      define(inner, bindings[i].name, {types[i], fixpoint.variables[i], nullptr});
    }
    std::vector<NodeId> bodies;
    for (std::size_t i = 0; i < bindings.size(); ++i) {
      const Value body = evaluate(bindings[i].body, inner);
      const SourceMark& at = bindings[i].body.mark;
      const std::string what = "the definition of '" + bindings[i].name + "'";
      bodies.push_back(types[i] == Type::kSet ? set(body, at, what) : relation(body, at, what));
    }
    pool_.set_bodies(fixpoint.index, std::move(bodies));
    if (pool_.uses_open_fixpoint(fixpoint.index)) {
      throw error_at(mark, "a 'let rec' inside another one may not use what the outer one defines");
    }
    if (const auto culprit = pool_.never_settles(fixpoint.index)) {
      throw error_at(bindings[*culprit].body.mark,
                     "the definition of '" + bindings[*culprit].name +
                         "' has no solution that it could settle at: it comes back to itself under '~' or to the right of '\\'");
    }
    return inner;
  }

  std::vector<Type> types_of_recursive(const std::vector<Binding>& bindings, const Environment& environment) {
    std::vector<Type> types(bindings.size(), Type::kZero);
    for (bool changed = true; changed;) {
      changed = false;
      Environment inner = environment;
      for (std::size_t i = 0; i < bindings.size(); ++i) define(inner, bindings[i].name, placeholder(types[i]));
      for (std::size_t i = 0; i < bindings.size(); ++i) {
        if (types[i] != Type::kZero) continue;
        types[i] = evaluate(bindings[i].body, inner).type;
        changed = changed || types[i] != Type::kZero;
      }
    }
    std::replace(types.begin(), types.end(), Type::kZero, Type::kRelation);
    return types;
  }

  Value placeholder(Type type) {
    if (type == Type::kZero) return {};
    return {type, pool_.constant(type == Type::kSet ? Op::kEmptySet : Op::kEmptyRelation), nullptr};
  }

  // --- expressions ----------------------------------------------------------------------------------------
  Value set_value(NodeId node) { return {Type::kSet, node, nullptr}; }
  Value relation_value(NodeId node) { return {Type::kRelation, node, nullptr}; }

  static std::string describe(const Value& value) {
    switch (value.type) {
      case Type::kZero:
        return "0";
      case Type::kSet:
        return "a set";
      case Type::kRelation:
        return "a relation";
      case Type::kFunction:
        return "the function '" + value.function->name + "'";
    }
    return {};
  }
  // The node of a value that must be a set (a relation) because `user` wants one.
  NodeId set(const Value& value, const SourceMark& mark, const std::string& user) {
    if (value.type == Type::kZero) return pool_.constant(Op::kEmptySet);
    if (value.type != Type::kSet) throw error_at(mark, user + " needs a set, but this is " + describe(value));
    return value.node;
  }
  NodeId relation(const Value& value, const SourceMark& mark, const std::string& user) {
    if (value.type == Type::kZero) return pool_.constant(Op::kEmptyRelation);
    if (value.type != Type::kRelation) throw error_at(mark, user + " needs a relation, but this is " + describe(value));
    return value.node;
  }

  static ModelError too_large(const SourceMark& mark, const std::string& why) { return error_at(mark, "this model is too large: " + why); }

  Value evaluate(const Expr& e, const Environment& environment) {
    if (++steps_ > kMaxSteps) throw too_large(e.mark, "its functions call each other too often");
    if (depth_ >= kMaxDepth) throw too_large(e.mark, "its functions call each other too deeply");
    const Deeper deeper(depth_);
    Value value = evaluate_kind(e, environment);
    if (pool_.size() > kMaxNodes) throw too_large(e.mark, "more than 20,000 different expressions");
    if (value.node >= 0 && pool_.depth(value.node) > kMaxDepth) throw too_large(e.mark, "more than 1,000 operators one upon the other");
    return value;
  }

  Value evaluate_kind(const Expr& e, const Environment& environment) {
    switch (e.kind) {
      case ExprKind::kName:
        return look_up(e, environment);
      case ExprKind::kZero:
        return {};
      case ExprKind::kUniverse:
        return set_value(pool_.constant(Op::kAllEvents));
      case ExprKind::kBraces:
        if (!e.operands.empty()) throw error_at(e.mark, "a set given by its elements is not supported in models here");
        return set_value(pool_.constant(Op::kEmptySet));
      case ExprKind::kTag:
        throw error_at(e.mark, "the tag '" + e.name + " is not an expression; its events are the set named after it");
      case ExprKind::kTuple:
        throw error_at(e.mark, "a list of arguments stands only after the name of a function");
      case ExprKind::kInsert:
        throw error_at(e.mark, "'++' is not supported in models here");
      case ExprKind::kUnion:
        return combine(e, environment, "'|'", Op::kSetUnion, Op::kUnion);
      case ExprKind::kIntersection:
        return combine(e, environment, "'&'", Op::kSetIntersection, Op::kIntersection);
      case ExprKind::kDifference:
        return combine(e, environment, "'\\'", Op::kSetDifference, Op::kDifference);
      case ExprKind::kSequence:
        return sequence(e, environment);
      case ExprKind::kProduct:
        return product(e, environment);
      case ExprKind::kComplement:
        return complement(e, environment);
      case ExprKind::kPlus:
        return closure(e, environment, "'+'", Op::kPlus);
      case ExprKind::kStar:
        return closure(e, environment, "'*'", Op::kStar);
      case ExprKind::kOptional:
        return closure(e, environment, "'?'", Op::kOptional);
      case ExprKind::kInverse:
        return closure(e, environment, "'^-1'", Op::kInverse);
      case ExprKind::kIdentityOn:
        return relation_value(pool_.unary(Op::kIdentityOn, set(evaluate(e.operands[0], environment), e.operands[0].mark, "'[ ]'")));
      case ExprKind::kCall:
        return call(e, environment);
      case ExprKind::kLet:
        return evaluate(e.operands[0], bind(e.bindings, environment));
      case ExprKind::kLetRec:
        return evaluate(e.operands[0], bind_recursively(e.bindings, environment, e.mark));
      case ExprKind::kIf:
        return evaluate(e.operands[variant(e.name) ? 0 : 1], environment);
      case ExprKind::kTry:
        try {
          return evaluate(e.operands[0], environment);
        } catch (const UnknownName&) {
          return evaluate(e.operands[1], environment);
        }
    }
    return {};
  }

  Value look_up(const Expr& e, const Environment& environment) {
    for (const Scope* s = environment.get(); s != nullptr; s = s->outer.get()) {
      if (s->name == e.name) return s->value;
    }
    if (const auto known = base_set(e.name)) return set_value(pool_.base(*known));
    if (const auto known = base_relation(e.name)) return relation_value(pool_.base(*known));
    throw UnknownName{error_at(e.mark, "unknown name '" + e.name + "'")};
  }

  // `a OP b OP …` with operands that are all sets or all relations.
  Value combine(const Expr& e, const Environment& environment, const std::string& user, Op on_sets, Op on_relations) {
    Value result = evaluate(e.operands[0], environment);
    if (result.type == Type::kFunction) relation(result, e.operands[0].mark, user);
    for (std::size_t i = 1; i < e.operands.size(); ++i) {
      const Expr& operand = e.operands[i];
      const Value next = evaluate(operand, environment);
      if (result.type == Type::kZero && next.type == Type::kZero) continue;
      const Type type = result.type == Type::kZero ? next.type : result.type;
      if (type == Type::kSet) {
        const NodeId a = set(result, e.operands[0].mark, user);
        result = set_value(pool_.binary(on_sets, a, set(next, operand.mark, user + " after a set")));
      } else {
        const NodeId a = relation(result, e.operands[0].mark, user);
        result = relation_value(pool_.binary(on_relations, a, relation(next, operand.mark, user + " after a relation")));
      }
    }
    return result;
  }

  Value sequence(const Expr& e, const Environment& environment) {
    NodeId result = relation(evaluate(e.operands[0], environment), e.operands[0].mark, "';'");
    for (std::size_t i = 1; i < e.operands.size(); ++i) {
      const Expr& operand = e.operands[i];
      result = pool_.binary(Op::kThen, result, relation(evaluate(operand, environment), operand.mark, "';'"));
    }
    return relation_value(result);
  }

  Value product(const Expr& e, const Environment& environment) {
    const Expr& from = e.operands[0];
    const Expr& to = e.operands[1];
    if (e.operands.size() > 2) throw error_at(e.mark, "'*' of more than two sets");
    const NodeId a = set(evaluate(from, environment), from.mark, "'*' (the product)");
    const NodeId b = set(evaluate(to, environment), to.mark, "'*' (the product)");
    return relation_value(pool_.binary(Op::kProduct, a, b));
  }

  Value complement(const Expr& e, const Environment& environment) {
    const Value value = evaluate(e.operands[0], environment);
    if (value.type == Type::kSet) return set_value(pool_.unary(Op::kSetComplement, value.node));
    return relation_value(pool_.unary(Op::kComplement, relation(value, e.operands[0].mark, "'~'")));
  }

  Value closure(const Expr& e, const Environment& environment, const std::string& user, Op op) {
    const Expr& operand = e.operands[0];
    return relation_value(pool_.unary(op, relation(evaluate(operand, environment), operand.mark, user)));
  }

  Value call(const Expr& e, const Environment& environment) {
    const Value callee = evaluate(e.operands[0], environment);
    if (callee.type != Type::kFunction) {
      throw error_at(e.operands[0].mark, "this is " + describe(callee) + ", not a function");
    }
    const Closure& f = *callee.function;
    const Expr& argument = e.operands[1];
    std::vector<const Expr*> arguments = {&argument};
    if (argument.kind == ExprKind::kTuple) {
      arguments.clear();
      for (const Expr& element : argument.operands) arguments.push_back(&element);
    }
    const std::size_t wanted = f.definition == nullptr ? 1 : f.definition->parameters.size();
    if (arguments.size() != wanted) {
      throw error_at(e.mark, "'" + f.name + "' takes " + count(wanted) + ", but " + std::to_string(arguments.size()) +
                                 (arguments.size() == 1 ? " is given" : " are given"));
    }
    if (f.builtin != Builtin::kNone) return call_builtin(f, argument, evaluate(*arguments[0], environment));
    Call made{f.definition, f.environment, {}};
    for (const Expr* a : arguments) made.arguments.push_back(evaluate(*a, environment));
    if (const auto known = results_.find(made); known != results_.end()) return known->second;
    Environment inner = f.environment;
    for (std::size_t i = 0; i < wanted; ++i) define(inner, f.definition->parameters[i], made.arguments[i]);
    try {
      return results_.emplace(std::move(made), evaluate(f.definition->body, inner)).first->second;
    } catch (const ModelError& error) {
      // What is wrong is as a rule the argument, and a function of the prelude is no text of the user's.
      if (error.file != e.mark.source->file) throw error_at(e.mark, "in '" + f.name + "': " + error.message);
      throw;
    }
  }

  // One more expression is under evaluation while this lives.
  class Deeper {
   public:
    explicit Deeper(int& depth) : depth_(++depth) {}
    ~Deeper() { --depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    int& depth_;
  };

  static std::string count(std::size_t n) { return std::to_string(n) + (n == 1 ? " argument" : " arguments"); }

  Value call_builtin(const Closure& f, const Expr& argument, const Value& value) {
    const NodeId node = relation(value, argument.mark, "'" + f.name + "'");
    switch (f.builtin) {
      case Builtin::kDomain:
        return set_value(pool_.unary(Op::kDomain, node));
      case Builtin::kRange:
        return set_value(pool_.unary(Op::kRange, node));
      default:
        return relation_value(pool_.unary(Op::kDifferentValues, node));
    }
  }

  // A call of a function: of the same ones only the first is worked out, for functions may call each other many times over.
  struct Call {
    const Binding* definition;
    Environment environment;
    std::vector<Value> arguments;
    friend bool operator<(const Call& a, const Call& b) {
      return std::tie(a.definition, a.environment, a.arguments) < std::tie(b.definition, b.environment, b.arguments);
    }
  };

  const IncludeReader& include_;
  Model model_;
  std::map<Call, Value> results_;
  NodePool pool_;
  Environment environment_;
  std::vector<std::unique_ptr<ParsedSource>> parsed_;
  std::vector<const Source*> open_files_;
  bool in_lock_cat_ = false;  // one that lies beside the model
  std::size_t includes_ = 0;
  std::size_t included_bytes_ = 0;
  std::size_t definitions_ = 0;
  std::size_t steps_ = 0;
  int depth_ = 0;
};

}  // namespace

Model elaborate(std::vector<Source> files, const IncludeReader& include) { return Elaborator(include).run(std::move(files)); }

}  // namespace lkmc::cat
