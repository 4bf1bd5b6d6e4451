#include "src/kernel/cpp_test.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <iterator>
#include <utility>

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
  FinalFailure failure;
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

CppTest::CppTest(const Registration& registration) : registration_(registration) {
  Run run(*this);
  const Present present(&run);
  try {
    registration_.body();
  } catch (const Stopped& stopped) {
    setup_failure_ = stopped.failure;
  }
  learning_ = false;
  if (has_tasks_) {
    first_task_ = static_cast<Location>(locations_.size());
    for (const std::string& name : thread_names_) locations_.push_back({"state of " + name, 0});
  }
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
  registration_.body();
  thread.set_front_end(nullptr);
}

std::vector<Word> CppTest::possible_words() const {
  std::vector<Word> words{0};
  const auto word = [](const void* at) { return static_cast<Word>(reinterpret_cast<std::uintptr_t>(at)); };
  for (const Object& o : objects_) {
    words.push_back(word(o.at));
    for (const void* member : o.location_at) {
      if (member != o.at) words.push_back(word(member));
    }
  }
  return words;
}

int CppTest::slot(const Observable& what) const {
  const std::scoped_lock lock(slots_mutex_);
  return slots_.try_emplace(what, 2 * static_cast<int>(slots_.size())).first->second;
}

std::set<std::string> CppTest::conditions() const {
  const std::scoped_lock lock(slots_mutex_);
  std::set<std::string> names;
  for (const auto& [what, slot] : slots_) {
    if (what.kind == Observable::Kind::kCondition) names.insert(what.name);
  }
  return names;
}

std::map<CppTest::Observable, Word> CppTest::observed(std::span<const Word> registers) const {
  const std::scoped_lock lock(slots_mutex_);
  std::map<Observable, Word> values;
  for (const auto& [what, slot] : slots_) {
    const auto at = static_cast<std::size_t>(slot);
    if (at + 1 < registers.size() && registers[at + 1] != 0) values.emplace(what, registers[at]);
  }
  return values;
}

