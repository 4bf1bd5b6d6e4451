// SPDX-License-Identifier: Apache-2.0
// The fast checker (src/model/checker.h) against the plain evaluator (src/model/reference.h), on random choices of rf
// and co for random tests: coherent ones, and any that the rules of locks allow.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "src/litmus/litmus.h"
#include "src/model/checker.h"
#include "src/model/load.h"
#include "src/model/reference.h"
#include "tests/reference/enumerator.h"
#include "tests/reference/generator.h"

namespace lkmc::explore_test {
namespace {

using reference::Coherence;
using reference::LocationChoice;
using reference::PathCombination;

constexpr int kCombinationsPerTest = 4;
constexpr int kExecutionsPerCombination = 4;
constexpr int kMaxAccessesPerLocation = 6;

struct Edges {
  Relation rf;
  Relation co;
};

void add(const LocationChoice& choice, Edges& edges) {
  for (const auto& [write, read] : choice.rf) edges.rf.insert(write, read);
  for (std::size_t i = 0; i < choice.co.size(); ++i) {
    for (std::size_t j = i + 1; j < choice.co.size(); ++j) edges.co.insert(choice.co[i], choice.co[j]);
  }
}

std::string described(const Model& model, const std::vector<std::size_t>& axioms) {
  std::string names;
  for (const std::size_t i : axioms) names += ' ' + model.axioms[i].name;
  return names;
}

class ModelDifferential {
 public:
  ModelDifferential() {
    for (const std::string_view name : built_in_models()) models_.push_back(std::get<Model>(load_model(name)));
    for (const Model& m : models_) facts_.push_back(std::make_unique<ModelFacts>(m));
  }

  void check(std::uint64_t seed) {
    random_.seed(seed);
    text_ = to_litmus(reference::generate(seed));
    const auto parsed = parse_litmus("random", text_);
    REQUIRE(std::holds_alternative<std::unique_ptr<LitmusTest>>(parsed));
    int combinations = 0;
    const auto check_paths = [&](const PathCombination& paths) {
      check(paths.graph, Coherence::kRequired);
      check(paths.graph, Coherence::kIgnored);
      return ++combinations < kCombinationsPerTest;
    };
    const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
    reference::for_each_combination(test, RmwStyle::kTagged, Blocking::kIgnored, check_paths);
  }

  [[nodiscard]] std::uint64_t consistent() const { return consistent_; }
  [[nodiscard]] std::uint64_t inconsistent() const { return inconsistent_; }

 private:
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  void check(const EventGraph& graph, Coherence coherence) {
    std::vector<std::vector<LocationChoice>> choices;
    for (const Event& initial : graph.events) {
      if (!initial.is_initial()) break;
      const auto accesses = std::count_if(graph.events.begin(), graph.events.end(),
                                          [&](const Event& e) { return e.is_access() && e.location == initial.location; });
      if (accesses > kMaxAccessesPerLocation) return;
      choices.push_back(reference::choices_for(graph, initial.location, coherence));
      if (choices.back().empty()) return;
    }
    const Bounds bounds = bounds_of(graph, choices);
    for (int i = 0; i < kExecutionsPerCombination; ++i) {
      Edges edges{Relation(graph.size()), Relation(graph.size())};
      for (const auto& of_location : choices) add(of_location[below(of_location.size())], edges);
      for (std::size_t m = 0; m < models_.size(); ++m) compare(m, graph, bounds, edges, coherence);
    }
  }

  // The edges that all choices have, and those that any has.
  static Bounds bounds_of(const EventGraph& graph, const std::vector<std::vector<LocationChoice>>& choices) {
    const Relation none(graph.size());
    Bounds bounds{none, none, none, none};
    for (const auto& of_location : choices) {
      Edges must{none.complement(), none.complement()};
      for (const LocationChoice& choice : of_location) {
        Edges edges{none, none};
        add(choice, edges);
        bounds.may_rf |= edges.rf;
        bounds.may_co |= edges.co;
        must.rf &= edges.rf;
        must.co &= edges.co;
      }
      bounds.must_rf |= must.rf;
      bounds.must_co |= must.co;
    }
    return bounds;
  }

  void compare(std::size_t m, const EventGraph& graph, const Bounds& bounds, const Edges& edges, Coherence coherence) {
    const Model& model = models_[m];
    std::vector<std::int64_t> values;
    for (int e = 0; e < graph.size(); ++e) values.push_back(static_cast<std::int64_t>(below(2)));
    const reference::Verdict expected = reference::judge(model, {.events = graph.events,
                                                                 .po = graph.po,
                                                                 .addr = graph.addr,
                                                                 .data = graph.data,
                                                                 .ctrl = graph.ctrl,
                                                                 .rmw = graph.rmw,
                                                                 .rf = edges.rf,
                                                                 .co = edges.co,
                                                                 .values = values});
    const bool atomic =
        std::none_of(expected.violated.begin(), expected.violated.end(), [&](std::size_t axiom) { return facts_[m]->is_atomicity(axiom); });
    const Guaranteed guaranteed{.coherence = coherence == Coherence::kRequired && below(2) == 0, .atomicity = atomic && below(2) == 0};
    const auto checker = Checker::make(model, *facts_[m], graph, bounds, guaranteed);
    const bool consistent = checker->consistent(Stage::kComplete, edges.rf.words(), edges.co.words());
    CAPTURE(text_);
    CAPTURE(model.name);
    CAPTURE(described(model, expected.violated));
    CHECK(consistent == expected.consistent());
    ++(expected.consistent() ? consistent_ : inconsistent_);
    if (!consistent || !expected.consistent()) return;

    std::uint64_t raised = 0;
    for (const std::size_t flag : expected.raised) raised |= std::uint64_t{1} << flag;
    const std::uint64_t known = below(2) == 0 ? 0 : raised & random_();
    CHECK(checker->flags(edges.rf.words(), edges.co.words(), values, known) == (raised & ~known));
    check_parts(*checker, graph, bounds, edges);
  }

  // While rf and co of a consistent execution are being decided, nothing may be held against what is there.
  void check_parts(Checker& checker, const EventGraph& graph, const Bounds& bounds, const Edges& edges) {
    EventSet decided(graph.size());  // reads with a source, writes with their order among each other
    for (int e = 0; e < graph.size(); ++e) {
      if (below(2) == 0) decided.insert(e);
    }
    const Relation to_decided = Relation::product(EventSet::all(graph.size()), decided);
    const Relation between_decided = Relation::product(decided, decided);
    Edges part{(edges.rf & to_decided) | bounds.must_rf, (edges.co & between_decided) | bounds.must_co};
    part.co = part.co.transitive_closure();
    CHECK(checker.consistent(Stage::kDeciding, part.rf.words(), part.co.words()));
  }

  std::vector<Model> models_;
  std::vector<std::unique_ptr<ModelFacts>> facts_;
  std::mt19937_64 random_;
  std::string text_;
  std::uint64_t consistent_ = 0;
  std::uint64_t inconsistent_ = 0;
};

TEST_CASE("the checker agrees with the plain evaluator") {
  ModelDifferential differential;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) differential.check(seed);
  MESSAGE("judged " << differential.consistent() << " consistent and " << differential.inconsistent() << " inconsistent executions");
  CHECK(differential.consistent() > 10'000);
  CHECK(differential.inconsistent() > 10'000);
}

}  // namespace
}  // namespace lkmc::explore_test
