// SPDX-License-Identifier: Apache-2.0
// What the code of one litmus thread can do: perform events, compute with symbolic values, and branch.
//
// `Thread` is handed to Program::run. Each method stands for one primitive of the kernel and turns it into the
// events of the Linux-kernel memory model, with their dependencies. A read returns at once, with a symbol as its
// value; only a decision on such a value (`branch`, an access through a pointer that was read, a `cmpxchg`) may
// suspend the fiber until the explorer says how it goes on. A path of the thread is the list of these outcomes.
//
// Dependencies follow herd7's C semantics: `data` and `addr` come from the reads in `Value::reads`; `ctrl` comes from
// the conditions of the `ControlScope`s that are open when an event is performed. A front end passes what it assigns to
// a register through `assigned`.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"
#include "src/program/mark.h"
#include "src/program/program.h"

namespace lkmc {

// What a fetch-and-op returns.
enum class RmwResult : std::uint8_t { kNone, kOld, kNew };

// A lock that is made of ordinary accesses: the location that it lives in, and which bit of it if it is a bit.
struct LockId {
  Location location = kNoLocation;
  std::int32_t bit = -1;
  friend bool operator==(const LockId&, const LockId&) = default;
};

// What the front end has against an access, whatever other threads do.
struct Objection {
  EventIndex access;
  std::string message;
  bool unless_sets = false;  // it is right for a write to replace zero by something else
};

// What a thread waits for.
struct Awaited {
  const char* what = "a value";  // and never comes, as the report of a deadlock says
  LockId lock{};                 // if it is a lock
  bool shared = false;           // it wants the lock as a reader, and does not get past a writer who waits
  // The reads that it repeats while it waits; if there are none here, all that the condition is computed from. Who waits
  // for ever has seen the last value of each.
  std::vector<EventIndex> looks{};
  // If it is the end of a grace period: of which srcu_struct, or kNoLocation for RCU.
  std::optional<Location> readers_of{};
};

// What a value is needed for: as an address, where all but those of the program (Program::possible_words) are errors, or as any number.
enum class Wanted : std::uint8_t { kAddress, kNumber };

// What a spin_unlock() is of a lock that its thread does not hold: an error of the path, or an event that a model may complain of.
enum class Unmatched : std::uint8_t { kFails, kIsEvent };
// What a thread does where a check fails.
enum class OnFailure : std::uint8_t { kGoOn, kStop };
struct Round;
// Appends, byte for byte, what a thread has that the front end does not see as variables; false if it does not know.
using HiddenState = std::function<bool(std::vector<std::byte>&)>;

class Thread {
 public:
  // --- values ---------------------------------------------------------------------------------------------
  [[nodiscard]] Value constant(Word value);
  [[nodiscard]] Value unary(UnaryOp op, const Value& a);
  [[nodiscard]] Value binary(BinaryOp op, const Value& a, const Value& b);

  // The value as a number: the path goes on with one it might have.
  [[nodiscard]] Word concretize(const Value& value, SourcePos pos, Wanted wanted = Wanted::kNumber);

  // --- accesses -------------------------------------------------------------------------------------------
  // An address that is no location of the program is an error of the path (see `fail`).
  [[nodiscard]] Value read(const Value& address, Tag tag, SourcePos pos);
  void write(const Value& address, const Value& value, Tag tag, SourcePos pos);
  void fence(Tag tag, SourcePos pos);
  // Makes the location invalid: whoever accesses it afterwards, or at the same time, uses memory that is not his. `content` is
  // Program::kFreed or Program::kUninitialised.
  void poison(const Value& address, Word content, SourcePos pos);
  // Grace periods: fences that wait for readers.
  void synchronize_rcu(SourcePos pos);
  void synchronize_srcu(const Value& srcu, SourcePos pos);

  // --- read-modify-writes; `order` is kOnce, kAcquire, kRelease or kMb ---------------------------------------
  [[nodiscard]] Value exchange(const Value& address, const Value& value, Tag order, SourcePos pos);
  // Returns the value read; writes `desired` if that equals `expected`. A failed one orders nothing.
  [[nodiscard]] Value compare_exchange(const Value& address, const Value& expected, const Value& desired, Tag order, SourcePos pos);
  // `order` may also be kNoreturn, with RmwResult::kNone.
  Value fetch_op(const Value& address, BinaryOp op, const Value& operand, Tag order, RmwResult result, SourcePos pos);

