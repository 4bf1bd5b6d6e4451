#include "src/report/cpp_tally.h"

#include <utility>

#include "src/oracle/lifetime.h"

namespace lkmc {
namespace {

// Where nearly every execution leaves something else there is nothing to gain from remembering them all.
constexpr std::size_t kMaxSeen = 1 << 16;

const Event& event_of(const Assignment& assignment, int event) { return assignment.skeleton().graph.event(event); }

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
  for (std::uint64_t* times : seen.reached) {
    ++*times;
    if (keeps_reaching_) note_reaching(times, execution);
  }
  if (seen.failure) violated(execution.assignment, {.pos = seen.failure->pos, .message = seen.failure->message});

  std::vector<DataRace> races;
  if (race_flag_) races = data_races(execution, *race_flag_);
  (void)judge_lifetime(execution.assignment, races);
  for (const DataRace& race : races) {
    if (!concerns_lifetime(execution.assignment, race)) raced(race, execution.assignment);
  }
  judge_leaks(execution);
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

void CppTally::note_reaching(const std::uint64_t* reached, const Execution& execution) {
  const auto [found, is_new] = reaching_.try_emplace(reached, execution);
  if (!is_new && compare(execution.assignment, found->second) < 0) found->second = Witness(execution);
}

const Witness* CppTally::reaching(const std::string& name) const {
  const auto times = reached_.find(name);
  const auto found = times == reached_.end() ? reaching_.end() : reaching_.find(&times->second);
  return found == reaching_.end() ? nullptr : &found->second;
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

void CppTally::on_deadlock(const Deadlock& deadlock) {
  if (!judge_lifetime(deadlock.assignment, {})) keep_first(deadlock_, deadlock);
}

void CppTally::on_failure(const Failure& failure) {
  // What a thread does with invalid memory is not worth telling.
  if (judge_lifetime(failure.assignment, {})) return;
  const Key key = key_of(failure.pos, failure.message, true);
  const auto found = violations_.find(key);
  std::vector<std::uint16_t> choices(failure.choices.begin(), failure.choices.end());
  if (found != violations_.end() && found->second.choices <= choices) return;
  Report report{.pos = failure.pos, .message = failure.message};
  if (failure.blamed >= 0 && !event_of(failure.assignment, failure.blamed).is_initial()) {
    report.other = "before";
    report.other_pos = event_of(failure.assignment, failure.blamed).pos;
  }
  violations_.insert_or_assign(key, Violation{std::move(report), Witness(failure.assignment), std::move(choices)});
}

void CppTally::on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) {
  mistakes_.insert({pos, "thread " + test_->thread_name(thread) + ": " + message});
}

void CppTally::on_restart() {
  const bool keeps_reaching = keeps_reaching_;
  *this = CppTally(*test_, race_flag_);
  keeps_reaching_ = keeps_reaching;
}

// --- judging one execution ------------------------------------------------------------------------------------------------

CppTally::Key CppTally::key_of(const SourcePos& pos, const std::string& message, bool in_thread) {
  return {pos.file != nullptr ? pos.file : "", pos.line, pos.column, message, in_thread};
}

void CppTally::violated(const Assignment& assignment, const Report& report) {
  const Key key = key_of(report.pos, report.message, false);
  const auto found = violations_.find(key);
  if (found == violations_.end()) {
    violations_.emplace(key, Violation{report, Witness(assignment), {}});
  } else if (compare(assignment, found->second.witness) < 0) {
    found->second = Violation{report, Witness(assignment), {}};
  }
}

bool CppTally::judge_lifetime(const Assignment& assignment, std::span<const DataRace> races) {
  if (test_->heap().objects().empty()) return false;
  const std::vector<LifetimeError> errors = lifetime_errors(assignment, races);
  for (const LifetimeError& error : errors) {
    const Event& access = event_of(assignment, error.access);
    const Event& poison = event_of(assignment, error.poison);
    const std::string& name = test_->locations()[static_cast<std::size_t>(access.location)].name;
    if (error.kind == LifetimeError::Kind::kUseAfterFree) {
      violated(assignment, {access.pos, "use after free of " + name, "freed", free_of(assignment, error.poison)});
    } else {
      violated(assignment, {access.pos, "use of uninitialised memory: " + name, poison.is_initial() ? "" : "allocated", poison.pos});
    }
  }
  return !errors.empty();
}

// Where the memory was freed. A page that went back did so by itself, after the free that its thread had read from.
SourcePos CppTally::free_of(const Assignment& assignment, int poison) {
  const Event& e = event_of(assignment, poison);
  if (e.pos.file != nullptr || e.is_initial()) return e.pos;
  for (const int read : assignment.skeleton().reads) {
    if (event_of(assignment, read).thread == e.thread) return event_of(assignment, assignment.source(read)).pos;
  }
  return e.pos;
}

void CppTally::judge_leaks(const Execution& execution) {
  for (const kernel::HeapObject* object : test_->leaks(execution.memory)) {
    const int allocation = execution.assignment.last_write(object->life);
    violated(execution.assignment, {.pos = allocation < 0 ? SourcePos{} : event_of(execution.assignment, allocation).pos,
                                    .message = "memory leak of " + test_->object_name(object->at)});
  }
}

void CppTally::raced(const DataRace& race, const Assignment& assignment) {
  const auto place = [&](int event) {
    const Event& e = event_of(assignment, event);
    return Place{e.thread, e.pos.file != nullptr ? e.pos.file : "", e.pos.line, e.pos.column, e.location, e.is_write()};
  };
  const std::pair<Place, Place> key{place(race.first), place(race.second)};
  const auto found = races_.find(key);
  if (found == races_.end()) {
    races_.emplace(key, FoundRace{event_of(assignment, race.first), event_of(assignment, race.second), Witness(assignment)});
  } else if (compare(assignment, found->second.witness) < 0) {
    found->second.witness = Witness(assignment);
  }
}

// --- the sum --------------------------------------------------------------------------------------------------------------

void CppTally::merge(CppTally&& other) {
  for (auto& [key, violation] : other.violations_) {
    const auto [found, is_new] = violations_.try_emplace(key, std::move(violation));
    if (is_new) continue;
    const bool comes_first = key.in_thread ? violation.choices < found->second.choices
                                           : compare(violation.witness, found->second.witness) < 0;
    if (comes_first) found->second = std::move(violation);
  }
  for (auto& [key, race] : other.races_) {
    const auto [found, is_new] = races_.try_emplace(key, std::move(race));
    if (!is_new && compare(race.witness, found->second.witness) < 0) found->second = std::move(race);
  }
  mistakes_.merge(other.mistakes_);
  keep_first(deadlock_, std::move(other.deadlock_));
  for (const auto& [name, times] : other.reached_) {
    std::uint64_t& all = reached_[name];
    all += times;
    const auto witness = other.reaching_.find(&times);
    if (witness == other.reaching_.end()) continue;
    const auto [found, is_new] = reaching_.try_emplace(&all, witness->second);
    if (!is_new && compare(witness->second, found->second) < 0) found->second = witness->second;
  }
  for (const auto& [values, executions] : other.states_) states_[values] += executions;
}

std::vector<const Violation*> CppTally::violations() const {
  std::vector<const Violation*> all;
  for (const auto& [key, violation] : violations_) all.push_back(&violation);
  return all;
}

std::vector<const FoundRace*> CppTally::races() const {
  std::vector<const FoundRace*> all;
  for (const auto& [key, race] : races_) all.push_back(&race);
  return all;
}

std::map<std::string, std::uint64_t> CppTally::reached() const {
  std::map<std::string, std::uint64_t> all = reached_;
  for (const std::string& name : test_->conditions()) all.try_emplace(name, 0);
  return all;
}

}  // namespace lkmc
