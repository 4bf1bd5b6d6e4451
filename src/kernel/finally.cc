#include "src/kernel/finally.h"

#include <algorithm>
#include <optional>

#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

// finally() as the only thread of a program that has, behind the locations of the test, one for each captured variable.
class Finally::Code final : public Program {
 public:
  explicit Code(const CppTest& test) : test_(test), locations_(test.locations().begin(), test.locations().end()) {
    for (const Word word : test.captured_initially()) locations_.push_back({"captured variable", word});
  }
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return 1; }
  void run(ThreadId, Thread& thread) const override { test_.run_finally(thread); }

 private:
  const CppTest& test_;
  std::vector<LocationInfo> locations_;
};

Finally::Finally(const CppTest& test)
    : code_(std::make_unique<const Code>(test)),
      unfolding_(*code_, 0, RmwStyle::kTagged, Blocking::kIgnored) {}

Finally::~Finally() = default;

const PathNode& Finally::look(std::span<const Word> memory, std::vector<Word>& registers) {
  for (PathId path = unfolding_.root();;) {
    const Path& about = known(path);
    const PathNode& node = unfolding_.node(path);
    const auto value_of_read = [&](EventIndex index) -> std::optional<Word> {
      const std::size_t location = at(about.read[at(index)]);
      if (location < memory.size()) return memory[location];
      const std::size_t slot = at(CppTest::captured_slot(static_cast<int>(location - memory.size())));
      const bool assigned = slot + 1 < registers.size() && registers[slot + 1] != 0;
      return assigned ? registers[slot] : code_->locations()[location].initial;
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
      return node;
    }
  }
}

const Finally::Path& Finally::known(PathId path) {
  if (paths_.size() <= at(path)) paths_.resize(at(path) + 1);
  Path& about = paths_[at(path)];
  if (about.is_known) return about;
  about.is_known = true;
  const PathNode& node = unfolding_.node(path);
  if (node.parent >= 0) about.read = paths_[at(node.parent)].read;
  for (const ThreadEvent& e : node.events) about.read.push_back(e.event.location);
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

}  // namespace lkmc::kernel
