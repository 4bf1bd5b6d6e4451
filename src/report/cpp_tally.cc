#include "src/report/cpp_tally.h"

#include "src/oracle/lifetime.h"

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
  std::vector<DataRace> races;
  if (race_flag_) races = data_races(execution, *race_flag_);
  (void)judge_lifetime(execution.assignment, races);
  for (const DataRace& race : races) {
    if (!concerns_lifetime(execution.assignment, race)) found(race, execution.assignment);
  }
  judge_leaks(execution);
  if (const auto failure = test_->finish(execution.memory, execution.registers)) {
    violated(failure->pos, failure->message, execution.assignment);
  }
  return true;
}

void CppTally::on_deadlock(const Deadlock& deadlock) {
  if (judge_lifetime(deadlock.assignment, {})) return;
  if (deadlock_ && compare(deadlock.assignment, deadlock_->witness) >= 0) return;
  deadlock_.emplace(FoundDeadlock{Witness(deadlock.assignment), {deadlock.blocked.begin(), deadlock.blocked.end()}});
}

void CppTally::on_failure(const Failure& failure) {
  // What a thread does with invalid memory is not worth telling.
  if (judge_lifetime(failure.assignment, {})) return;
  const bool names_another = failure.blamed >= 0 && !failure.assignment.skeleton().graph.event(failure.blamed).is_initial();
  violated(failure.pos, failure.message, failure.assignment, names_another ? "before" : "",
           names_another ? failure.assignment.skeleton().graph.event(failure.blamed).pos : SourcePos{});
}

void CppTally::on_restart() {
  races_.clear();
  violations_.clear();
  deadlock_.reset();
  reached_.clear();
  conditions_.clear();
  slots_ = 0;
}

// Where the memory was freed. A page that went back did so by itself, after the free that its thread had read from.
SourcePos CppTally::free_of(const Assignment& assignment, int poison) const {
  const Skeleton& skeleton = assignment.skeleton();
  const Event& e = skeleton.graph.event(poison);
  if (e.pos.file != nullptr || e.is_initial()) return e.pos;
  for (const int read : skeleton.reads) {
    if (skeleton.graph.event(read).thread == e.thread) return skeleton.graph.event(assignment.source(read)).pos;
  }
  return e.pos;
}

bool CppTally::judge_lifetime(const Assignment& assignment, std::span<const DataRace> races) {
  const std::vector<LifetimeError> errors = lifetime_errors(assignment, races);
  for (const LifetimeError& error : errors) {
    const Event& access = assignment.skeleton().graph.event(error.access);
    const Event& poison = assignment.skeleton().graph.event(error.poison);
    const std::string& name = test_->locations()[static_cast<std::size_t>(access.location)].name;
    if (error.kind == LifetimeError::Kind::kUseAfterFree) {
      violated(access.pos, "use after free of " + name, assignment, "freed", free_of(assignment, error.poison));
    } else {
      violated(access.pos, "use of uninitialised memory: " + name, assignment, poison.is_initial() ? "" : "allocated", poison.pos);
    }
  }
  return !errors.empty();
}

void CppTally::judge_leaks(const Execution& execution) {
  for (const kernel::HeapObject* object : test_->leaks(execution.memory)) {
    const int allocation = execution.assignment.last_write(object->life);
    violated(allocation < 0 ? SourcePos{} : execution.assignment.skeleton().graph.event(allocation).pos,
             "memory leak of " + test_->object_name(object->at), execution.assignment);
  }
}

void CppTally::found(const DataRace& race, const Assignment& assignment) {
  const auto place = [&](int event) {
    const Event& e = assignment.skeleton().graph.event(event);
    return Place{e.thread, e.pos.file != nullptr ? e.pos.file : "", e.pos.line, e.pos.column, e.location};
  };
  std::pair<Place, Place> key{place(race.first), place(race.second)};
  const auto [entry, is_new] = races_.try_emplace(
      key, FoundRace{assignment.skeleton().graph.event(race.first), assignment.skeleton().graph.event(race.second), 0, Witness(assignment)});
  FoundRace& known = entry->second;
  ++known.times;
  if (!is_new && compare(assignment, known.witness) < 0) known.witness = Witness(assignment);
}

std::vector<const FoundRace*> CppTally::races() const {
  std::vector<const FoundRace*> all;
  for (const auto& [key, race] : races_) all.push_back(&race);
  return all;
}

void CppTally::violated(const SourcePos& pos, const std::string& message, const Assignment& assignment,
                        const std::string& other, const SourcePos& other_pos) {
  const Key key{pos.file != nullptr ? pos.file : "", pos.line, pos.column, message};
  const auto found = violations_.find(key);
  if (found == violations_.end()) {
    violations_.emplace(key, Violation{pos, message, other, other_pos, 1, Witness(assignment)});
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
