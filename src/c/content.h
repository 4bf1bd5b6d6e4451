// SPDX-License-Identifier: Apache-2.0
// What a register of a C function holds while a thread is interpreted.
#pragma once

#include <optional>
#include <vector>

#include "src/c/code.h"
#include "src/program/expr.h"

namespace lkmc::c {

struct Content {
  Value value;
  std::optional<Word> word{};  // if it is the same in all executions of the path
  Integer range{};             // that the value does not leave; by default, any word
  int private_object = -1;     // that the value may point into
  // That it is so many bytes behind another value: both are known if one is.
  struct Distance {
    ExprId from;
    Word bytes;
  };
  std::optional<Distance> distance{};
};

// A register, or a part of an object in memory that no other thread knows of. Thread knows it by the place of its value.
struct Variable {
  Content content{};
  bool is_set = false;
};

}  // namespace lkmc::c