  // What an operation makes of the old value.
  using Function = std::function<Value(const Value& old)>;
  // Replaces the value at the address by `desired(old)` and returns the old one. `order` may also be kNoreturn.
  Value rmw(const Value& address, const Function& desired, Tag order, SourcePos pos, Form form = Form::kAccess);
  // The same as a release, and where `condition(old)` is non-zero also an acquire: what `*_dec_and_test` is in the kernel.
  // The second of the pair tells which it was.
  [[nodiscard]] std::pair<Value, bool> release_rmw_acquire_if(const Value& address, const Function& condition, const Function& desired,
                                                              SourcePos pos);
  // Waits until `condition(old)` is non-zero of the value at the address, replaces it by `desired(old)` in the same
  // operation, and returns the old value.
  Value await_rmw(const Value& address, const Function& condition, const Function& desired, Tag order, SourcePos pos,
                  const Awaited& awaited = {});
  // The same, and leaves out the executions in which the condition does not hold.
  Value assume_rmw(const Value& address, const Function& condition, const Function& desired, Tag order, SourcePos pos);
  // The same, but where the condition does not hold it only reads. The second of the pair tells which it was.
  [[nodiscard]] std::pair<Value, bool> try_rmw(const Value& address, const Function& condition, const Function& desired, Tag order,
                                               SourcePos pos);

  // Races of the accesses from here on are meant, or no longer so. Nests.
  void mean_races(bool meant);

  // A read and a write, between which others may write: `x++`, `__set_bit()`.
  struct Halves {
    Form form = Form::kCompound;
    Tag read = Tag::kPlain;
    Tag write = Tag::kPlain;
  };
  // Returns the value read and the one written.
  std::pair<Value, Value> update(const Value& address, const Function& desired, const Halves& halves, SourcePos pos);

  // --- for race detectors -----------------------------------------------------------------------------------
  void mark(Mark mark);
  // A mark about a location.
  void mark_location(Mark mark, const Value& address);

  // --- spinlocks ------------------------------------------------------------------------------------------
  void spin_lock(const Value& lock, SourcePos pos);
  [[nodiscard]] Value spin_trylock(const Value& lock, SourcePos pos);    // 1 or 0
  [[nodiscard]] Value spin_is_locked(const Value& lock, SourcePos pos);  // 1 or 0
  void spin_unlock(const Value& lock, SourcePos pos, Unmatched unmatched = Unmatched::kFails);

  // --- control --------------------------------------------------------------------------------------------
  // Whether `condition` is non-zero.
  [[nodiscard]] bool branch(const Value& condition);
  // Goes on with each of the words, which must not be empty.
  [[nodiscard]] Word choose(std::vector<Word> words, SourcePos pos);
  // Goes on only where `condition` is non-zero: the last round of a loop that waits for it without side effects.
  void await(const Value& condition, SourcePos pos, const Awaited& awaited = {});
  // The steps of `await`, for waits that do something before they wait for ever. First, whether the path is one on which
  // the thread does so; then what must hold for the path to be taken; last, what it waits for in vain.
  [[nodiscard]] bool chooses_to_wait(SourcePos pos);
  void require(const Value& condition, SourcePos pos);
  [[noreturn]] void wait_for_ever(const Value& condition, SourcePos pos, const Awaited& awaited);
  // Where a wait is made of reads that it repeats: whether the path goes on with another round, since in this one the condition does not
  // hold. Only who searches for races in such rounds wants to see one. To be asked before `await`.
  [[nodiscard]] bool looks_again(const Value& condition);
  // The same as `await` for a thread that serves others. That it waits for ever is no deadlock: it had nothing to do.
  void await_work(const Value& condition, SourcePos pos);
  // Loops whose rounds may leave no trace (rounds.h): a place where their rounds begin, which returns how many there are
  // already; the thread comes to it; places given up down to that number. Use RoundsWatch.
  [[nodiscard]] std::size_t watch_rounds(SourcePos pos);
  // `same_otherwise`: nothing else that the front end knows of has changed since the round began. `hidden`: what it does not; empty if
  // there is no such thing. Returns: to be called where no exception may pass. What follows from it is seen to when the thread does
  // something next, or by act_on_rounds().
  void begin_round(std::size_t place, bool same_otherwise, const HiddenState& hidden);
  // Whether the thread is only tried, to see if it does the same again (repetition.h): no bound counts then.
  [[nodiscard]] bool is_tried() const;
  void give_up_rounds(std::size_t watched_before);
  // Ends the path, or this run of the thread, if that follows from the rounds that have ended.
  void act_on_rounds();
  // What happens to variables meanwhile. One that is read after all is one that the end of the thread reads.
  void variable_made(const Value& variable);
  void variable_changes(const Value& variable);  // before it does
  void variable_read(const Value& variable);
  void variable_gone(const Value& variable);

