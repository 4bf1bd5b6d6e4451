// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "src/cpp/cpp_test.h"
#include "src/cpp/debug_info.h"
#include "src/cpp/frames.h"
#include "src/cpp/present_run.h"
#include "src/kernel/runtime.h"
#include "src/program/thread.h"

namespace lkmc::kernel {

Run* Run::current_or_null() {
  if (Thread* thread = Thread::current()) {
    if (auto* run = static_cast<Run*>(thread->front_end())) return run;
  }
  return outside_threads;
}

Run& Run::current(const char* what) {
  if (Run* run = current_or_null()) return *run;
  std::fprintf(stderr, "lkmc: %s outside of a LITMUS: shared memory exists only while a test runs, so make it in the test\n", what);
  std::exit(2);
}

// A thread's run computes with the thread's expressions from the start, so that it can use what its set-up has computed.
Value Run::constant(Word word) { return thread_ != nullptr ? thread_->constant(word) : Value{constants_.constant(word), {}}; }

Value Run::unary(UnaryOp op, const Value& a) {
  return thread_ != nullptr ? thread_->unary(op, a) : Value{constants_.unary(op, a.expr), {}};
}

Value Run::binary(BinaryOp op, const Value& a, const Value& b) {
  return thread_ != nullptr ? thread_->binary(op, a, b) : Value{constants_.binary(op, a.expr, b.expr), {}};
}

bool Run::branch(const Value& condition) {
  return thread_ != nullptr ? thread_->branch(condition) : constants_.constant_value(condition.expr).value_or(0) != 0;
}

Word Run::concretize(const Value& value, const SourcePos& pos, Wanted wanted) {
  if (thread_ == nullptr) return constants_.constant_value(value.expr).value_or(0);
  const auto [known, is_new] = known_words_.try_emplace(value.expr, 0);
  if (!is_new) return known->second;
  const bool is_noted = is_followed() && wants_points();
  const Point place = is_noted ? point_of(LKMC_THIS_CALL, outermost_frame_) : 0;
  if (is_noted) control_->ask(place);
  known->second = thread_->concretize(value, pos, wanted);
  if (is_noted) control_->answered(place, known->second);
  return known->second;
}

Value Run::number(Word word) {
  Value value = constant(word);
  if (is_followed() && control_->wants_numbers()) {
    value.conditions = control_->number(point_of(LKMC_THIS_CALL, outermost_frame_), word);
  }
  return value;
}

Value Run::assigned(Value value) const { return phase_ == Phase::kThread ? thread_->assigned(std::move(value)) : std::move(value); }

// Which variable it is may have been decided, too: `c ? a : b`. On the stack, the same variable is always at the same place.
Value Run::copied(const Tracked& from) {
  is_read(from);
  Value value = from.value;
  if (phase_ != Phase::kThread) return value;
  if (is_followed() && control_->wants_numbers()) {
    const auto place = reinterpret_cast<std::uintptr_t>(outermost_frame_) - reinterpret_cast<std::uintptr_t>(&from);
    const bool is_on_stack = &from<outermost_frame_&& static_cast<const void*>(&from)> __builtin_frame_address(0);
    const auto reads = control_->number(point_of(LKMC_THIS_CALL, outermost_frame_), is_on_stack ? static_cast<Word>(place) : 0);
    value.conditions = merge_reads(value.conditions, reads);
  }
  return thread_->assigned(std::move(value));
}

bool Run::decide(const Value& condition) {
  if (!is_followed()) return branch(condition);
  return control_->decide(*thread_, point_of(LKMC_THIS_CALL, outermost_frame_), condition, last_place_);
}

Word Run::go_on_by(const Value& value, const SourcePos& pos, Wanted wanted) {
  const bool is_known = !is_followed() || thread_->is_known(value);
  const bool is_open = !known_words_.contains(value.expr);
  const Word word = concretize(value, pos, wanted);
  if (!is_known) control_->decide(*thread_, point_of(LKMC_THIS_CALL, outermost_frame_), value, word, is_open, pos);
  return word;
}

Word Run::select(const Value& selector, const Site& site) {
  last_place_ = position(site);
  if (phase_ != Phase::kThread) return concretize(selector, last_place_);
  const bool is_open = !thread_->is_known(selector);
  const Point place = point_of(LKMC_THIS_CALL, outermost_frame_);
  Word word = 0;
  if (is_open && test_.rehearsal_ != nullptr) {
    // As long as no execution says which numbers there are, some are as good as others.
    std::vector<Word> words{0, 1, -1};
    for (const Word w : test_.words_met_at(wanted_, place)) {
      if (std::find(words.begin(), words.end(), w) == words.end()) words.push_back(w);
    }
    if (is_followed()) control_->ask(place);
    word = thread_->choose(words, last_place_);
  } else {
    word = concretize(selector, last_place_);
    if (is_followed()) control_->answered(place, word);
  }
  if (!is_followed()) return word;
  selected_at_ = place;
  control_->decide(*thread_, place, selector, word, is_open, last_place_);
  return word;
}

void Run::arrive(Point point, const Registers& registers) {
  if (control_->begins_rounds(point)) begin_round(point, registers);
  if (!is_followed()) return;
  selected_at_ = 0;
  if (control_->arrive(*thread_, point)) return;
  // If nothing is new that the thread has gone on by, another rehearsal finds no more.
  if (!test_.meet_words(wanted_, control_->answers())) control_->give_up();
}

// What begins again there may leave no trace (rounds.h).
void Run::begin_round(Point point, const Registers& registers) {
  auto place = watched_.find(point);
  if (place == watched_.end()) {
    if (thread_->is_tried()) return;
    place = watched_.emplace(point, Watched{thread_->watch_rounds({})}).first;
  }
  const Bookkeeping now = bookkeeping();
  const Bookkeeping before = std::exchange(place->second.before, now);
  thread_->begin_round(place->second.place, now == before,
                       [&](std::vector<std::byte>& bytes) { return append_hidden_state(registers, bytes); });
}

void Run::choose_among(std::span<const Word> cases) {
  if (!is_followed() || selected_at_ == 0 || test_.rehearsal_ == nullptr) return;
  std::vector<std::pair<Point, Word>> words;
  for (const Word w : cases) words.emplace_back(selected_at_, w);
  (void)test_.meet_words(wanted_, words);
}

bool Run::was_there_before(const void* at) const {
  return (at >= thread_frame_ && at < outermost_frame_) || allocations_.contain(at) || test_.is_inside_an_object(at);
}

// A static variable stays as a rehearsal has left it, so that no other run need come to the store.
void Run::refuse_lost_store(const SourcePos& pos) {
  if (test_.rehearsal_ != nullptr) test_.lost_stores_.emplace(wanted_, pos);
  thread_->refuse(pos,
                  "this changes a plain variable outside of the thread, which every run of the thread begins anew: "
                  "make it a value<int>, or a shared<int> if other threads look at it");
}

void Run::control_from_here(const Value& condition) {
  if (is_followed()) control_->depend_from_here(*thread_, condition);
}

void* Run::object_at(const Value& pointer, std::size_t size) {
  last_place_ = caller_at(__builtin_return_address(0));
  const Word word = concretize(pointer, last_place_, Wanted::kAddress);
  if (word == 0) fail(last_place_, "null pointer dereference");
  auto* at = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(word));
  const bool inside = std::any_of(test_.objects_.begin(), test_.objects_.end(), [&](const CppTest::Object& o) {
    // A pointer may be anything here, so that nothing may overflow.
    const std::uintptr_t offset = static_cast<std::uintptr_t>(word) - reinterpret_cast<std::uintptr_t>(o.at);
    return size <= o.size && offset <= o.size - size;
  });
  if (word == kListPoison1 || word == kListPoison2) {
    fail(last_place_, std::string("dereference of ") + (word == kListPoison1 ? "LIST_POISON1" : "LIST_POISON2") +
                          ": the entry was deleted from its list");
  }
  if (!inside)
    fail(last_place_,
         "dereference of a pointer that points to no object of the test, that is to nothing that make<> or an allocation has made");
  return at;
}

