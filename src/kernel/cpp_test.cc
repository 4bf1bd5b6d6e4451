#include "src/kernel/cpp_test.h"

#include <cxxabi.h>
#include <link.h>

#include <algorithm>
#include <cstdio>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <iterator>
#include <utility>

#include "src/kernel/debug_info.h"
#include "src/kernel/watchdog.h"
#include "src/program/fiber.h"
#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

// The run of the set-up or of finally(); those of threads are found through their Thread.
thread_local Run* outside_threads = nullptr;

std::vector<const Registration*>& registrations() {
  static std::vector<const Registration*> all;
  return all;
}

// Thrown by Run::fail outside of threads.
struct Stopped {
  SetupFailure failure;
};

// Makes a run the present one while it lives.
class Present {
 public:
  explicit Present(Run* run) : before_(std::exchange(outside_threads, run)) {
    watch_this_worker();
    program_switches = program_switches + 1;
  }
  ~Present() {
    program_switches = program_switches + 1;
    outside_threads = before_;
  }
  Present(const Present&) = delete;
  Present& operator=(const Present&) = delete;

 private:
  Run* before_;
};

// The name of a type as the source has it.
std::string readable(std::string_view type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(std::string(type).c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : std::string(type);
}

// The executable or shared object that holds the address.
std::optional<Program::Memory> loaded_image(const void* address) {
  struct Search {
    Word address;
    std::optional<Program::Memory> found;
  } search{static_cast<Word>(reinterpret_cast<std::uintptr_t>(address)), {}};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* data) {
        auto& [wanted, found] = *static_cast<Search*>(data);
        Program::Memory image{.name = "code", .begin = static_cast<Word>(info->dlpi_addr), .size = 0};
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          const auto& segment = info->dlpi_phdr[i];
          if (segment.p_type != PT_LOAD) continue;
          image.size = std::max(image.size, static_cast<Word>(segment.p_vaddr + segment.p_memsz));
        }
        if (wanted < image.begin || wanted - image.begin >= image.size) return 0;
        found = image;
        return 1;
      },
      &search);
  return search.found;
}

}  // namespace

Registration::Registration(const char* test_name, const char* in_file, int at_line, void (*test_body)(),
                           std::vector<Expectation> expected)
    : name(test_name), file(in_file), line(at_line), body(test_body), expectations(std::move(expected)) {
  registrations().push_back(this);
}

std::span<const Registration* const> registered_tests() { return registrations(); }

SourcePos position(const Site& site) {
  return {.line = static_cast<std::int32_t>(site.line()),
          .column = static_cast<std::int32_t>(site.column()),
          .file = site.file_name(),
          .function = site.function_name()};
}

// --- the test -----------------------------------------------------------------------------------------------------------

CppTest::CppTest(const Registration& registration, int unroll) : registration_(registration), unroll_(unroll) {
  Run run(*this);
  const Present present(&run);
  try {
    registration_.body();
  } catch (const Stopped& stopped) {
    setup_failure_ = stopped.failure;
  }
  learning_ = false;
  user_threads_ = static_cast<int>(thread_names_.size());
  if (has_tasks_) {
    first_task_ = static_cast<Location>(locations_.size());
    for (const std::string& name : thread_names_) locations_.push_back({"state of " + name, 0});
  }
  set_up_locations_ = locations_.size();
}

CppTest::~CppTest() {
  Run run(*this);
  const Present present(&run);
  for (auto object = objects_.rbegin(); object != objects_.rend(); ++object) object->destroy(object->at);
}

void CppTest::run(ThreadId id, Thread& thread) const {
  watch_this_worker();
  Run run(const_cast<CppTest&>(*this));  // which changes the test only while it is learning
  run.thread_ = &thread;
  run.wanted_ = id;
  thread.set_front_end(&run);
  if (!lock_rules_.empty()) thread.watch([&run](EventIndex access, const Event& event) { run.check_rule(access, event); });
  registration_.body();
  if (id >= user_threads_) {
    run.phase_ = Phase::kThread;
    const int server = id - user_threads_;
    if (static_cast<std::size_t>(server) < callbacks_.size()) {
      run.run_callback(server);
    } else {
      run.run_page_allocator();
    }
  }
  thread.set_front_end(nullptr);
}

