// SPDX-License-Identifier: Apache-2.0
// The tree of a C file as clang prints it: `clang -fsyntax-only -Xclang -ast-dump=json`.
//
// clang parses, resolves names, macros and overloads of operators, and makes every conversion a node of its own; what is left
// to do is what sizeof and offsets are (type.h), and what the statements do (lower.h). The JSON is not documented, but the
// attributes read here have kept their names from clang 14 to 19.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/graph/event.h"

namespace lkmc::c {

// What is wrong with a file, and where; it says so itself if there is no place.
struct Error {
  SourcePos pos;
  std::string message;
  std::string file{};  // as reports call it, where `pos` does not say
};

// Thrown where another program was stopped, since lkmc was asked to.
struct Stopped {};

// One node, with those of clang's attributes that matter here. An attribute that it does not have is empty.
struct Node {
  std::string kind;
  std::string id;
  SourcePos pos;          // where the user reads it: of what a macro makes, where the macro is used
  std::string type;       // as written
  std::string real_type;  // without typedefs, if that is another one
  std::string name;
  std::string opcode;
  std::string cast_kind;
  std::string value;                            // of a literal or a constant expression
  std::string declaration;                      // the id of what it names: a declaration, a label, a member
  std::string declared_name;                    // of what it names
  std::string tag_used;                         // `struct` or `union`
  std::string storage;                          // `static`, `extern`
  std::string operand_type, real_operand_type;  // of sizeof(type), and that in which a compound assignment computes
  bool is_arrow = false, is_postfix = false, is_bit_field = false, is_complete = false, is_range = false, has_else = false;
  bool is_implicit = false;
  std::vector<Node> inner;
  std::vector<Node> filler;  // of an array that is initialised in part: what the other elements are
};

struct Tree {
  Node root;
  std::set<std::string, std::less<>> files;  // for SourcePos::file
};

[[nodiscard]] inline bool is(const Node& n, std::string_view kind) { return n.kind == kind; }
[[nodiscard]] const Node& without_parentheses(const Node& n);
// What a call names: null if it calls through a pointer. And its name, which then is empty.
[[nodiscard]] const Node* called(const Node& call);
[[nodiscard]] std::string callee_of(const Node& call);
[[noreturn]] inline void refuse(const Node& n, const std::string& what) { throw Error{n.pos, what}; }

// What a string literal says, which clang prints as it would be written.
[[nodiscard]] std::string unquoted(std::string_view literal);

[[nodiscard]] std::variant<std::unique_ptr<Tree>, Error> read_tree(const std::string& json);

}  // namespace lkmc::c