std::size_t Run::place_at(const Value& index, std::size_t size, const Site& site) {
  for (std::size_t i = 0; i < size; ++i) {
    if (branch(binary(BinaryOp::kEqual, index, constant(static_cast<Word>(i))))) return i;
  }
  fail(site, "index out of range: the array has " + std::to_string(size) + (size == 1 ? " element" : " elements"));
}

Value Run::pointer(const void* to) {
  Value value = number(static_cast<Word>(reinterpret_cast<std::uintptr_t>(to)));
  if (to != nullptr) may_be_pointed_to(to);
  depend_on_pointers(value, to);
  return value;
}

void Run::depend_on_pointers(Value& value, const void* object) const {
  for (const Span& span : dereferences_) {
    if (span.begin <= object && object < span.end) value.reads = merge_reads(value.reads, span.reads);
  }
}

Thread& Run::thread(const char* what) {
  if (phase_ != Phase::kThread) fail(last_place_, std::string(what) + " belongs into a thread");
  return *thread_;
}

Thread& Run::thread(const char* what, const Site& site) {
  last_place_ = position(site);
  return thread(what);
}

void Run::hold(const LockId& lock, Hold how, const char* function, const Site& site) {
  held_.push_back({lock, how, function, site, thread_->lock_taken(lock, how == Hold::kShared)});
}