  // A loop begins a round, behind `rounds` others, which it counts: where these are all that are asked for (Program::max_rounds, or
  // fewer), the path ends.
  void count_round(int& rounds, SourcePos pos);
  [[nodiscard]] int max_rounds() const;
  // The path ends here, and is never a complete execution: a bound was hit.
  [[noreturn]] void stop_at_bound(SourcePos pos);
  // Something that must hold in every execution that gets here. Whether it does changes nothing on the path, which goes on behind
  // it even if the thread stops: others may have seen early what comes there.
  void check(const Value& condition, OnFailure on_failure, SourcePos pos, std::string message);
  // The program did something that it must not do; an error of the program if an execution gets here.
  [[noreturn]] void fail(SourcePos pos, std::string message);
  // The same; what was read last shows it, so the store that it saw is part of the story.
  [[noreturn]] void fail_by_last_read(SourcePos pos, std::string message);

  // Whether the value is the same whatever the thread reads.
  [[nodiscard]] bool is_known(const Value& value) const;
  // Whether branch() on the condition goes one way only here: it is known, or the path has decided it before.
  [[nodiscard]] bool is_decided(const Value& condition) const;

  // The program is not fit to be explored, if this path is one of an execution. Returns: to be called where no exception may
  // pass.
  void refuse(SourcePos pos, std::string message);

  // The value as a register holds it that it is assigned to here, in whatever way: inside of the open control scopes.
  [[nodiscard]] Value assigned(Value value) const;

  // Opens the scope of a control dependency, and returns how many were open before. Closing down to that number also
  // closes those that were opened inside and left open. Use ControlScope.
  std::size_t open_control(const Value& condition);
  void close_control(std::size_t open_before);

  // A list of operands whose order C leaves open: the events of one are in no program order with those of the others. Use
  // OperandsScope.
  void open_operands();
  void next_operand();
  void close_operands();

  // The number of events on the path so far; whether one of those from `first` on is a write; and those that are reads.
  [[nodiscard]] EventIndex event_count() const;
  [[nodiscard]] bool wrote_since(EventIndex first) const;
  [[nodiscard]] std::vector<EventIndex> reads_since(EventIndex first) const;
  // For reports: the last event took a lock, or the next one gives it back. The first returns what the second wants to know.
  EventIndex lock_taken(const LockId& lock, bool shared);
  void lock_given_back(EventIndex from);

  // What the front end wants to do at each access that the thread performs from now on, by its number on the path.
  using Watcher = std::function<void(EventIndex, const Event&)>;
  void watch(Watcher watcher);
  // To an access since the last decision, such as the one that the watcher is told of.
  void object_to(Objection objection);

  // --- threads that others start ----------------------------------------------------------------------------
  // From here on the code is that of another thread, up to where that has started this one, and only finds out what this one
  // needs to know: nothing is done, and what the other has read is read from the locations, one after the other. The other has
  // left it there before it wrote `choices()`, which differs between its ways, plus one to where `started` comes from.
  void recall(const Value& started, std::vector<Location> read_before);
  [[nodiscard]] bool recalls() const;
  // The thread's own code begins.
  void end_recall(SourcePos pos);
  [[nodiscard]] Word choices() const;
  // What recall() needs: the values of the reads so far but for the first `skipped`.
  [[nodiscard]] std::vector<Value> values_read(EventIndex skipped) const;
  // Ends the path as if the code came to its end.
  [[noreturn]] void end();

