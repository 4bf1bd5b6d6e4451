// Values out of thin air: what an execution means in which a value depends on itself.
//
// The Linux-kernel model orders dependencies between marked accesses, so there such a circle is forbidden; between
// plain accesses it is allowed (`r1 = *x; *y = r1;` against `r2 = *y; *x = r2;`, each reading what the other wrote).
// herd7 solves the equations between the values of an execution: it drops the execution if one is left that computes
// with an unknown value or tests it, and otherwise, where values are only copied, keeps the unknown as a symbol that is
// equal to itself alone. So do we.
#include <algorithm>
#include <map>
#include <numeric>

#include "src/explore/search.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

// Makes symbols of the values that are unknown because they depend on themselves; false if the execution is to be
// dropped.
bool Search::name_values_from_thin_air(Assignment& assignment) const {
  const std::vector<int> unknown = assignment.without_value();
  if (unknown.empty()) return true;
  const Skeleton& skeleton = assignment.skeleton();
  for (const Constraint& c : skeleton.constraints) {
    if (!assignment.evaluate(c.thread, c.expr)) return false;
  }
  std::vector<std::vector<Word>> outcomes(threads_.size());
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    for (PathId p = (*paths_)[t]; p >= 0; p = threads_[t].node(p).parent) {
      const PathNode& n = threads_[t].node(p);
      for (const ExprId e : n.computed) {
        if (!assignment.evaluate(static_cast<ThreadId>(t), e)) return false;
      }
      if (n.parent >= 0) outcomes[t].push_back(n.outcome);
    }
    std::reverse(outcomes[t].begin(), outcomes[t].end());
  }

  // Each read has the value of its source, and each write that of the read that it copies.
  std::vector<int> same_as(at(skeleton.graph.size()));
  std::iota(same_as.begin(), same_as.end(), 0);
  const auto find = [&](int e) {
    while (same_as[at(e)] != e) e = same_as[at(e)];
    return e;
  };
  for (const int e : unknown) {
    const Event& event = skeleton.graph.event(e);
    if (event.is_read()) {
      same_as[at(find(e))] = find(assignment.source(e));
    } else {
      const auto copied = threads_[at(event.thread)].expressions().as_read(skeleton.value[at(e)]);
      same_as[at(find(e))] = find(skeleton.event_of(event.thread, *copied));
    }
  }
  std::map<int, std::vector<PathRead>> symbols;
  for (const int e : unknown) {
    const Event& event = skeleton.graph.event(e);
    if (event.is_read()) symbols[find(e)].push_back({event.thread, place_of(skeleton, e).index, outcomes[at(event.thread)]});
  }
  for (const int e : unknown) assignment.name_value(e, Program::symbol(program_.number_of_symbol(symbols[find(e)])));
  return true;
}

}  // namespace lkmc
