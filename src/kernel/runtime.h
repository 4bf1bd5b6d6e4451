// SPDX-License-Identifier: Apache-2.0
// What the litmus API works on while a test runs: which test, in which of its phases, on which thread.
//
// A test is a function that makes shared objects and declares threads. Its body is run again at the start of every run of
// a thread, on that thread's fiber, and the thread's own code is run in the middle of it: so the variables that the
// thread's lambda captures by reference are alive, and fresh in every run. The objects that `make` returns, and the
// locations of `shared` variables, are made in the first run and found again in the others by their order.
//
// `finally` is run like one more thread, which reads what the others have left (finally.h); the `value`s that threads assigned
// to captured variables are put back first.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "src/graph/event.h"
#include "src/kernel/control_tracker.h"
#include "src/kernel/heap.h"
#include "src/kernel/hidden_state.h"
#include "src/program/allocations.h"
#include "src/program/expr.h"
#include "src/program/program.h"
#include "src/program/self_checking_test.h"
#include "src/program/thread.h"

namespace lkmc {

// What a machine word can hold.
template <class T>
concept Scalar = std::is_integral_v<T> || std::is_enum_v<T> || std::is_pointer_v<T> || std::is_null_pointer_v<T>;

struct rcu_head;
struct lock_rule;
template <class T>
class value;
}  // namespace lkmc

// What must become part of the statement that calls it: accesses of that statement are told by the address that the runtime
// returns to (debug_info.h).
#define LKMC_INLINE [[gnu::always_inline]]

namespace lkmc::kernel {

class CppTest;
struct LockNeed;

// The cache of all that kmalloc() returns, for Run::free.
inline constexpr int kKmalloc = -1;

// --- what tests declare ---------------------------------------------------------------------------------------------

// One LITMUS of a file; registers itself.
struct Registration {
  Registration(const char* test_name, const char* in_file, int at_line, void (*test_body)(), std::vector<Expectation> expected);
  std::string name;
  std::string file;
  int line;
  void (*body)();
  std::vector<Expectation> expectations;
};
[[nodiscard]] std::span<const Registration* const> registered_tests();

// How many rounds of a WHILE, or steps along a list, are followed where nobody says otherwise.
inline constexpr int kDefaultUnroll = 8;

// What a list's pointers hold after list_del() (include/linux/poison.h): `next` and `prev`.
inline constexpr Word kListPoison1 = 0x100;
inline constexpr Word kListPoison2 = 0x122;

// --- what the API calls ---------------------------------------------------------------------------------------------

using Site = std::source_location;
[[nodiscard]] SourcePos position(const Site& site);

enum class Phase : std::uint8_t {
  kSetup,    // the body of the test, outside of thread() and finally()
  kThread,   // the code of one thread
  kFinally,  // the code of finally()
};

// A variable of type value<T> as the runtime sees it.
struct Tracked {
  Value value;
  int index = -1;                        // its number, if it was made in the set-up
  static constexpr int kOfStarter = -2;  // instead: it is a variable of the thread that has started this one
};

// A thread as others know it: one of the set-up, or the `ordinal`th that a thread starts on its path.
struct StartedThread {
  ThreadId starter = kInitThread;
  int ordinal = -1;
  friend auto operator<=>(const StartedThread&, const StartedThread&) = default;
};

// One run of a test's body.
class Run {
 public:
  // The present run. Outside of a test, explains `what` as a mistake and ends the program.
  [[nodiscard]] static Run& current(const char* what);
  // The same; null outside of a test.
  [[nodiscard]] static Run* current_or_null();

  [[nodiscard]] Phase phase() const { return phase_; }

  // --- values; in all phases
  [[nodiscard]] Value constant(Word word);
  [[nodiscard]] Value unary(UnaryOp op, const Value& a);
  [[nodiscard]] Value binary(BinaryOp op, const Value& a, const Value& b);
  [[nodiscard]] bool branch(const Value& condition);
  [[nodiscard]] Word concretize(const Value& value, const SourcePos& pos, Wanted wanted = Wanted::kNumber);
  // A plain number, as the code of the test has it, as a value.
  [[nodiscard]] Value number(Word word);
  // The value as a variable holds it that it is assigned to here; `from` is the variable that it was chosen from.
  [[nodiscard]] Value assigned(Value value) const;
  [[nodiscard]] Value copied(const Tracked& from);
  // `if`: what the outcome governs depends on the condition by control (control_tracker.h).
  [[nodiscard]] bool decide(const Value& condition);
  // `raw()`: likewise.
  [[nodiscard]] Word go_on_by(const Value& value, const SourcePos& pos, Wanted wanted);
  // `switch`.
  [[nodiscard]] Word select(const Value& selector, const Site& site);
  // All that follows in the thread depends by control on the condition.
  void control_from_here(const Value& condition);

