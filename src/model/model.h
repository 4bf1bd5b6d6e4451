// SPDX-License-Identifier: Apache-2.0
// A memory model: the axioms of a cat file, as a graph of operations on sets of events and relations between them.
//
// cat is the language of herd7's models (Alglave, Cousot, Maranget: "Syntax and semantics of the weak consistency
// model specification language cat", 2016). `load_model` reads the text (lexer.h, parser.h), resolves names, inlines
// functions and turns it into this form (elaborate.h): every expression is a node, equal expressions are one node,
// operands come before their users. `Checker` (checker.h) evaluates it on executions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/graph/event.h"

namespace lkmc {

// Base sets and relations, those that the checker itself provides. The name table is in base.h.
enum class BaseSet : std::int32_t;
enum class BaseRelation : std::int32_t {
  kPo,
  kAddr,
  kData,
  kCtrl,
  kRmw,
  kLoc,
  kInt,
  kExt,
  kId,  // fixed by the events
  kRf,
  kCo,  // what the search decides
};

// A node of the model's expression graph.
using NodeId = std::int32_t;

enum class Op : std::uint8_t {
  // Sets of events.
  kBaseSet,  // index: BaseSet
  kEmptySet,
  kAllEvents,
  kSetUnion,
  kSetIntersection,
  kSetDifference,  // a, b
  kSetComplement,  // a
  kDomain,
  kRange,        // a: relation
  kSetVariable,  // index: variable of a fixpoint
  // Relations.
  kBaseRelation,  // index: BaseRelation
  kEmptyRelation,
  kIdentityOn,  // [a], a: set
  kProduct,     // a * b, both sets
  kUnion,
  kIntersection,
  kDifference,  // a, b
  kComplement,  // a
  kThen,        // a ; b
  kInverse,     // a^-1
  kPlus,
  kStar,
  kOptional,          // a+ a* a?
  kDifferentValues,   // pairs of a whose two events have different values
  kRelationVariable,  // index: variable of a fixpoint
};

struct Node {
  Op op = Op::kEmptyRelation;
  NodeId a = -1;
  NodeId b = -1;
  std::int32_t index = -1;
  friend bool operator==(const Node&, const Node&) = default;
};

// `let rec v1 = e1 and v2 = e2 …`: the variables start empty; one round evaluates the bodies in their order, each
// seeing the new values of those before it; rounds go on until nothing changes. (In this order, as herd7 does: the
// kernel's pairing of rcu_read_lock() and rcu_read_unlock() is not monotone and depends on it.)
// Variable i of the model is node kSetVariable / kRelationVariable with index i.
struct Fixpoint {
  std::vector<std::int32_t> variables;
  std::vector<NodeId> bodies;
};

struct Axiom {
  enum class Test : std::uint8_t { kAcyclic, kIrreflexive, kEmpty };
  Test test = Test::kEmpty;
  bool negated = false;  // `~empty …`
  bool is_flag = false;  // a flag marks the test and never removes an execution
  std::string name;      // what stands after `as`; empty if nothing does
  NodeId node = -1;      // a set or a relation
  std::int32_t line = 0;
};

struct Model {
  std::string name;  // the string at the top of the cat file
  RmwStyle rmw_style = RmwStyle::kTagged;
  std::vector<Node> nodes;
  std::vector<Fixpoint> fixpoints;              // fixpoint f's variables are used only after it or inside it
  std::vector<std::int32_t> variable_fixpoint;  // variable -> its fixpoint
  std::vector<Axiom> axioms;                    // in the order of the file
};

// What is wrong with a cat file, and where.
struct ModelError {
  std::string file;
  std::int32_t line = 0;
  std::int32_t column = 0;
  std::string message;
  std::string source_line;  // the offending line, without its end
};

// Reads the model `name_or_path`: the name of a built-in one (see built_in_models), else a path to a cat file.
// Files that it includes are looked up beside it; those that the checker answers itself (lock.cat, cos.cat,
// cross.cat, stdlib.cat) are not read. If the folder of `X.cat` has an `X.bell`, that is read first.
[[nodiscard]] std::variant<Model, ModelError> load_model(std::string_view name_or_path);

// The same from text, for tests: `file` is the name that errors show.
[[nodiscard]] std::variant<Model, ModelError> load_model_text(std::string_view file, std::string_view text);

}  // namespace lkmc
