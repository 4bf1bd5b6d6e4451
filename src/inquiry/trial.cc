// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/trial.h"

#include <atomic>
#include <string>

#include "src/judge/data_race.h"

namespace lkmc {
namespace {

// Hands on what it is told, and ends the exploration when something goes wrong that was not so before.
class StopAtFirst final : public Visitor {
 public:
  StopAtFirst(Visitor& inner, const Model& model, const Trial& before, std::atomic<bool>& stop)
      : inner_(inner), model_(model), before_(before), stop_(stop) {}

  [[nodiscard]] bool on_execution(const Execution& execution) override { return inner_.on_execution(execution); }
  void on_flags(const Execution& execution, std::uint64_t flags) override {
    inner_.on_flags(execution, flags);
    for (const std::string& flag : flag_names(model_, flags)) {
      if (flag != kMixedAccesses && !before_.wrong.contains(flag)) stop_ = true;
    }
  }
  void on_deadlock(const Deadlock& deadlock) override {
    inner_.on_deadlock(deadlock);
    if (!before_.wrong.contains("deadlock")) stop_ = true;
  }
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    if (!before_.wrong.contains(failure.message)) stop_ = true;
    return inner_.on_failure(failure);
  }
  void on_restart() override { inner_.on_restart(); }
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override {
    inner_.on_misbehaviour(thread, pos, message);
  }

 private:
  Visitor& inner_;
  const Model& model_;
  const Trial& before_;
  std::atomic<bool>& stop_;
};

class OrderingWatch final : public OrderingCollector {
 public:
  OrderingWatch(Visitor& inner, Orderings& sum) : OrderingCollector(inner), sum_(sum) {}
  OrderingWatch(const OrderingWatch&) = delete;
  OrderingWatch& operator=(const OrderingWatch&) = delete;
  ~OrderingWatch() override { tell(sum_); }

 private:
  Orderings& sum_;
};

}  // namespace

Trial trial_of(const Result& result, const Model& model) {
  Trial trial{.wrong = {}, .complete = result.complete()};
  const auto example = [](const Finding& f, std::optional<std::size_t> flag) {
    return f.witness == nullptr ? std::nullopt : std::optional(Counterexample{*f.witness, flag});
  };
  for (const Finding& f : result.findings) {
    switch (f.kind) {
      case Finding::Kind::kReached:
        if (!result.condition) break;  // a C++ test says what is expected of its conditions
        [[fallthrough]];
      case Finding::Kind::kViolation:
        trial.wrong.try_emplace(f.message, example(f, std::nullopt));
        break;
      case Finding::Kind::kDeadlock:
        trial.wrong.try_emplace("deadlock", example(f, std::nullopt));
        break;
      case Finding::Kind::kRace:
        trial.wrong.try_emplace(std::string(kDataRace), example(f, data_race_flag(model)));
        break;
      case Finding::Kind::kFlag:
        trial.wrong.try_emplace(f.message, std::nullopt);
        break;
    }
  }
  for (const std::string& flag : result.flags) {
    if (flag != kMixedAccesses) trial.wrong.try_emplace(flag, std::nullopt);
  }
  for (const Expected& e : result.expectations) {
    if (!e.opposite.empty() && e.met == Verdict::kViolated) trial.wrong.try_emplace(e.opposite, std::nullopt);
  }
  return trial;
}

Trial try_out(const Evidence& evidence, const Program& program, UnderModel under, const Trial* before) {
  std::atomic<bool> stop{false};
  std::vector<Watch> watches;
  ExplorationLimits limits{.deadline = evidence.deadline, .cancelled = &stop, .on_progress = [&](const Progress&) {
                             if (evidence.interrupted) stop = true;
                           }};
  if (before != nullptr) {
    watches.emplace_back([&](Visitor& inner) { return std::make_unique<StopAtFirst>(inner, under.model, *before, stop); });
  }
  const Explored explored = evidence.explorer.explore(program, under, limits, watches);
  return trial_of(evidence.explorer.result_of(explored, under.model), under.model);
}

std::unique_ptr<Visitor> watch_orderings(Visitor& inner, Orderings& orderings) { return std::make_unique<OrderingWatch>(inner, orderings); }

void keep_those_in_source(Orderings& orderings, const Names& names) {
  std::erase_if(orderings, [&](const auto& o) { return names.source_line(o.second.pos).empty(); });
}

}  // namespace lkmc