  // --- what the compiler has put into the code of the test tells (frames.h, points.cc, stores.cc)
  // The frame of the function that has called the code of the test; and of the one that has called the thread's, below which the
  // thread's own variables are.
  [[nodiscard]] const void* outermost_frame() const { return outermost_frame_; }
  [[nodiscard]] const void* thread_frame() const { return thread_frame_; }
  // The thread comes to a basic block of the test's code.
  [[nodiscard]] bool wants_points() const { return phase_ == Phase::kThread && control_->wants_points() && !thread_->recalls(); }
  void arrive(Point point, const Registers& registers);
  [[nodiscard]] bool wants_variables() const { return phase_ == Phase::kThread && control_->wants_variables() && is_followed(); }
  void enter(VariableFlow::Frame frame, const BlockCode& block) { control_->enter(frame, block); }
  // A store to a plain variable of the thread, by the function that has the frame.
  void assigned(std::uintptr_t at, std::size_t size, VariableFlow::Frame by) { control_->assigned(at, size, by); }
  // The thread looks for the number that it goes on by among these.
  void choose_among(std::span<const Word> cases);
  // Whether memory that is not in a loaded image was there before the thread's code began.
  [[nodiscard]] bool was_there_before(const void* at) const;
  // The thread stores to such memory.
  void refuse_lost_store(const SourcePos& pos);

  // The object of `size` bytes that a pointer points to.
  [[nodiscard]] void* object_at(const Value& pointer, std::size_t size);
  // The place in an array of `size` elements that an index means.
  [[nodiscard]] std::size_t place_at(const Value& index, std::size_t size, const Site& site);
  // A pointer as a value. It depends on the pointers that were followed in the same expression: `&p->member` on p.
  [[nodiscard]] Value pointer(const void* to);

  // --- accesses to the location, through the object at `object`
  [[nodiscard]] Value read(Location location, const void* object, Tag tag, const SourcePos& pos);
  void write(Location location, const void* object, const Value& value, Tag tag, const SourcePos& pos);
  // Plain accesses; where, the debug information tells.
  [[nodiscard]] Value read_plainly(Location location, const void* object);
  void write_plainly(Location location, const void* object, const Value& value);
  // Both in one statement: returns the value read, and the one written.
  std::pair<Value, Value> update_plainly(Location location, const void* object, const Thread::Function& desired);
  // The object at `object` has another size than the variable that is there. Without a place: a plain access.
  [[noreturn]] void fail_by_size(Location location, const void* object, int bytes, int accessed, SourcePos pos = {});
  // The thread that runs; explains that `what` belongs into a thread if none does.
  [[nodiscard]] Thread& thread(const char* what);
  [[nodiscard]] Thread& thread(const char* what, const Site& site);
  // The address of a location for Thread, with the dependencies of the pointer that led to `object`.
  [[nodiscard]] Value address(Location location, const void* object);

  // --- pointers: while a Dereference lives, accesses to the object that it points into depend on the pointer
  struct Span {
    const std::byte* begin;
    const std::byte* end;
    std::vector<EventIndex> reads;
  };
  std::vector<Span>& dereferences() { return dereferences_; }

  // --- set-up
  enum class LocationKind : std::uint8_t { kVariable, kLock };
  [[nodiscard]] Location new_location(const void* at, LocationKind kind);
  void set_initial(Location location, Word word);
  // What a race detector sees of the location.
  [[nodiscard]] LocationInfo& location_info(Location location);
  // An object that `construct` makes in the first run; the same one in all others.
  [[nodiscard]] void* make(std::string_view type, std::size_t size, const std::function<void*()>& construct, void (*destroy)(void*));
  // Which thread that is, for join().
  StartedThread add_thread(std::string_view name, const std::function<void()>& code, const Site& site);
  // Waits for the end of the thread: acquire.
  void join(const StartedThread& thread, const char* function, const Site& site);
  // kthread_stop() says that the thread is to end; the thread asks.
  void ask_to_stop(const StartedThread& thread, const Site& site);
  [[nodiscard]] Value is_to_stop(const Site& site);
  void add_finally(const std::function<void()>& code, const Site& site);