bool Run::holds(const LockId& lock, Hold how) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& h) { return h.lock == lock && h.how == how; });
}

void Run::release(const LockId& lock, Hold how, const char* function, const Site& site) {
  const auto held = std::find_if(held_.rbegin(), held_.rend(), [&](const Held& h) { return h.lock == lock && h.how == how; });
  if (held == held_.rend()) {
    const bool other_way = std::any_of(held_.begin(), held_.end(), [&](const Held& h) { return h.lock == lock; });
    fail(site, std::string("bad unlock balance: ") + function + " of a lock that this thread " +
                   (other_way ? (how == Hold::kShared ? "holds for writing" : "holds for reading") : "does not hold"));
  }
  if (held->taken != kNoLockNote) thread_->lock_given_back(held->taken);
  held_.erase(std::next(held).base());
}

void Run::may_read_once(const LockId& lock, const char* function, const Site& site) {
  const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& h) { return h.lock == lock && h.how == Hold::kShared; });
  if (held == held_.end()) return;
  fail(site, std::string("possible recursive locking detected: ") + function + " of a lock that this thread took with " + held->function +
                 " in line " + std::to_string(held->site.line()) + "; a writer that queues in between would block both");
}

bool Run::leave_atomic(const LockId& lock) {
  const auto section =
      std::find_if(atomic_sections_.rbegin(), atomic_sections_.rend(), [&](const AtomicSection& s) { return s.lock == lock; });
  if (section == atomic_sections_.rend()) return false;
  atomic_sections_.erase(std::next(section).base());
  return true;
}

void Run::might_sleep(const char* function, const Site& site) {
  (void)thread(function, site);
  if (atomic_sections_.empty()) return;
  const AtomicSection& in = atomic_sections_.back();
  fail(site, std::string("sleeping function called from invalid context: ") + function + " inside " + in.what + " that began in line " +
                 std::to_string(in.site.line()));
}

void Run::need_tasks() {
  if (test_.learning_) test_.has_tasks_ = true;
}

Value Run::task_of(ThreadId thread, const char* what, const Site& site) {
  (void)this->thread(what, site);
  if (test_.first_task_ == kNoLocation) {
    fail(site, std::string(what) + " in a test that has nothing to wait on: make an rcuwait or a wait queue in its set-up");
  }
  if (thread < test_.user_threads_) return constant(Program::address_of(test_.first_task_ + thread));
  for (const CppTest::Started& s : test_.started_) {
    if (s.id == thread) return constant(Program::address_of(s.task));
  }
  return constant(0);  // no task of the test
}

