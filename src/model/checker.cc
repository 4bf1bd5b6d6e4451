// SPDX-License-Identifier: Apache-2.0
#include "src/model/checker.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "src/model/bounds.h"

namespace lkmc {
namespace {

enum class Opcode : std::uint8_t {
  kUnite,
  kIntersect,
  kSubtract,  // on `count` words
  kComplementSet,
  kComplement,
  kDomain,
  kRange,
  kIdentityOn,
  kProduct,
  kRestrictDomain,  // [a] ; b
  kRestrictRange,   // a ; [b]
  kThen,
  kInverse,
  kPlus,
  kStar,
  kOptional,
  kDifferentValues,
  kLoop,  // runs the next `count` instructions until the variables of loop `loop` are stable
};

struct Instruction {
  Opcode opcode;
  std::int32_t count = 0;
  BitWord* to = nullptr;
  const BitWord* a = nullptr;
  const BitWord* b = nullptr;
  std::int32_t loop = -1;
};

// One variable of a recursive definition: its value, and that of its body, computed by instructions [begin, end) of the
// loop.
struct LoopVariable {
  BitWord* value;
  const BitWord* body;
  std::int32_t words;
  std::size_t begin, end;
};

struct Test {
  std::size_t axiom;
  Axiom::Test test;
  bool negated;
  bool set;
  Stage stage;
  const BitWord* value;
  std::size_t end;  // the instructions before this one compute `value`
};

// The relation of a flag that may be raised: where it is once the instructions before `end` have run.
struct FlagValue {
  std::size_t axiom;
  const BitWord* value;
  std::size_t end;
};

template <int W>
class SpecialisedChecker final : public Checker {
 public:
  SpecialisedChecker(const Model& model, const ModelFacts& facts, const EventGraph& graph, const Bounds& bounds, Guaranteed guaranteed,
                     const std::function<bool()>& stop)
      : model_(model), facts_(facts), bits_(graph.size()), memory_(std::size_t{1} << 10), scratch_(memory_.allocate(bits_.set_words())) {
    rf_ = memory_.allocate(bits_.relation_words());
    co_ = memory_.allocate(bits_.relation_words());
    BoundsAnalysis<W> analysis(model, facts, graph, bounds, stop);
    analysis_ = &analysis;
    slots_.assign(model.nodes.size(), nullptr);
    for (const Stage stage : {Stage::kGrowing, Stage::kDeciding, Stage::kComplete}) {
      for (std::size_t i = 0; i < model.axioms.size(); ++i) {
        if (model.axioms[i].is_flag) continue;
        if (guaranteed.coherence && facts.is_coherence(i)) continue;
        if (guaranteed.atomicity && facts.is_atomicity(i)) continue;
        if (stage_of(model.axioms[i]) == stage) add_test(i, stage);
      }
    }
    flags_begin_ = tests_.size();
    flags_code_ = code_.size();
    for (std::size_t i = 0; i < model.axioms.size(); ++i) {
      if (model.axioms[i].is_flag) add_test(i, Stage::kComplete);
    }
    // The relations of flags that need no test, last, so that flags() does not compute them.
    for (const std::size_t i : without_test_) {
      const BitWord* value = slot(model.axioms[i].node);
      flag_values_.push_back({i, value, code_.size()});
    }
    analysis_ = nullptr;
    slots_ = {};
  }

  bool consistent(Stage stage, std::span<const BitWord> rf, std::span<const BitWord> co) override {
    if (impossible_from_ && *impossible_from_ <= stage) return false;
    if (flags_begin_ == 0) return true;
    Bits<W>::copy(rf_, rf.data(), bits_.relation_words());
    Bits<W>::copy(co_, co.data(), bits_.relation_words());
    std::size_t pc = 0;
    for (std::size_t t = 0; t < flags_begin_; ++t) {
      if (tests_[t].stage > stage) break;
      run(pc, tests_[t].end);
      pc = std::max(pc, tests_[t].end);
      if (!holds(tests_[t])) return false;
    }
    return true;
  }

