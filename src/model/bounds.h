// SPDX-License-Identifier: Apache-2.0
// The two bounds of every node of a model on one event graph (see checker.h): what it must and what it may contain.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "src/model/arena.h"
#include "src/model/base.h"
#include "src/model/bits.h"
#include "src/model/checker.h"

namespace lkmc {

struct NodeBounds {
  const BitWord* must = nullptr;
  const BitWord* may = nullptr;
  // Nothing that is subtracted or complemented on the way to this node varies, so it grows with rf and co.
  bool monotone = true;

  [[nodiscard]] bool constant() const { return must == may; }
};

[[nodiscard]] inline bool is_set(Op op) {
  switch (op) {
    case Op::kBaseSet:
    case Op::kEmptySet:
    case Op::kAllEvents:
    case Op::kSetUnion:
    case Op::kSetIntersection:
    case Op::kSetDifference:
    case Op::kSetComplement:
    case Op::kDomain:
    case Op::kRange:
    case Op::kSetVariable:
      return true;
    default:
      return false;
  }
}

template <int W>
class BoundsAnalysis {
 public:
  // Throws Checker::Stopped once `stop` says so; it is asked if the graph is large.
  BoundsAnalysis(const Model& model, const ModelFacts& facts, const EventGraph& graph, const Bounds& bounds,
                 const std::function<bool()>& stop = {})
      : model_(model),
        facts_(facts),
        graph_(graph),
        given_(bounds),
        stop_(graph.size() > kLarge ? stop : nullptr),
        bits_(graph.size()),
        arena_(std::size_t{1} << 13),
        nodes_(model.nodes.size()),
        variables_(model.variable_fixpoint.size()),
        solved_(model.fixpoints.size(), false) {}

  [[nodiscard]] const NodeBounds& operator[](NodeId node) {
    NodeBounds& b = nodes_[static_cast<std::size_t>(node)];
    if (b.must == nullptr) b = evaluate(node);
    return b;
  }
  [[nodiscard]] int words(NodeId node) const { return is_set(at(node).op) ? bits_.set_words() : bits_.relation_words(); }
  [[nodiscard]] const Bits<W>& bits() const { return bits_; }

 private:
  static constexpr int kLarge = 256;  // events

  [[nodiscard]] const Node& at(NodeId node) const { return model_.nodes[static_cast<std::size_t>(node)]; }

  // Makes bounds out of two results; where they are equal, the node is constant.
  NodeBounds finish(const BitWord* must, const BitWord* may, int count, bool monotone) {
    if (must != may && Bits<W>::equal(must, may, count)) may = must;
    return {must, may, monotone || must == may};
  }

  // `f(to, a)`, monotone.
  template <class F>
  NodeBounds unary(NodeId node, const F& f) {
    const NodeBounds a = (*this)[at(node).a];
    const int count = words(node);
    BitWord* must = arena_.allocate(count);
    f(must, a.must);
    if (a.constant()) return {must, must, true};
    BitWord* may = arena_.allocate(count);
    f(may, a.may);
    return finish(must, may, count, a.monotone);
  }

  // `f(to, a, b)`, monotone in both.
  template <class F>
  NodeBounds binary(NodeId node, const F& f) {
    const NodeBounds a = (*this)[at(node).a];
    const NodeBounds b = (*this)[at(node).b];
    const int count = words(node);
    BitWord* must = arena_.allocate(count);
    f(must, a.must, b.must);
    if (a.constant() && b.constant()) return {must, must, true};
    BitWord* may = arena_.allocate(count);
    f(may, a.may, b.may);
    return finish(must, may, count, a.monotone && b.monotone);
  }

  NodeBounds difference(NodeId node) {
    const NodeBounds a = (*this)[at(node).a];
    const NodeBounds b = (*this)[at(node).b];
    const int count = words(node);
    BitWord* must = arena_.allocate(count);
    Bits<W>::subtract(must, a.must, b.may, count);
    if (a.constant() && b.constant()) return {must, must, true};
    BitWord* may = arena_.allocate(count);
    Bits<W>::subtract(may, a.may, b.must, count);
    return finish(must, may, count, a.monotone && b.constant());
  }

  NodeBounds complement(NodeId node) {
    const NodeBounds a = (*this)[at(node).a];
    const int count = words(node);
    BitWord* all = arena_.allocate(count);
    if (is_set(at(node).op)) {
      bits_.all_events(all);
    } else {
      for (int e = 0; e < bits_.size(); ++e) bits_.all_events(bits_.row(all, e));
    }
    BitWord* must = arena_.allocate(count);
    Bits<W>::subtract(must, all, a.may, count);
    if (a.constant()) return {must, must, true};
    BitWord* may = arena_.allocate(count);
    Bits<W>::subtract(may, all, a.must, count);
    return finish(must, may, count, false);
  }