Value Run::current_task(const char* what, const Site& site) { return task_of(wanted_, what, site); }

void Run::waits_exclusively(const Site& site) {
  Thread& t = thread("an exclusive waiter", site);
  if (has_exclusive_waiters()) return;
  {
    const std::scoped_lock lock(test_.mutex_);
    test_.wants_exclusive_waiters_ = true;
    test_.wants_to_grow_ = true;
  }
  t.stop_at_bound(position(site));  // to be explored again with queues that have them
}

bool Run::has_exclusive_waiters() const { return test_.has_exclusive_waiters_; }

void Run::allow_signals() {
  if (phase_ != Phase::kSetup) fail(last_place_, "allow_signals() belongs into the set-up of a test");
  if (test_.learning_) test_.allows_signals_ = true;
}

bool Run::signal_pending(const char* function, const Site& site) {
  Thread& t = thread(function, site);
  if (!test_.allows_signals_) return false;
  signal_is_pending_ = signal_is_pending_ || t.choose({0, 1}, position(site)) != 0;
  return signal_is_pending_;
}

int Run::thread_count() const { return test_.thread_count(); }

void Run::may_be_pointed_to(const void* at) {
  const std::scoped_lock lock(test_.mutex_);
  const bool is_new = test_.pointed_to_.insert(at).second;
  // Who has guessed without it may have missed something.
  if (is_new && test_.has_guessed_ && test_.is_inside_an_object(at)) test_.wants_to_grow_ = true;
}

const void* Run::variable_at(Location location) const {
  const auto index = static_cast<std::size_t>(location);
  const std::size_t grown = index - test_.set_up_locations_;
  // The set-up may make an object behind the thread() that is running.
  const auto made_later = [&] { return index < test_.made_at_.size() ? test_.made_at_[index] : nullptr; };
  return index < location_at_.size()       ? location_at_[index]
         : index < test_.set_up_locations_ ? made_later()
         : grown < test_.grown_at_.size()  ? test_.grown_at_[grown]
                                           : nullptr;
}

Value Run::address(Location location, const void* object) {
  if (is_followed()) control_->end(*thread_);
  const void* at = variable_at(location);
  if (location < 0 || at == nullptr || at != object) {
    fail(last_place_, "access to memory that holds no shared variable");
  }
  Value address = constant(Program::address_of(location));
  depend_on_pointers(address, object);
  return address;
}

void Run::fail_by_size(Location location, const void* object, int bytes, int accessed, SourcePos pos) {
  if (pos.line == 0) pos = caller_at(__builtin_return_address(0));
  if (std::string_view(pos.file).find("src/kernel/") != std::string_view::npos) pos = last_place_;  // of an atomic operation
  const void* at = variable_at(location);
  if (location < 0 || at == nullptr || at != object) fail(pos, "access to memory that holds no shared variable");
  fail(pos, "accesses of different sizes: " + location_info(location).name + " has " + std::to_string(bytes) +
                (bytes == 1 ? " byte" : " bytes") + ", this access " + std::to_string(accessed) + "; lkmc has no model of that");
}

Value Run::read_plainly(Location location, const void* object) {
  // Who asks is of no interest in finally(), and takes time to find out.
  if (phase_ == Phase::kFinally && variable_at(location) == object) return final_value(location);
  return read(location, object, Tag::kPlain, caller_at(__builtin_return_address(0)));
}

void Run::write_plainly(Location location, const void* object, const Value& value) {
  write(location, object, value, Tag::kPlain, caller_at(__builtin_return_address(0)));
}

std::pair<Value, Value> Run::update_plainly(Location location, const void* object, const Thread::Function& desired) {
  const SourcePos pos = caller_at(__builtin_return_address(0));
  if (phase_ == Phase::kThread) {
    last_place_ = pos;
    return thread_->update(address(location, object), desired, {}, pos);
  }
  const Value old = read(location, object, Tag::kPlain, pos);
  const Value updated = desired(old);
  write(location, object, updated, Tag::kPlain, pos);
  return {old, updated};
}

