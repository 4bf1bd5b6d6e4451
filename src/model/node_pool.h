// SPDX-License-Identifier: Apache-2.0
// The nodes of a model under construction: equal expressions become one node, and what is trivially simpler is
// simplified (`0 | r` is `r`, `(r*)*` is `r*`, `[S] ; [T]` is `[S & T]`).
//
// Inlining functions and trying out types leaves nodes that no axiom needs; `finish` drops them and orders the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "src/model/base.h"
#include "src/model/model.h"

namespace lkmc::cat {

class NodePool {
 public:
  [[nodiscard]] NodeId base(BaseSet set);
  [[nodiscard]] NodeId base(BaseRelation relation);
  // A constant: kEmptySet, kAllEvents, kEmptyRelation.
  [[nodiscard]] NodeId constant(Op op);
  [[nodiscard]] NodeId unary(Op op, NodeId a);
  [[nodiscard]] NodeId binary(Op op, NodeId a, NodeId b);

  // A new fixpoint of `variables.size()` variables; `variables[i]` is kSetVariable or kRelationVariable. Returns the
  // nodes of the variables. The bodies are given later.
  struct NewFixpoint {
    std::size_t index = 0;
    std::vector<NodeId> variables;
  };
  [[nodiscard]] NewFixpoint add_fixpoint(const std::vector<Op>& variables);
  void set_bodies(std::size_t fixpoint, std::vector<NodeId> bodies);
  // Whether the bodies of `fixpoint` use a variable whose own body is not known yet. That makes a fixpoint within the
  // rounds of another one, which a Model cannot express.
  [[nodiscard]] bool uses_open_fixpoint(std::size_t fixpoint) const;
  // Whether working out the bodies of `fixpoint` round after round comes to an end (see monotony.cc). If not, the number of a
  // variable of the fixpoint whose body is to blame.
  [[nodiscard]] std::optional<std::size_t> never_settles(std::size_t fixpoint) const;

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  // How many nodes stand below each other in the value of `id`.
  [[nodiscard]] int depth(NodeId id) const { return depths_[static_cast<std::size_t>(id)]; }

  // Fills in model.nodes, model.fixpoints and model.variable_fixpoint with what the model's axioms need, operands
  // before users, a fixpoint's bodies before whatever uses it from outside; renumbers the axioms' nodes.
  void finish(Model& model) const;

 private:
  friend class Finisher;
  struct Hash {
    std::size_t operator()(const Node& n) const;
  };
  [[nodiscard]] const Node& at(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] bool is(NodeId id, Op op) const { return at(id).op == op; }
  [[nodiscard]] bool is_empty(NodeId id) const { return is(id, Op::kEmptySet) || is(id, Op::kEmptyRelation); }
  [[nodiscard]] bool is_id(NodeId id) const;
  [[nodiscard]] NodeId intern(const Node& node);
  [[nodiscard]] std::vector<NodeId> alternatives(NodeId id) const;

  std::vector<Node> nodes_;
  std::vector<int> depths_;  // of the nodes
  std::unordered_map<Node, NodeId, Hash> ids_;
  std::vector<Fixpoint> fixpoints_;
  std::vector<std::int32_t> variable_fixpoint_;
  std::vector<NodeId> variable_nodes_;
};

}  // namespace lkmc::cat