std::vector<Word> CppTest::possible_words() const {
  std::vector<Word> words{0};
  const auto add = [&](const void* at) {
    const auto word = static_cast<Word>(reinterpret_cast<std::uintptr_t>(at));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  };
  for (const Object& o : objects_) add(o.at);
  const std::scoped_lock lock(mutex_);
  for (const void* at : pointed_to_) {
    if (is_inside_an_object(at)) add(at);
  }
  for (ThreadId t = 0; has_tasks_ && t < user_threads_; ++t) words.push_back(address_of(first_task_ + t));
  has_guessed_ = true;
  return words;
}

std::vector<Program::Memory> CppTest::memory() const {
  std::vector<Memory> all;
  for (const Object& o : objects_) {
    all.push_back({o.name, static_cast<Word>(reinterpret_cast<std::uintptr_t>(o.at)),
                   static_cast<Word>(o.size)});
  }
  if (const auto code = loaded_image(reinterpret_cast<const void*>(registration_.body))) all.push_back(*code);
  return all;
}

// --- growing ------------------------------------------------------------------------------------------------------------

bool CppTest::outgrown() const {
  const std::lock_guard lock(mutex_);
  return !wanted_callbacks_.empty() || has_new_pointer_ || (wants_exclusive_waiters_ && !has_exclusive_waiters_) || heap_.wants_more();
}

void CppTest::grow() const {
  // Between explorations nobody else uses the test.
  auto& self = const_cast<CppTest&>(*this);
  Run run(self);
  const Present present(&run);
  self.learning_ = true;
  self.has_guessed_ = false;
  self.has_new_pointer_ = false;
  self.has_exclusive_waiters_ = wants_exclusive_waiters_;
  run.location_at_.assign(set_up_locations_, nullptr);
  run.location_at_.insert(run.location_at_.end(), grown_at_.begin(), grown_at_.end());
  self.heap_.grow([&](const Demand& demand) {
    const HeapCache& cache = heap_.cache(demand.cache);
    const std::string owner = thread_names_[static_cast<std::size_t>(demand.thread)];
    return run.make_heap_object(demand.cache, self.new_name(cache.type, owner));
  });
  for (const auto& [caller, ordinal] : std::exchange(self.wanted_callbacks_, {})) {
    const std::string name = "RCU callback of " + thread_names_[static_cast<std::size_t>(caller)] +
                             (ordinal > 0 ? " #" + std::to_string(ordinal + 1) : "");
    self.callbacks_.push_back({caller, ordinal, self.add_hidden_location("function of " + name, 0),
                               self.add_hidden_location("object of " + name, 0),
                               self.add_hidden_location("end of " + name, 0)});
    run.location_at_.resize(locations_.size(), nullptr);
    self.thread_names_.insert(self.thread_names_.begin() + user_threads_ + static_cast<std::ptrdiff_t>(callbacks_.size()) - 1, name);
  }
  self.learning_ = false;
  self.grown_at_.assign(run.location_at_.begin() + static_cast<std::ptrdiff_t>(set_up_locations_), run.location_at_.end());
  const bool has_page_allocator = thread_names_.size() > static_cast<std::size_t>(user_threads_) + callbacks_.size();
  if (!has_page_allocator && !heap_.freed_type_safe().empty()) self.thread_names_.emplace_back("page allocator");
}

// What calls of call_rcu() leave for the threads that run the callbacks.
bool CppTest::may_write(ThreadId thread, Location location) const {
  const auto of = std::find_if(callbacks_.begin(), callbacks_.end(),
                               [&](const Callback& c) { return location == c.function || location == c.head; });
  return of == callbacks_.end() || thread == of->caller;
}

const CppTest::Callback* CppTest::callback(ThreadId caller, int ordinal) {
  const auto found = std::find_if(callbacks_.begin(), callbacks_.end(),
                                  [&](const Callback& c) { return c.caller == caller && c.ordinal == ordinal; });
  if (found != callbacks_.end()) return &*found;
  const std::lock_guard lock(mutex_);
  wanted_callbacks_.emplace(caller, ordinal);
  return nullptr;
}