  std::uint64_t flags(std::span<const BitWord> rf, std::span<const BitWord> co, std::span<const std::int64_t> values,
                      std::uint64_t known) override {
    if (tests_.size() == flags_begin_) return always_ & ~known;
    Bits<W>::copy(rf_, rf.data(), bits_.relation_words());
    Bits<W>::copy(co_, co.data(), bits_.relation_words());
    values_ = values;
    std::uint64_t raised = always_;
    std::size_t pc = flags_code_;
    for (std::size_t t = flags_begin_; t < tests_.size(); ++t) {
      const std::uint64_t flag = std::uint64_t{1} << tests_[t].axiom;
      if ((known & flag) != 0) continue;
      run(pc, tests_[t].end);
      pc = std::max(pc, tests_[t].end);
      if (holds(tests_[t])) raised |= flag;
    }
    return raised & ~known;
  }

  std::vector<std::pair<int, int>> flagged(std::size_t axiom, std::span<const BitWord> rf, std::span<const BitWord> co,
                                           std::span<const std::int64_t> values) override {
    std::vector<std::pair<int, int>> pairs;
    for (const FlagValue& f : flag_values_) {
      if (f.axiom != axiom) continue;
      Bits<W>::copy(rf_, rf.data(), bits_.relation_words());
      Bits<W>::copy(co_, co.data(), bits_.relation_words());
      values_ = values;
      run(flags_code_, f.end);
      for (int e = 0; e < bits_.size(); ++e) bits_.each(bits_.row(f.value, e), [&](int other) { pairs.emplace_back(e, other); });
    }
    return pairs;
  }

 private:
  // --- specialisation ---------------------------------------------------------------------------------------

  [[nodiscard]] Stage stage_of(const Axiom& axiom) const {
    if (axiom.negated || !(*analysis_)[axiom.node].monotone) return Stage::kComplete;
    return facts_.grows(axiom.node) ? Stage::kGrowing : Stage::kDeciding;
  }

  void add_test(std::size_t i, Stage stage) {
    const Axiom& axiom = model_.axioms[i];
    const NodeBounds& b = (*analysis_)[axiom.node];
    Test test{.axiom = i,
              .test = axiom.test,
              .negated = axiom.negated,
              .set = is_set(model_.nodes[static_cast<std::size_t>(axiom.node)].op),
              .stage = stage,
              .value = b.may,
              .end = 0};
    // What holds of the upper bound holds of everything below it, and what fails on the lower bound fails above it.
    const bool holds_for_may = positive(test);
    test.value = b.must;
    const bool holds_for_must = positive(test);
    if (holds_for_may || !holds_for_must) {
      const bool outcome = holds_for_may != axiom.negated;
      if (axiom.is_flag) {
        if (outcome) {
          possible_flags_ |= std::uint64_t{1} << i;
          always_ |= std::uint64_t{1} << i;
          if (!test.set) without_test_.push_back(i);
        }
      } else if (!outcome) {
        // The bounds speak of all executions of this event graph; of larger ones only if the axiom's relation grows.
        const Stage from = stage == Stage::kGrowing ? stage : Stage::kDeciding;
        impossible_from_ = impossible_from_ ? std::min(*impossible_from_, from) : from;
      }
      return;
    }
    test.value = slot(axiom.node);
    test.end = code_.size();
    tests_.push_back(test);
    if (axiom.is_flag) possible_flags_ |= std::uint64_t{1} << i;
    if (axiom.is_flag && !test.set) flag_values_.push_back({i, test.value, test.end});
  }

  [[nodiscard]] const BitWord* keep(const BitWord* value, int count) {
    BitWord* copy = memory_.allocate(count);
    Bits<W>::copy(copy, value, count);
    return copy;
  }

  const BitWord* emit(Opcode opcode, int result_words, const BitWord* a, const BitWord* b = nullptr) {
    BitWord* to = memory_.allocate(result_words);
    code_.push_back({.opcode = opcode, .count = result_words, .to = to, .a = a, .b = b});
    return to;
  }

  // Where the value of a node is found once the code emitted so far has run.
  const BitWord* slot(NodeId node) {
    const BitWord*& s = slots_[static_cast<std::size_t>(node)];
    if (s == nullptr) s = generate(node);
    return s;
  }

  [[nodiscard]] bool identity_on_constant(NodeId node) {
    return model_.nodes[static_cast<std::size_t>(node)].op == Op::kIdentityOn && (*analysis_)[node].constant();
  }
  [[nodiscard]] const BitWord* constant_set_of(NodeId identity) {
    return (*analysis_)[model_.nodes[static_cast<std::size_t>(identity)].a].may;
  }