  NodeBounds given(const Relation& must, const Relation& may) {
    return finish(must.words().data(), may.words().data(), bits_.relation_words(), true);
  }
  NodeBounds constant(BitWord* value) { return {value, value, true}; }
  NodeBounds empty(int count) {
    BitWord* value = arena_.allocate(count);
    Bits<W>::clear(value, count);
    return constant(value);
  }

  NodeBounds base_set(BaseSet set) {
    BitWord* value = arena_.allocate(bits_.set_words());
    Bits<W>::clear(value, bits_.set_words());
    for (int e = 0; e < bits_.size(); ++e) {
      if (e != given_.any_write && belongs_to(graph_.event(e), set)) bits_.put(value, e);
    }
    if (!given_.any_write || set == BaseSet::kR || set == BaseSet::kF || set == BaseSet::kIw) return constant(value);
    BitWord* may = arena_.allocate(bits_.set_words());
    Bits<W>::copy(may, value, bits_.set_words());
    bits_.put(may, *given_.any_write);
    if (set == BaseSet::kW || set == BaseSet::kM) return constant(may);
    return {value, may, false};
  }

  template <class F>
  NodeBounds pairs(const F& related) {
    BitWord* value = arena_.allocate(bits_.relation_words());
    Bits<W>::clear(value, bits_.relation_words());
    for (int e = 0; e < bits_.size(); ++e) {
      for (int f = 0; f < bits_.size(); ++f) {
        if (related(graph_.event(e), graph_.event(f))) bits_.put(bits_.row(value, e), f);
      }
    }
    return constant(value);
  }

  NodeBounds base_relation(BaseRelation relation) {
    switch (relation) {
      case BaseRelation::kPo:
        return given(graph_.po, graph_.po);
      case BaseRelation::kAddr:
        return given(graph_.addr, graph_.addr);
      case BaseRelation::kData:
        return given(graph_.data, graph_.data);
      case BaseRelation::kCtrl:
        return given(graph_.ctrl, graph_.ctrl);
      case BaseRelation::kRmw:
        return given(graph_.rmw, graph_.rmw);
      case BaseRelation::kLoc:
        return pairs([](const Event& e, const Event& f) { return e.location != kNoLocation && e.location == f.location; });
      case BaseRelation::kInt:
        return pairs([](const Event& e, const Event& f) { return !e.is_initial() && e.thread == f.thread; });
      case BaseRelation::kExt:
        return pairs([](const Event& e, const Event& f) { return &e != &f && (e.is_initial() || e.thread != f.thread); });
      case BaseRelation::kId: {
        BitWord* value = arena_.allocate(bits_.relation_words());
        Bits<W>::clear(value, bits_.relation_words());
        bits_.add_identity(value);
        return constant(value);
      }
      case BaseRelation::kRf:
        return given(given_.must_rf, given_.may_rf);
      case BaseRelation::kCo:
        return given(given_.must_co, given_.may_co);
    }
    return {};
  }

