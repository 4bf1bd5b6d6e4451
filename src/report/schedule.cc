// SPDX-License-Identifier: Apache-2.0
#include "src/report/schedule.h"

#include <algorithm>

namespace lkmc {
namespace {

bool is_srcu(const Event& e) { return e.tag == Tag::kSrcuLock || e.tag == Tag::kSrcuUnlock; }

// A strict partial order that grows; a pair that contradicts it is refused.
class Order {
 public:
  explicit Order(int size) : before_(size) {}

  [[nodiscard]] bool contains(int a, int b) const { return before_.contains(a, b); }

  void add(int a, int b) {
    if (a == b || contains(a, b) || contains(b, a)) return;
    const std::vector<BitWord> after(before_.row(b).begin(), before_.row(b).end());
    for (int x = 0; x < before_.size(); ++x) {
      if (x != a && !contains(x, a)) continue;
      const auto row = before_.row(x);
      for (std::size_t w = 0; w < row.size(); ++w) row[w] |= after[w];
      before_.insert(x, b);
    }
  }

 private:
  Relation before_;
};

// Tells the story. Both halves of an atomic operation are one unit, named by its first event.
class Storyteller {
 public:
  explicit Storyteller(const Witness& witness)
      : w_(witness), order_(witness.size()), unit_(at(witness.size())), write_(at(witness.size()), -1) {
    for (int e = 0; e < w_.size(); ++e) {
      unit_[at(e)] = e;
      if (w_.event(e).is_write()) write_[at(e)] = e;
    }
    for (int r = 0; r < w_.size(); ++r) {
      for_each_bit(w_.graph.rmw.row(r), [&](int write) {
        unit_[at(write)] = r;
        write_[at(r)] = write;
      });
    }
    for (int e = 0; e < w_.size(); ++e) {
      if (!w_.event(e).is_initial() && unit_[at(e)] == e) units_.push_back(e);
    }
  }

  std::vector<Step> tell() {
    collect_constraints();
    done_.assign(at(w_.size()), false);
    buffered_.assign(at(w_.size()), false);
    for (std::size_t i = 0; i < units_.size(); ++i) perform(next());
    return std::move(steps_);
  }

 private:
  [[nodiscard]] static std::size_t at(int e) { return static_cast<std::size_t>(e); }
  [[nodiscard]] bool reads(int unit) const { return w_.event(unit).is_read(); }
  [[nodiscard]] bool writes(int unit) const { return write_[at(unit)] >= 0; }
  [[nodiscard]] bool is_access(int unit) const { return w_.event(unit).is_access() && !is_srcu(w_.event(unit)); }
  [[nodiscard]] bool is_store(int unit) const { return is_access(unit) && !reads(unit); }
  [[nodiscard]] ThreadId thread(int unit) const { return w_.event(unit).thread; }

  // --- constraints ------------------------------------------------------------------------------------------

  // Calls f(unit, later unit) for units of one thread in program order.
  template <class F>
  void for_each_program_order(const F& f) const {
    for (std::size_t i = 0; i < units_.size(); ++i) {
      for (std::size_t j = i + 1; j < units_.size() && thread(units_[j]) == thread(units_[i]); ++j) f(units_[i], units_[j]);
    }
  }

  // Calls f(unit, unit) for accesses of different threads to the same location.
  template <class F>
  void for_each_conflict(const F& f) const {
    for (const int a : units_) {
      if (!is_access(a)) continue;
      for (const int b : units_) {
        if (is_access(b) && thread(a) != thread(b) && w_.event(a).location == w_.event(b).location) f(a, b);
      }
    }
  }

  void collect_constraints() {
    for_each_conflict([&](int store, int read) {
      if (reads(read) && writes(store) && w_.source_of(read) == write_[at(store)]) order_.add(store, read);
    });
    for (const int read : units_) {
      for (const Relation* dependency : {&w_.graph.addr, &w_.graph.data}) {
        for_each_bit(dependency->row(read), [&](int e) { order_.add(read, unit_[at(e)]); });
      }
    }
    for_each_program_order([&](int a, int b) {
      if (is_enforced(a, b)) order_.add(a, b);
    });
    for_each_conflict([&](int a, int b) {
      if (writes(a) && writes(b) && w_.is_before(write_[at(a)], write_[at(b)])) order_.add(a, b);
    });
    for_each_conflict([&](int read, int store) {
      if (reads(read) && writes(store) && w_.reads_before(read, write_[at(store)])) order_.add(read, store);
    });
    for_each_program_order([&](int a, int b) {
      if (!is_store(a) || is_store(b)) order_.add(a, b);
    });
    for_each_program_order([&](int a, int b) { order_.add(a, b); });
  }