  // --- memory that is allocated (heap.h); `function` is what the user has called
  enum class Content : std::uint8_t { kNone, kZero };
  [[nodiscard]] int add_cache(HeapCache cache);
  [[nodiscard]] int kmalloc_cache(const HeapCache& cache, const char* function, const Site& site);
  [[nodiscard]] void* allocate(int cache, Content content, const char* function, const Site& site);
  // `cache` may be kKmalloc.
  void free(int cache, const Value& pointer, const char* function, const Site& site);
  void forbid_leaks();

  // --- RCU callbacks (rcu_callback.h)
  void call_rcu(const Value& head, void (*function)(value<rcu_head*>), const Site& site);
  void rcu_barrier(const Site& site);

  // --- values
  void track(Tracked& variable);
  void forget(Tracked& variable);
  void changes(Tracked& variable);  // before it is assigned
  void note_assignment(Tracked& variable);
  void is_read(const Tracked& variable);
  // What the thread has to do with that leaves no event: two that are the same are so in all of it.
  using Bookkeeping = std::array<std::size_t, 7>;
  [[nodiscard]] Bookkeeping bookkeeping() const;
  // And what it does not: see HiddenState.
  [[nodiscard]] bool append_hidden_state(const Registers& registers, std::vector<std::byte>& bytes) const;

  // Where the run is, as far as it has told.
  [[nodiscard]] const SourcePos& last_place() const { return last_place_; }

  // --- verdicts
  // What must hold.
  void check(const Value& condition, OnFailure on_failure, const Site& site, const std::string& message);
  [[noreturn]] void fail(const SourcePos& pos, const std::string& message);
  [[noreturn]] void fail(const Site& site, const std::string& message);
  void reached(std::string_view name, const Value& condition);
  void observed(std::string_view name, const Value& value);

  // --- what the thread is in the middle of
  // A lock that it holds, and since where.
  enum class Hold : std::uint8_t { kExclusive, kShared };
  struct Held {
    LockId lock;
    Hold how;
    const char* function;
    Site site;
    EventIndex taken;  // see Thread::lock_taken; kNoLockNote of a lock that is none to the program
  };
  // To be called behind the accesses that take the lock.
  void hold(const LockId& lock, Hold how, const char* function, const Site& site);
  [[nodiscard]] bool holds(const LockId& lock, Hold how) const;
  // To be called before the accesses that give the lock back. Fails, in the words of lockdep, if the thread does not hold
  // it in this way.
  void release(const LockId& lock, Hold how, const char* function, const Site& site);
  // To be called before the thread waits for a lock as a reader. Fails if it holds the lock as a reader already: a writer that
  // queues between the two would wait for the first, and the second for it.
  void may_read_once(const LockId& lock, const char* function, const Site& site);
  static constexpr EventIndex kNoLockNote = -2;
  // Why it must not sleep: the sections that it is in, innermost last. An RCU read-side critical section is that of no lock.
  struct AtomicSection {
    const char* what;
    LockId lock;
    Site site;
  };
  std::vector<AtomicSection>& atomic_sections() { return atomic_sections_; }
  void enter_atomic(const char* what, const LockId& lock, const Site& site) { atomic_sections_.push_back({what, lock, site}); }
  // Ends the innermost section of that lock; false if there is none.
  bool leave_atomic(const LockId& lock);
  // Fails if the thread must not sleep here.
  void might_sleep(const char* function, const Site& site);

  // --- locking rules (lock_rules.h)
  void hold_token(const LockId& token, Hold how, const char* function, const Site& site);
  void declare_rule(Location field, const lock_rule& rule, const Site& site);
  // In the set-up, of a field that has one.
  [[nodiscard]] const lock_rule& rule_of(Location field, const Site& site);
  void begin_private(const void* object, std::size_t size, const Site& site);
  void end_private(const void* object, const Site& site);

  // --- sleeping threads: each has a task whose state is a location, in tests that have something to wait on
  void need_tasks();
  // The address of the state of the present thread's task, and of that of any thread.
  [[nodiscard]] Value current_task(const char* what, const Site& site);
  [[nodiscard]] Value task_of(ThreadId thread, const char* what, const Site& site);
  [[nodiscard]] ThreadId thread_id() const { return wanted_; }
  [[nodiscard]] int thread_count() const;

