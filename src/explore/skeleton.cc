// SPDX-License-Identifier: Apache-2.0
#include "src/explore/skeleton.h"

#include <algorithm>

#include "src/explore/complete.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// Whether a spin_lock() has its spin_unlock().
bool is_released(const Skeleton& s, int lock_write) {
  return std::any_of(s.glued.begin(), s.glued.end(), [&](const Glue& g) { return g.first == lock_write; });
}

// The nodes from the root to `path`.
std::vector<PathId> nodes_to(const Unfolding& thread, PathId path) {
  std::vector<PathId> nodes;
  for (PathId p = path; p >= 0; p = thread.node(p).parent) nodes.push_back(p);
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

class Builder {
 public:
  explicit Builder(const SkeletonInput& input) : in_(input) {}

  Skeleton build() {
    collect_events();
    Skeleton s(EventGraph(std::move(events_)), in_.program.thread_count());
    s.complete = complete_;
    s.thread_begin = thread_begin_;
    s.initial = initial_;
    s.value = value_;
    s.initial_value = initial_value_;
    s.constraints = constraints_;
    s.outcomes = outcomes_;
    for (const Unfolding& t : in_.threads) s.expressions.push_back(&t.expressions());
    add_relations(s);
    add_locks(s);
    add_objections(s);
    s.checks = checks_;
    add_accesses(s);
    add_sources(s);
    add_users(s);
    order_writes(s);
    return s;
  }

 private:
  void collect_events() {
    const std::size_t locations = in_.program.locations().size();
    std::vector<bool> accessed(locations, false);
    const auto is_asked = [&](Location l) { return l != kNoLocation && in_.program.locations()[at(l)].final_is_asked; };
    for (std::size_t t = 0; t < in_.threads.size(); ++t) {
      auto& mine = thread_events_.emplace_back();
      auto& outcomes = outcomes_.emplace_back();
      auto& locks = locks_.emplace_back();
      auto& objections = objections_.emplace_back();
      const std::vector<PathId> nodes = nodes_to(in_.threads[t], in_.paths[t]);
      for (std::size_t i = 0; i < nodes.size(); ++i) {
        const PathNode& node = in_.threads[t].node(nodes[i]);
        for (const ThreadEvent& e : node.events) {
          mine.push_back(&e);
          if (e.event.location != kNoLocation) accessed[at(e.event.location)] = true;
        }
        locks.insert(locks.end(), node.locks.begin(), node.locks.end());
        objections.insert(objections.end(), node.objections.begin(), node.objections.end());
        for (std::size_t c = 0; c < node.checks.size(); ++c) {
          checks_.push_back({static_cast<ThreadId>(t), nodes[i], c, node.checks[c].condition});
        }
        if (i > 0) outcomes.push_back(node.outcome);
        if (i + 1 < nodes.size()) add_constraint(static_cast<ThreadId>(t), node, in_.threads[t].node(nodes[i + 1]).outcome);
      }
      const bool ended = !is_decision(in_.threads[t].node(in_.paths[t]).continuation);
      ended_.push_back(ended);
      complete_ = complete_ && ended;
    }
    initial_.assign(locations, -1);
    for (std::size_t l = 0; l < locations; ++l) {
      if (!accessed[l]) continue;
      initial_[l] = static_cast<int>(events_.size());
      events_.push_back({.kind = EventKind::kWrite, .location = static_cast<Location>(l)});
      events_.back().final_is_asked = is_asked(events_.back().location);
      value_.push_back(0);
      initial_value_.push_back(in_.program.locations()[l].initial);
    }
    for (const auto& thread : thread_events_) {
      thread_begin_.push_back(static_cast<int>(events_.size()));
      for (const ThreadEvent* e : thread) {
        events_.push_back(e->event);
        events_.back().final_is_asked = is_asked(e->event.location);
        value_.push_back(e->value);
        initial_value_.push_back(0);
      }
    }
    thread_begin_.push_back(static_cast<int>(events_.size()));
  }

  void add_constraint(ThreadId thread, const PathNode& decision, Word outcome) {
    switch (decision.continuation) {
      case Continuation::kBranch:
      case Continuation::kRequire:
        constraints_.push_back({thread, decision.expr, Constraint::Kind::kTruth, outcome});
        break;
      case Continuation::kValue:
        constraints_.push_back({thread, decision.expr, Constraint::Kind::kValue, outcome});
        break;
      default:
        break;
    }
  }

  template <class F>
  void each_thread_event(const Skeleton& s, F&& f) const {
    for (std::size_t t = 0; t < thread_events_.size(); ++t) {
      for (std::size_t i = 0; i < thread_events_[t].size(); ++i) {
        f(*thread_events_[t][i], static_cast<ThreadId>(t), s.thread_begin[t] + static_cast<int>(i));
      }
    }
  }

  void add_relations(Skeleton& s) const {
    each_thread_event(s, [&](const ThreadEvent& e, ThreadId t, int id) {
      for (int earlier = s.thread_begin[at(t)]; earlier < id; ++earlier) {
        const bool is_ordered = !std::ranges::binary_search(e.unordered, earlier - s.thread_begin[at(t)]);
        if (is_ordered) s.graph.po.insert(earlier, id);
      }
      for (const EventIndex r : e.addr) s.graph.addr.insert(s.event_of(t, r), id);
      for (const EventIndex r : e.data) s.graph.data.insert(s.event_of(t, r), id);
      for (const EventIndex r : e.ctrl) s.graph.ctrl.insert(s.event_of(t, r), id);
      if (e.read_half != kNoEvent) s.graph.rmw.insert(s.event_of(t, e.read_half), id);
    });
  }

  void add_locks(Skeleton& s) const {
    for (std::size_t t = 0; t < locks_.size(); ++t) {
      for (const LockNote& note : locks_[t]) {
        const int from = s.thread_begin[t] + note.from;
        const int to = s.thread_begin[t] + note.to;
        if (note.to == kNoEvent) {
          s.held.push_back({.lock = note.lock, .from = from, .to = -1, .shared = note.shared, .given_back = false});
          continue;
        }
        const auto taken = std::find_if(s.held.rbegin(), s.held.rend(), [&](const LockSpan& h) { return h.from == from; });
        taken->given_back = true;
        if (to < s.thread_begin[t + 1]) taken->to = to;
      }
    }
  }

  void add_objections(Skeleton& s) const {
    for (std::size_t t = 0; t < objections_.size(); ++t) {
      for (const Objection& o : objections_[t]) s.objections.push_back({s.thread_begin[t] + o.access, o.message, o.unless_sets});
    }
  }

  void add_accesses(Skeleton& s) const {
    const auto n = at(s.graph.size());
    s.writes.resize(initial_.size());
    s.before.resize(n);
    s.after.resize(n);
    s.rmw_write.assign(n, -1);
    s.accesses.assign(at(s.words()), 0);
    s.write_sets.assign(initial_.size() * at(s.words()), 0);
    for (int e = 0; e < s.graph.size(); ++e) {
      const Event& event = s.graph.event(e);
      const std::size_t word = at(e / kBitsPerWord);
      const BitWord bit = BitWord{1} << (e % kBitsPerWord);
      if (event.is_access()) s.accesses[word] |= bit;
      if (event.is_read()) s.reads.push_back(e);
      if (event.unmatched) s.has_unmatched_unlock = true;
      if (event.is_write()) {
        s.writes[at(event.location)].push_back(e);
        s.write_sets[at(event.location) * at(s.words()) + word] |= bit;
      }
    }
    for (const int r : s.reads) {
      const Event& read = s.graph.event(r);
      for (int e = s.thread_begin[at(read.thread)]; e < s.thread_begin[at(read.thread) + 1]; ++e) {
        if (e == r || s.graph.event(e).location != read.location || !s.graph.event(e).is_access()) continue;
        if (s.graph.po.contains(e, r)) s.before[at(r)].push_back(e);
        if (s.graph.po.contains(r, e)) s.after[at(r)].push_back(e);
      }
    }
    each_thread_event(s, [&](const ThreadEvent& e, ThreadId t, int id) {
      if (e.read_half != kNoEvent) {
        const int read = s.event_of(t, e.read_half);
        s.rmw_write[at(read)] = id;
        s.rmws_are_ordered = s.rmws_are_ordered && std::ranges::all_of(s.writes[at(e.event.location)], [&](int w) {
                               return w == id || s.graph.event(w).thread != t || s.graph.po.contains(w, read) || s.graph.po.contains(id, w);
                             });
      }
      if (e.acquired != kNoEvent) s.glued.push_back({s.event_of(t, e.acquired), id});
    });
  }

  // The LKW of the critical section that the event stands in, or -1.
  [[nodiscard]] static int own_critical_section(const Skeleton& s, int r) {
    int lock = -1;
    for (const int e : s.before[at(r)]) {
      if (s.graph.event(e).kind == EventKind::kLockWrite) lock = e;
      if (s.graph.event(e).kind == EventKind::kUnlock) lock = -1;
    }
    return lock;
  }

  // The UL of its own thread that an RU may read from: the last one before it, or -1.
  [[nodiscard]] static int last_own_unlock(const Skeleton& s, int r) {
    const Event& read = s.graph.event(r);
    int unlock = -1;
    for (int e = s.thread_begin[at(read.thread)]; e < r; ++e) {
      if (s.graph.event(e).kind == EventKind::kUnlock && s.graph.event(e).location == read.location) unlock = e;
    }
    return unlock;
  }

  // Whether the kinds of a read and a write of the same location fit (lkmm.md, Locks).
  [[nodiscard]] static bool kinds_fit(const Skeleton& s, int r, int w) {
    const Event& read = s.graph.event(r);
    const Event& write = s.graph.event(w);
    const bool external = write.is_initial() || write.thread != read.thread;
    if (write.kind == EventKind::kPoison) return true;
    switch (read.kind) {
      case EventKind::kLockRead:
        return write.kind == EventKind::kWrite || write.kind == EventKind::kUnlock;
      case EventKind::kLockFail:
      case EventKind::kReadLocked: {
        if (write.kind != EventKind::kLockWrite) return false;
        const int own = own_critical_section(s, r);
        return own >= 0 ? w == own : external;
      }
      case EventKind::kReadUnlocked:
        if (write.is_initial()) return true;
        if (write.kind != EventKind::kUnlock) return false;
        return external || (w == last_own_unlock(s, r) && own_critical_section(s, r) < 0);
      default:
        return !write.changes_lock();  // even where a lock is used as memory, too
    }
  }

  void add_sources(Skeleton& s) const {
    s.sources.resize(at(s.graph.size()));
    for (const int r : s.reads) {
      const Event& read = s.graph.event(r);
      // The writes of the thread that it has replaced by another before the read.
      const auto replaced = [&](int w) {
        return std::ranges::any_of(s.before[at(r)], [&](int own) {
          return s.graph.event(own).is_write() && (s.graph.event(w).is_initial() || s.graph.po.contains(w, own));
        });
      };
      for (const int w : s.writes[at(read.location)]) {
        if (!kinds_fit(s, r, w)) continue;
        if (in_.coherence) {
          // A thread sees neither its own later writes nor what its own earlier write has replaced.
          if (s.graph.po.contains(r, w) || replaced(w)) continue;
        }
        s.sources[at(r)].push_back(w);
      }
      if (!s.has_unmatched_unlock || read.kind != EventKind::kReadUnlocked) continue;
      for (int w = 0; w < s.graph.size(); ++w) {
        const Event& unlock = s.graph.event(w);
        if (unlock.unmatched && unlock.location == read.location && kinds_fit(s, r, w)) s.sources[at(r)].push_back(w);
      }
    }
  }

  void add_users(Skeleton& s) const {
    s.users.resize(at(s.graph.size()));
    s.constraints_on.resize(at(s.graph.size()));
    each_thread_event(s, [&](const ThreadEvent& e, ThreadId t, int id) {
      if (!e.event.is_write()) return;
      for (const EventIndex r : s.expressions[at(t)]->reads_of(e.value)) s.users[at(s.event_of(t, r))].push_back(id);
    });
    for (std::size_t c = 0; c < s.constraints.size(); ++c) {
      const Constraint& constraint = s.constraints[c];
      for (const EventIndex r : s.expressions[at(constraint.thread)]->reads_of(constraint.expr)) {
        s.constraints_on[at(s.event_of(constraint.thread, r))].push_back(static_cast<int>(c));
      }
    }
  }

  void order_writes(Skeleton& s) const {
    Relation co(s.graph.size());
    for (const std::vector<int>& writes : s.writes) {
      for (const int w : writes) {
        for (const int other : writes) {
          if (w == other) continue;
          const Event& a = s.graph.event(w);
          if (a.is_initial()) co.insert(w, other);
          if (in_.coherence && s.graph.po.contains(w, other)) co.insert(w, other);
          if (is_never_released(s, other) && a.changes_lock()) co.insert(w, other);
        }
      }
    }
    for (const Glue& g : s.glued) co.insert(g.first, g.second);
    co = co.transitive_closure();
    s.contradictory = !co.irreflexive();
    s.co.assign(co.words().begin(), co.words().end());
  }

  // A spin_lock() whose thread has ended without the spin_unlock(): nobody can take the lock after it.
  [[nodiscard]] bool is_never_released(const Skeleton& s, int w) const {
    const Event& e = s.graph.event(w);
    return e.kind == EventKind::kLockWrite && ended_[at(e.thread)] && !is_released(s, w);
  }

  const SkeletonInput& in_;
  std::vector<std::vector<const ThreadEvent*>> thread_events_;
  std::vector<std::vector<Word>> outcomes_;
  std::vector<std::vector<LockNote>> locks_;
  std::vector<std::vector<Objection>> objections_;
  std::vector<PathCheck> checks_;
  std::vector<bool> ended_;
  bool complete_ = true;
  std::vector<Event> events_;
  std::vector<ExprId> value_;
  std::vector<Word> initial_value_;
  std::vector<int> initial_;
  std::vector<int> thread_begin_;
  std::vector<Constraint> constraints_;
};

}  // namespace