  [[nodiscard]] static bool is_full_fence(const Event& e) {
    if (e.kind == EventKind::kSyncSrcu) return true;
    if (e.kind != EventKind::kFence) return false;
    switch (e.tag) {
      case Tag::kMb:
      case Tag::kBeforeAtomic:
      case Tag::kAfterAtomic:
      case Tag::kAfterSpinlock:
      case Tag::kAfterUnlockLock:
      case Tag::kAfterSrcuReadUnlock:
      case Tag::kSyncRcu:
        return true;
      default:
        return false;
    }
  }

  [[nodiscard]] bool fence_holds(int fence, int access) const {
    const Event& e = w_.event(fence);
    if (e.is_access()) return false;
    return is_full_fence(e) || (e.tag == Tag::kRmb && reads(access)) || (e.tag == Tag::kWmb && writes(access));
  }

  // Whether the program enforces that `a` takes effect before `b`, which comes later in the same thread.
  [[nodiscard]] bool is_enforced(int a, int b) const {
    if (fence_holds(a, b) || fence_holds(b, a)) return true;
    if (!is_access(a) || !is_access(b)) return false;
    const Event& first = w_.event(a);
    const Event& second = w_.event(b);
    if (first.in_rmw && first.tag == Tag::kMb) return true;
    if (second.in_rmw && second.tag == Tag::kMb) return true;
    if (reads(a) && first.tag == Tag::kAcquire) return true;
    if (writes(b) && w_.event(write_[at(b)]).tag == Tag::kRelease) return true;
    if (first.location == second.location && !(is_store(a) && !writes(b))) return true;
    return writes(b) && reads(a) && w_.graph.ctrl.contains(a, b);
  }

  // --- steps ------------------------------------------------------------------------------------------------

  [[nodiscard]] bool is_ready(int unit) const {
    return std::none_of(units_.begin(), units_.end(), [&](int u) { return !done_[at(u)] && order_.contains(u, unit); });
  }

  // The next unit to take effect: the current thread goes on if it can, and threads follow their programs if they can.
  [[nodiscard]] int next() const {
    const ThreadId current = steps_.empty() ? kInitThread : thread(steps_.back().event);
    int best = -1;
    int best_rank = 0;
    std::vector<ThreadId> begun;  // threads of which an earlier unit is not done
    for (const int u : units_) {
      if (done_[at(u)]) continue;
      const bool in_turn = std::find(begun.begin(), begun.end(), thread(u)) == begun.end();
      if (in_turn) begun.push_back(thread(u));
      const int rank = (in_turn ? 2 : 0) + (thread(u) == current ? 1 : 0);
      if ((best < 0 || rank > best_rank) && is_ready(u)) {
        best = u;
        best_rank = rank;
      }
    }
    return best;
  }

  // Whether all that the store is computed from is there, so that it can wait in the store buffer.
  [[nodiscard]] bool has_value(int store) const {
    return std::all_of(units_.begin(), units_.end(),
                       [&](int u) { return done_[at(u)] || !(w_.graph.data.contains(u, store) || w_.graph.addr.contains(u, store)); });
  }

  void perform(int unit) {
    Step step{.event = unit, .write = write_[at(unit)]};
    for (const int earlier : units_) {
      if (earlier == unit) break;
      if (thread(earlier) != thread(unit) || done_[at(earlier)] || !is_access(earlier) || !is_access(unit)) continue;
      if (is_store(earlier) && !buffered_[at(earlier)] && has_value(earlier)) {
        buffered_[at(earlier)] = true;
        steps_.push_back({.action = Step::Action::kBuffer, .event = earlier, .write = earlier});
      }
      if (!buffered_[at(earlier)]) step.overtaken.push_back(earlier);
    }
    if (buffered_[at(unit)]) step.action = Step::Action::kDrain;
    if (is_access(unit)) explain(step);
    done_[at(unit)] = true;
    steps_.push_back(std::move(step));
  }

  void explain(Step& step) const {
    const int unit = step.event;
    for (const int other : units_) {
      if (!writes(other) || !is_access(other) || w_.event(other).location != w_.event(unit).location) continue;
      const int store = write_[at(other)];
      if (thread(other) == thread(unit)) {
        step.from_own_buffer |= reads(unit) && w_.source_of(unit) == store && buffered_[at(other)] && !done_[at(other)];
      } else if (done_[at(other)]) {
        if (reads(unit) && w_.reads_before(unit, store)) step.unseen.push_back(other);
        if (is_store(unit) && w_.is_before(unit, store)) step.beaten_by.push_back(other);
      } else if (buffered_[at(other)] && reads(unit)) {
        step.hidden.push_back(other);
      }
    }
  }

  const Witness& w_;
  Order order_;
  std::vector<int> unit_;   // by event: the unit that it belongs to
  std::vector<int> write_;  // by unit: the event that stores; -1 if none
  std::vector<int> units_;  // thread by thread in program order
  std::vector<bool> done_, buffered_;
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> derive_schedule(const Witness& witness) { return Storyteller(witness).tell(); }

}  // namespace lkmc
