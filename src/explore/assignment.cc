// SPDX-License-Identifier: Apache-2.0
#include "src/explore/assignment.h"

#include <algorithm>
#include <bit>

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

bool satisfies(const Constraint& constraint, Word actual) {
  return constraint.kind == Constraint::Kind::kTruth ? (actual != 0) == (constraint.expected != 0) : actual == constraint.expected;
}

template <class F>
void each_bit(const BitWord* row, int words, F&& f) {
  for_each_bit(std::span<const BitWord>(row, at(words)), std::forward<F>(f));
}

}  // namespace

Assignment::Assignment(const Skeleton& skeleton, Rules rules)
    : skeleton_(&skeleton), rules_(rules), n_(skeleton.graph.size()), words_(skeleton.words()) {
  const std::size_t n = at(n_);
  std::size_t offset = 0;
  const auto take = [&](std::size_t count) {
    const std::size_t begin = offset;
    offset += count;
    return begin;
  };
  layout_.rf = take(matrix_words());
  layout_.co = take(matrix_words());
  layout_.inverse_co = take(matrix_words());
  layout_.known = take(at(words_));
  layout_.values = take(n);
  layout_.sources = take(n);
  layout_.next = take(n);
  layout_.total = offset;
}

bool Assignment::reset() {
  const Skeleton& s = *skeleton_;
  block_.assign(layout_.total, 0);
  if (s.contradictory) return false;
  std::copy(s.co.begin(), s.co.end(), block_.begin() + static_cast<std::ptrdiff_t>(layout_.co));
  for (int e = 0; e < n_; ++e) {
    each_bit(row(layout_.co, e), words_, [&](int f) { put(row(layout_.inverse_co, f), e); });
    sources()[e] = kUndecided;
    next()[e] = kUndecided;
  }
  for (const Glue& g : s.glued) {
    if (!glue(g.first, g.second)) return false;
  }
  for (std::size_t l = 0; l < s.writes.size(); ++l) {
    if (!s.writes[l].empty() && !close_glue(static_cast<Location>(l))) return false;
  }
  for (int e = 0; e < n_; ++e) {
    const Event& event = s.graph.event(e);
    if (!event.is_source()) continue;
    if (event.is_initial()) {
      if (!set_value(e, s.initial_value[at(e)])) return false;
    } else if (const auto constant = s.expressions[at(event.thread)]->constant_value(s.value[at(e)])) {
      if (!set_value(e, *constant)) return false;
    }
  }
  return std::all_of(s.constraints.begin(), s.constraints.end(), [&](const Constraint& c) { return constraint_holds(c); });
}

bool Assignment::is_glued(int read) const {
  if (skeleton_->rmw_write[at(read)] < 0) return false;
  return (rules_.atomicity && skeleton_->rmws_are_ordered) || skeleton_->graph.event(read).kind == EventKind::kLockRead;
}

int Assignment::seen_by(int access) const {
  if (skeleton_->graph.event(access).is_write()) return access;
  const int seen = source(access);
  return seen >= 0 && skeleton_->graph.event(seen).unmatched ? kUndecided : seen;
}

bool Assignment::possible(int read, int write) const {
  if (rules_.coherence) {
    for (const int e : skeleton_->before[at(read)]) {
      const int seen = seen_by(e);
      if (seen >= 0 && is_before(write, seen)) return false;
    }
    for (const int e : skeleton_->after[at(read)]) {
      if (skeleton_->graph.event(e).is_write()) {
        if (write == e || is_before(e, write)) return false;
      } else if (seen_by(e) >= 0 && is_before(seen_by(e), write)) {
        return false;
      }
    }
  }
  if (is_glued(read)) {
    const int own = skeleton_->rmw_write[at(read)];
    const auto follower = static_cast<int>(next()[write]);
    if (write == own || (follower >= 0 && follower != own)) return false;
  }
  return skeleton_->constraints_on[at(read)].empty() || !test(known(), write) || constraints_allow(read, values()[write]);
}

// Whether the conditions that the paths have taken for granted can still hold if the read has that value.
bool Assignment::constraints_allow(int read, Word word) const {
  const auto& on_read = skeleton_->constraints_on[at(read)];
  return std::all_of(on_read.begin(), on_read.end(), [&](int c) {
    const Constraint& constraint = skeleton_->constraints[at(c)];
    const int begin = skeleton_->thread_begin[at(constraint.thread)];
    const auto actual = skeleton_->expressions[at(constraint.thread)]->evaluate(
        constraint.expr, [&](EventIndex index) { return begin + index == read ? std::optional<Word>(word) : value(begin + index); });
    return !actual || satisfies(constraint, *actual);
  });
}

bool Assignment::assign(int read, int write) {
  sources()[read] = write;
  if (skeleton_->graph.event(write).unmatched) {  // co does not know it
    put(row(layout_.rf, write), read);
    return set_value(read, values()[write]);
  }
  if (skeleton_->reads_from(read, write)) {
    put(row(layout_.rf, write), read);
  } else if (!set_value(read, 0)) {  // nobody asks for what a spin_lock() has read
    return false;
  }
  if (rules_.coherence && !draw_coherence(read, write)) return false;
  if (is_glued(read) && !glue(write, skeleton_->rmw_write[at(read)])) return false;
  if (!close_glue(skeleton_->graph.event(read).location)) return false;
  const auto stored = value(write);
  return !stored || set_value(read, *stored);
}

