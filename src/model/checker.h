// SPDX-License-Identifier: Apache-2.0
// Evaluates a model on the executions of one event graph, fast.
//
// Within one event graph only rf and co vary, and the search asks about millions of choices of these two. So the
// model is specialised once per graph, by abstract interpretation: each node of the model gets two bounds, the pairs
// that it must and that it may contain whatever rf and co turn out to be (computed by evaluating the model on the
// bounds of rf and co). Where the bounds meet, the node is a constant. An axiom whose upper bound satisfies it never
// needs a check: in a test without RCU the RCU axiom costs nothing, because its upper bound is empty. What is left is
// a short list of instructions on bit matrices. (The bounds are those of relation analysis in bounded model checkers:
// Gavrilenko, Ponce de León, Furbach, Heljanko, Meyer, "BMC for weak memory models: relation analysis for compact SMT
// encodings", CAV 2019.)
//
// Axioms prune partial executions. An axiom may be checked
//   - while threads still have to run, if it can only get worse when events are added at the end of threads;
//   - while rf and co are incomplete, if it can only get worse when these grow;
//   - on complete executions only, otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "src/graph/event_graph.h"
#include "src/graph/relation.h"
#include "src/model/model.h"

namespace lkmc {

// What an axiom's violation proves; ordered: an axiom usable at one stage is usable at every later one.
enum class Stage : std::uint8_t {
  kGrowing,   // threads have not ended
  kDeciding,  // all events are there, rf and co are incomplete
  kComplete,
};

// What is known of rf and co before the search: `must` is part of each, `may` includes each. While threads have not
// ended, `must` has to hold whatever events are still added; `may` need only speak of the events that are there.
struct Bounds {
  Relation must_rf, may_rf;
  Relation must_co, may_co;
  std::optional<int> any_write{};  // an event of which it is known only that some thread writes: its kind and tag are open
};

// Axioms that need no check, because the search guarantees them itself.
struct Guaranteed {
  bool coherence = false;
  bool atomicity = false;
};

// Facts of a model that do not depend on a program. Computed once.
class ModelFacts {
 public:
  explicit ModelFacts(const Model& model);

  // acyclic (po-loc | rf | co | fr) is an axiom, or follows from one by inclusion.
  [[nodiscard]] bool implies_coherence() const { return implies_coherence_; }
  // empty (rmw & (fre ; coe)) is an axiom.
  [[nodiscard]] bool implies_atomicity() const { return implies_atomicity_; }
  // Whether axiom `i` is one of the two above and nothing more.
  [[nodiscard]] bool is_coherence(std::size_t axiom) const { return coherence_[axiom]; }
  [[nodiscard]] bool is_atomicity(std::size_t axiom) const { return atomicity_[axiom]; }
  // Whether the node, restricted to the present events, can only gain members when events are added at the end of threads.
  [[nodiscard]] bool grows(NodeId node) const;
  // The nodes that depend on a variable of the fixpoint, in order.
  [[nodiscard]] std::span<const NodeId> members(std::size_t fixpoint) const { return members_[fixpoint]; }

 private:
  enum class Growth : std::uint8_t { kStable, kGrows, kShrinks, kUnknown };
  void find_growth(const Model& model);
  void find_members(const Model& model);
  void find_shapes(const Model& model);

  std::vector<Growth> growth_;
  std::vector<std::vector<NodeId>> members_;
  std::vector<bool> coherence_, atomicity_;
  bool implies_coherence_ = false;
  bool implies_atomicity_ = false;
};

// The pairs that a node of the model, a relation, contains whatever rf and co turn out to be within the bounds. If the node
// grows (see ModelFacts), it contains them in every execution that has these events and relations among its own.
[[nodiscard]] Relation lower_bound(const Model& model, const ModelFacts& facts, NodeId node, const EventGraph& graph, const Bounds& bounds);

class Checker {
 public:
  // Thrown by make().
  struct Stopped {};

  // Specialises the model. All arguments but `bounds` and `stop` must outlive the checker. For a large graph this takes long, and
  // `stop` is asked now and then whether to give up.
  [[nodiscard]] static std::unique_ptr<Checker> make(const Model& model, const ModelFacts& facts, const EventGraph& graph,
                                                     const Bounds& bounds, Guaranteed guaranteed, const std::function<bool()>& stop = {});
  virtual ~Checker() = default;

  // Whether no axiom that may be checked at `stage` is violated. `rf` and `co` have words_for(size) words per row.
  [[nodiscard]] virtual bool consistent(Stage stage, std::span<const BitWord> rf, std::span<const BitWord> co) = 0;

  // The flags that a complete execution raises and that are not in `known`, as a set of indices into Model::axioms.
  // To be called right after consistent(Stage::kComplete, rf, co) was true of it. `values` are the events' values, for
  // `different-values`.
  [[nodiscard]] virtual std::uint64_t flags(std::span<const BitWord> rf, std::span<const BitWord> co, std::span<const std::int64_t> values,
                                            std::uint64_t known) = 0;

  // Whether there may be a complete execution that raises the flag with that index into Model::axioms.
  [[nodiscard]] bool may_raise(std::size_t axiom) const { return (possible_flags_ >> axiom & 1) != 0; }

  // The pairs in the relation of a flag, likewise. Empty where the flag is not raised.
  [[nodiscard]] virtual std::vector<std::pair<int, int>> flagged(std::size_t axiom, std::span<const BitWord> rf,
                                                                 std::span<const BitWord> co, std::span<const std::int64_t> values) = 0;

 protected:
  std::uint64_t possible_flags_ = 0;
};

}  // namespace lkmc