  const BitWord* generate(NodeId node) {
    const Node& n = model_.nodes[static_cast<std::size_t>(node)];
    const NodeBounds& bounds = (*analysis_)[node];
    const int count = analysis_->words(node);
    if (bounds.constant()) return keep(bounds.may, count);
    switch (n.op) {
      case Op::kBaseRelation:
        return n.index == static_cast<std::int32_t>(BaseRelation::kRf) ? rf_ : co_;
      case Op::kSetUnion:
      case Op::kUnion: {
        const NodeBounds& a = (*analysis_)[n.a];
        const NodeBounds& b = (*analysis_)[n.b];
        if (Bits<W>::within(a.may, b.must, count)) return slot(n.b);
        if (Bits<W>::within(b.may, a.must, count)) return slot(n.a);
        const BitWord* sa = slot(n.a);
        return emit(Opcode::kUnite, count, sa, slot(n.b));
      }
      case Op::kSetIntersection:
      case Op::kIntersection: {
        const NodeBounds& a = (*analysis_)[n.a];
        const NodeBounds& b = (*analysis_)[n.b];
        if (Bits<W>::within(a.may, b.must, count)) return slot(n.a);
        if (Bits<W>::within(b.may, a.must, count)) return slot(n.b);
        const BitWord* sa = slot(n.a);
        return emit(Opcode::kIntersect, count, sa, slot(n.b));
      }
      case Op::kSetDifference:
      case Op::kDifference: {
        if (Bits<W>::disjoint((*analysis_)[n.a].may, (*analysis_)[n.b].may, count)) return slot(n.a);
        const BitWord* sa = slot(n.a);
        return emit(Opcode::kSubtract, count, sa, slot(n.b));
      }
      case Op::kSetComplement:
        return emit(Opcode::kComplementSet, count, slot(n.a));
      case Op::kComplement:
        return emit(Opcode::kComplement, count, slot(n.a));
      case Op::kDomain:
        return emit(Opcode::kDomain, count, slot(n.a));
      case Op::kRange:
        return emit(Opcode::kRange, count, slot(n.a));
      case Op::kIdentityOn:
        return emit(Opcode::kIdentityOn, count, slot(n.a));
      case Op::kProduct: {
        const BitWord* sa = slot(n.a);
        return emit(Opcode::kProduct, count, sa, slot(n.b));
      }
      case Op::kThen:
        return generate_then(n, count);
      case Op::kInverse:
        return emit(Opcode::kInverse, count, slot(n.a));
      case Op::kPlus:
        return single_steps(n.a) ? slot(n.a) : emit(Opcode::kPlus, count, slot(n.a));
      case Op::kStar:
        return emit(single_steps(n.a) ? Opcode::kOptional : Opcode::kStar, count, slot(n.a));
      case Op::kOptional:
        return emit(Opcode::kOptional, count, slot(n.a));
      case Op::kDifferentValues:
        return emit(Opcode::kDifferentValues, count, slot(n.a));
      case Op::kSetVariable:
      case Op::kRelationVariable:
        generate_loop(static_cast<std::size_t>(model_.variable_fixpoint[static_cast<std::size_t>(n.index)]));
        return slots_[static_cast<std::size_t>(node)];
      case Op::kBaseSet:
      case Op::kEmptySet:
      case Op::kAllEvents:
      case Op::kEmptyRelation:
        break;  // constant, dealt with above
    }
    return nullptr;
  }

  // No two steps of the relation ever follow each other.
  [[nodiscard]] bool single_steps(NodeId node) {
    const BitWord* may = (*analysis_)[node].may;
    for (int e = 0; e < bits_.size(); ++e) {
      bool longer = false;
      bits_.each(bits_.row(may, e), [&](int middle) { longer = longer || !bits_.row_empty(bits_.row(may, middle)); });
      if (longer) return false;
    }
    return true;
  }

  const BitWord* generate_then(const Node& n, int count) {
    if (identity_on_constant(n.a)) {
      const BitWord* set = constant_set_of(n.a);
      BitWord* domain = memory_.allocate(bits_.set_words());
      bits_.domain(domain, (*analysis_)[n.b].may);
      if (Bits<W>::within(domain, set, bits_.set_words())) return slot(n.b);
      const BitWord* kept = keep(set, bits_.set_words());
      return emit(Opcode::kRestrictDomain, count, kept, slot(n.b));
    }
    if (identity_on_constant(n.b)) {
      const BitWord* set = constant_set_of(n.b);
      BitWord* range = memory_.allocate(bits_.set_words());
      bits_.range(range, (*analysis_)[n.a].may);
      if (Bits<W>::within(range, set, bits_.set_words())) return slot(n.a);
      const BitWord* kept = keep(set, bits_.set_words());
      return emit(Opcode::kRestrictRange, count, slot(n.a), kept);
    }
    const BitWord* sa = slot(n.a);
    return emit(Opcode::kThen, count, sa, slot(n.b));
  }

