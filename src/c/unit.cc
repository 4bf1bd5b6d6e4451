// SPDX-License-Identifier: Apache-2.0
#include "src/c/unit.h"

#include <algorithm>
#include <memory>

#include "src/c/flow.h"
#include "src/c/lowering.h"

namespace lkmc::c {

Unit::Unit(const Tree& tree, const Types& types) : tree_(tree), types_(types) {
  for (const Node& n : tree.root.inner) {
    if (is(n, "FunctionDecl")) functions_[n.name] = has_body(n) || !functions_.contains(n.name) ? &n : functions_[n.name];
    if (is(n, "VarDecl")) note_variable(n);
  }
}

std::optional<int> Unit::function(const std::string& name, const SourcePos& used_at) {
  const auto found = functions_.find(name);
  if (found == functions_.end() || !has_body(*found->second)) {
    unknown_.try_emplace(name, used_at);
    return std::nullopt;
  }
  const auto [index, is_new] = function_index_.try_emplace(name, static_cast<int>(code().functions.size()));
  if (is_new) {
    code().functions.push_back(std::make_unique<Function>(Function{.name = name, .pos = found->second->pos}));
    waiting_.push_back(found->second);
  }
  return index->second;
}

bool Unit::provides(const std::string& name) const {
  const auto found = functions_.find(name);
  return found != functions_.end() && has_body(*found->second);
}

void Unit::note_static(const Node& n) {
  variables_[n.id] = &n;
  statics_.insert(n.id);
}

int Unit::global(const std::string& id) {
  const Node* n = variables_.at(id);
  if (!statics_.contains(id)) {
    // All declarations of one variable are the same.
    if (const auto definition = definitions_.find(n->name); definition != definitions_.end()) n = definition->second;
  }
  const auto [index, is_new] = global_index_.try_emplace(n->id, static_cast<int>(code().globals.size()));
  if (is_new) {
    code().globals.push_back({.name = n->name, .type = types_.of(*n), .pos = n->pos});
    (void)types_.size_of(code().globals.back().type, n->pos);
    if (!n->inner.empty()) to_initialise_.emplace_back(index->second, n);
  }
  return index->second;
}

int Unit::text(const Node& literal) {
  const std::string text = unquoted(literal.value);
  const auto [index, is_new] = texts_.try_emplace(text, static_cast<int>(code().globals.size()));
  if (is_new) {
    code().globals.push_back({.name = literal.value, .type = types_.of(literal), .pos = literal.pos, .is_text = true, .text = text});
  }
  return index->second;
}

void Unit::note_variable(const Node& n) {
  variables_[n.id] = &n;
  const bool has_value = std::any_of(n.inner.begin(), n.inner.end(), [](const Node& i) { return !i.kind.ends_with("Attr"); });
  const auto known = definitions_.find(n.name);
  if (known == definitions_.end() || has_value || (known->second->storage == "extern" && n.storage != "extern")) definitions_[n.name] = &n;
}

Lowered Unit::take() {
  const auto is_table = [&](const Node& n) { return is(n, "VarDecl") && n.type.find("struct lkmc_case[") != std::string::npos; };
  for (const Node& n : tree_.root.inner) {
    if (!is_table(n)) continue;
    CaseTable table{.global = global(n.id)};
    for (const Node& list : n.inner) {
      for (const Node& element : list.inner) table.positions.push_back(element.pos);
    }
    lowered_.tables.push_back(std::move(table));
  }
  code().initialise = static_cast<int>(code().functions.size());
  code().functions.push_back(std::make_unique<Function>(Function{.name = "initial values", .pos = {}}));
  Lowering initial(*this, *code().functions.back());
  std::size_t functions = 0, globals = 0;
  while (functions < waiting_.size() || globals < to_initialise_.size()) {
    if (globals < to_initialise_.size()) {
      const auto [global, variable] = to_initialise_[globals++];
      initial.initialise(global, *variable);
    } else {
      const Node& declaration = *waiting_[functions++];
      Function& function = *code().functions[static_cast<std::size_t>(function_index_.at(declaration.name))];
      Lowering(*this, function).lower(declaration);
    }
  }
  initial.finish({});
  if (!unknown_.empty()) {
    std::string names;
    for (const auto& [name, pos] : unknown_) names += (names.empty() ? "" : ", ") + name;
    const auto first =
        std::min_element(unknown_.begin(), unknown_.end(), [](const auto& a, const auto& b) { return a.second.line < b.second.line; });
    throw Error{first->second, (unknown_.size() == 1 ? "this has no meaning here: " : "these have no meaning here: ") + names};
  }
  for (const auto& function : code().functions) analyse(*function);
  return std::move(lowered_);
}

Lowered lower(const Tree& tree, const Types& types) { return Unit(tree, types).take(); }

}  // namespace lkmc::c
