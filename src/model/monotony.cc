// SPDX-License-Identifier: Apache-2.0
// Which recursive definitions have a value.
//
// A `let rec` is worked out in rounds, from empty sets and relations, until nothing changes. If no variable of the group stands
// under `~` or to the right of `\\` on the way back to itself, the rounds only add, and end with the least solution.
//
// The kernel's pairing of rcu_read_lock() and rcu_read_unlock() is not of that kind: what is paired is taken away from what is
// open, and what is open is paired next. It settles because `paired = paired | …` only grows. So a group is also accepted if
// its variables that are an alternative of their own definition are all that its circles lead through: once these have stopped
// growing, the others follow from them one after the other.
#include <algorithm>
#include <utility>

#include "src/model/node_pool.h"

namespace lkmc::cat {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

bool is_variable(Op op) { return op == Op::kSetVariable || op == Op::kRelationVariable; }

// What the bodies of a group use of its variables: uses[a][b] where the body of a uses b.
using Uses = std::vector<std::vector<bool>>;

// Closes `uses` under going on.
void close(Uses& uses) {
  for (std::size_t via = 0; via < uses.size(); ++via) {
    for (std::size_t from = 0; from < uses.size(); ++from) {
      if (!uses[from][via]) continue;
      for (std::size_t to = 0; to < uses.size(); ++to) uses[from][to] = uses[from][to] || uses[via][to];
    }
  }
}

}  // namespace

// The operands of a union, and of those that are unions again.
std::vector<NodeId> NodePool::alternatives(NodeId id) const {
  std::vector<NodeId> result;
  std::vector<NodeId> pending = {id};
  std::vector<bool> seen(nodes_.size(), false);
  while (!pending.empty()) {
    const NodeId next = pending.back();
    pending.pop_back();
    if (seen[cat::at(next)]) continue;
    seen[cat::at(next)] = true;
    if (is(next, Op::kSetUnion) || is(next, Op::kUnion)) {
      pending.push_back(at(next).a);
      pending.push_back(at(next).b);
    } else {
      result.push_back(next);
    }
  }
  return result;
}

std::optional<std::size_t> NodePool::never_settles(std::size_t fixpoint) const {
  const Fixpoint& group = fixpoints_[fixpoint];
  const std::size_t size = group.variables.size();
  Uses uses(size, std::vector<bool>(size, false)), taken_away = uses;
  std::vector<bool> grows(size, false);
  for (std::size_t v = 0; v < size; ++v) {
    const std::vector<NodeId> own = alternatives(group.bodies[v]);
    grows[v] = std::find(own.begin(), own.end(), variable_nodes_[cat::at(group.variables[v])]) != own.end();
    // Each node may be met with both signs: added to the value of the body, or taken away from it.
    std::vector<bool> seen(2 * nodes_.size(), false);
    std::vector<std::pair<NodeId, bool>> pending = {{group.bodies[v], false}};
    while (!pending.empty()) {
      const auto [id, away] = pending.back();
      pending.pop_back();
      if (id < 0 || seen[2 * cat::at(id) + (away ? 1 : 0)]) continue;
      seen[2 * cat::at(id) + (away ? 1 : 0)] = true;
      const Node& node = at(id);
      if (is_variable(node.op)) {
        const auto found = std::find(group.variables.begin(), group.variables.end(), node.index);
        if (found == group.variables.end()) continue;
        const auto used = static_cast<std::size_t>(found - group.variables.begin());
        uses[v][used] = true;
        if (away) taken_away[v][used] = true;
        continue;
      }
      const bool complement = node.op == Op::kSetComplement || node.op == Op::kComplement;
      const bool difference = node.op == Op::kSetDifference || node.op == Op::kDifference;
      pending.emplace_back(node.a, away != complement);
      pending.emplace_back(node.b, away != difference);
    }
  }

  Uses reaches = uses;
  close(reaches);
  std::optional<std::size_t> culprit;
  for (std::size_t v = 0; v < size && !culprit; ++v) {
    for (std::size_t used = 0; used < size; ++used) {
      if (taken_away[v][used] && (v == used || reaches[used][v])) culprit = v;
    }
  }
  if (!culprit) return std::nullopt;

  Uses others = uses;
  for (std::size_t v = 0; v < size; ++v) {
    for (std::size_t used = 0; used < size; ++used) others[v][used] = uses[v][used] && !grows[v] && !grows[used];
  }
  close(others);
  for (std::size_t v = 0; v < size; ++v) {
    if (others[v][v]) return culprit;
  }
  return std::nullopt;
}

}  // namespace lkmc::cat
