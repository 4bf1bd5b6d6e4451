// SPDX-License-Identifier: Apache-2.0
// The threads of a program as KCSAN's instrumentation sees them: operations in order, each with the checks that come before
// it.
//
// A node of a thread's unfolding becomes a list of operations. What a thread has told KCSAN by marks (regions that count as
// atomic, scoped assertions, functions) is the same whenever the thread gets to an operation, so it is worked out here,
// once, and only the counter of kcsan_atomic_next() is left to the run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc::kcsan {

// The type of an access, by the bits of include/linux/kcsan-checks.h.
using AccessType = std::uint8_t;
inline constexpr AccessType kWriteBit = 1, kCompoundBit = 2, kAtomicBit = 4, kAssertBit = 8, kScopedBit = 16;

inline constexpr int kNone = -1;

// The index of an element of a vector.
[[nodiscard]] inline std::size_t at(int index) { return static_cast<std::size_t>(index); }

// The name in a signature as compilers give it; empty for lambdas, whose name says nothing, and for lkmc's own functions.
[[nodiscard]] std::string plain_name(const char* signature);

// What the compiler and the headers of a configuration make of the accesses of the source.
struct Instrumentation {
  bool has_compound;         // `x++` is one access
  bool has_test_bit_writes;  // `__test_and_set_bit()` is a read and a write, for a plain write counts as atomic
  friend auto operator<=>(const Instrumentation&, const Instrumentation&) = default;
};

struct Frame {
  std::string function;
  SourcePos pos{};  // without a line where it is not known
  bool is_inlined = false;
};

// What the thread has told KCSAN before an operation.
struct Context {
  int nestable = 0;  // open kcsan_nestable_atomic_begin()
  bool flat = false;
  int disabled = 0;
  Word mask = 0;
  std::vector<int> scoped{};          // open scoped assertions, newest first: indices of accesses
  std::vector<Location> own_flags{};  // &current->flags
  std::vector<Frame> functions{};     // entered and not left, outermost first
  int rcu_sections = 0;

  [[nodiscard]] int depth() const { return static_cast<int>(functions.size()); }
};

// What check_access() is called with.
struct Access {
  ThreadId thread = 0;
  Location location = kNoLocation;
  AccessType type = 0;
  int bytes = 0;
  bool aligned = true;
  bool own_flags = false;
  int context = 0;
  SourcePos pos{};

  [[nodiscard]] bool is(AccessType bit) const { return (type & bit) != 0; }
  // Whether KCSAN compares the values before and after a stall.
  [[nodiscard]] bool is_comparable() const { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }
};

// Whether a check for one of them finds a watchpoint of the other.
[[nodiscard]] inline bool conflict(const Access& a, const Access& b) {
  return a.location == b.location && a.location != kNoLocation && (a.is(kWriteBit) || b.is(kWriteBit));
}

struct Op {
  enum class Kind : std::uint8_t {
    kNothing,     // but for the checks and the barrier before it
    kAtomicNext,  // kcsan_atomic_next(argument)
    kFunctionExit,
    kRead,
    kWrite,
    kLock,  // waits for the spinlock
    kUnlock,
    kSeeLocked,  // goes on only where the spinlock is taken
    kSeeFree,
    kSectionBegin,  // RCU, or SRCU with a location
    kSectionEnd,
    kGracePeriod,
  };
  Kind kind = Kind::kNothing;
  int access = kNone;  // what is checked before it
  int context = 0;
  bool ends_delayed_read = false;  // a barrier before it
  bool ends_delayed_write = false;
  EventIndex event = kNoEvent;
  Location location = kNoLocation;
  ExprId value = 0;                 // of a write
  bool in_rmw = false;              // a read that makes one step with its write
  EventIndex read_half = kNoEvent;  // of the write of an RMW
  int checked_as = kNone;           // of a write: the access that was checked for it, here or before; kNone if none is
  std::vector<EventIndex> data{};   // of the end of an SRCU section: the reads that its argument comes from
  Word argument = 0;
  SourcePos pos{};
};

