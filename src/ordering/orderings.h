// SPDX-License-Identifier: Apache-2.0
// The operations that a program orders, or could: each access, fence, grace period and RCU section of its source, how it is
// ordered, and the weaker forms of each.
//
// They are found in executions, so an operation that no execution meets is none. What takes or gives back a lock is left out:
// the lock is what orders there, and taking its ordering away would be taking the lock away.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/explore/execution.h"
#include "src/graph/event_graph.h"
#include "src/program/marked_program.h"

namespace lkmc {

struct Ordering {
  SourcePos pos;
  Tag tag;                       // as the source has it
  std::set<ThreadId> threads{};  // that meet it
};
using Orderings = std::map<Site, Ordering>;

// What an event of a graph comes from; the second half of a read-modify-write comes from the same as the first.
[[nodiscard]] Operation operation_of(const Event& event);

// The forms that are weaker than the source's, the weakest first. What is of no use by itself, such as half of a full barrier,
// is among them. Empty for plain accesses and for what orders nothing.
[[nodiscard]] std::vector<Tag> weaker_forms(Operation operation, Tag tag);

// `smp_mb()`, `the acquire`, `READ_ONCE()`: what is taken away where the form is the weakest.
[[nodiscard]] std::string name_of_ordering(Operation operation, Tag tag);
// `smp_wmb()`, `relaxed`, `plain`: what may stand in its place.
[[nodiscard]] std::string name_of_form(Operation operation, Tag tag);

// Hands on what it is told, and notes the operations of the executions, plain accesses among them.
class OrderingCollector : public Visitor {
 public:
  explicit OrderingCollector(Visitor& inner) : inner_(inner) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_flags(const Execution& execution, std::uint64_t flags) override { inner_.on_flags(execution, flags); }
  void on_deadlock(const Deadlock& deadlock) override;
  [[nodiscard]] bool on_failure(const Failure& failure) override;
  void on_restart() override;
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override {
    inner_.on_misbehaviour(thread, pos, message);
  }

  // Adds what this one has noted.
  void tell(Orderings& orderings) const;

 private:
  void note(const Skeleton& skeleton);

  Visitor& inner_;
  Orderings found_;
  std::map<Site, bool> locks_;  // sites that take or give back a lock
};

}  // namespace lkmc
