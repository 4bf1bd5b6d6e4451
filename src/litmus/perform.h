// What a primitive (primitives.h) does to a Thread: the one implementation for all front ends that know primitives by their names.
#pragma once

#include <span>
#include <vector>

#include "src/litmus/primitives.h"
#include "src/litmus/type.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// One call of a primitive.
struct PrimitiveCall {
  Thread& thread;
  const Primitive& primitive;
  const Value& address;               // of the object, if there is one
  Integer object;                     // what it holds
  std::span<const Value> arguments;   // the others, as the object takes them
  SourcePos pos;
};

// Its value; 0 if it has none. `rcu_locks` are the read-side critical sections of the thread that are open.
[[nodiscard]] Value perform(const PrimitiveCall& call, std::vector<SourcePos>& rcu_locks);

[[nodiscard]] Value cut_to_type(Thread& thread, const Integer& integer, Value value);

}  // namespace lkmc::litmus
