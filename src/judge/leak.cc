// SPDX-License-Identifier: Apache-2.0
#include "src/judge/leak.h"

namespace lkmc {
namespace {

class LeakJudge final : public Judge {
 public:
  explicit LeakJudge(const Program& program) : program_(program) {}

  void judge(const Ending& ending, const std::function<void(const Charge&)>& charge) const override {
    if (ending.memory.empty()) return;
    for (const Program::Leak& leak : program_.leaks(ending.memory)) {
      const int allocation = ending.assignment.last_write(leak.life);
      charge({.pos = allocation < 0 ? SourcePos{} : ending.assignment.skeleton().graph.event(allocation).pos,
              .message = "memory leak of " + leak.object});
    }
  }

 private:
  const Program& program_;
};

}  // namespace

std::unique_ptr<Judge> leak_judge(const Program& program) { return std::make_unique<LeakJudge>(program); }

}  // namespace lkmc
