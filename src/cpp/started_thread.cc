// SPDX-License-Identifier: Apache-2.0
// Threads that threads start, as kthread_run() does.
//
// All threads of a program are there from the start. So a thread that another one starts waits until it is started, and that is
// something that the two tell each other through memory: what the starter has done before is a release, the beginning of the
// other an acquire; likewise its end and who waits for it. (The kernel orders more: waking a task is a full barrier if it was
// asleep. That is no promise of kthread_run(), and a test must not rely on it.)
//
// The code of the new thread may use what its starter has computed before. It is found by running the starter's code once more, up
// to there, without doing anything (Thread::recall). What the starter has read until then it leaves where the other finds it.
#include <algorithm>
#include <iterator>
#include <utility>

#include "src/cpp/cpp_test.h"
#include "src/kernel/runtime.h"

namespace lkmc::kernel {
namespace {

SourcePos nowhere(const char* function) { return {.line = 0, .column = 0, .file = nullptr, .function = function}; }

}  // namespace

StartedThread Run::start_thread(std::string_view name, const std::function<void()>& code, const Site& site) {
  const StartedThread me{wanted_, next_started_++};
  Thread& t = *thread_;
  if (t.recalls()) {
    const CppTest::Started& next = test_.started_[static_cast<std::size_t>(starters_[recalled_])];
    if (next.by != me) return me;  // another one
    ++recalled_;
    wanted_ = next.id;
    next_started_ = 0;
    next_callback_ = 0;
    allocated_.clear();
    held_.clear();
    private_.clear();
    atomic_sections_.clear();
    conditions_.clear();
    signal_is_pending_ = false;
    if (recalled_ == starters_.size()) t.end_recall(position(site));
    run_code(code);
    t.end();
  }
  might_sleep("thread()", site);
  const SourcePos pos = position(site);
  // A thread that was started itself has read first that it was.
  const std::vector<Value> read = t.values_read(starters_.empty() ? 0 : 1);
  const auto number = test_.started(me, name, read.size());
  if (!number) t.stop_at_bound(pos);  // to be explored again with the thread
  const CppTest::Started& started = test_.started_[static_cast<std::size_t>(*number)];
  for (std::size_t i = 0; i < read.size(); ++i) t.write(hidden(started.read_before[i], {}), read[i], Tag::kOnce, pos);
  t.write(hidden(started.start, {}), constant(t.choices() + 1), Tag::kRelease, pos);
  return me;
}

void Run::begin_as_started() {
  Thread& t = *thread_;
  const CppTest::Started& me = test_.started_[static_cast<std::size_t>(starters_.back())];
  const SourcePos pos = nowhere("the start of the thread");
  const Value started = t.read(hidden(me.start, {}), Tag::kAcquire, pos);
  t.await_work(t.binary(BinaryOp::kNotEqual, started, constant(0)), pos);
  t.recall(started, me.read_before);
}

void Run::join(const StartedThread& thread, const char* function, const Site& site) {
  might_sleep(function, site);
  Thread& t = *thread_;
  const SourcePos pos = position(site);
  const auto id = test_.id_of(thread);
  const Location end = id ? test_.end_of(*id) : kNoLocation;
  if (end == kNoLocation) {
    if (!id) fail(site, std::string(function) + " of a thread that was never started");
    {
      const std::scoped_lock lock(test_.mutex_);
      test_.wanted_ends_.insert(*id);
    }
    test_.wants_to_grow_ = true;
    t.stop_at_bound(pos);  // to be explored again with an end to wait for
  }
  const Value ended = t.read(hidden(end, {}), Tag::kAcquire, pos);
  t.await(t.binary(BinaryOp::kNotEqual, ended, constant(0)), pos, {.what = "the end of a thread", .looks = ended.reads});
}

void Run::ask_to_stop(const StartedThread& thread, const Site& site) {
  Thread& t = this->thread("kthread_stop()", site);
  for (const CppTest::Started& s : test_.started_) {
    if (s.by == thread) t.write(hidden(s.stop, {}), constant(1), Tag::kOnce, position(site));
  }
}

Value Run::is_to_stop(const Site& site) {
  Thread& t = thread("kthread_should_stop()", site);
  for (const CppTest::Started& s : test_.started_) {
    if (s.id == wanted_) return t.read(hidden(s.stop, {}), Tag::kOnce, position(site));
  }
  fail(site, "kthread_should_stop() in a thread that no thread has started");
}

// --- growing ----------------------------------------------------------------------------------------------------------------

std::optional<int> CppTest::started(const StartedThread& by, std::string_view name, std::size_t reads) {
  for (std::size_t i = 0; i < started_.size(); ++i) {
    if (started_[i].by == by && started_[i].read_before.size() >= reads) return static_cast<int>(i);
  }
  const std::scoped_lock lock(mutex_);
  WantedThread& wanted = wanted_threads_.try_emplace(by, WantedThread{std::string(name), 0}).first->second;
  wanted.reads = std::max(wanted.reads, reads);
  wants_to_grow_ = true;
  return std::nullopt;
}

void CppTest::add_started_threads() {
  for (const auto& [by, wanted] : std::exchange(wanted_threads_, {})) {
    auto known = std::find_if(started_.begin(), started_.end(), [&by = by](const Started& s) { return s.by == by; });
    if (known == started_.end()) {
      add_server({Server::Kind::kStarted, static_cast<int>(started_.size())}, wanted.name);
      const auto id = static_cast<ThreadId>(user_threads_ + static_cast<int>(servers_.size()) - 1);
      started_.push_back({by,
                          id,
                          add_hidden_location("start of " + wanted.name, 0),
                          add_hidden_location("stop of " + wanted.name, 0),
                          add_hidden_location("state of " + wanted.name, 0),
                          {}});
      known = std::prev(started_.end());
    }
    while (known->read_before.size() < wanted.reads) {
      known->read_before.push_back(
          add_hidden_location("what " + thread_names_[static_cast<std::size_t>(by.starter)] + " has read for " + wanted.name, 0));
    }
  }
  for (const ThreadId thread : std::exchange(wanted_ends_, {})) {
    ends_.try_emplace(thread, add_hidden_location("end of " + thread_names_[static_cast<std::size_t>(thread)], 0));
  }
}

Location CppTest::end_of(ThreadId thread) const {
  const auto found = ends_.find(thread);
  return found == ends_.end() ? kNoLocation : found->second;
}

std::optional<ThreadId> CppTest::id_of(const StartedThread& thread) const {
  if (thread.starter == kInitThread && thread.ordinal >= 0) return thread.ordinal;
  for (const Started& s : started_) {
    if (s.by == thread) return s.id;
  }
  return std::nullopt;
}

}  // namespace lkmc::kernel
