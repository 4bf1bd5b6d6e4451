// SPDX-License-Identifier: Apache-2.0
#include "src/report/witness.h"

#include <algorithm>
#include <span>

namespace lkmc {
namespace {

std::strong_ordering compare_events(const Event& a, const Event& b) {
  if (const auto c = a.thread <=> b.thread; c != 0) return c;
  if (const auto c = a.pos.line <=> b.pos.line; c != 0) return c;
  if (const auto c = a.pos.column <=> b.pos.column; c != 0) return c;
  if (const auto c = a.kind <=> b.kind; c != 0) return c;
  return a.location <=> b.location;
}

// What is compared of an execution, wherever it lies.
struct View {
  const EventGraph& graph;
  std::span<const BitWord> co;
  std::span<const Word> values;
};

template <class Source>
std::strong_ordering compare(const View& a, const Source& source_of, const Witness& b) {
  if (const auto c = a.graph.size() <=> b.size(); c != 0) return c;
  for (int e = 0; e < b.size(); ++e) {
    if (const auto c = compare_events(a.graph.event(e), b.event(e)); c != 0) return c;
  }
  for (int e = 0; e < b.size(); ++e) {
    if (!b.event(e).is_read()) continue;
    if (const auto c = source_of(e) <=> b.source_of(e); c != 0) return c;
  }
  const auto lists = [](const auto& x, const auto& y) {
    return std::lexicographical_compare_three_way(x.begin(), x.end(), y.begin(), y.end());
  };
  if (const auto c = lists(a.co, b.co); c != 0) return c;
  return lists(a.values, b.values);
}

}  // namespace

Witness::Witness(const Assignment& assignment)
    : graph(assignment.skeleton().graph),
      values(assignment.all_values().begin(), assignment.all_values().end()),
      co(assignment.co().begin(), assignment.co().end()),
      outcomes(assignment.skeleton().outcomes),
      held(assignment.skeleton().held) {
  for (int e = 0; e < size(); ++e) source.push_back(event(e).is_read() ? assignment.source(e) : -1);
}

Witness::Witness(const Execution& execution) : Witness(execution.assignment) {
  registers.assign(execution.registers.begin(), execution.registers.end());
  memory.assign(execution.memory.begin(), execution.memory.end());
}

bool Witness::is_before(int a, int b) const {
  const auto word = static_cast<std::size_t>(a * words_for(size()) + b / kBitsPerWord);
  return (co[word] >> (b % kBitsPerWord)) & 1;
}

bool Witness::reads_before(int read, int write) const { return source_of(read) >= 0 && is_before(source_of(read), write); }

std::vector<int> Witness::writes_in_order(Location location) const {
  std::vector<int> writes;
  for (int e = 0; e < size(); ++e) {
    if (event(e).is_write() && event(e).location == location) writes.push_back(e);
  }
  std::sort(writes.begin(), writes.end(), [this](int a, int b) { return is_before(a, b); });
  return writes;
}

std::strong_ordering compare(const Assignment& a, const Witness& b) {
  return compare(
      View{a.skeleton().graph, a.co(), a.all_values()}, [&](int read) { return a.source(read); }, b);
}

std::strong_ordering compare(const Witness& a, const Witness& b) {
  return compare(
      View{a.graph, a.co, a.values}, [&](int read) { return a.source_of(read); }, b);
}

}  // namespace lkmc
