// SPDX-License-Identifier: Apache-2.0
// Nodes are evaluated on demand and remembered. Meeting the variable of a fixpoint that is not solved yet runs its
// rounds; whenever one of its variables changes, everything remembered is forgotten.
#include "src/model/reference.h"

#include <optional>
#include <utility>
#include <variant>

#include "src/model/base.h"

namespace lkmc::reference {
namespace {

template <class Predicate>
Relation pairs(std::span<const Event> events, const Predicate& related) {
  const int size = static_cast<int>(events.size());
  Relation r(size);
  for (int a = 0; a < size; ++a) {
    for (int b = 0; b < size; ++b) {
      if (related(a, b)) r.insert(a, b);
    }
  }
  return r;
}

class Evaluator {
 public:
  Evaluator(const Model& model, const Execution& x)
      : model_(model),
        x_(x),
        size_(static_cast<int>(x.events.size())),
        memory_(model.nodes.size()),
        variables_(model.variable_fixpoint.size(), Relation(size_)),
        started_(model.fixpoints.size(), false) {}

  Verdict run() {
    Verdict verdict;
    for (std::size_t i = 0; i < model_.axioms.size(); ++i) {
      const Axiom& axiom = model_.axioms[i];
      const bool holds = test(axiom) != axiom.negated;
      if (axiom.is_flag && holds) verdict.raised.push_back(i);
      if (!axiom.is_flag && !holds) verdict.violated.push_back(i);
    }
    return verdict;
  }

 private:
  using Value = std::variant<EventSet, Relation>;

  bool test(const Axiom& axiom) {
    const Value v = value(axiom.node);
    switch (axiom.test) {
      case Axiom::Test::kAcyclic:
        return std::get<Relation>(v).acyclic();
      case Axiom::Test::kIrreflexive:
        return std::get<Relation>(v).irreflexive();
      case Axiom::Test::kEmpty:
        return std::visit([](const auto& members) { return members.empty(); }, v);
    }
    return false;
  }

  EventSet set(NodeId id) { return std::get<EventSet>(value(id)); }
  Relation relation(NodeId id) { return std::get<Relation>(value(id)); }

  Value value(NodeId id) {
    const auto i = static_cast<std::size_t>(id);
    if (!memory_[i]) {
      Value fresh = compute(model_.nodes[i]);
      memory_[i] = std::move(fresh);
    }
    return *memory_[i];
  }

  Value compute(const Node& n) {
    switch (n.op) {
      case Op::kBaseSet:
        return base(static_cast<BaseSet>(n.index));
      case Op::kEmptySet:
        return EventSet(size_);
      case Op::kAllEvents:
        return EventSet::all(size_);
      case Op::kSetUnion:
        return set(n.a) | set(n.b);
      case Op::kSetIntersection:
        return set(n.a) & set(n.b);
      case Op::kSetDifference:
        return set(n.a) - set(n.b);
      case Op::kSetComplement:
        return set(n.a).complement();
      case Op::kDomain:
        return relation(n.a).domain();
      case Op::kRange:
        return relation(n.a).range();
      case Op::kBaseRelation:
        return base(static_cast<BaseRelation>(n.index));
      case Op::kEmptyRelation:
        return Relation(size_);
      case Op::kIdentityOn:
        return Relation::identity(set(n.a));
      case Op::kProduct:
        return Relation::product(set(n.a), set(n.b));
      case Op::kUnion:
        return relation(n.a) | relation(n.b);
      case Op::kIntersection:
        return relation(n.a) & relation(n.b);
      case Op::kDifference:
        return relation(n.a) - relation(n.b);
      case Op::kComplement:
        return relation(n.a).complement();
      case Op::kThen:
        return relation(n.a).then(relation(n.b));
      case Op::kInverse:
        return relation(n.a).inverse();
      case Op::kPlus:
        return relation(n.a).transitive_closure();
      case Op::kStar:
        return relation(n.a).transitive_closure() | identity();
      case Op::kOptional:
        return relation(n.a) | identity();
      case Op::kDifferentValues:
        return different_values(relation(n.a));
      case Op::kSetVariable:
      case Op::kRelationVariable:
        return variable(n.index);
    }
    return Relation(size_);
  }