int Skeleton::holder_of(Location lock) const {
  for (const int w : writes[at(lock)]) {
    if (graph.event(w).kind == EventKind::kLockWrite && !is_released(*this, w)) return w;
  }
  return -1;
}

bool Skeleton::reads_from(int read, int source) const {
  const Event& write = graph.event(source);
  return graph.event(read).kind != EventKind::kLockRead || write.is_initial() || write.kind != EventKind::kWrite;
}

Skeleton build_skeleton(const SkeletonInput& input) { return Builder(input).build(); }

Bounds bounds_of(const Skeleton& s) {
  const int n = s.graph.size();
  Bounds bounds{Relation(n), Relation(n), Relation(n), Relation(n)};
  for (const int r : s.reads) {
    for (const int w : s.sources[at(r)]) {
      if (s.reads_from(r, w)) bounds.may_rf.insert(w, r);
    }
    // While threads go on, a later write might still be the source.
    if (s.complete && s.sources[at(r)].size() == 1 && s.reads_from(r, s.sources[at(r)].front()))
      bounds.must_rf.insert(s.sources[at(r)].front(), r);
  }
  std::copy(s.co.begin(), s.co.end(), bounds.must_co.words().begin());
  for (const std::vector<int>& writes : s.writes) {
    for (const int w : writes) {
      for (const int other : writes) {
        if (w != other && !bounds.must_co.contains(other, w)) bounds.may_co.insert(w, other);
      }
    }
  }
  return bounds;
}

}  // namespace lkmc
