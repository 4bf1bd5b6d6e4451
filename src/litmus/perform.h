// SPDX-License-Identifier: Apache-2.0
// What a primitive (primitives.h) does to a Thread: the one implementation for all front ends that know primitives by their names.
#pragma once

#include <span>

#include "src/litmus/primitives.h"
#include "src/litmus/type.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// One call of a primitive.
struct PrimitiveCall {
  Thread& thread;
  const Primitive& primitive;
  const Value& address;              // of the object, if there is one
  Integer object;                    // what it holds
  std::span<const Value> arguments;  // the others, as the object takes them
  SourcePos pos;
  Unmatched unmatched = Unmatched::kIsEvent;  // what a spin_unlock() is without its spin_lock()
};

// Its value; 0 if it has none.
[[nodiscard]] Value perform(const PrimitiveCall& call);

[[nodiscard]] Value cut_to_type(Thread& thread, const Integer& integer, Value value);

}  // namespace lkmc::litmus