struct Node {
  std::vector<Op> ops;
  Continuation continuation;
  ExprId expr;
  std::vector<Word> outcomes;  // of a choice
  int end_context;
  int first_access, end_access;  // the accesses of its operations: these indices, in order
};

class Code {
 public:
  // `thread_names` are the functions that the threads run.
  Code(const Program& program, std::vector<std::string> thread_names, Instrumentation instrumentation);

  [[nodiscard]] const Program& program() const { return program_; }
  [[nodiscard]] int thread_count() const { return program_.thread_count(); }
  [[nodiscard]] PathId root(ThreadId thread);
  [[nodiscard]] PathId child(ThreadId thread, PathId path, Word outcome);
  [[nodiscard]] const Node& node(ThreadId thread, PathId path) const;
  [[nodiscard]] const ExprPool& expressions(ThreadId thread) const;
  // All accesses of the nodes seen so far.
  [[nodiscard]] const std::vector<Access>& accesses() const { return accesses_; }
  [[nodiscard]] const Access& access(int index) const { return accesses_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const Context& context(int index) const { return contexts_[static_cast<std::size_t>(index)]; }
  // Whether the thread calls kcsan_atomic_next().
  [[nodiscard]] bool counts_atomics(ThreadId thread) const { return threads_[static_cast<std::size_t>(thread)].counts_atomics; }
  // All writes of the nodes seen so far, by where they are to and what was checked for them.
  struct Write {
    ThreadId thread;
    Location location;
    int checked_as;
    auto operator<=>(const Write&) const = default;
  };
  [[nodiscard]] const std::set<Write>& writes() const { return writes_; }
  // The stack at a place, innermost frame first.
  [[nodiscard]] std::vector<Frame> stack(int context, const SourcePos& pos) const;

  // Sees all nodes of all threads, unless there are more than `max_nodes`, or it is not known with which values a thread may go
  // on. Some may be there only because a thread could go on with a value that it never gets.
  enum class Seen : std::uint8_t { kSome, kTooMuch, kAll };
  [[nodiscard]] Seen see_all(int max_nodes);

  // What matters from a node, or an operation, on, as far as nodes have been seen when look_ahead() was called: whether the
  // value of a read does, and whether the location is written.
  void look_ahead();
  [[nodiscard]] bool is_live(ThreadId thread, PathId path, EventIndex read) const;
  [[nodiscard]] bool may_write(ThreadId thread, PathId path, int op, Location location) const;
  // The accesses of a thread from an operation on, on all paths behind it: a range of in_order().
  struct Range {
    int begin, end;
  };
  [[nodiscard]] Range ahead(ThreadId thread, PathId path, int op) const;
  // All accesses, thread by thread, each node before those behind it.
  [[nodiscard]] const std::vector<int>& in_order() const { return in_order_; }

  // Whether some exploration has found that the access can be made.
  [[nodiscard]] bool is_reached(int access) const { return reached_[static_cast<std::size_t>(access)]; }
  void reach(int access) { reached_[static_cast<std::size_t>(access)] = true; }

 private:
  class Builder;
  struct Ahead {
    std::vector<EventIndex> live_reads;    // sorted
    std::vector<Location> written_behind;  // after the node itself; sorted
    Range accesses{};
  };
  struct ThreadCode {
    Unfolding unfolding;
    bool counts_atomics = false;
    std::vector<std::unique_ptr<Node>> nodes{};  // by path
    std::vector<Ahead> ahead{};                  // by path
  };
  PathId build(ThreadId thread, PathId path);

  const Program& program_;
  std::vector<std::string> thread_names_;
  Instrumentation instrumentation_;
  std::set<Write> writes_;
  std::vector<ThreadCode> threads_;
  std::vector<Access> accesses_;
  std::vector<bool> reached_;
  std::vector<int> in_order_;
  std::vector<Context> contexts_;
};

}  // namespace lkmc::kcsan
