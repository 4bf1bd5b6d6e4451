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
    const std::vector<Location>& read = read_on(path);
    const PathNode& node = unfolding_.node(path);
    const auto value_of_read = [&](EventIndex index) -> std::optional<Word> {
      const std::size_t location = at(read[at(index)]);
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
      registers.resize(std::max(registers.size(), node.observed.size()));
      for (std::size_t slot = 0; slot < node.observed.size(); ++slot) {
        if (node.observed[slot] != kUnobserved) registers[slot] = value(node.observed[slot]);
      }
      return node;
    }
  }
}

const std::vector<Location>& Finally::read_on(PathId path) {
  if (read_on_.size() <= at(path)) read_on_.resize(at(path) + 1);
  std::vector<Location>& locations = read_on_[at(path)];
  const PathNode& node = unfolding_.node(path);
  if (locations.size() != at(node.first_event) + node.events.size()) {
    if (node.parent >= 0) locations = read_on_[at(node.parent)];
    for (const ThreadEvent& e : node.events) locations.push_back(e.event.location);
  }
  return locations;
}

}  // namespace lkmc::kernel
