// SPDX-License-Identifier: Apache-2.0
// What can be said of a model before any program is seen: which of its nodes only grow with an execution, and whether
// it contains the two axioms that the search can guarantee by the way it chooses rf and co.
#include <algorithm>
#include <set>

#include "src/model/checker.h"

namespace lkmc {
namespace {

const Node& at(const Model& model, NodeId node) { return model.nodes[static_cast<std::size_t>(node)]; }

bool is_variable(const Node& n) { return n.op == Op::kSetVariable || n.op == Op::kRelationVariable; }

bool is_base(const Model& model, NodeId node, BaseRelation relation) {
  const Node& n = at(model, node);
  return n.op == Op::kBaseRelation && n.index == static_cast<std::int32_t>(relation);
}

// Whether the node is `a op b` or `b op a` with operands that satisfy the predicates.
template <class A, class B>
bool is_commutative(const Model& model, NodeId node, Op op, const A& is_a, const B& is_b) {
  const Node& n = at(model, node);
  return n.op == op && ((is_a(n.a) && is_b(n.b)) || (is_a(n.b) && is_b(n.a)));
}

bool is_fr(const Model& model, NodeId node) {
  const Node& n = at(model, node);
  if (n.op == Op::kDifference && is_base(model, n.b, BaseRelation::kId)) return is_fr(model, n.a);
  return n.op == Op::kThen && at(model, n.a).op == Op::kInverse && is_base(model, at(model, n.a).a, BaseRelation::kRf) &&
         is_base(model, n.b, BaseRelation::kCo);
}

// The operands of a union, however it is nested; unions may share operands many times over.
std::set<NodeId> union_members(const Model& model, NodeId node) {
  std::set<NodeId> members, seen;
  std::vector<NodeId> pending = {node};
  while (!pending.empty()) {
    const NodeId next = pending.back();
    pending.pop_back();
    if (!seen.insert(next).second) continue;
    const Node& n = at(model, next);
    if (n.op == Op::kUnion) {
      pending.insert(pending.end(), {n.a, n.b});
    } else {
      members.insert(next);
    }
  }
  return members;
}

}  // namespace

ModelFacts::ModelFacts(const Model& model) {
  find_growth(model);
  find_members(model);
  find_shapes(model);
}

bool ModelFacts::grows(NodeId node) const {
  const Growth g = growth_[static_cast<std::size_t>(node)];
  return g == Growth::kStable || g == Growth::kGrows;
}

// Events are added at the ends of threads and rf and co gain pairs. Seen from the events that were there before, the
// base sets and relations that the program fixes stay as they are, and rf and co grow.
void ModelFacts::find_growth(const Model& model) {
  const auto either = [](Growth a, Growth b) {
    if (a == Growth::kStable) return b;
    if (b == Growth::kStable || a == b) return a;
    return Growth::kUnknown;
  };
  const auto flip = [](Growth g) {
    if (g == Growth::kGrows) return Growth::kShrinks;
    if (g == Growth::kShrinks) return Growth::kGrows;
    return g;
  };
  // New events may open new paths between old ones.
  const auto path = [](Growth g) { return g == Growth::kStable || g == Growth::kGrows ? Growth::kGrows : Growth::kUnknown; };

  growth_.assign(model.nodes.size(), Growth::kStable);
  std::vector<Growth> variables(model.variable_fixpoint.size(), Growth::kGrows);
  for (bool changed = true; changed;) {
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      const Node& n = model.nodes[i];
      const Growth a = n.a < 0 ? Growth::kStable : growth_[static_cast<std::size_t>(n.a)];
      const Growth b = n.b < 0 ? Growth::kStable : growth_[static_cast<std::size_t>(n.b)];
      Growth& g = growth_[i];
      switch (n.op) {
        case Op::kBaseSet:
        case Op::kEmptySet:
        case Op::kAllEvents:
        case Op::kEmptyRelation:
          g = Growth::kStable;
          break;
        case Op::kBaseRelation:
          g = n.index == static_cast<std::int32_t>(BaseRelation::kRf) || n.index == static_cast<std::int32_t>(BaseRelation::kCo)
                  ? Growth::kGrows
                  : Growth::kStable;
          break;
        case Op::kSetVariable:
        case Op::kRelationVariable:
          g = variables[static_cast<std::size_t>(n.index)];
          break;
        case Op::kSetUnion:
        case Op::kSetIntersection:
        case Op::kUnion:
        case Op::kIntersection:
        case Op::kProduct:
          g = either(a, b);
          break;
        case Op::kSetDifference:
        case Op::kDifference:
          g = either(a, flip(b));
          break;
        case Op::kSetComplement:
        case Op::kComplement:
          g = flip(a);
          break;
        case Op::kIdentityOn:
        case Op::kInverse:
        case Op::kOptional:
          g = a;
          break;
        case Op::kDomain:
        case Op::kRange:
        case Op::kPlus:
        case Op::kStar:
          g = path(a);
          break;
        case Op::kThen:
          g = path(either(a, b));
          break;
        case Op::kDifferentValues:
          g = Growth::kUnknown;
          break;
      }
    }
    changed = false;
    for (const Fixpoint& f : model.fixpoints) {
      for (std::size_t v = 0; v < f.variables.size(); ++v) {
        Growth& g = variables[static_cast<std::size_t>(f.variables[v])];
        if (g != Growth::kUnknown && !grows(f.bodies[v])) {
          g = Growth::kUnknown;
          changed = true;
        }
      }
    }
  }
}

