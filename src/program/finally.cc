// SPDX-License-Identifier: Apache-2.0
#include "src/program/finally.h"

#include <algorithm>
#include <optional>

#include "src/program/thread.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

void add_once(std::vector<int>& all, int one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

}  // namespace

// finally() as the only thread of a program that has, behind the locations of the test, one for each captured variable.
class Finally::Code final : public Program {
 public:
  explicit Code(const SelfCheckingTest& test) : test_(test), locations_(test.locations().begin(), test.locations().end()) {
    for (const Word word : test.captured_initially()) locations_.push_back({"captured variable", word});
  }
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return 1; }
  void run(ThreadId, Thread& thread) const override { test_.run_finally(thread); }
  [[nodiscard]] int max_rounds() const override { return test_.max_rounds(); }
  [[nodiscard]] std::size_t test_locations() const { return test_.locations().size(); }

 private:
  const SelfCheckingTest& test_;
  std::vector<LocationInfo> locations_;
};

Finally::Finally(const SelfCheckingTest& test)
    : code_(std::make_unique<const Code>(test)), unfolding_(*code_, 0, RmwStyle::kTagged, Blocking::kIgnored) {}

Finally::~Finally() = default;

Finally::Seen Finally::look(std::span<const Word> memory, std::vector<Word>& registers) {
  for (PathId path = unfolding_.root();;) {
    const Path& about = known(path);
    const PathNode& node = unfolding_.node(path);
    const auto value_of_read = [&](EventIndex index) -> std::optional<Word> {
      const Location location = about.read[at(index)];
      const auto slot = slot_of(location);
      if (!slot) return memory[at(location)];
      const bool assigned = at(*slot) + 1 < registers.size() && registers[at(*slot) + 1] != 0;
      return assigned ? registers[at(*slot)] : code_->locations()[at(location)].initial;
    };
    const auto value = [&](ExprId expr) { return unfolding_.expressions().evaluate(expr, value_of_read).value_or(0); };
    if (node.continuation == Continuation::kBranch) {
      path = unfolding_.child(path, value(node.expr) != 0 ? 1 : 0);
    } else if (node.continuation == Continuation::kValue) {
      path = unfolding_.child(path, value(node.expr));
    } else {
      registers.resize(std::max(registers.size(), about.slots));
      for (const auto& [slot, word] : about.constant) registers[slot] = word;
      for (const auto& [slot, expr] : about.computed) registers[slot] = value(expr);
      Seen seen{.path = path, .failed = {}};
      for (const Claim& check : about.checks) {
        if (value(check.condition) == 0) seen.failed.push_back(&check);
      }
      return seen;
    }
  }
}

std::optional<int> Finally::slot_of(Location location) const {
  const auto variable = location - static_cast<Location>(code_->test_locations());
  if (variable < 0) return std::nullopt;
  return SelfCheckingTest::captured_slot(variable);
}

const Finally::Path& Finally::known(PathId path) {
  if (paths_.size() <= at(path)) paths_.resize(at(path) + 1);
  Path& about = paths_[at(path)];
  if (about.is_known) return about;
  about.is_known = true;
  const PathNode& node = unfolding_.node(path);
  if (node.parent >= 0) {
    about.read = paths_[at(node.parent)].read;
    about.checks = paths_[at(node.parent)].checks;
  }
  about.checks.insert(about.checks.end(), node.checks.begin(), node.checks.end());
  for (const ThreadEvent& e : node.events) {
    about.read.push_back(e.event.location);
    if (const auto slot = slot_of(e.event.location)) {
      add_once(slots_, *slot);
    } else {
      add_once(locations_, e.event.location);
    }
  }
  about.slots = node.observed.size();
  for (std::size_t slot = 0; slot < node.observed.size(); ++slot) {
    if (node.observed[slot] == kUnobserved) continue;
    if (const auto word = unfolding_.expressions().constant_value(node.observed[slot])) {
      about.constant.emplace_back(slot, *word);
    } else {
      about.computed.emplace_back(slot, node.observed[slot]);
    }
  }
  return about;
}

}  // namespace lkmc
