// SPDX-License-Identifier: Apache-2.0
// A partial choice of rf and co for the events of one skeleton, with what follows from it.
//
// The search refines an assignment step by step: a read gets its source, two writes get their order. Each step draws the
// consequences that need no model: coherence orders writes (what a thread has read or written may not be older than what
// it read before), atomicity leaves no room between what an RMW reads and what it writes, locks likewise, values flow
// from writes to reads, and conditions on values that the paths took for granted come true or not. A step that
// contradicts what is known says so; the assignment is then of no further use.
//
// All of it lies in one block of memory, so that a branch of the search starts with one copy.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "src/explore/skeleton.h"

namespace lkmc {

inline constexpr int kUndecided = -1;

// The consequences that may be drawn because the model forbids the contrary.
struct Rules {
  bool coherence = true;
  bool atomicity = true;
};

class Assignment {
 public:
  Assignment(const Skeleton& skeleton, Rules rules);

  // Starts again from what holds in every execution of the skeleton; false if nothing does.
  [[nodiscard]] bool reset();
  // Takes over the state of another assignment to the same skeleton.
  void copy_from(const Assignment& other) { block_ = other.block_; }

  // Decides that `read` reads from `write`; false if that contradicts what is known.
  [[nodiscard]] bool assign(int read, int write);
  // Decides that `first` comes before `second` in co; likewise.
  [[nodiscard]] bool order(int first, int second);

  // Whether assign(read, write) might succeed; a cheap test that draws no conclusions.
  [[nodiscard]] bool possible(int read, int write) const;

  // Whether co is known to have `a` before `b`.
  [[nodiscard]] bool is_before(int a, int b) const { return test(row(layout_.co, a), b); }
  [[nodiscard]] int source(int read) const { return static_cast<int>(sources()[read]); }
  [[nodiscard]] std::optional<Word> value(int event) const {
    if (!test(known(), event)) return std::nullopt;
    return values()[event];
  }
  // The value of an expression of a thread, if it is known.
  [[nodiscard]] std::optional<Word> evaluate(ThreadId thread, ExprId expr) const;

  // A pair of writes to one location whose order is open; nothing if co is total.
  [[nodiscard]] std::optional<Glue> unordered_pair() const;
  // The reads and writes whose values are unknown. Where all reads have sources, these values depend on themselves.
  [[nodiscard]] std::vector<int> without_value() const;
  // Gives a value to an access that has none, without drawing conclusions.
  void name_value(int event, Word value);
  // The last write to a location in co, which must be total; the skeleton must have one.
  [[nodiscard]] int last_write(Location location) const;
  // The same among those that are no matter of a lock, the initial one with them: as in herd7, the final value of a lock is that.
  [[nodiscard]] int last_store(Location location) const;

  [[nodiscard]] std::span<const BitWord> rf() const { return {block_.data() + layout_.rf, matrix_words()}; }
  [[nodiscard]] std::span<const BitWord> co() const { return {block_.data() + layout_.co, matrix_words()}; }
  [[nodiscard]] std::span<const Word> all_values() const { return {values(), static_cast<std::size_t>(n_)}; }
  [[nodiscard]] const Skeleton& skeleton() const { return *skeleton_; }

 private:
  struct Layout {
    std::size_t rf, co, inverse_co, known, values, sources, next, total;
  };

  [[nodiscard]] std::size_t matrix_words() const { return static_cast<std::size_t>(n_) * static_cast<std::size_t>(words_); }
  [[nodiscard]] BitWord* row(std::size_t matrix, int e) { return block_.data() + matrix + e * words_; }
  [[nodiscard]] const BitWord* row(std::size_t matrix, int e) const { return block_.data() + matrix + e * words_; }
  [[nodiscard]] static bool test(const BitWord* bits, int e) { return (bits[e / kBitsPerWord] >> (e % kBitsPerWord)) & 1; }
  static void put(BitWord* bits, int e) { bits[e / kBitsPerWord] |= BitWord{1} << (e % kBitsPerWord); }
  [[nodiscard]] BitWord* known() { return block_.data() + layout_.known; }
  [[nodiscard]] const BitWord* known() const { return block_.data() + layout_.known; }
  [[nodiscard]] Word* values() { return reinterpret_cast<Word*>(block_.data() + layout_.values); }
  [[nodiscard]] const Word* values() const { return reinterpret_cast<const Word*>(block_.data() + layout_.values); }
  [[nodiscard]] std::int64_t* sources() { return reinterpret_cast<std::int64_t*>(block_.data() + layout_.sources); }
  [[nodiscard]] const std::int64_t* sources() const { return reinterpret_cast<const std::int64_t*>(block_.data() + layout_.sources); }
  // By write: what is glued behind it, or kUndecided.
  [[nodiscard]] std::int64_t* next() { return reinterpret_cast<std::int64_t*>(block_.data() + layout_.next); }
  [[nodiscard]] const std::int64_t* next() const { return reinterpret_cast<const std::int64_t*>(block_.data() + layout_.next); }

  [[nodiscard]] bool is_glued(int read) const;
  // The write that an access of the same thread as a read, before or behind it, has written or seen: as far as co knows it.
  [[nodiscard]] int seen_by(int access) const;
  [[nodiscard]] bool add_order(int first, int second);
  [[nodiscard]] bool glue(int first, int second);
  [[nodiscard]] bool close_glue(Location location);
  [[nodiscard]] bool draw_coherence(int read, int write);
  [[nodiscard]] bool set_value(int event, Word value);
  [[nodiscard]] bool constraint_holds(const Constraint& constraint) const;
  [[nodiscard]] bool constraints_allow(int read, Word word) const;

  const Skeleton* skeleton_;
  Rules rules_;
  int n_;
  int words_;
  Layout layout_;
  std::vector<BitWord> block_;
};

}  // namespace lkmc