  void generate_loop(std::size_t fixpoint) {
    const Fixpoint& f = model_.fixpoints[fixpoint];
    // What the bodies use and the variables do not change is computed once, before the loop.
    std::vector<bool> is_member(model_.nodes.size(), false);
    for (const NodeId member : facts_.members(fixpoint)) is_member[static_cast<std::size_t>(member)] = true;
    std::vector<LoopVariable> variables;
    for (std::size_t i = 0; i < f.variables.size(); ++i) {
      const int count = analysis_->words(f.bodies[i]);
      BitWord* value = memory_.allocate(count);
      variables.push_back({.value = value, .body = nullptr, .words = count, .begin = 0, .end = 0});
      for (std::size_t node = 0; node < model_.nodes.size(); ++node) {
        const Node& n = model_.nodes[node];
        const bool is_variable = n.op == Op::kSetVariable || n.op == Op::kRelationVariable;
        if (is_variable && n.index == f.variables[i]) {
          slots_[node] = value;
          is_member[node] = true;
        }
      }
    }
    for (const NodeId member : facts_.members(fixpoint)) {
      const Node& n = model_.nodes[static_cast<std::size_t>(member)];
      if ((*analysis_)[member].constant()) continue;
      for (const NodeId operand : {n.a, n.b}) {
        if (operand >= 0 && !is_member[static_cast<std::size_t>(operand)]) (void)slot(operand);
      }
    }
    const std::size_t loop = code_.size();
    code_.push_back({.opcode = Opcode::kLoop, .loop = static_cast<std::int32_t>(loops_.size())});
    for (std::size_t i = 0; i < variables.size(); ++i) {
      // Each body sees the new values of the variables before it, so members are computed for each anew.
      for (const NodeId member : facts_.members(fixpoint)) slots_[static_cast<std::size_t>(member)] = nullptr;
      variables[i].begin = code_.size();
      variables[i].body = slot(f.bodies[i]);
      variables[i].end = code_.size();
    }
    code_[loop].count = static_cast<std::int32_t>(code_.size() - loop - 1);
    loops_.push_back(std::move(variables));
  }

  // --- evaluation -------------------------------------------------------------------------------------------

  [[nodiscard]] bool positive(const Test& t) {
    switch (t.test) {
      case Axiom::Test::kAcyclic:
        return bits_.acyclic(t.value, scratch_);
      case Axiom::Test::kIrreflexive:
        return bits_.irreflexive(t.value);
      case Axiom::Test::kEmpty:
        return Bits<W>::empty(t.value, t.set ? bits_.set_words() : bits_.relation_words());
    }
    return false;
  }
  [[nodiscard]] bool holds(const Test& t) { return positive(t) != t.negated; }

  void run(std::size_t begin, std::size_t end) {
    for (std::size_t pc = begin; pc < end; ++pc) {
      const Instruction& i = code_[pc];
      if (i.opcode == Opcode::kLoop) {
        run_loop(loops_[static_cast<std::size_t>(i.loop)]);
        pc += static_cast<std::size_t>(i.count);
      } else {
        execute(i);
      }
    }
  }

  void run_loop(const std::vector<LoopVariable>& variables) {
    for (const LoopVariable& v : variables) Bits<W>::clear(v.value, v.words);
    for (bool changed = true; changed;) {
      changed = false;
      for (const LoopVariable& v : variables) {
        run(v.begin, v.end);
        if (Bits<W>::equal(v.value, v.body, v.words)) continue;
        Bits<W>::copy(v.value, v.body, v.words);
        changed = true;
      }
    }
  }