  // The thread waits exclusively in a queue. Until a test is known to do so, queues do without what that takes.
  void waits_exclusively(const Site& site);
  [[nodiscard]] bool has_exclusive_waiters() const;

  // --- signals, in tests that allow them: one may come to any thread at any time, and stays there
  void allow_signals();
  [[nodiscard]] bool signal_pending(const char* function, const Site& site);

  // Pointers may point here, also if it is the middle of an object.
  void may_be_pointed_to(const void* at);

 private:
  friend class CppTest;
  // Whether control_ is told what the thread does. Not where it only goes a round once more: whether it is then the same is the
  // question, and what it decides and depends on there is none of it (repetition.h).
  [[nodiscard]] bool is_followed() const { return phase_ == Phase::kThread && !thread_->is_tried(); }
  explicit Run(CppTest& test) : test_(test) {}
  void begin_round(Point point, const Registers& registers);
  void observe(int slot, const Value& value);
  [[nodiscard]] Value final_value(Location location);
  void depend_on_pointers(Value& value, const void* object) const;

  [[nodiscard]] void* make_object(std::string_view type, std::size_t size, const std::string& name, const std::function<void*()>& construct,
                                  void (*destroy)(void*));
  void* find_made_object();
  [[nodiscard]] HeapObject make_heap_object(int cache, const std::string& name);
  // The address of a location that only the runtime accesses, with the dependencies of the pointer that led there.
  [[nodiscard]] Value hidden(Location location, const std::vector<EventIndex>& reads);
  void fill(const HeapObject& object, Content content, const std::vector<EventIndex>& reads, const Site& site);
  void check_rule(EventIndex access, const Event& event);
  [[nodiscard]] std::vector<LockNeed> held_under_names_of(const lock_rule& rule) const;
  [[nodiscard]] std::string held_text(const std::vector<LockNeed>& names) const;
  // Where the variable is in this run; null if it is no longer, or none.
  [[nodiscard]] const void* variable_at(Location location) const;
  void run_callback(int index);
  void run_page_allocator();
  // Threads that threads start (started_thread.cc).
  StartedThread start_thread(std::string_view name, const std::function<void()>& code, const Site& site);
  void begin_as_started();
  void run_code(const std::function<void()>& code);

  CppTest& test_;
  Phase phase_ = Phase::kSetup;
  Thread* thread_ = nullptr;               // in runs of a thread and of finally()
  std::optional<ControlTracker> control_;  // in runs of a thread
  // Likewise: where it goes round loops.
  struct Watched {
    std::size_t place;  // in the thread
    Bookkeeping before{};
  };
  std::map<Point, Watched> watched_;
  Point selected_at_ = 0;                  // likewise: where the latest `switch` on a value is, until the thread comes to another point
  const void* outermost_frame_ = nullptr;  // likewise
  const void* thread_frame_ = nullptr;     // likewise
  Allocations allocations_;                // in the set-up: memory that the thread does not find as it has left it; likewise
  ThreadId wanted_ = kInitThread;          // the thread whose code is to be run
  ThreadId next_thread_ = 0;
  bool wants_finally_ = false;
  std::vector<const void*> location_at_;  // by location: the variable, in this run
  std::size_t next_object_ = 0;
  int next_cache_ = 0;
  std::map<int, int> allocated_;  // by cache: how many fresh objects this run has
  int next_callback_ = 0;
  int next_started_ = 0;                     // likewise of start_thread()
  std::vector<int> starters_;                // if some thread starts `wanted_`: the started threads on the way to it, itself last
  std::size_t recalled_ = 0;                 // how many of these are past
  std::vector<Tracked*> tracked_;            // by order of construction in the set-up; null once destroyed
  std::map<std::string, Value> conditions_;  // of exists(): whether one of those so far was true
  std::map<Location, Value> final_values_;   // in kFinally
  std::vector<Span> dereferences_;
  std::map<ExprId, Word> known_words_;  // values that the path has gone on with as numbers
  std::vector<Held> held_;
  std::vector<Span> private_;  // objects that nobody else can get to
  std::vector<AtomicSection> atomic_sections_;
  bool signal_is_pending_ = false;
  std::size_t observations_ = 0;  // made so far
  ExprPool constants_;            // outside of threads
  SourcePos last_place_;          // of the latest call that told one
};

}  // namespace lkmc::kernel
