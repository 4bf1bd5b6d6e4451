// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/cpp_test.h"

#include <link.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>

#include "src/cpp/debug_info.h"
#include "src/cpp/present_run.h"
#include "src/cpp/rehearsal.h"
#include "src/cpp/watchdog.h"
#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

std::vector<const Registration*>& registrations() {
  static std::vector<const Registration*> all;
  return all;
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

Registration::Registration(const char* test_name, const char* in_file, int at_line, void (*test_body)(), std::vector<Expectation> expected)
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

CppTest::CppTest(const Registration& registration, int unroll) : registration_(registration), unroll_(unroll) {
  for (const Expectation& e : registration_.expectations) {
    const bool is_named =
        e.kind == Expectation::Kind::kViolates || e.kind == Expectation::Kind::kReachable || e.kind == Expectation::Kind::kUnreachable;
    if (is_named && e.name.empty()) {
      setup_failure_ = {{.line = registration_.line, .column = 1, .file = registration_.file.c_str()},
                        "an expectation names nothing: say which property is violated, or which condition of exists() is reachable"};
      return;
    }
  }
  {
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
  if (!setup_failure_) rehearse_threads();
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
  for (ThreadId t = id; t >= user_threads_ && is_started(t); t = run.wanted_) {
    const int started = servers_[static_cast<std::size_t>(t - user_threads_)].index;
    run.starters_.insert(run.starters_.begin(), started);
    run.wanted_ = started_[static_cast<std::size_t>(started)].by.starter;
  }
  if (rehearsal_ != nullptr) rehearsal_->clear();
  run.control_.emplace(control_flow_[static_cast<std::size_t>(id)], rehearsal_);
  run.outermost_frame_ = __builtin_frame_address(0);
  thread.set_front_end(&run);
  if (!lock_rules_.empty()) thread.watch([&run](EventIndex access, const Event& event) { run.check_rule(access, event); });
  run.allocations_.begin();
  registration_.body();
  run.allocations_.end();
  if (!run.starters_.empty()) thread.end();  // what has started the thread does not come to that
  if (id >= user_threads_) {
    run.phase_ = Phase::kThread;
    run.thread_frame_ = run.outermost_frame_;
    const auto server = static_cast<std::size_t>(id - user_threads_);
    if (server < servers_.size()) {
      run.run_callback(servers_[server].index);
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
  for (const Started& s : started_) {
    if (has_tasks_) words.push_back(address_of(s.task));
  }
  has_guessed_ = true;
  return words;
}

std::vector<Program::Memory> CppTest::memory() const {
  std::vector<Memory> all;
  for (const Object& o : objects_) {
    all.push_back({o.name, static_cast<Word>(reinterpret_cast<std::uintptr_t>(o.at)), static_cast<Word>(o.size)});
  }
  if (const auto code = loaded_image(reinterpret_cast<const void*>(registration_.body))) all.push_back(*code);
  return all;
}

// --- growing ------------------------------------------------------------------------------------------------------------

bool CppTest::outgrown() const { return wants_to_grow_ || heap_.wants_more(); }

void CppTest::grow() const {
  // Between explorations nobody else uses the test.
  trials().forget();
  auto& self = const_cast<CppTest&>(*this);
  {
    Run run(self);
    const Present present(&run);
    self.learning_ = true;
    self.has_guessed_ = false;
    self.wants_to_grow_ = false;
    self.has_exclusive_waiters_ = wants_exclusive_waiters_;
    run.location_at_.assign(set_up_locations_, nullptr);
    run.location_at_.insert(run.location_at_.end(), grown_at_.begin(), grown_at_.end());
    self.heap_.grow([&](const Demand& demand) {
      const HeapCache& cache = heap_.cache(demand.cache);
      const std::string owner = thread_names_[static_cast<std::size_t>(demand.thread)];
      return run.make_heap_object(demand.cache, self.new_name(cache.type, owner));
    });
    for (const auto& [caller, ordinal] : std::exchange(self.wanted_callbacks_, {})) {
      const std::string name =
          "RCU callback of " + thread_names_[static_cast<std::size_t>(caller)] + (ordinal > 0 ? " #" + std::to_string(ordinal + 1) : "");
      self.callbacks_.push_back({caller, ordinal, self.add_hidden_location("function of " + name, 0),
                                 self.add_hidden_location("object of " + name, 0), self.add_hidden_location("end of " + name, 0)});
      self.add_server({Server::Kind::kCallback, static_cast<int>(callbacks_.size()) - 1}, name);
    }
    self.add_started_threads();
    run.location_at_.resize(locations_.size(), nullptr);
    self.learning_ = false;
    self.grown_at_.assign(run.location_at_.begin() + static_cast<std::ptrdiff_t>(set_up_locations_), run.location_at_.end());
    const bool has_page_allocator = thread_names_.size() > static_cast<std::size_t>(user_threads_) + servers_.size();
    if (!has_page_allocator && !heap_.freed_type_safe().empty()) self.thread_names_.emplace_back("page allocator");
  }
  self.rehearse_threads();
}

// To be called while no run is the present one. A rehearsal goes where no execution may go: what it has come across there need not exist.
void CppTest::rehearse_threads() {
  const auto observables = observables_;
  const auto callback_functions = callback_functions_;
  const auto pointed_to = pointed_to_;
  const bool wants_exclusive_waiters = wants_exclusive_waiters_;
  control_flow_ = std::vector<ControlFlow>(thread_names_.size());
  std::vector<Step> steps;
  rehearsal_ = &steps;
  for (ThreadId t = 0; t < user_threads_ + static_cast<ThreadId>(servers_.size()); ++t) {
    // The cases of a `switch` are known when the thread has come there.
    for (bool is_new = true; is_new;) {
      const WordsMet words = words_met_[t];
      control_flow_[static_cast<std::size_t>(t)] = rehearse(*this, t, steps, words);
      is_new = words_met_[t].size() > words.size();
    }
  }
  rehearsal_ = nullptr;
  observables_ = observables;
  observable_count_ = observables.size();
  callback_functions_ = callback_functions;
  pointed_to_ = pointed_to;
  wants_exclusive_waiters_ = wants_exclusive_waiters;
  wanted_callbacks_.clear();
  wanted_threads_.clear();
  wanted_ends_.clear();
  heap_.forget_wishes();
  wants_to_grow_ = false;
  has_guessed_ = false;
}

bool CppTest::meet_words(ThreadId thread, const std::vector<std::pair<Point, Word>>& words) const {
  const std::scoped_lock lock(mutex_);
  WordsMet& met = words_met_[thread];
  const std::size_t before = met.size();
  met.insert(words.begin(), words.end());
  if (met.size() == before) return outgrown();
  const_cast<CppTest*>(this)->wants_to_grow_ = true;
  return true;
}

std::vector<Word> CppTest::words_met_at(ThreadId thread, Point place) const {
  const std::scoped_lock lock(mutex_);
  std::vector<Word> words;
  const WordsMet& met = words_met_[thread];
  for (auto word = met.lower_bound({place, std::numeric_limits<Word>::min()}); word != met.end() && word->first == place; ++word)
    words.push_back(word->second);
  return words;
}

void CppTest::add_server(Server server, const std::string& name) {
  servers_.push_back(server);
  thread_names_.insert(thread_names_.begin() + user_threads_ + static_cast<std::ptrdiff_t>(servers_.size()) - 1, name);
}

// What calls of call_rcu() leave for the threads that run the callbacks, and who starts a thread for that.
bool CppTest::may_write(ThreadId thread, Location location) const {
  for (const Started& s : started_) {
    if (location == s.start || std::find(s.read_before.begin(), s.read_before.end(), location) != s.read_before.end()) {
      return thread == s.by.starter;
    }
  }
  const auto of =
      std::find_if(callbacks_.begin(), callbacks_.end(), [&](const Callback& c) { return location == c.function || location == c.head; });
  return of == callbacks_.end() || thread == of->caller;
}

const CppTest::Callback* CppTest::callback(ThreadId caller, int ordinal) {
  const auto found =
      std::find_if(callbacks_.begin(), callbacks_.end(), [&](const Callback& c) { return c.caller == caller && c.ordinal == ordinal; });
  if (found != callbacks_.end()) return &*found;
  const std::lock_guard lock(mutex_);
  wanted_callbacks_.emplace(caller, ordinal);
  wants_to_grow_ = true;
  return nullptr;
}

Location CppTest::add_hidden_location(std::string name, Word initial) {
  locations_.push_back({std::move(name), initial});
  return static_cast<Location>(locations_.size()) - 1;
}

// The name of a new object; `owner` is the thread that is the first to allocate it, or empty.
std::string CppTest::new_name(std::string_view type, std::string_view owner) const {
  return unused_name(short_type(readable_type(type)) + (owner.empty() ? "" : "@" + std::string(owner)));
}

// The name, or the name with a number.
std::string CppTest::unused_name(const std::string& stem) const {
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

std::string CppTest::pointer_name(Word word) const {
  const auto* at = reinterpret_cast<const void*>(static_cast<std::uintptr_t>(word));
  for (const Object& o : objects_) {
    const auto offset = static_cast<const std::byte*>(at) - static_cast<const std::byte*>(o.at);
    if (offset < 0 || static_cast<std::size_t>(offset) >= o.size) continue;
    if (offset == 0) return '&' + o.name;
    const auto location = std::find(o.location_at.begin(), o.location_at.end(), at);
    if (location == o.location_at.end()) return '&' + o.name + '+' + std::to_string(offset);
    return '&' + part_name(o.name, o.type, o.size, static_cast<std::size_t>(offset));
  }
  return {};
}

bool CppTest::is_inside_an_object(const void* at) const {
  return std::any_of(objects_.begin(), objects_.end(), [&](const Object& o) {
    const auto* begin = static_cast<const std::byte*>(o.at);
    return begin <= at && at < begin + o.size;
  });
}

std::vector<Program::Leak> CppTest::leaks(std::span<const Word> memory) const {
  std::vector<Leak> leaked;
  if (!forbids_leaks_) return leaked;
  for (const HeapObject& o : heap_.objects()) {
    if (memory[static_cast<std::size_t>(o.life)] == kAllocated) leaked.push_back({o.life, object_name(o.at)});
  }
  return leaked;
}

int CppTest::slot(Observable::Kind kind, std::string_view name, ThreadId thread) const {
  const std::scoped_lock lock(observables_mutex_);
  const auto known = std::find_if(observables_.begin(), observables_.end(),
                                  [&](const Observable& o) { return o.kind == kind && o.name == name && o.thread == thread; });
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

}  // namespace lkmc::kernel
