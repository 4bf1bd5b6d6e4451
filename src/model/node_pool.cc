// SPDX-License-Identifier: Apache-2.0
// Simplification happens where a node is made, so that a simplified node is all that anyone ever sees.
#include "src/model/node_pool.h"

#include <algorithm>
#include <utility>

namespace lkmc::cat {

std::size_t NodePool::Hash::operator()(const Node& n) const {
  std::uint64_t h = static_cast<std::uint64_t>(n.op);
  for (const std::int32_t part : {n.a, n.b, n.index}) {
    h = (h ^ static_cast<std::uint32_t>(part)) * 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
  }
  return static_cast<std::size_t>(h);
}

NodeId NodePool::intern(const Node& node) {
  const auto [it, fresh] = ids_.try_emplace(node, static_cast<NodeId>(nodes_.size()));
  if (fresh) {
    nodes_.push_back(node);
    depths_.push_back(1 + std::max(node.a < 0 ? 0 : depth(node.a), node.b < 0 ? 0 : depth(node.b)));
  }
  return it->second;
}

bool NodePool::is_id(NodeId id) const { return is(id, Op::kBaseRelation) && at(id).index == static_cast<std::int32_t>(BaseRelation::kId); }

NodeId NodePool::base(BaseSet set) { return intern({Op::kBaseSet, -1, -1, static_cast<std::int32_t>(set)}); }

NodeId NodePool::base(BaseRelation relation) { return intern({Op::kBaseRelation, -1, -1, static_cast<std::int32_t>(relation)}); }

NodeId NodePool::constant(Op op) { return intern({op, -1, -1, -1}); }

NodeId NodePool::unary(Op op, NodeId a) {
  const Node operand = at(a);
  const bool partial_identity = operand.op == Op::kIdentityOn || is_id(a);
  switch (op) {
    case Op::kSetComplement:
      if (operand.op == Op::kSetComplement) return operand.a;
      if (operand.op == Op::kEmptySet) return constant(Op::kAllEvents);
      if (operand.op == Op::kAllEvents) return constant(Op::kEmptySet);
      break;
    case Op::kComplement:
      if (operand.op == Op::kComplement) return operand.a;
      break;
    case Op::kDomain:
    case Op::kRange:
      if (operand.op == Op::kEmptyRelation) return constant(Op::kEmptySet);
      if (operand.op == Op::kIdentityOn) return operand.a;
      if (is_id(a)) return constant(Op::kAllEvents);
      break;
    case Op::kIdentityOn:
      if (operand.op == Op::kEmptySet) return constant(Op::kEmptyRelation);
      if (operand.op == Op::kAllEvents) return base(BaseRelation::kId);
      break;
    case Op::kInverse:
      if (operand.op == Op::kInverse) return operand.a;
      if (operand.op == Op::kEmptyRelation || partial_identity) return a;
      break;
    case Op::kPlus:
      if (operand.op == Op::kEmptyRelation || partial_identity) return a;
      if (operand.op == Op::kPlus || operand.op == Op::kStar) return a;
      if (operand.op == Op::kOptional) return unary(Op::kStar, operand.a);
      break;
    case Op::kStar:
      if (operand.op == Op::kEmptyRelation || partial_identity) return base(BaseRelation::kId);
      if (operand.op == Op::kStar) return a;
      if (operand.op == Op::kPlus || operand.op == Op::kOptional) return unary(Op::kStar, operand.a);
      break;
    case Op::kOptional:
      if (operand.op == Op::kEmptyRelation || partial_identity) return base(BaseRelation::kId);
      if (operand.op == Op::kStar || operand.op == Op::kOptional) return a;
      if (operand.op == Op::kPlus) return unary(Op::kStar, operand.a);
      break;
    case Op::kDifferentValues:
      if (operand.op == Op::kEmptyRelation || partial_identity) return constant(Op::kEmptyRelation);
      break;
    default:
      break;
  }
  return intern({op, a, -1, -1});
}

NodeId NodePool::binary(Op op, NodeId a, NodeId b) {
  switch (op) {
    case Op::kSetUnion:
    case Op::kUnion:
      if (a == b || is_empty(b) || is(a, Op::kAllEvents)) return a;
      if (is_empty(a) || is(b, Op::kAllEvents)) return b;
      if (a > b) std::swap(a, b);
      break;
    case Op::kSetIntersection:
    case Op::kIntersection:
      if (a == b || is_empty(a) || is(b, Op::kAllEvents)) return a;
      if (is_empty(b) || is(a, Op::kAllEvents)) return b;
      if (a > b) std::swap(a, b);
      break;
    case Op::kSetDifference:
      if (is_empty(a) || is_empty(b)) return a;
      if (a == b || is(b, Op::kAllEvents)) return constant(Op::kEmptySet);
      break;
    case Op::kDifference:
      if (is_empty(a) || is_empty(b)) return a;
      if (a == b) return constant(Op::kEmptyRelation);
      break;
    case Op::kProduct:
      if (is_empty(a) || is_empty(b)) return constant(Op::kEmptyRelation);
      break;
    case Op::kThen:
      if (is_empty(a) || is_id(b)) return a;
      if (is_empty(b) || is_id(a)) return b;
      if (a == b && is(a, Op::kStar)) return a;
      if (is(b, Op::kIdentityOn)) {
        if (is(a, Op::kIdentityOn)) return unary(Op::kIdentityOn, binary(Op::kSetIntersection, at(a).a, at(b).a));
        if (is(a, Op::kThen) && is(at(a).b, Op::kIdentityOn)) {
          return binary(Op::kThen, at(a).a, binary(Op::kThen, at(a).b, b));
        }
      }
      break;
    default:
      break;
  }
  return intern({op, a, b, -1});
}

NodePool::NewFixpoint NodePool::add_fixpoint(const std::vector<Op>& variables) {
  NewFixpoint fresh{fixpoints_.size(), {}};
  Fixpoint& fixpoint = fixpoints_.emplace_back();
  for (const Op op : variables) {
    const auto variable = static_cast<std::int32_t>(variable_nodes_.size());
    fixpoint.variables.push_back(variable);
    variable_fixpoint_.push_back(static_cast<std::int32_t>(fresh.index));
    fresh.variables.push_back(intern({op, -1, -1, variable}));
    variable_nodes_.push_back(fresh.variables.back());
  }
  return fresh;
}

void NodePool::set_bodies(std::size_t fixpoint, std::vector<NodeId> bodies) {
  // Who uses a variable from here on stands upon all bodies.
  int deepest = 0;
  for (const NodeId body : bodies) deepest = std::max(deepest, depth(body));
  for (const std::int32_t v : fixpoints_[fixpoint].variables) {
    depths_[static_cast<std::size_t>(variable_nodes_[static_cast<std::size_t>(v)])] = 1 + deepest;
  }
  fixpoints_[fixpoint].bodies = std::move(bodies);
}

bool NodePool::uses_open_fixpoint(std::size_t fixpoint) const {
  std::vector<NodeId> pending = fixpoints_[fixpoint].bodies;
  std::vector<bool> seen(nodes_.size(), false);
  while (!pending.empty()) {
    const NodeId id = pending.back();
    pending.pop_back();
    if (id < 0 || seen[static_cast<std::size_t>(id)]) continue;
    seen[static_cast<std::size_t>(id)] = true;
    const Node& node = at(id);
    if (node.op == Op::kSetVariable || node.op == Op::kRelationVariable) {
      const std::int32_t owner = variable_fixpoint_[static_cast<std::size_t>(node.index)];
      if (fixpoints_[static_cast<std::size_t>(owner)].bodies.empty()) return true;
    }
    pending.push_back(node.a);
    pending.push_back(node.b);
  }
  return false;
}

// Copies the needed nodes into the model, depth first from the axioms.
class Finisher {
 public:
  Finisher(const NodePool& pool, Model& model) : pool_(pool), model_(model), copy_(pool.nodes_.size(), -1) {}

