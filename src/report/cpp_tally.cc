#include "src/report/cpp_tally.h"

#include <utility>

namespace lkmc {
namespace {

// Where nearly every execution leaves something else there is nothing to gain from remembering them all.
constexpr std::size_t kMaxSeen = 1 << 16;

}  // namespace

bool CppTally::on_execution(const Execution& execution) {
  left_.assign(execution.memory.begin(), execution.memory.end());
  left_.insert(left_.end(), execution.registers.begin(), execution.registers.end());
  auto found = seen_.find(left_);
  if (found == seen_.end()) {
    if (seen_.size() >= kMaxSeen) seen_.clear();
    found = seen_.emplace(left_, look_at(execution)).first;
  }
  const Seen& seen = found->second;
  ++*seen.executions;
  for (std::uint64_t* times : seen.reached) ++*times;
  if (!seen.failure) return true;
  const SourcePos& pos = seen.failure->pos;
  const Key key{pos.file != nullptr ? pos.file : "", pos.line, pos.column, seen.failure->message, false};
  const auto violation = violations_.find(key);
  if (violation == violations_.end()) {
    violations_.emplace(key, Violation{pos, key.message, Witness(execution), {}});
  } else if (compare(execution.assignment, violation->second.witness) < 0) {
    violation->second.witness = Witness(execution);
  }
  return true;
}

CppTally::Seen CppTally::look_at(const Execution& execution) {
  kernel::FinalSight sight = test_->finish(execution.memory, execution.registers);
  Seen seen{.executions = &states_[std::move(sight.values)], .reached = {}, .failure = std::move(sight.failure)};
  for (const auto& [name, holds] : sight.conditions) {
    std::uint64_t& times = reached_[name];
    if (holds) seen.reached.push_back(&times);
  }
  return seen;
}

void CppTally::on_deadlock(const Deadlock& deadlock) { keep_first(deadlock_, deadlock); }

void CppTally::on_failure(const Failure& failure) {
  const SourcePos& pos = failure.pos;
  const Key key{pos.file != nullptr ? pos.file : "", pos.line, pos.column, failure.message, true};
  const auto found = violations_.find(key);
  std::vector<std::uint16_t> choices(failure.choices.begin(), failure.choices.end());
  if (found != violations_.end() && found->second.choices <= choices) return;
  violations_.insert_or_assign(key, Violation{pos, failure.message, Witness(failure.assignment), std::move(choices)});
}

void CppTally::on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) {
  mistakes_.insert({pos, "thread " + test_->thread_name(thread) + ": " + message});
}

void CppTally::merge(CppTally&& other) {
  for (auto& [key, violation] : other.violations_) {
    const auto [found, is_new] = violations_.try_emplace(key, std::move(violation));
    if (is_new) continue;
    const bool comes_first = key.in_thread ? violation.choices < found->second.choices
                                           : compare(violation.witness, found->second.witness) < 0;
    if (comes_first) found->second = std::move(violation);
  }
  mistakes_.merge(other.mistakes_);
  keep_first(deadlock_, std::move(other.deadlock_));
  for (const auto& [name, times] : other.reached_) reached_[name] += times;
  for (const auto& [values, executions] : other.states_) states_[values] += executions;
}

std::vector<const Violation*> CppTally::violations() const {
  std::vector<const Violation*> all;
  for (const auto& [key, violation] : violations_) all.push_back(&violation);
  return all;
}

std::map<std::string, std::uint64_t> CppTally::reached() const {
  std::map<std::string, std::uint64_t> all = reached_;
  for (const std::string& name : test_->conditions()) all.try_emplace(name, 0);
  return all;
}

}  // namespace lkmc
