// SPDX-License-Identifier: Apache-2.0
// One test of a C file, as a program for the explorer.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/c/c_file.h"
#include "src/c/interpreter.h"
#include "src/c/memory.h"
#include "src/program/self_checking_test.h"

namespace lkmc::c {

class CTest final : public SelfCheckingTest, private Host {
 public:
  // Runs the set-up. The file must outlive this. `unroll` is the bound of loops.
  CTest(const CFile& file, const TestCase& test, int unroll);

  // Why the test cannot be explored: a mistake in the set-up, or, afterwards, what some thread does.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return memory_.locations(); }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(case_.threads.size()); }
  void run(ThreadId id, Thread& thread) const override;
  // Null, and all places of structures, elements and functions that a pointer may lead to.
  [[nodiscard]] std::vector<Word> possible_words() const override;
  // A thread has given away the address of a local variable, or a pointer has been stored that was not known.
  [[nodiscard]] bool outgrown() const override { return wants_to_grow_; }
  void grow() const override;
  [[nodiscard]] int max_rounds() const override { return unroll_; }
  [[nodiscard]] EventIndex max_events() const override { return 512; }
  [[nodiscard]] std::vector<Program::Memory> memory() const override;

  [[nodiscard]] const std::string& name() const override { return case_.name; }
  [[nodiscard]] const std::string& file() const override { return file_.path(); }
  [[nodiscard]] int line() const override { return case_.pos.line; }
  [[nodiscard]] std::span<const Expectation> expectations() const override { return case_.expectations; }
  [[nodiscard]] const std::string& thread_name(ThreadId id) const override { return case_.threads[static_cast<std::size_t>(id)].name; }
  [[nodiscard]] std::string shown_file(std::string_view path) const override { return shown_path(path); }
  [[nodiscard]] std::string pointer_name(Word word) const override { return memory_.pointer_name(word); }
  [[nodiscard]] std::vector<Observable> observables() const override;
  [[nodiscard]] std::size_t observable_count() const override { return observable_count_.load(std::memory_order_acquire); }
  [[nodiscard]] bool has_finally() const override { return case_.finally.has_value(); }
  void run_finally(Thread& thread) const override;

 private:
  class SetUp;
  [[nodiscard]] int slot(Special what, const std::string& name, ThreadId thread) override;
  [[nodiscard]] std::optional<std::int64_t> shared_local(const LocalKey& key) override;
  void share_local(const LocalKey& key) override;
  void give_up(const SourcePos& pos, const std::string& why) override;
  void may_be_pointed_to(Word address) override;
  void set_initial(Location location, Word word);
  void interpret(Phase phase, ThreadId id, int function, Thread& thread) const;

  const CFile& file_;
  const TestCase& case_;
  const int unroll_;
  c::Memory memory_;
  std::optional<Error> failure_;  // guarded by mutex_ while threads run
  std::map<LocalKey, std::int64_t> shared_locals_;

  mutable std::mutex mutex_;  // of what is noted while threads run, perhaps on several workers
  std::set<LocalKey> wanted_locals_;
  std::set<Word> pointed_to_;
  mutable bool has_guessed_ = false;  // in this exploration, with those that were there
  std::atomic<bool> wants_to_grow_ = false;
  std::vector<Observable> observables_;
  std::atomic<std::size_t> observable_count_ = 0;
};

}  // namespace lkmc::c