FinalSight CppTest::finish(std::span<const Word> memory, std::span<const Word> registers) const {
  FinalSight sight;
  const std::map<Observable, Word> values = observed(registers);
  for (const auto& [what, word] : values) {
    if (what.kind == Observable::Kind::kCondition) {
      bool& reached = sight.conditions[what.name];
      reached = reached || word != 0;
    }
    if (what.kind == Observable::Kind::kNamed) sight.values[what.name] = word;
  }
  if (!has_finally_) return sight;
  Run run(const_cast<CppTest&>(*this));
  run.wants_finally_ = true;
  run.memory_ = memory;
  for (const auto& [what, word] : values) {
    if (what.kind == Observable::Kind::kCaptured) run.captured_.emplace(what.name, word);
  }
  run.sight_ = &sight;
  const Present present(&run);
  try {
    registration_.body();
  } catch (const Stopped& stopped) {
    sight.failure = stopped.failure;
  }
  return sight;
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

Value Run::constant(Word word) {
  return phase_ == Phase::kThread ? thread_->constant(word) : Value{constants_.constant(word), {}};
}

Value Run::unary(UnaryOp op, const Value& a) {
  return phase_ == Phase::kThread ? thread_->unary(op, a) : Value{constants_.unary(op, a.expr), {}};
}

Value Run::binary(BinaryOp op, const Value& a, const Value& b) {
  return phase_ == Phase::kThread ? thread_->binary(op, a, b) : Value{constants_.binary(op, a.expr, b.expr), {}};
}

bool Run::branch(const Value& condition) {
  return phase_ == Phase::kThread ? thread_->branch(condition) : constants_.constant_value(condition.expr).value_or(0) != 0;
}

Word Run::concretize(const Value& value, const Site& site) {
  return phase_ == Phase::kThread ? thread_->concretize(value, position(site))
                                  : constants_.constant_value(value.expr).value_or(0);
}

void Run::control_from_here(const Value& condition) {
  if (phase_ == Phase::kThread) thread_->open_control(condition);
}

void* Run::object_at(const Value& pointer, std::size_t size) {
  const Word word = concretize(pointer, last_site_);
  if (word == 0) fail(last_site_, "null pointer dereference");
  auto* at = reinterpret_cast<std::byte*>(static_cast<std::uintptr_t>(word));
  const bool inside = std::any_of(test_.objects_.begin(), test_.objects_.end(), [&](const CppTest::Object& o) {
    auto* begin = static_cast<std::byte*>(o.at);
    return at >= begin && at + size <= begin + o.size;
  });
  if (!inside) fail(last_site_, "dereference of a pointer that points to no object of the test, that is to nothing that make<> has made");
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
  depend_on_pointers(value, to);
  return value;
}

void Run::depend_on_pointers(Value& value, const void* object) const {
  for (const Span& span : dereferences_) {
    if (span.begin <= object && object < span.end) value.reads = merge_reads(value.reads, span.reads);
  }
}

Thread& Run::thread(const char* what) {
  if (phase_ != Phase::kThread) fail(last_site_, std::string(what) + " belongs into a thread");
  return *thread_;
}

Thread& Run::thread(const char* what, const Site& site) {
  last_site_ = site;
  return thread(what);
}

bool Run::holds(const void* lock, Hold how) const {
  return std::any_of(held_.begin(), held_.end(), [&](const Held& h) { return h.lock == lock && h.how == how; });
}

void Run::release(const void* lock, Hold how, const char* function, const Site& site) {
  const auto held = std::find_if(held_.rbegin(), held_.rend(), [&](const Held& h) { return h.lock == lock && h.how == how; });
  if (held == held_.rend()) {
    const bool other_way = std::any_of(held_.begin(), held_.end(), [&](const Held& h) { return h.lock == lock; });
    fail(site, std::string("bad unlock balance: ") + function + " of a lock that this thread " +
                   (other_way ? (how == Hold::kShared ? "holds for writing" : "holds for reading") : "does not hold"));
  }
  held_.erase(std::next(held).base());
}

bool Run::leave_atomic(const void* lock) {
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

Value Run::current_task(const char* what, const Site& site) {
  (void)thread(what, site);
  if (test_.first_task_ == kNoLocation) {
    fail(site, std::string(what) + " in a test that has nothing to wait on: make an rcuwait or a wait queue in its set-up");
  }
  return constant(Program::address_of(test_.first_task_ + wanted_));
}

Value Run::address(Location location, const void* object) {
  const auto index = static_cast<std::size_t>(location);
  if (location < 0 || index >= location_at_.size() || location_at_[index] != object) {
    fail(last_site_, "access to memory that holds no shared variable");
  }
  Value address = constant(Program::address_of(location));
  depend_on_pointers(address, object);
  return address;
}

Value Run::read(Location location, const void* object, Tag tag, const Site& site) {
  last_site_ = site;
  const Value at = address(location, object);
  switch (phase_) {
    case Phase::kThread:
      return thread_->read(at, tag, position(site));
    case Phase::kFinally:
      return constant(memory_[static_cast<std::size_t>(location)]);
    case Phase::kSetup:
      return constant(test_.locations_[static_cast<std::size_t>(location)].initial);
  }
  return {};
}

void Run::write(Location location, const void* object, const Value& value, Tag tag, const Site& site) {
  last_site_ = site;
  const Value at = address(location, object);
  switch (phase_) {
    case Phase::kThread:
      thread_->write(at, value, tag, position(site));
      break;
    case Phase::kFinally:
      fail(site, "finally() looks at what the threads have left; it must not write");
    case Phase::kSetup:
      set_initial(location, constants_.constant_value(value.expr).value_or(0));
      break;
  }
}

Location Run::new_location(const void* at) {
  if (phase_ != Phase::kSetup) fail(last_site_, "shared variables are made in the set-up of a test, not by its threads");
  if (test_.learning_) test_.locations_.push_back({"shared variable " + std::to_string(test_.locations_.size() + 1), 0});
  if (location_at_.size() >= test_.locations_.size()) {
    fail(last_site_, "the set-up of the test makes other variables in another run");
  }
  location_at_.push_back(at);
  return static_cast<Location>(location_at_.size()) - 1;
}

void Run::set_initial(Location location, Word word) {
  if (test_.learning_) test_.locations_[static_cast<std::size_t>(location)].initial = word;
}

void* Run::make(std::string_view type, std::size_t size, const std::function<void*()>& construct, void (*destroy)(void*)) {
  if (phase_ != Phase::kSetup) fail(last_site_, "make<> belongs into the set-up of a test");
  if (test_.learning_) {
    const std::size_t first = location_at_.size();
    void* at = construct();
    test_.objects_.push_back({at, size, destroy, {location_at_.begin() + static_cast<std::ptrdiff_t>(first), location_at_.end()}});
    const auto same_type = std::count(test_.object_types_.begin(), test_.object_types_.end(), type);
    test_.object_types_.emplace_back(type);
    const std::string name = readable(type) + (same_type > 0 ? '#' + std::to_string(same_type + 1) : "");
    for (std::size_t l = first; l < location_at_.size(); ++l) {
      const auto offset = static_cast<const std::byte*>(location_at_[l]) - static_cast<const std::byte*>(at);
      test_.locations_[l].name = name + '+' + std::to_string(offset);
    }
    return at;
  }
  if (next_object_ >= test_.objects_.size()) fail(last_site_, "the set-up of the test makes other objects in another run");
  const CppTest::Object& object = test_.objects_[next_object_++];
  location_at_.insert(location_at_.end(), object.location_at.begin(), object.location_at.end());
  return object.at;
}

void Run::add_thread(std::string_view name, const std::function<void()>& code) {
  const ThreadId id = next_thread_++;
  if (test_.learning_) test_.thread_names_.emplace_back(name);
  if (id != wanted_) return;
  phase_ = Phase::kThread;
  code();
  if (!atomic_sections_.empty() && atomic_sections_.back().lock == nullptr) {
    fail(atomic_sections_.back().site, std::string("the thread ends inside ") + atomic_sections_.back().what);
  }
  phase_ = Phase::kSetup;
}

void Run::add_finally(const std::function<void()>& code) {
  if (test_.learning_) test_.has_finally_ = true;
  if (!wants_finally_) return;
  for (Tracked* variable : tracked_) {
    if (variable == nullptr) continue;
    const auto assigned = captured_.find(std::to_string(variable->index));
    if (assigned != captured_.end()) variable->value = constant(assigned->second);
  }
  phase_ = Phase::kFinally;
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
  observe(test_.slot({CppTest::Observable::Kind::kCaptured, std::to_string(variable.index)}), variable.value);
}

void Run::fail(const Site& site, const std::string& message) {
  if (phase_ == Phase::kThread) thread_->fail(position(site), message);
  throw Stopped{{position(site), message}};
}

void Run::reached(std::string_view name, const Value& condition) {
  if (phase_ == Phase::kFinally) {
    bool& reached = sight_->conditions[std::string(name)];
    reached = reached || concretize(condition, last_site_) != 0;
  } else if (phase_ == Phase::kThread) {
    const auto [before, is_first] = conditions_.try_emplace(std::string(name), condition);
    if (!is_first) before->second = binary(BinaryOp::kBitOr, before->second, condition);
    observe(test_.slot({CppTest::Observable::Kind::kCondition, std::string(name), wanted_}), before->second);
  }
}

void Run::observed(std::string_view name, const Value& value) {
  if (phase_ == Phase::kFinally) {
    sight_->values[std::string(name)] = concretize(value, last_site_);
  } else if (phase_ == Phase::kThread) {
    observe(test_.slot({CppTest::Observable::Kind::kNamed, std::string(name)}), value);
  }
}

void Run::observe(int slot, const Value& value) {
  thread_->observe(slot, value);
  thread_->observe(slot + 1, constant(1));
}

}  // namespace lkmc::kernel
