// SPDX-License-Identifier: Apache-2.0
#include "tests/explore/evaluation.h"

#include <set>
#include <tuple>

#include "tests/reference/evaluator.h"

namespace lkmc::explore_test {
namespace {

// Also of an address that leads out of its object.
reference::Cell cell_of(const LitmusTest& test, Word word) {
  constexpr Word kFarOff = 1000;
  for (Location l = 0; l < static_cast<Location>(test.locations().size()); ++l) {
    const LocationInfo& info = test.locations()[static_cast<std::size_t>(l)];
    const Word offset = word - Program::address_of(l);
    if (info.element == 0 && offset > -kFarOff && offset < kFarOff) return {info.name.substr(0, info.name.find('[')), offset};
  }
  return {{}, word};
}

std::string text_of(const reference::Cell& cell) {
  if (cell.object.empty()) return std::to_string(cell.number);
  return cell.object + '+' + std::to_string(cell.number);
}

std::string text_of(const std::set<int>& events) {
  std::string text;
  for (const int e : events) text += ' ' + std::to_string(e);
  return text.empty() ? " none" : text;
}

// An execution that was found, against the second semantics: what differs, or nothing.
class Evaluation {
 public:
  Evaluation(const LitmusTest& test, const reference::TestProgram& program, const reference::PathCombination& paths,
             const reference::Values& values, const reference::State& state)
      : test_(test), program_(program), paths_(paths), values_(values), state_(state) {}

  [[nodiscard]] std::string difference() const {
    for (const auto& value : values_) {
      if (value && Program::symbol_number(*value)) return {};
    }
    for (std::size_t t = 0; t < paths_.thread_begin.size(); ++t) {
      const std::string what = difference_of(t);
      if (!what.empty()) return "P" + std::to_string(t) + ": " + what;
    }
    return {};
  }

 private:
  [[nodiscard]] std::string difference_of(std::size_t thread) const {
    const int begin = paths_.thread_begin[thread];
    const int end = thread + 1 < paths_.thread_begin.size() ? paths_.thread_begin[thread + 1] : paths_.graph.size();
    const auto event = [&](int index) { return begin + index < end ? paths_.graph.event(begin + index) : Event{}; };
    const reference::Oracle oracle{
        .kind = [&](int index) { return event(index).kind; },
        .read =
            [&](int index) {
              return begin + index < end ? cell_of(test_, values_[static_cast<std::size_t>(begin + index)].value_or(0)) : reference::Cell{};
            }};
    const reference::Run run = reference::evaluate(program_, static_cast<int>(thread), oracle);
    if (!run.error.empty()) return run.error;
    if (static_cast<int>(run.actions.size()) != end - begin) {
      return "it has " + std::to_string(end - begin) + " events, and should have " + std::to_string(run.actions.size());
    }
    for (int i = 0; i < end - begin; ++i) {
      const std::string what = difference_of(begin, i, run.actions[static_cast<std::size_t>(i)]);
      if (!what.empty()) return "event " + std::to_string(i) + ": " + what;
    }
    for (int slot = 0; slot < test_.register_slots(); ++slot) {
      const std::string& name = test_.slot_name(slot);
      if (!name.starts_with(std::to_string(thread) + ':')) continue;
      const auto expected = run.registers.find(name.substr(name.find(':') + 1));
      const reference::Cell& cell = expected == run.registers.end() ? reference::Cell{} : expected->second;
      const reference::Cell found = cell_of(test_, state_[static_cast<std::size_t>(slot)]);
      if (found != cell) return name + " is " + text_of(found) + ", and should be " + text_of(cell);
    }
    return {};
  }

  [[nodiscard]] std::string difference_of(int begin, int index, const reference::Action& expected) const {
    const int e = begin + index;
    const Event& event = paths_.graph.event(e);
    if (event.kind != expected.kind || event.tag != expected.tag || event.in_rmw != expected.in_rmw) return "another kind or tag is right";
    if (event.location != kNoLocation) {
      const reference::Cell location = cell_of(test_, test_.address(event.location));
      if (location != expected.location) return "it is at " + text_of(location) + ", and should be at " + text_of(expected.location);
    }
    if (event.kind == EventKind::kRead || event.kind == EventKind::kWrite) {
      const reference::Cell value = cell_of(test_, values_[static_cast<std::size_t>(e)].value());
      if (value != expected.value) return "its value is " + text_of(value) + ", and should be " + text_of(expected.value);
    }
    const auto related = [&](const Relation& relation) {
      std::set<int> others;
      for (int i = 0; i < index; ++i) {
        if (relation.contains(begin + i, e)) others.insert(i);
      }
      return others;
    };
    std::set<int> beside;
    for (int i = 0; i < index; ++i) {
      if (!paths_.graph.po.contains(begin + i, e)) beside.insert(i);
    }
    for (const auto& [name, found, right] :
         {std::tuple{"addr", related(paths_.graph.addr), expected.addr}, std::tuple{"data", related(paths_.graph.data), expected.data},
          std::tuple{"ctrl", related(paths_.graph.ctrl), expected.ctrl}, std::tuple{"not in po", beside, expected.beside}}) {
      if (found != right) return std::string(name) + " from" + text_of(found) + ", and should be from" + text_of(right);
    }
    return {};
  }

  const LitmusTest& test_;
  const reference::TestProgram& program_;
  const reference::PathCombination& paths_;
  const reference::Values& values_;
  const reference::State& state_;
};

}  // namespace

std::string difference_from_evaluation(const LitmusTest& test, const reference::TestProgram& program,
                                       const reference::PathCombination& paths, const reference::Values& values,
                                       const reference::State& state) {
  return Evaluation(test, program, paths, values, state).difference();
}

}  // namespace lkmc::explore_test