Value Run::read(Location location, const void* object, Tag tag, const SourcePos& pos) {
  last_place_ = pos;
  const Value at = address(location, object);
  switch (phase_) {
    case Phase::kThread:
      return thread_->read(at, tag, pos);
    case Phase::kFinally:
      return final_value(location);
    case Phase::kSetup:
      return constant(test_.locations_[static_cast<std::size_t>(location)].initial);
  }
  return {};
}

// All reads of a location see the same.
Value Run::final_value(Location location) {
  const auto [known, is_new] = final_values_.try_emplace(location);
  if (is_new) known->second = thread_->read(constant(Program::address_of(location)), Tag::kOnce, last_place_);
  return known->second;
}

void Run::write(Location location, const void* object, const Value& value, Tag tag, const SourcePos& pos) {
  last_place_ = pos;
  const Value at = address(location, object);
  switch (phase_) {
    case Phase::kThread:
      thread_->write(at, value, tag, pos);
      break;
    case Phase::kFinally:
      fail(pos, "finally() looks at what the threads have left; it must not write");
    case Phase::kSetup:
      set_initial(location, concretize(value, pos));
      break;
  }
}

Location Run::new_location(const void* at, LocationKind kind) {
  if (phase_ != Phase::kSetup) fail(last_place_, "shared variables are made in the set-up of a test, not by its threads");
  if (test_.learning_) {
    // The constructors that call this are part of the code that declares the variable.
    std::string name = declared_at(caller_at(__builtin_return_address(0)));
    // The elements of an array are all declared by one name, and made one behind the other.
    const bool is_behind = !location_at_.empty() && location_at_.back() != nullptr && at > location_at_.back();
    if (is_behind && !name.empty()) {
      std::string& before = test_.locations_.back().name;
      if (before == name) before += "[0]";
      if (before.starts_with(name + '[')) name += '[' + std::to_string(std::atoi(before.c_str() + name.size() + 1) + 1) + ']';
    }
    test_.locations_.push_back({name.empty() ? "shared variable " + std::to_string(test_.locations_.size() + 1) : name, 0});
  }
  if (location_at_.size() >= test_.locations_.size()) {
    fail(last_place_, "the set-up of the test makes other variables in another run");
  }
  location_at_.push_back(at);
  const auto location = static_cast<Location>(location_at_.size()) - 1;
  if (test_.learning_ && kind == LocationKind::kLock) test_.locks_.insert(location);
  return location;
}

LocationInfo& Run::location_info(Location location) { return test_.locations_[static_cast<std::size_t>(location)]; }

void Run::set_initial(Location location, Word word) {
  if (test_.learning_) test_.locations_[static_cast<std::size_t>(location)].initial = word;
}

void* Run::make(std::string_view type, std::size_t size, const std::function<void*()>& construct, void (*destroy)(void*)) {
  if (phase_ != Phase::kSetup) fail(last_place_, "make<> belongs into the set-up of a test");
  if (!test_.learning_) return find_made_object();
  // A variable of the test, where its type says nothing.
  const std::string variable = is_api_type(readable_type(type)) ? assigned_from("make<", caller_at(__builtin_return_address(0))) : "";
  return make_object(type, size, variable.empty() ? test_.new_name(type, "") : test_.unused_name(variable), construct, destroy);
}

// The next object of the first run.
void* Run::find_made_object() {
  if (next_object_ >= test_.objects_.size()) fail(last_place_, "the set-up of the test makes other objects in another run");
  const CppTest::Object& object = test_.objects_[next_object_];
  next_object_ = object.end;
  next_cache_ = object.caches_end;
  location_at_.insert(location_at_.end(), object.location_at.begin(), object.location_at.end());
  return object.at;
}

