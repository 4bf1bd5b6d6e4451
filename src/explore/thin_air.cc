// SPDX-License-Identifier: Apache-2.0
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

#include "src/explore/complete.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

bool name_values_from_thin_air(const Program& program, std::span<const Unfolding> threads, std::span<const PathId> paths,
                               Assignment& assignment) {
  const std::vector<int> unknown = assignment.without_value();
  if (unknown.empty()) return true;
  const Skeleton& skeleton = assignment.skeleton();
  for (const Constraint& c : skeleton.constraints) {
    if (!assignment.evaluate(c.thread, c.expr)) return false;
  }
  for (std::size_t t = 0; t < threads.size(); ++t) {
    for (PathId p = paths[t]; p >= 0; p = threads[t].node(p).parent) {
      for (const ExprId e : threads[t].node(p).computed) {
        if (!assignment.evaluate(static_cast<ThreadId>(t), e)) return false;
      }
    }
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
      const auto copied = threads[at(event.thread)].expressions().as_read(skeleton.value[at(e)]);
      same_as[at(find(e))] = find(skeleton.event_of(event.thread, *copied));
    }
  }
  std::map<int, std::vector<PathRead>> symbols;
  for (const int e : unknown) {
    const Event& event = skeleton.graph.event(e);
    if (!event.is_read()) continue;
    symbols[find(e)].push_back({event.thread, e - skeleton.thread_begin[at(event.thread)], skeleton.outcomes[at(event.thread)]});
  }
  for (const int e : unknown) assignment.name_value(e, Program::symbol(program.number_of_symbol(symbols[find(e)])));
  return true;
}

}  // namespace lkmc
