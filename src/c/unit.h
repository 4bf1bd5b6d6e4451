// SPDX-License-Identifier: Apache-2.0
// What the functions of a C file have in common: who has which name, and what is needed of them.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/c/lower.h"

namespace lkmc::c {

class Unit {
 public:
  Unit(const Tree& tree, const Types& types);

  [[nodiscard]] const Types& types() const { return types_; }
  Code& code() { return lowered_.code; }

  // The index of a function that has a body; nothing if nobody provides it, which is noted.
  std::optional<int> function(const std::string& name, const SourcePos& used_at);

  [[nodiscard]] bool provides(const std::string& name) const;

  // A variable of the file, or a static one of a function.
  [[nodiscard]] bool is_global(const std::string& id) const { return variables_.contains(id); }
  void note_static(const Node& n);
  int global(const std::string& id);
  int text(const Node& literal);

  // Takes in the tables, and then whatever is found to be needed, until nothing is missing.
  Lowered take();

 private:
  static bool has_body(const Node& n) {
    return std::any_of(n.inner.begin(), n.inner.end(), [](const Node& i) { return i.kind == "CompoundStmt"; });
  }
  void note_variable(const Node& n);

  const Tree& tree_;
  const Types& types_;
  Lowered lowered_;
  std::map<std::string, const Node*> functions_;    // by name
  std::map<std::string, const Node*> variables_;    // by id
  std::map<std::string, const Node*> definitions_;  // by name
  std::set<std::string> statics_;                   // those of functions, by id
  std::map<std::string, int> function_index_, global_index_, texts_;
  std::vector<const Node*> waiting_;  // functions whose code is still to be lowered
  std::vector<std::pair<int, const Node*>> to_initialise_;
  std::map<std::string, SourcePos> unknown_;
};

}  // namespace lkmc::c