  // For the use of the front end while this run of the thread lasts.
  [[nodiscard]] void* front_end() const;
  void set_front_end(void* data);
  // The thread whose fiber runs at present on this worker; null outside of fibers.
  [[nodiscard]] static Thread* current();

  // --- results --------------------------------------------------------------------------------------------
  // The final value of the observed register `slot`; the last call counts, 0 where there is none.
  void observe(int slot, const Value& value);

 private:
  friend class Unfolding;
  struct State;  // thread_state.h
  explicit Thread(State& state) : state_(state) {}

  [[nodiscard]] ExprId computed(ExprId e);
  Word told(Word answer);
  struct RmwTags {
    Tag read;
    Tag write;
  };
  [[nodiscard]] bool either(SourcePos pos);
  [[nodiscard]] bool leaves_no_mark(const Round& round) const;
  [[nodiscard]] bool repeats_last(std::size_t place, const Round& round);
  void begin_trial();
  void end_round_of_trial(bool same_otherwise, const HiddenState& hidden);
  void leave_out(const Round& round);
  [[nodiscard]] ExprId saw_change(const Round& round);
  void close_readers(SourcePos pos);
  void await_readers(Location srcu, SourcePos pos);
  [[nodiscard]] RmwTags rmw_tags(Tag order) const;
  [[nodiscard]] Marking marked(Operation operation, Tag tag, SourcePos pos);
  // How the RMW is ordered that the source has with `order`.
  [[nodiscard]] Tag rmw_order(Tag order, SourcePos pos) { return marked(Operation::kRmw, order, pos).tag; }
  void perform_fence(Tag tag, SourcePos pos);
  void full_fence_around_rmw(Tag order, SourcePos pos);
  [[nodiscard]] Location resolve(const Value& address, SourcePos pos);
  [[nodiscard]] Value value_of(EventIndex read);
  EventIndex perform(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address,
                     const std::vector<EventIndex>& data, SourcePos pos);
  [[nodiscard]] Event& last_event();
  EventIndex perform_recalled(EventKind kind, SourcePos pos);
  EventIndex perform_tried(const Event& event);
  EventIndex perform_write(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address, const Value& value,
                           SourcePos pos);
  [[nodiscard]] EventIndex rmw_read(const Value& address, Location location, Tag tag, SourcePos pos);
  void rmw_write(EventIndex read, const Value& address, Location location, const Value& value, Tag tag, SourcePos pos);
  void take_lock(const Value& lock, Location location, SourcePos pos);

  State& state_;
};

// The body of an `if` or of a loop: every event inside depends by control on the reads of the condition.
class ControlScope {
 public:
  ControlScope(Thread& thread, const Value& condition) : thread_(thread), open_before_(thread_.open_control(condition)) {}
  ~ControlScope() { thread_.close_control(open_before_); }
  ControlScope(const ControlScope&) = delete;
  ControlScope& operator=(const ControlScope&) = delete;

 private:
  Thread& thread_;
  std::size_t open_before_;
};

// The operands of an operator or a call, in no order.
class OperandsScope {
 public:
  explicit OperandsScope(Thread& thread) : thread_(thread) { thread_.open_operands(); }
  ~OperandsScope() { thread_.close_operands(); }
  // To be called between two operands.
  void next() { thread_.next_operand(); }
  OperandsScope(const OperandsScope&) = delete;
  OperandsScope& operator=(const OperandsScope&) = delete;

 private:
  Thread& thread_;
};

// Watches the rounds of a loop that begin at one place of it.
class RoundsWatch {
 public:
  RoundsWatch(Thread& thread, SourcePos pos) : thread_(thread), place_(thread.watch_rounds(pos)) {}
  ~RoundsWatch() { thread_.give_up_rounds(place_); }
  RoundsWatch(const RoundsWatch&) = delete;
  RoundsWatch& operator=(const RoundsWatch&) = delete;
  // See Thread::begin_round.
  void begin_round(bool same_otherwise = true, const HiddenState& hidden = {}) {
    thread_.begin_round(place_, same_otherwise, hidden);
    thread_.act_on_rounds();
  }

 private:
  Thread& thread_;
  std::size_t place_;
};

}  // namespace lkmc
