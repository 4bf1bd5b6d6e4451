// SPDX-License-Identifier: Apache-2.0
// A cat file as the parser reads it: statements and expressions, names not yet resolved.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "src/model/model.h"
#include "src/model/source.h"

namespace lkmc::cat {

enum class ExprKind : std::uint8_t {
  kName,      // name
  kZero,      // 0: the empty relation, or the empty set where a set is wanted
  kUniverse,  // _: all events
  kBraces,    // { … }: operands are the elements; only the empty set has a meaning here
  kTag,       // 'name
  kTuple,     // operands: two or more arguments of a function, or none
  kInsert,    // `a ++ b`, which only a lock.cat may say
  kUnion,     // operands: two or more, also in the next three
  kSequence,
  kIntersection,
  kDifference,  // a \ b \ c is (a \ b) \ c
  kProduct,
  kComplement,  // operands: one, from here on
  kPlus,
  kStar,
  kOptional,
  kInverse,
  kIdentityOn,  // [ a ]
  kCall,        // operands: the function, its argument (a kTuple for several)
  kLet,         // bindings, and the operand in which they hold
  kLetRec,
  kIf,   // name: the variant; operands: then, else
  kTry,  // operands: the attempt, what stands for it if it names something unknown
};

struct Binding;

struct Expr {
  ExprKind kind = ExprKind::kZero;
  SourceMark mark;  // of an operator: the first one
  std::string name;
  std::vector<Expr> operands;
  std::vector<Binding> bindings;
};

// `name = body`, or the function `name(parameters) = body`.
struct Binding {
  SourceMark mark;
  std::string name;
  bool is_function = false;
  std::vector<std::string> parameters;  // `_` where the argument is not used
  Expr body;
};

enum class StatementKind : std::uint8_t {
  kLet,      // bindings
  kLetRec,   // bindings
  kTest,     // test, expr
  kInclude,  // name: the file
  kEnum,     // name, tags
  kIf,       // name: the variant; branches
  kWith,     // name, expr: `with name from expr`, which only a lock.cat may say
};

struct Statement {
  StatementKind kind = StatementKind::kLet;
  SourceMark mark;
  std::string name;
  std::vector<Binding> bindings;
  Axiom test;  // without its node
  Expr expr;
  std::vector<std::string> tags;
  std::vector<Statement> then_branch, else_branch;
};

// Statements that only concern herd7's display (show, unshow) or its check of instructions are read and dropped.
struct CatFile {
  std::string title;  // the model's name for itself; empty if it has none
  std::vector<Statement> statements;
};

}  // namespace lkmc::cat