  Relation identity() const { return Relation::identity(EventSet::all(size_)); }

  EventSet base(BaseSet which) const {
    EventSet s(size_);
    for (int e = 0; e < size_; ++e) {
      if (belongs_to(x_.events[static_cast<std::size_t>(e)], which)) s.insert(e);
    }
    return s;
  }

  Relation base(BaseRelation which) const {
    switch (which) {
      case BaseRelation::kPo:
        return x_.po;
      case BaseRelation::kAddr:
        return x_.addr;
      case BaseRelation::kData:
        return x_.data;
      case BaseRelation::kCtrl:
        return x_.ctrl;
      case BaseRelation::kRmw:
        return x_.rmw;
      case BaseRelation::kLoc:
        return same_location(x_.events);
      case BaseRelation::kInt:
        return same_thread(x_.events);
      case BaseRelation::kExt:
        return other_thread(x_.events);
      case BaseRelation::kId:
        return identity();
      case BaseRelation::kRf:
        return x_.rf;
      case BaseRelation::kCo:
        return x_.co;
    }
    return Relation(size_);
  }

  Relation different_values(const Relation& r) const {
    if (x_.values.empty()) return Relation(size_);
    return r & pairs(x_.events,
                     [this](int a, int b) { return x_.values[static_cast<std::size_t>(a)] != x_.values[static_cast<std::size_t>(b)]; });
  }

  Value variable(std::int32_t v) {
    const auto f = static_cast<std::size_t>(model_.variable_fixpoint[static_cast<std::size_t>(v)]);
    if (!started_[f]) {
      started_[f] = true;
      solve(model_.fixpoints[f]);
    }
    return variables_[static_cast<std::size_t>(v)];
  }

  void solve(const Fixpoint& f) {
    for (const std::int32_t v : f.variables) variables_[static_cast<std::size_t>(v)] = empty_variable(v);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < f.bodies.size(); ++i) {
        Value& variable = variables_[static_cast<std::size_t>(f.variables[i])];
        Value next = value(f.bodies[i]);
        if (next == variable) continue;
        variable = std::move(next);
        changed = true;
        memory_.assign(memory_.size(), std::nullopt);
      }
    }
  }

  Value empty_variable(std::int32_t v) const {
    for (const Node& n : model_.nodes) {
      if (n.op == Op::kSetVariable && n.index == v) return EventSet(size_);
    }
    return Relation(size_);
  }

  const Model& model_;
  const Execution& x_;
  int size_;
  std::vector<std::optional<Value>> memory_;
  std::vector<Value> variables_;
  std::vector<bool> started_;
};

}  // namespace

Execution empty_execution(std::span<const Event> events) {
  const Relation none(static_cast<int>(events.size()));
  return {events, none, none, none, none, none, none, none, {}};
}

Verdict judge(const Model& model, const Execution& execution) { return Evaluator(model, execution).run(); }

Relation same_location(std::span<const Event> events) {
  return pairs(events, [events](int a, int b) {
    const Location location = events[static_cast<std::size_t>(a)].location;
    return location != kNoLocation && location == events[static_cast<std::size_t>(b)].location;
  });
}

Relation same_thread(std::span<const Event> events) {
  return pairs(events, [events](int a, int b) {
    const ThreadId thread = events[static_cast<std::size_t>(a)].thread;
    return thread != kInitThread && thread == events[static_cast<std::size_t>(b)].thread;
  });
}

Relation other_thread(std::span<const Event> events) {
  return pairs(events, [events](int a, int b) {
    const ThreadId thread = events[static_cast<std::size_t>(a)].thread;
    return a != b && (thread == kInitThread || thread != events[static_cast<std::size_t>(b)].thread);
  });
}

}  // namespace lkmc::reference
