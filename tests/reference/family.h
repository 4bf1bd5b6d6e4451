// SPDX-License-Identifier: Apache-2.0
// All tests of two threads over a small alphabet, up to the symmetries that change nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tests/reference/test_program.h"

namespace lkmc::reference {

// What the threads of a family are made of: accesses to one of two locations.
enum class Access : std::uint8_t {
  kReadOnce,
  kWriteOnce,
  kReadAcquire,
  kWriteRelease,
  kReadPlain,
  kWritePlain,
  kExchange,
  kCopyOnce,  // reads the location and writes the value to the other one
  kCopyPlain,
  kGuardOnce,  // reads the location and writes the other one if the value is not zero
  kGuardPlain,
  kThroughOnce,  // reads the location, a pointer, and makes what it points to point to the other one
  kThroughPlain,
  kElementOnce,  // reads the location and writes the element of an array that the value chooses
  kElementPlain,
  kFollowPlain,  // the same, but copies that element to the other location
};

// What the two locations are: numbers, zero at first; pointers that at first point to each other; or a number and the second element
// of an array of two, all zero at first.
enum class Locations : std::uint8_t { kNumbers, kPointers, kNumberAndElement };

struct Family {
  std::vector<Access> alphabet;
  int max_accesses = 2;  // per thread
  bool fences = true;    // whether an smp_mb() may stand between two accesses
  Locations locations = Locations::kNumbers;
};

// Calls `visit` for each test of the family, one of those that differ only in the names of the threads and of the two
// locations where these are alike.
void for_each_member(const Family& family, const std::function<void(const TestProgram&)>& visit);

}  // namespace lkmc::reference