  void execute(const Instruction& i) {
    switch (i.opcode) {
      case Opcode::kUnite:
        return Bits<W>::unite(i.to, i.a, i.b, i.count);
      case Opcode::kIntersect:
        return Bits<W>::intersect(i.to, i.a, i.b, i.count);
      case Opcode::kSubtract:
        return Bits<W>::subtract(i.to, i.a, i.b, i.count);
      case Opcode::kComplementSet:
        bits_.all_events(i.to);
        return Bits<W>::subtract(i.to, i.to, i.a, i.count);
      case Opcode::kComplement:
        for (int e = 0; e < bits_.size(); ++e) bits_.all_events(bits_.row(i.to, e));
        return Bits<W>::subtract(i.to, i.to, i.a, i.count);
      case Opcode::kDomain:
        return bits_.domain(i.to, i.a);
      case Opcode::kRange:
        return bits_.range(i.to, i.a);
      case Opcode::kIdentityOn:
        return bits_.identity_on(i.to, i.a);
      case Opcode::kProduct:
        return bits_.product(i.to, i.a, i.b);
      case Opcode::kRestrictDomain:
        return bits_.restrict_domain(i.to, i.a, i.b);
      case Opcode::kRestrictRange:
        return bits_.restrict_range(i.to, i.a, i.b);
      case Opcode::kThen:
        return bits_.then(i.to, i.a, i.b);
      case Opcode::kInverse:
        return bits_.inverse(i.to, i.a);
      case Opcode::kPlus:
        Bits<W>::copy(i.to, i.a, i.count);
        return bits_.close(i.to);
      case Opcode::kStar:
        Bits<W>::copy(i.to, i.a, i.count);
        bits_.close(i.to);
        return bits_.add_identity(i.to);
      case Opcode::kOptional:
        Bits<W>::copy(i.to, i.a, i.count);
        return bits_.add_identity(i.to);
      case Opcode::kDifferentValues:
        Bits<W>::clear(i.to, i.count);
        for (int e = 0; e < bits_.size(); ++e) {
          bits_.each(bits_.row(i.a, e), [&](int f) {
            if (values_[static_cast<std::size_t>(e)] != values_[static_cast<std::size_t>(f)]) bits_.put(bits_.row(i.to, e), f);
          });
        }
        return;
      case Opcode::kLoop:
        return;  // dealt with in run()
    }
  }

  const Model& model_;
  const ModelFacts& facts_;
  Bits<W> bits_;
  Arena memory_;
  BitWord* scratch_;
  BitWord* rf_ = nullptr;
  BitWord* co_ = nullptr;

  BoundsAnalysis<W>* analysis_ = nullptr;  // while the constructor runs
  std::vector<const BitWord*> slots_;      // likewise

  std::vector<Instruction> code_;
  std::vector<std::vector<LoopVariable>> loops_;
  std::vector<Test> tests_;  // the axioms by stage, then the flags
  std::size_t flags_begin_ = 0;
  std::size_t flags_code_ = 0;             // the first instruction that only flags need
  std::uint64_t always_ = 0;               // flags that every execution raises
  std::vector<std::size_t> without_test_;  // those of them whose node is a relation
  std::vector<FlagValue> flag_values_;
  std::optional<Stage> impossible_from_;  // the first stage at which an axiom that fails in any case may be used
  std::span<const std::int64_t> values_;
};

}  // namespace

namespace {

// Calls `f` with the width for graphs of that size, as a constant.
template <class F>
auto with_width(int size, const F& f) {
  switch (words_for(size)) {
    case 0:
    case 1:
      return f(std::integral_constant<int, 1>{});
    case 2:
      return f(std::integral_constant<int, 2>{});
    case 3:
      return f(std::integral_constant<int, 3>{});
    case 4:
      return f(std::integral_constant<int, 4>{});
    default:
      return f(std::integral_constant<int, 0>{});
  }
}

}  // namespace

std::unique_ptr<Checker> Checker::make(const Model& model, const ModelFacts& facts, const EventGraph& graph, const Bounds& bounds,
                                       Guaranteed guaranteed, const std::function<bool()>& stop) {
  return with_width(graph.size(), [&](auto width) -> std::unique_ptr<Checker> {
    return std::make_unique<SpecialisedChecker<decltype(width)::value>>(model, facts, graph, bounds, guaranteed, stop);
  });
}

Relation lower_bound(const Model& model, const ModelFacts& facts, NodeId node, const EventGraph& graph, const Bounds& bounds) {
  return with_width(graph.size(), [&](auto width) {
    BoundsAnalysis<decltype(width)::value> analysis(model, facts, graph, bounds);
    Relation pairs(graph.size());
    const BitWord* must = analysis[node].must;
    std::copy(must, must + analysis.words(node), pairs.words().begin());
    return pairs;
  });
}

}  // namespace lkmc
