// SPDX-License-Identifier: Apache-2.0
#include "src/judge/lifetime.h"

#include <algorithm>
#include <optional>

#include "src/explore/checks.h"

namespace lkmc {
namespace {

// Which error it is to meet the write; nothing if it is an ordinary one.
std::optional<LifetimeError::Kind> poisoned_by(const Assignment& assignment, int write) {
  const Event& e = assignment.skeleton().graph.event(write);
  if (e.kind != EventKind::kPoison && !e.is_initial()) return std::nullopt;
  const auto value = assignment.value(write);
  if (value == Program::kFreed) return LifetimeError::Kind::kUseAfterFree;
  if (value == Program::kUninitialised) return LifetimeError::Kind::kUninitialised;
  return std::nullopt;
}

bool is_poison(const Assignment& assignment, int event) { return assignment.skeleton().graph.event(event).kind == EventKind::kPoison; }

// Where the memory was freed. A page that went back did so by itself, after the free that its thread had read from.
SourcePos free_of(const Assignment& assignment, int poison) {
  const EventGraph& graph = assignment.skeleton().graph;
  const Event& e = graph.event(poison);
  if (e.pos.file != nullptr || e.is_initial()) return e.pos;
  for (const int read : assignment.skeleton().reads) {
    if (graph.event(read).thread == e.thread) return graph.event(assignment.source(read)).pos;
  }
  return e.pos;
}

class LifetimeJudge final : public Judge {
 public:
  explicit LifetimeJudge(const Program& program) : program_(program) {}

  void judge(const Ending& ending, const std::function<void(const Charge&)>& charge) const override {
    if (!program_.allocates()) return;
    const Assignment& assignment = ending.assignment;
    for (const LifetimeError& error : errors_that_happened(ending)) {
      const Event& access = assignment.skeleton().graph.event(error.access);
      const Event& poison = assignment.skeleton().graph.event(error.poison);
      const std::string& name = program_.locations()[static_cast<std::size_t>(access.location)].name;
      if (error.kind == LifetimeError::Kind::kUseAfterFree) {
        charge({access.pos, "use after free of " + name, "freed", free_of(assignment, error.poison)});
      } else {
        charge({access.pos, "use of uninitialised memory: " + name, poison.is_initial() ? "" : "allocated", poison.pos});
      }
    }
  }

  [[nodiscard]] bool takes_over(const Assignment& assignment, const DataRace& race) const override {
    return is_poison(assignment, race.first) || is_poison(assignment, race.second);
  }

  [[nodiscard]] bool explains(const Deadlock& deadlock) const override {
    return program_.allocates() && !lifetime_errors(deadlock.assignment, {}).empty();
  }

  // Some use of invalid memory comes before the failure.
  [[nodiscard]] bool explains(const Failure& failure) const override {
    if (!program_.allocates()) return false;
    const std::vector<LifetimeError> errors = errors_that_happened({.assignment = failure.assignment, .happened = failure.happened});
    if (errors.empty()) return false;
    const std::vector<EventIndex> past = past_of(failure.assignment, failure.thread, failure.before);
    return std::any_of(errors.begin(), errors.end(),
                       [&](const LifetimeError& error) { return is_among(failure.assignment.skeleton(), past, error.access); });
  }

 private:
  [[nodiscard]] static std::vector<LifetimeError> errors_that_happened(const Ending& ending) {
    std::vector<LifetimeError> errors = lifetime_errors(ending.assignment, ending.races);
    const Skeleton& skeleton = ending.assignment.skeleton();
    std::erase_if(errors, [&](const LifetimeError& error) {
      return !is_among(skeleton, ending.happened, error.access) || !is_among(skeleton, ending.happened, error.poison);
    });
    return errors;
  }

  const Program& program_;
};

}  // namespace

int overwritten_by(const Assignment& assignment, int write) {
  int latest = kUndecided;
  for (const int w : assignment.skeleton().writes[static_cast<std::size_t>(assignment.skeleton().graph.event(write).location)]) {
    if (assignment.is_before(w, write) && (latest == kUndecided || assignment.is_before(latest, w))) latest = w;
  }
  return latest;
}

std::vector<LifetimeError> lifetime_errors(const Assignment& assignment, std::span<const DataRace> races) {
  std::vector<LifetimeError> errors;
  const auto add = [&](LifetimeError::Kind kind, int access, int poison) {
    const auto is_same = [&](const LifetimeError& e) { return e.access == access && e.poison == poison; };
    if (std::none_of(errors.begin(), errors.end(), is_same)) errors.push_back({kind, access, poison});
  };
  const Skeleton& skeleton = assignment.skeleton();
  for (const int read : skeleton.reads) {
    const int source = assignment.source(read);
    if (source == kUndecided) continue;
    if (const auto kind = poisoned_by(assignment, source)) add(*kind, read, source);
  }
  for (const std::vector<int>& writes : skeleton.writes) {
    if (std::none_of(writes.begin(), writes.end(), [&](int w) { return is_poison(assignment, w); })) continue;
    for (const int w : writes) {
      if (is_poison(assignment, w) || skeleton.graph.event(w).is_initial()) continue;
      const int before = overwritten_by(assignment, w);
      if (before == kUndecided || !is_poison(assignment, before)) continue;
      if (poisoned_by(assignment, before) == LifetimeError::Kind::kUseAfterFree) {
        add(LifetimeError::Kind::kUseAfterFree, w, before);
      }
    }
  }
  for (const DataRace& race : races) {
    const bool first = is_poison(assignment, race.first);
    if (first == is_poison(assignment, race.second)) continue;  // two frees: a double free, if anything
    add(LifetimeError::Kind::kUseAfterFree, first ? race.second : race.first, first ? race.first : race.second);
  }
  return errors;
}

std::unique_ptr<Judge> lifetime_judge(const Program& program) { return std::make_unique<LifetimeJudge>(program); }

}  // namespace lkmc