Location CppTest::add_hidden_location(std::string name, Word initial) {
  locations_.push_back({std::move(name), initial});
  return static_cast<Location>(locations_.size()) - 1;
}

// The name of a new object; `owner` is the thread that is the first to allocate it, or empty.
std::string CppTest::new_name(std::string_view type, std::string_view owner) {
  const std::string stem = readable(type) + (owner.empty() ? "" : "@" + std::string(owner));
  std::string name = stem;
  const auto is_taken = [&](const std::string& n) {
    return std::any_of(objects_.begin(), objects_.end(), [&](const Object& o) { return o.name == n; });
  };
  for (int number = 2; is_taken(name); ++number) name = stem + '#' + std::to_string(number);
  return name;
}

std::string CppTest::object_name(const void* at) const {
  for (const Object& o : objects_) {
    if (o.at == at) return o.name;
  }
  return "an object";
}

std::string CppTest::pointer_name(const void* at) const {
  for (const Object& o : objects_) {
    const auto offset = static_cast<const std::byte*>(at) - static_cast<const std::byte*>(o.at);
    if (offset < 0 || static_cast<std::size_t>(offset) >= o.size) continue;
    if (offset == 0) return '&' + o.name;
    const auto location = std::find(o.location_at.begin(), o.location_at.end(), at);
    if (location == o.location_at.end()) return '&' + o.name + '+' + std::to_string(offset);
    const std::string member = member_at(o.type, o.size, static_cast<std::size_t>(offset));
    return '&' + o.name + (member.empty() ? '+' + std::to_string(offset) : '.' + member);
  }
  return {};
}

bool CppTest::is_inside_an_object(const void* at) const {
  return std::any_of(objects_.begin(), objects_.end(), [&](const Object& o) {
    const auto* begin = static_cast<const std::byte*>(o.at);
    return begin <= at && at < begin + o.size;
  });
}

std::vector<const HeapObject*> CppTest::leaks(std::span<const Word> memory) const {
  std::vector<const HeapObject*> leaked;
  if (!forbids_leaks_) return leaked;
  for (const HeapObject& o : heap_.objects()) {
    if (memory[static_cast<std::size_t>(o.life)] == kAllocated) leaked.push_back(&o);
  }
  return leaked;
}

int CppTest::slot(Observable::Kind kind, std::string_view name, ThreadId thread) const {
  const std::scoped_lock lock(observables_mutex_);
  const auto known = std::find_if(observables_.begin(), observables_.end(), [&](const Observable& o) {
    return o.kind == kind && o.name == name && o.thread == thread;
  });
  if (known != observables_.end()) return known->slot;
  const int slot = 2 * static_cast<int>(captured_initially_.size() + observables_.size());
  observables_.push_back({kind, std::string(name), thread, slot});
  observable_count_.store(observables_.size(), std::memory_order_release);
  return slot;
}

std::vector<Observable> CppTest::observables() const {
  const std::scoped_lock lock(observables_mutex_);
  return observables_;
}

void CppTest::run_finally(Thread& thread) const {
  watch_this_worker();
  Run run(const_cast<CppTest&>(*this));
  run.thread_ = &thread;
  run.wants_finally_ = true;
  thread.set_front_end(&run);
  registration_.body();
  thread.set_front_end(nullptr);
}

// --- the run ------------------------------------------------------------------------------------------------------------

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
Value Run::constant(Word word) {
  return thread_ != nullptr ? thread_->constant(word) : Value{constants_.constant(word), {}};
}

Value Run::unary(UnaryOp op, const Value& a) {
  return thread_ != nullptr ? thread_->unary(op, a) : Value{constants_.unary(op, a.expr), {}};
}

Value Run::binary(BinaryOp op, const Value& a, const Value& b) {
  return thread_ != nullptr ? thread_->binary(op, a, b) : Value{constants_.binary(op, a.expr, b.expr), {}};
}

bool Run::branch(const Value& condition) {
  return thread_ != nullptr ? thread_->branch(condition) : constants_.constant_value(condition.expr).value_or(0) != 0;
}

Word Run::concretize(const Value& value, const SourcePos& pos) {
  if (thread_ == nullptr) return constants_.constant_value(value.expr).value_or(0);
  const auto [known, is_new] = known_words_.try_emplace(value.expr, 0);
  if (is_new) known->second = thread_->concretize(value, pos);
  return known->second;
}

