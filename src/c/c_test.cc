// SPDX-License-Identifier: Apache-2.0
#include "src/c/c_test.h"

#include <algorithm>
#include <utility>

#include "src/c/run_alone.h"

namespace lkmc::c {

// The set-up as a program of its own.
class CTest::SetUp final : public Program {
 public:
  explicit SetUp(const CTest& test) : test_(test) {}
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return test_.locations(); }
  [[nodiscard]] int thread_count() const override { return 1; }
  void run(ThreadId, Thread& thread) const override {
    if (test_.case_.setup) test_.interpret(Phase::kSetup, kInitThread, *test_.case_.setup, thread);
  }
  [[nodiscard]] int max_rounds() const override { return test_.max_rounds(); }

 private:
  const CTest& test_;
};

namespace {

std::vector<int> functions_of(const TestCase& test) {
  std::vector<int> functions;
  if (test.setup) functions.push_back(*test.setup);
  if (test.finally) functions.push_back(*test.finally);
  for (const TestCase::Thread& thread : test.threads) functions.push_back(thread.function);
  return functions;
}

}  // namespace

CTest::CTest(const CFile& file, const TestCase& test, int unroll)
    : file_(file), case_(test), unroll_(unroll), memory_(file.code(), file.layouts(), file.globals_of(functions_of(test))) {
  for (std::size_t g = 0; g < file.code().globals.size(); ++g) {
    const c::Memory::Object& object = memory_.objects()[g];
    if (object.layout == nullptr) continue;
    const std::vector<Word>& words = file.initial(static_cast<int>(g));
    for (std::size_t cell = 0; cell < words.size(); ++cell) set_initial(object.first + static_cast<Location>(cell), words[cell]);
  }
  const auto ran = run_alone(SetUp(*this));
  if (const auto* error = std::get_if<Error>(&ran)) {
    if (!failure_) failure_ = *error;
    return;
  }
  const auto& words = std::get<std::vector<Word>>(ran);
  for (std::size_t l = 0; l < words.size(); ++l) set_initial(static_cast<Location>(l), words[l]);
}

void CTest::set_initial(Location location, Word word) {
  memory_.set_initial(location, word);
  if (pointer_at(word)) pointed_to_.insert(word);
}

void CTest::interpret(Phase phase, ThreadId id, int function, Thread& thread) const {
  auto& host = const_cast<CTest&>(*this);  // which only notes what is asked for
  c::interpret({file_.code(), memory_, host, id, phase}, function, thread);
}

void CTest::run(ThreadId id, Thread& thread) const {
  interpret(Phase::kThread, id, case_.threads[static_cast<std::size_t>(id)].function, thread);
}

void CTest::run_finally(Thread& thread) const { interpret(Phase::kFinally, kInitThread, *case_.finally, thread); }

std::vector<Word> CTest::possible_words() const {
  std::set<Word> words{0};
  const auto& objects = memory_.objects();
  for (std::size_t o = 0; o < objects.size(); ++o) {
    if (objects[o].layout == nullptr) continue;
    words.insert(address_of_object(static_cast<std::int64_t>(o)));
    for (const Cell& cell : objects[o].layout->cells) {
      // An element, to which an index leads.
      if (cell.name.ends_with(']')) words.insert(address_of_object(static_cast<std::int64_t>(o), cell.offset));
    }
    for (const std::int64_t offset : objects[o].layout->aggregates) words.insert(address_of_object(static_cast<std::int64_t>(o), offset));
  }
  const std::scoped_lock lock(mutex_);
  words.insert(pointed_to_.begin(), pointed_to_.end());
  has_guessed_ = true;
  return {words.begin(), words.end()};
}

void CTest::grow() const {
  // Between explorations nobody else uses the test.
  auto& self = const_cast<CTest&>(*this);
  for (const LocalKey& key : std::exchange(self.wanted_locals_, {})) {
    const LocalObject& local = file_.code().functions[static_cast<std::size_t>(key.function)]->locals[static_cast<std::size_t>(key.local)];
    std::string name = local.name + '@' + thread_name(key.thread);
    if (key.ordinal > 0) name += '#' + std::to_string(key.ordinal + 1);
    self.shared_locals_[key] = self.memory_.add(
        name, file_.layouts().locals[static_cast<std::size_t>(key.function)][static_cast<std::size_t>(key.local)], kUninitialised);
  }
  self.has_guessed_ = false;
  self.wants_to_grow_ = false;
}

std::vector<Program::Memory> CTest::memory() const {
  std::vector<Program::Memory> all;
  const auto& objects = memory_.objects();
  for (std::size_t o = 0; o < objects.size(); ++o) {
    const Word size =
        objects[o].layout != nullptr ? std::max<Word>(objects[o].layout->size, 1) : static_cast<Word>(objects[o].text.size()) + 1;
    all.push_back({objects[o].name, address_of_object(static_cast<std::int64_t>(o)), size});
  }
  return all;
}

// --- what threads note ----------------------------------------------------------------------------------------------------

int CTest::slot(Special what, const std::string& name, ThreadId thread) {
  const auto kind = what == Special::kReached ? Observable::Kind::kCondition : Observable::Kind::kValue;
  const std::scoped_lock lock(mutex_);
  const auto known = std::find_if(observables_.begin(), observables_.end(),
                                  [&](const Observable& o) { return o.kind == kind && o.name == name && o.thread == thread; });
  if (known != observables_.end()) return known->slot;
  const int slot = 2 * static_cast<int>(observables_.size());
  observables_.push_back({kind, name, thread, slot});
  observable_count_.store(observables_.size(), std::memory_order_release);
  return slot;
}

std::vector<Observable> CTest::observables() const {
  const std::scoped_lock lock(mutex_);
  return observables_;
}

std::optional<std::int64_t> CTest::shared_local(const LocalKey& key) {
  const auto found = shared_locals_.find(key);
  return found == shared_locals_.end() ? std::nullopt : std::optional(found->second);
}

void CTest::share_local(const LocalKey& key) {
  const std::scoped_lock lock(mutex_);
  wanted_locals_.insert(key);
  wants_to_grow_ = true;
}

void CTest::give_up(const SourcePos& pos, const std::string& why) {
  const std::scoped_lock lock(mutex_);
  // The first in the file, whichever was found first.
  const auto comes_first = [&](const SourcePos& a, const SourcePos& b) { return a.line != b.line ? a.line < b.line : a.column < b.column; };
  if (!failure_ || comes_first(pos, failure_->pos)) failure_ = Error{pos, why};
}

void CTest::may_be_pointed_to(Word address) {
  const std::scoped_lock lock(mutex_);
  // Who has guessed without it may have missed something.
  if (pointed_to_.insert(address).second && has_guessed_) wants_to_grow_ = true;
}

}  // namespace lkmc::c
