#include "src/report/cpp_tally.h"

namespace lkmc {

bool CppTally::on_execution(const Execution& execution) {
  if (execution.registers.size() != slots_) {
    slots_ = execution.registers.size();
    conditions_ = test_->conditions();
  }
  for (const auto& [name, slot] : conditions_) {
    const auto at = static_cast<std::size_t>(slot);
    if (at < slots_ && execution.registers[at] != 0) ++reached_[name];
  }
  if (const auto failure = test_->finish(execution.memory, execution.registers)) {
    violated(failure->pos, failure->message, execution.assignment);
  }
  return true;
}

void CppTally::on_flags(const Execution& execution, std::uint64_t flags) {
  for_each_bit(std::span<const BitWord>(&flags, 1), [&](int flag) {
    raising_.try_emplace(static_cast<std::size_t>(flag), execution.assignment);
  });
}

const Witness* CppTally::raising(std::size_t flag) const {
  const auto found = raising_.find(flag);
  return found == raising_.end() ? nullptr : &found->second;
}

void CppTally::on_deadlock(const Deadlock& deadlock) {
  if (deadlock_ && compare(deadlock.assignment, deadlock_->witness) >= 0) return;
  deadlock_.emplace(FoundDeadlock{Witness(deadlock.assignment), {deadlock.blocked.begin(), deadlock.blocked.end()}});
}

void CppTally::on_failure(const Failure& failure) { violated(failure.pos, failure.message, failure.assignment); }

void CppTally::violated(const SourcePos& pos, const std::string& message, const Assignment& assignment) {
  const Key key{pos.file != nullptr ? pos.file : "", pos.line, pos.column, message};
  const auto found = violations_.find(key);
  if (found == violations_.end()) {
    violations_.emplace(key, Violation{pos, message, 1, Witness(assignment)});
    return;
  }
  Violation& violation = found->second;
  ++violation.times;
  if (compare(assignment, violation.witness) < 0) violation.witness = Witness(assignment);
}

std::vector<const Violation*> CppTally::violations() const {
  std::vector<const Violation*> all;
  for (const auto& [key, violation] : violations_) all.push_back(&violation);
  return all;
}

std::map<std::string, std::uint64_t> CppTally::reached() const {
  std::map<std::string, std::uint64_t> all = reached_;
  for (const auto& [name, slot] : test_->conditions()) all.try_emplace(name, 0);
  return all;
}

}  // namespace lkmc