void Run::control_from_here(const Value& condition) {
  if (phase_ == Phase::kThread) thread_->open_control(condition);
}

void* Run::object_at(const Value& pointer, std::size_t size) {
  last_place_ = caller_at(__builtin_return_address(0));
  const Word word = concretize(pointer, last_place_);
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
  if (!inside) fail(last_place_, "dereference of a pointer that points to no object of the test, that is to nothing that make<> or an allocation has made");
  return at;
}

std::size_t Run::place_at(const Value& index, std::size_t size, const Site& site) {
  for (std::size_t i = 0; i < size; ++i) {
    if (branch(binary(BinaryOp::kEqual, index, constant(static_cast<Word>(i))))) return i;
  }
  fail(site, "index out of range: the array has " + std::to_string(size) + (size == 1 ? " element" : " elements"));
}

Value Run::pointer(const void* to) {
  Value value = constant(static_cast<Word>(reinterpret_cast<std::uintptr_t>(to)));
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
  const auto held = std::find_if(held_.begin(), held_.end(),
                                 [&](const Held& h) { return h.lock == lock && h.how == Hold::kShared; });
  if (held == held_.end()) return;
  fail(site, std::string("possible recursive locking detected: ") + function + " of a lock that this thread took with " +
                 held->function + " in line " + std::to_string(held->site.line()) +
                 "; a writer that queues in between would block both");
}

bool Run::leave_atomic(const LockId& lock) {
  const auto section = std::find_if(atomic_sections_.rbegin(), atomic_sections_.rend(),
                                    [&](const AtomicSection& s) { return s.lock == lock; });
  if (section == atomic_sections_.rend()) return false;
  atomic_sections_.erase(std::next(section).base());
  return true;
}

void Run::might_sleep(const char* function, const Site& site) {
  (void)thread(function, site);
  if (atomic_sections_.empty()) return;
  const AtomicSection& in = atomic_sections_.back();
  fail(site, std::string("sleeping function called from invalid context: ") + function + " inside " + in.what +
                 " that began in line " + std::to_string(in.site.line()));
}

void Run::need_tasks() {
  if (test_.learning_) test_.has_tasks_ = true;
}

Value Run::task_of(ThreadId thread, const char* what, const Site& site) {
  (void)this->thread(what, site);
  if (test_.first_task_ == kNoLocation) {
    fail(site, std::string(what) + " in a test that has nothing to wait on: make an rcuwait or a wait queue in its set-up");
  }
  return constant(Program::address_of(test_.first_task_ + thread));
}

Value Run::current_task(const char* what, const Site& site) { return task_of(wanted_, what, site); }

