// SPDX-License-Identifier: Apache-2.0
// Writes down small executions by hand, for tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "src/graph/event.h"
#include "src/model/load.h"
#include "src/model/reference.h"

namespace lkmc {

// Events are numbered in the order in which they are added; the events of a thread are added in program order.
class ExecutionBuilder {
 public:
  int init(Location location) { return add(EventKind::kWrite, Tag::kPlain, kInitThread, location); }
  int read(ThreadId thread, Location location, Tag tag = Tag::kOnce) { return add(EventKind::kRead, tag, thread, location); }
  int write(ThreadId thread, Location location, Tag tag = Tag::kOnce) { return add(EventKind::kWrite, tag, thread, location); }
  int fence(ThreadId thread, Tag tag) { return add(EventKind::kFence, tag, thread, kNoLocation); }
  int add(EventKind kind, Tag tag, ThreadId thread, Location location) {
    events_.push_back({.kind = kind, .tag = tag, .thread = thread, .location = location});
    return static_cast<int>(events_.size()) - 1;
  }
  void in_rmw(int event) { events_[static_cast<std::size_t>(event)].in_rmw = true; }

  void rf(int write, int read) { rf_.emplace_back(write, read); }
  void rmw(int read, int write) {
    in_rmw(read);
    in_rmw(write);
    rmw_.emplace_back(read, write);
  }
  void lock_pair(int read, int write) { rmw_.emplace_back(read, write); }
  void addr(int from, int to) { addr_.emplace_back(from, to); }
  void data(int from, int to) { data_.emplace_back(from, to); }
  void ctrl(int from, int to) { ctrl_.emplace_back(from, to); }
  // The writes of a location in coherence order.
  void co(const std::vector<int>& order) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      for (std::size_t j = i + 1; j < order.size(); ++j) co_.emplace_back(order[i], order[j]);
    }
  }

  [[nodiscard]] const std::vector<Event>& events() const { return events_; }
  // The builder must outlive the execution.
  [[nodiscard]] reference::Execution build() const {
    reference::Execution x = reference::empty_execution(events_);
    const int size = static_cast<int>(events_.size());
    for (int a = 0; a < size; ++a) {
      for (int b = a + 1; b < size; ++b) {
        const ThreadId thread = events_[static_cast<std::size_t>(a)].thread;
        if (thread != kInitThread && thread == events_[static_cast<std::size_t>(b)].thread) x.po.insert(a, b);
      }
    }
    fill(x.rf, rf_);
    fill(x.co, co_);
    fill(x.rmw, rmw_);
    fill(x.addr, addr_);
    fill(x.data, data_);
    fill(x.ctrl, ctrl_);
    return x;
  }

 private:
  using Pairs = std::vector<std::pair<int, int>>;
  static void fill(Relation& r, const Pairs& pairs) {
    for (const auto& [a, b] : pairs) r.insert(a, b);
  }
  std::vector<Event> events_;
  Pairs rf_, co_, rmw_, addr_, data_, ctrl_;
};

inline Model loaded(std::string_view name) { return std::get<Model>(load_model(name)); }

// The names of the axioms that fail, or of the flags that are raised, with blanks between them.
inline std::string names_of(const Model& model, const std::vector<std::size_t>& axioms) {
  std::string names;
  for (const std::size_t i : axioms) names += (names.empty() ? "" : " ") + model.axioms[i].name;
  return names;
}

}  // namespace lkmc