void ModelFacts::find_members(const Model& model) {
  for (std::size_t f = 0; f < model.fixpoints.size(); ++f) {
    std::vector<bool> depends(model.nodes.size(), false);
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      const Node& n = model.nodes[i];
      depends[i] = is_variable(n)
                       ? model.variable_fixpoint[static_cast<std::size_t>(n.index)] == static_cast<int>(f)
                       : (n.a >= 0 && depends[static_cast<std::size_t>(n.a)]) || (n.b >= 0 && depends[static_cast<std::size_t>(n.b)]);
    }
    std::vector<bool> used(model.nodes.size(), false);
    for (const NodeId body : model.fixpoints[f].bodies) used[static_cast<std::size_t>(body)] = true;
    for (std::size_t i = model.nodes.size(); i-- > 0;) {
      if (!used[i]) continue;
      if (model.nodes[i].a >= 0) used[static_cast<std::size_t>(model.nodes[i].a)] = true;
      if (model.nodes[i].b >= 0) used[static_cast<std::size_t>(model.nodes[i].b)] = true;
    }
    std::vector<NodeId>& members = members_.emplace_back();
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      if (depends[i] && used[i] && !is_variable(model.nodes[i])) members.push_back(static_cast<NodeId>(i));
    }
  }
}

void ModelFacts::find_shapes(const Model& model) {
  const auto is_rel = [&](BaseRelation r) { return [&model, r](NodeId node) { return is_base(model, node, r); }; };
  const auto is_po_loc = [&](NodeId node) {
    return is_commutative(model, node, Op::kIntersection, is_rel(BaseRelation::kPo), is_rel(BaseRelation::kLoc));
  };
  const auto is_fre = [&](NodeId node) {
    return is_commutative(
        model, node, Op::kIntersection, [&](NodeId a) { return is_fr(model, a); }, is_rel(BaseRelation::kExt));
  };
  const auto is_coe = [&](NodeId node) {
    return is_commutative(model, node, Op::kIntersection, is_rel(BaseRelation::kCo), is_rel(BaseRelation::kExt));
  };
  const auto is_fre_coe = [&](NodeId node) {
    return at(model, node).op == Op::kThen && is_fre(at(model, node).a) && is_coe(at(model, node).b);
  };

  for (const Axiom& axiom : model.axioms) {
    bool coherence = false;
    bool atomicity = false;
    if (!axiom.is_flag && !axiom.negated && axiom.test == Axiom::Test::kAcyclic) {
      const std::set<NodeId> members = union_members(model, axiom.node);
      const auto has = [&](const auto& predicate) { return std::any_of(members.begin(), members.end(), predicate); };
      const bool com =
          has(is_rel(BaseRelation::kRf)) && has(is_rel(BaseRelation::kCo)) && has([&](NodeId node) { return is_fr(model, node); });
      coherence = com && has(is_po_loc) && members.size() == 4;
      if (com && (has(is_po_loc) || has(is_rel(BaseRelation::kPo)))) implies_coherence_ = true;
    }
    if (!axiom.is_flag && !axiom.negated && axiom.test == Axiom::Test::kEmpty) {
      atomicity = is_commutative(model, axiom.node, Op::kIntersection, is_rel(BaseRelation::kRmw), is_fre_coe);
      implies_atomicity_ = implies_atomicity_ || atomicity;
    }
    coherence_.push_back(coherence);
    atomicity_.push_back(atomicity);
  }
}

}  // namespace lkmc