bool Assignment::draw_coherence(int read, int write) {
  for (const int e : skeleton_->before[at(read)]) {
    const int seen = seen_by(e);
    if (seen >= 0 && seen != write && !add_order(seen, write)) return false;
  }
  for (const int e : skeleton_->after[at(read)]) {
    const int seen = seen_by(e);
    if (seen < 0) continue;
    if (seen == write) {
      if (seen == e) return false;  // its own later write
    } else if (!add_order(write, seen)) {
      return false;
    }
  }
  return true;
}

bool Assignment::order(int first, int second) { return add_order(first, second) && close_glue(skeleton_->graph.event(first).location); }

bool Assignment::add_order(int first, int second) {
  if (is_before(second, first)) return false;
  if (is_before(first, second)) return true;
  const auto connect = [&](int earlier) {
    BitWord* successors = row(layout_.co, earlier);
    const BitWord* more = row(layout_.co, second);
    for (int w = 0; w < words_; ++w) successors[w] |= more[w];
    put(successors, second);
  };
  const auto connect_back = [&](int later) {
    BitWord* predecessors = row(layout_.inverse_co, later);
    const BitWord* more = row(layout_.inverse_co, first);
    for (int w = 0; w < words_; ++w) predecessors[w] |= more[w];
    put(predecessors, first);
  };
  each_bit(row(layout_.inverse_co, first), words_, connect);
  connect(first);
  each_bit(row(layout_.co, second), words_, connect_back);
  connect_back(second);
  return true;
}

bool Assignment::glue(int first, int second) {
  if (next()[first] >= 0 && next()[first] != second) return false;
  next()[first] = second;
  return add_order(first, second);
}

// Where nothing may come between two writes, what is after the first is after the second, and what is before the second
// is before the first.
bool Assignment::close_glue(Location location) {
  for (bool changed = true; changed;) {
    changed = false;
    for (const int w : skeleton_->writes[at(location)]) {
      const auto follower = static_cast<int>(next()[w]);
      if (follower < 0) continue;
      for (const int other : skeleton_->writes[at(location)]) {
        if (other == w || other == follower) continue;
        if (is_before(w, other) && !is_before(follower, other)) {
          if (!add_order(follower, other)) return false;
          changed = true;
        }
        if (is_before(other, follower) && !is_before(other, w)) {
          if (!add_order(other, w)) return false;
          changed = true;
        }
      }
    }
  }
  return true;
}

std::optional<Word> Assignment::evaluate(ThreadId thread, ExprId expr) const {
  const int begin = skeleton_->thread_begin[at(thread)];
  return skeleton_->expressions[at(thread)]->evaluate(expr, [&](EventIndex index) { return value(begin + index); });
}

bool Assignment::constraint_holds(const Constraint& constraint) const {
  const auto actual = evaluate(constraint.thread, constraint.expr);
  return !actual || satisfies(constraint, *actual);
}

// Records the value and passes it on: from a write to its readers, from a read to what is computed from it.
bool Assignment::set_value(int event, Word word) {
  if (test(known(), event)) return true;
  put(known(), event);
  values()[event] = word;
  const Skeleton& s = *skeleton_;
  if (s.graph.event(event).is_source()) {
    bool consistent = true;
    each_bit(row(layout_.rf, event), words_, [&](int read) { consistent = consistent && set_value(read, word); });
    return consistent;
  }
  for (const int c : s.constraints_on[at(event)]) {
    if (!constraint_holds(s.constraints[at(c)])) return false;
  }
  for (const int w : s.users[at(event)]) {
    const auto computed = evaluate(s.graph.event(w).thread, s.value[at(w)]);
    if (computed && !set_value(w, *computed)) return false;
  }
  return true;
}

std::optional<Glue> Assignment::unordered_pair() const {
  for (std::size_t l = 0; l < skeleton_->writes.size(); ++l) {
    const BitWord* all = skeleton_->write_sets.data() + l * at(words_);
    for (const int write : skeleton_->writes[l]) {
      for (int w = 0; w < words_; ++w) {
        BitWord open = all[w] & ~row(layout_.co, write)[w] & ~row(layout_.inverse_co, write)[w];
        if (write / kBitsPerWord == w) open &= ~(BitWord{1} << (write % kBitsPerWord));
        if (open != 0) return Glue{write, w * kBitsPerWord + std::countr_zero(open)};
      }
    }
  }
  return std::nullopt;
}

std::vector<int> Assignment::without_value() const {
  std::vector<int> events;
  for (int w = 0; w < words_; ++w) {
    for (BitWord open = skeleton_->accesses[at(w)] & ~known()[w]; open != 0; open &= open - 1) {
      events.push_back(w * kBitsPerWord + std::countr_zero(open));
    }
  }
  return events;
}

void Assignment::name_value(int event, Word value) {
  put(known(), event);
  values()[event] = value;
}

int Assignment::last_write(Location location) const {
  for (const int w : skeleton_->writes[at(location)]) {
    const BitWord* successors = row(layout_.co, w);
    if (std::all_of(successors, successors + words_, [](BitWord bits) { return bits == 0; })) return w;
  }
  return kUndecided;
}

int Assignment::last_store(Location location) const {
  int last = kUndecided;
  for (const int w : skeleton_->writes[at(location)]) {
    if (skeleton_->graph.event(w).changes_lock()) continue;
    if (last == kUndecided || is_before(last, w)) last = w;
  }
  return last;
}

}  // namespace lkmc