  NodeBounds evaluate(NodeId node) {
    if (stop_ && stop_()) throw Checker::Stopped{};
    const Node& n = at(node);
    const int count = words(node);
    switch (n.op) {
      case Op::kBaseSet:
        return base_set(static_cast<BaseSet>(n.index));
      case Op::kBaseRelation:
        return base_relation(static_cast<BaseRelation>(n.index));
      case Op::kEmptySet:
      case Op::kEmptyRelation:
        return empty(count);
      case Op::kAllEvents: {
        BitWord* value = arena_.allocate(count);
        bits_.all_events(value);
        return constant(value);
      }
      case Op::kSetUnion:
      case Op::kUnion:
        return binary(node, [&](BitWord* to, const BitWord* a, const BitWord* b) { Bits<W>::unite(to, a, b, count); });
      case Op::kSetIntersection:
      case Op::kIntersection:
        return binary(node, [&](BitWord* to, const BitWord* a, const BitWord* b) { Bits<W>::intersect(to, a, b, count); });
      case Op::kSetDifference:
      case Op::kDifference:
        return difference(node);
      case Op::kSetComplement:
      case Op::kComplement:
        return complement(node);
      case Op::kDomain:
        return unary(node, [&](BitWord* to, const BitWord* a) { bits_.domain(to, a); });
      case Op::kRange:
        return unary(node, [&](BitWord* to, const BitWord* a) { bits_.range(to, a); });
      case Op::kIdentityOn:
        return unary(node, [&](BitWord* to, const BitWord* a) { bits_.identity_on(to, a); });
      case Op::kProduct:
        return binary(node, [&](BitWord* to, const BitWord* a, const BitWord* b) { bits_.product(to, a, b); });
      case Op::kThen:
        return binary(node, [&](BitWord* to, const BitWord* a, const BitWord* b) { bits_.then(to, a, b); });
      case Op::kInverse:
        return unary(node, [&](BitWord* to, const BitWord* a) { bits_.inverse(to, a); });
      case Op::kPlus:
      case Op::kStar:
        return unary(node, [&](BitWord* to, const BitWord* a) {
          Bits<W>::copy(to, a, count);
          bits_.close(to);
          if (n.op == Op::kStar) bits_.add_identity(to);
        });
      case Op::kOptional:
        return unary(node, [&](BitWord* to, const BitWord* a) {
          Bits<W>::copy(to, a, count);
          bits_.add_identity(to);
        });
      case Op::kDifferentValues: {
        const NodeBounds a = (*this)[n.a];
        if (Bits<W>::empty(a.may, count)) return a;
        NodeBounds b = empty(count);
        b.may = a.may;
        b.monotone = false;
        return b;
      }
      case Op::kSetVariable:
      case Op::kRelationVariable:
        solve(static_cast<std::size_t>(model_.variable_fixpoint[static_cast<std::size_t>(n.index)]));
        return variables_[static_cast<std::size_t>(n.index)];
    }
    return {};
  }

  // Evaluates the members of a fixpoint again, with the variables' present bounds.
  void evaluate_members(std::size_t fixpoint) {
    for (const NodeId member : facts_.members(fixpoint)) nodes_[static_cast<std::size_t>(member)] = evaluate(member);
  }

  void set_variable(std::size_t fixpoint, std::size_t i, const NodeBounds& bounds) {
    const std::int32_t variable = model_.fixpoints[fixpoint].variables[i];
    variables_[static_cast<std::size_t>(variable)] = bounds;
    for (std::size_t node = 0; node < model_.nodes.size(); ++node) {
      const Node& n = model_.nodes[node];
      if ((n.op == Op::kSetVariable || n.op == Op::kRelationVariable) && n.index == variable) nodes_[node] = bounds;
    }
  }

  void solve(std::size_t fixpoint) {
    if (solved_[fixpoint]) return;
    solved_[fixpoint] = true;
    const Fixpoint& f = model_.fixpoints[fixpoint];
    for (std::size_t i = 0; i < f.variables.size(); ++i) set_variable(fixpoint, i, empty(words(f.bodies[i])));
    bool exact = true;
    for (bool changed = true; changed && exact;) {
      changed = false;
      for (std::size_t i = 0; i < f.variables.size(); ++i) {
        evaluate_members(fixpoint);
        const NodeBounds old = variables_[static_cast<std::size_t>(f.variables[i])];
        const NodeBounds now = (*this)[f.bodies[i]];
        const int count = words(f.bodies[i]);
        if (Bits<W>::equal(old.must, now.must, count) && Bits<W>::equal(old.may, now.may, count)) continue;
        set_variable(fixpoint, i, now);
        changed = true;
      }
      // Bounds of a recursion through something that is subtracted and varies would not be sound.
      for (const NodeId member : facts_.members(fixpoint)) {
        exact = exact && nodes_[static_cast<std::size_t>(member)].monotone;
      }
    }
    if (!exact) {
      for (std::size_t i = 0; i < f.variables.size(); ++i) set_variable(fixpoint, i, unknown(f.bodies[i]));
    }
    evaluate_members(fixpoint);
  }

  NodeBounds unknown(NodeId node) {
    const int count = words(node);
    NodeBounds b = empty(count);
    BitWord* may = arena_.allocate(count);
    if (is_set(at(node).op)) {
      bits_.all_events(may);
    } else {
      for (int e = 0; e < bits_.size(); ++e) bits_.all_events(bits_.row(may, e));
    }
    b.may = may;
    b.monotone = false;
    return b;
  }

  const Model& model_;
  const ModelFacts& facts_;
  const EventGraph& graph_;
  const Bounds& given_;
  std::function<bool()> stop_;
  Bits<W> bits_;
  Arena arena_;
  std::vector<NodeBounds> nodes_;
  std::vector<NodeBounds> variables_;
  std::vector<bool> solved_;
};

}  // namespace lkmc