void Run::waits_exclusively(const Site& site) {
  Thread& t = thread("an exclusive waiter", site);
  if (has_exclusive_waiters()) return;
  {
    const std::scoped_lock lock(test_.mutex_);
    test_.wants_exclusive_waiters_ = true;
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

int Run::unroll() const { return test_.unroll_; }

void Run::may_be_pointed_to(const void* at) {
  const std::scoped_lock lock(test_.mutex_);
  const bool is_new = test_.pointed_to_.insert(at).second;
  // Who has guessed without it may have missed something.
  if (is_new && test_.has_guessed_ && test_.is_inside_an_object(at)) test_.has_new_pointer_ = true;
}

const void* Run::variable_at(Location location) const {
  const auto index = static_cast<std::size_t>(location);
  const std::size_t grown = index - test_.set_up_locations_;
  return index < location_at_.size()        ? location_at_[index]
         : index < test_.set_up_locations_  ? nullptr
         : grown < test_.grown_at_.size() ? test_.grown_at_[grown]
                                            : nullptr;
}

Value Run::address(Location location, const void* object) {
  const void* at = variable_at(location);
  if (location < 0 || at == nullptr || at != object) {
    fail(last_place_, "access to memory that holds no shared variable");
  }
  Value address = constant(Program::address_of(location));
  depend_on_pointers(address, object);
  return address;
}

Value Run::read_plainly(Location location, const void* object) {
  return read(location, object, Tag::kPlain, caller_at(__builtin_return_address(0)));
}

void Run::write_plainly(Location location, const void* object, const Value& value) {
  write(location, object, value, Tag::kPlain, caller_at(__builtin_return_address(0)));
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
    const std::string name = declared_at(caller_at(__builtin_return_address(0)));
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
  if (test_.learning_) return make_object(type, size, test_.new_name(type, ""), construct, destroy);
  return find_made_object();
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

void* Run::make_object(std::string_view type, std::size_t size, const std::string& name, const std::function<void*()>& construct, void (*destroy)(void*)) {
  const std::size_t index = test_.objects_.size();
  test_.objects_.push_back({.at = nullptr, .size = size, .destroy = destroy, .location_at = {}, .name = name, .type = readable(type), .end = 0, .caches_end = 0});
  const std::size_t first = location_at_.size();
  void* at = construct();
  CppTest::Object& object = test_.objects_[index];
  object.at = at;
  object.location_at.assign(location_at_.begin() + static_cast<std::ptrdiff_t>(first), location_at_.end());
  object.end = test_.objects_.size();
  object.caches_end = next_cache_;
  for (std::size_t l = first; l < location_at_.size(); ++l) {
    const auto offset = static_cast<const std::byte*>(location_at_[l]) - static_cast<const std::byte*>(at);
    if (offset < 0 || static_cast<std::size_t>(offset) >= size) continue;  // of an object that the constructor has made
    const std::string member = member_at(object.type, size, static_cast<std::size_t>(offset));
    test_.locations_[l].name = name + (member.empty() ? '+' + std::to_string(offset) : member[0] == '[' ? member : '.' + member);
  }
  return at;
}

void Run::add_thread(std::string_view name, const std::function<void()>& code) {
  const ThreadId id = next_thread_++;
  if (test_.learning_) test_.thread_names_.emplace_back(name);
  if (id != wanted_) return;
  phase_ = Phase::kThread;
  code();
  if (!atomic_sections_.empty() && atomic_sections_.back().lock == LockId{}) {
    fail(atomic_sections_.back().site, std::string("the thread ends inside ") + atomic_sections_.back().what);
  }
  if (!held_.empty()) {
    const Held& held = held_.back();
    fail(held.site, std::string("lock held when the thread returns: what it took with ") + held.function +
                        " here it never gives back");
  }
  phase_ = Phase::kSetup;
}

void Run::add_finally(const std::function<void()>& code) {
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
  if (phase_ != Phase::kSetup) return;
  variable.index = static_cast<int>(tracked_.size());
  tracked_.push_back(&variable);
}

void Run::forget(Tracked& variable) {
  if (variable.index >= 0 && static_cast<std::size_t>(variable.index) < tracked_.size() &&
      tracked_[static_cast<std::size_t>(variable.index)] == &variable) {
    tracked_[static_cast<std::size_t>(variable.index)] = nullptr;
  }
}

void Run::assigned(Tracked& variable) {
  if (phase_ != Phase::kThread || variable.index < 0) return;
  if (static_cast<std::size_t>(variable.index) >= test_.captured_initially_.size()) return;  // finally() cannot see it
  observe(CppTest::captured_slot(variable.index), variable.value);
}

void Run::fail(const SourcePos& pos, const std::string& message) {
  if (phase_ != Phase::kSetup) thread_->fail(pos, message);
  throw Stopped{{pos, message}};
}

void Run::fail(const Site& site, const std::string& message) { fail(position(site), message); }

void Run::reached(std::string_view name, const Value& condition) {
  if (phase_ == Phase::kSetup) return;
  const auto [before, is_first] = conditions_.try_emplace(std::string(name), condition);
  if (!is_first) before->second = binary(BinaryOp::kBitOr, before->second, condition);
  observe(test_.slot(Observable::Kind::kCondition, name, wanted_), before->second);
}

void Run::observed(std::string_view name, const Value& value) {
  if (phase_ == Phase::kSetup) return;
  observe(test_.slot(Observable::Kind::kValue, name, kInitThread), value);
}

void Run::observe(int slot, const Value& value) {
  thread_->observe(slot, value);
  thread_->observe(slot + 1, constant(1));
}

}  // namespace lkmc::kernel