  NodeId copy(NodeId id) {
    if (done(id) >= 0) return done(id);
    Node node = pool_.at(id);
    if (node.op == Op::kSetVariable || node.op == Op::kRelationVariable) {
      copy_fixpoint(static_cast<std::size_t>(pool_.variable_fixpoint_[static_cast<std::size_t>(node.index)]));
      return done(id);
    }
    if (node.a >= 0) node.a = copy(node.a);
    if (node.b >= 0) node.b = copy(node.b);
    // The operands may have brought in the fixpoint that this node is part of, and with it the node itself.
    if (done(id) >= 0) return done(id);
    return append(id, node);
  }

 private:
  NodeId& done(NodeId id) { return copy_[static_cast<std::size_t>(id)]; }

  NodeId append(NodeId id, const Node& node) {
    done(id) = static_cast<NodeId>(model_.nodes.size());
    model_.nodes.push_back(node);
    return done(id);
  }

  void copy_fixpoint(std::size_t f) {
    const Fixpoint& old = pool_.fixpoints_[f];
    Fixpoint fixpoint;
    for (const std::int32_t v : old.variables) {
      const NodeId id = pool_.variable_nodes_[static_cast<std::size_t>(v)];
      Node node = pool_.at(id);
      node.index = static_cast<std::int32_t>(model_.variable_fixpoint.size());
      model_.variable_fixpoint.push_back(-1);
      fixpoint.variables.push_back(node.index);
      append(id, node);
    }
    for (const NodeId body : old.bodies) fixpoint.bodies.push_back(copy(body));
    for (const std::int32_t v : fixpoint.variables) {
      model_.variable_fixpoint[static_cast<std::size_t>(v)] = static_cast<std::int32_t>(model_.fixpoints.size());
    }
    model_.fixpoints.push_back(std::move(fixpoint));
  }

  const NodePool& pool_;
  Model& model_;
  std::vector<NodeId> copy_;
};

void NodePool::finish(Model& model) const {
  Finisher finisher(*this, model);
  for (Axiom& axiom : model.axioms) axiom.node = finisher.copy(axiom.node);
}

}  // namespace lkmc::cat