void* Run::make_object(std::string_view type, std::size_t size, const std::string& name, const std::function<void*()>& construct,
                       void (*destroy)(void*)) {
  const std::size_t index = test_.objects_.size();
  test_.objects_.push_back({.at = nullptr,
                            .size = size,
                            .destroy = destroy,
                            .location_at = {},
                            .name = name,
                            .type = readable_type(type),
                            .end = 0,
                            .caches_end = 0});
  const std::size_t first = location_at_.size();
  void* at = construct();
  CppTest::Object& object = test_.objects_[index];
  object.at = at;
  object.location_at.assign(location_at_.begin() + static_cast<std::ptrdiff_t>(first), location_at_.end());
  test_.made_at_.resize(location_at_.size(), nullptr);
  std::copy(location_at_.begin() + static_cast<std::ptrdiff_t>(first), location_at_.end(),
            test_.made_at_.begin() + static_cast<std::ptrdiff_t>(first));
  object.end = test_.objects_.size();
  object.caches_end = next_cache_;
  for (std::size_t l = first; l < location_at_.size(); ++l) {
    const auto offset = static_cast<const std::byte*>(location_at_[l]) - static_cast<const std::byte*>(at);
    if (offset < 0 || static_cast<std::size_t>(offset) >= size) continue;  // of an object that the constructor has made
    test_.locations_[l].name = part_name(name, object.type, size, static_cast<std::size_t>(offset));
  }
  return at;
}

StartedThread Run::add_thread(std::string_view name, const std::function<void()>& code, const Site& site) {
  if (phase_ == Phase::kFinally) fail(site, "finally() looks at what the threads have left; it must not start any");
  if (phase_ == Phase::kThread) return start_thread(name, code, site);
  const ThreadId id = next_thread_++;
  if (test_.learning_) test_.thread_names_.emplace_back(name);
  if (id == wanted_) {
    phase_ = Phase::kThread;
    allocations_.end_and_forget_freed();  // the thread may be left from here on
    if (!starters_.empty()) begin_as_started();
    run_code(code);
    phase_ = Phase::kSetup;
  }
  return {kInitThread, id};
}

// The code of the thread that is wanted, from its beginning to its end.
void Run::run_code(const std::function<void()>& code) {
  thread_frame_ = __builtin_frame_address(0);
  watched_.clear();
  control_->begin(*thread_);
  if (const auto lost = test_.lost_stores_.find(wanted_); lost != test_.lost_stores_.end()) refuse_lost_store(lost->second);
  code();
  if (thread_->recalls()) thread_->end();  // the code that was to start the thread has not come to that
  for (const Tracked* variable : tracked_) {
    if (variable != nullptr) is_read(*variable);  // finally() may
  }
  control_->end(*thread_);
  if (!atomic_sections_.empty() && atomic_sections_.back().lock == LockId{}) {
    fail(atomic_sections_.back().site, std::string("the thread ends inside ") + atomic_sections_.back().what);
  }
  if (!held_.empty()) {
    const Held& held = held_.back();
    fail(held.site, std::string("lock held when the thread returns: what it took with ") + held.function + " here it never gives back");
  }
  if (const Location end = test_.end_of(wanted_); end != kNoLocation) {
    thread_->write(hidden(end, {}), constant(1), Tag::kRelease,
                   {.line = 0, .column = 0, .file = nullptr, .function = "the end of the thread"});
  }
}

void Run::add_finally(const std::function<void()>& code, const Site& site) {
  if (phase_ != Phase::kSetup) fail(site, "finally() belongs into the set-up of a test");
  if (test_.learning_) {
    test_.has_finally_ = true;
    for (const Tracked* variable : tracked_) {
      test_.captured_initially_.push_back(variable == nullptr ? 0 : concretize(variable->value, last_place_));
    }
  }
  if (!wants_finally_) return;
  phase_ = Phase::kFinally;
  for (std::size_t i = 0; i < test_.captured_initially_.size() && i < tracked_.size(); ++i) {
    if (tracked_[i] != nullptr) tracked_[i]->value = final_value(static_cast<Location>(test_.locations_.size() + i));
  }
  code();
  phase_ = Phase::kSetup;
}

