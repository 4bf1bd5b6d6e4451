#include "src/oracle/lifetime.h"

#include <algorithm>
#include <optional>

#include "src/program/program.h"

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

bool is_poison(const Assignment& assignment, int event) {
  return assignment.skeleton().graph.event(event).kind == EventKind::kPoison;
}

}  // namespace

int overwritten_by(const Assignment& assignment, int write) {
  int latest = kUndecided;
  for (const int w : assignment.skeleton().writes[static_cast<std::size_t>(assignment.skeleton().graph.event(write).location)]) {
    if (assignment.is_before(w, write) && (latest == kUndecided || assignment.is_before(latest, w))) latest = w;
  }
  return latest;
}

bool concerns_lifetime(const Assignment& assignment, const DataRace& race) {
  return is_poison(assignment, race.first) || is_poison(assignment, race.second);
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

}  // namespace lkmc