void Run::track(Tracked& variable) {
  if (phase_ == Phase::kThread) thread_->variable_made(variable.value);
  if (phase_ != Phase::kSetup) {
    if (phase_ == Phase::kThread && thread_->recalls()) variable.index = Tracked::kOfStarter;
    return;
  }
  variable.index = static_cast<int>(tracked_.size());
  tracked_.push_back(&variable);
}

void Run::forget(Tracked& variable) {
  if (phase_ == Phase::kThread) thread_->variable_gone(variable.value);
  if (variable.index >= 0 && static_cast<std::size_t>(variable.index) < tracked_.size() &&
      tracked_[static_cast<std::size_t>(variable.index)] == &variable) {
    tracked_[static_cast<std::size_t>(variable.index)] = nullptr;
  }
}

void Run::changes(Tracked& variable) {
  if (phase_ == Phase::kThread) thread_->variable_changes(variable.value);
}

void Run::is_read(const Tracked& variable) {
  if (phase_ == Phase::kThread) thread_->variable_read(variable.value);
}

Run::Bookkeeping Run::bookkeeping() const {
  std::size_t taken = static_cast<std::size_t>(next_callback_);
  for (const auto& [cache, objects] : allocated_) taken += static_cast<std::size_t>(objects);
  return {held_.size(),
          atomic_sections_.size(),
          private_.size(),
          taken,
          static_cast<std::size_t>(next_started_),
          static_cast<std::size_t>(signal_is_pending_),
          observations_};
}

bool Run::append_hidden_state(const Registers& registers, std::vector<std::byte>& bytes) const {
  if (!append_state(registers, reinterpret_cast<const void*>(test_.registration_.body), bytes)) return false;
  for (const CppTest::Object& o : test_.objects_) append_memory(o.at, o.size, bytes);
  for (const HeapObject& o : test_.heap_.objects()) append_memory(o.at, test_.heap_.cache(o.cache).size, bytes);
  return true;
}

void Run::note_assignment(Tracked& variable) {
  if (phase_ != Phase::kThread) return;
  if (variable.index == Tracked::kOfStarter && !thread_->recalls()) {
    fail(last_place_, "a thread assigns to a variable of the thread that has started it, which would not see that: use a shared variable");
  }
  if (variable.index < 0) return;
  if (static_cast<std::size_t>(variable.index) >= test_.captured_initially_.size()) return;  // finally() cannot see it
  observe(CppTest::captured_slot(variable.index), variable.value);
}

void Run::check(const Value& condition, OnFailure on_failure, const Site& site, const std::string& message) {
  if (phase_ == Phase::kThread || (phase_ == Phase::kFinally && on_failure == OnFailure::kGoOn)) {
    thread_->check(condition, on_failure, position(site), message);
  } else if (!branch(condition)) {
    fail(site, message);
  }
}

void Run::fail(const SourcePos& pos, const std::string& message) {
  if (phase_ != Phase::kSetup) thread_->fail(pos, message);
  throw Stopped{{pos, message}};
}

void Run::fail(const Site& site, const std::string& message) { fail(position(site), message); }

void Run::reached(std::string_view name, const Value& condition) {
  if (phase_ == Phase::kSetup) return;
  ++observations_;
  const auto [before, is_first] = conditions_.try_emplace(std::string(name), condition);
  if (!is_first) before->second = binary(BinaryOp::kBitOr, before->second, condition);
  observe(test_.slot(Observable::Kind::kCondition, name, wanted_), before->second);
}

void Run::observed(std::string_view name, const Value& value) {
  if (phase_ == Phase::kSetup) return;
  ++observations_;
  observe(test_.slot(Observable::Kind::kValue, name, kInitThread), value);
}

void Run::observe(int slot, const Value& value) {
  thread_->observe(slot, value);
  thread_->observe(slot + 1, constant(1));
}

}  // namespace lkmc::kernel
