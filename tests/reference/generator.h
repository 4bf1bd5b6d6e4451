// SPDX-License-Identifier: Apache-2.0
// Random litmus tests: the same seed gives the same test, as long as the same compiler is used.
#pragma once

#include <cstdint>

#include "tests/reference/test_program.h"

namespace lkmc::reference {

// How many of a hundred tests have a feature.
struct Features {
  int plain = 45;     // accesses that are not marked
  int branches = 45;  // `if`, with and without `else`, nested
  int atomics = 45;   // read-modify-writes
  int pointers = 25;  // rcu_dereference() and rcu_assign_pointer()
  int locks = 25;     // spinlocks
  int rcu = 20;
  int srcu = 12;
  int awaits = 8;     // loops that wait for a value
  int retries = 0;    // loops that try again with what they have read, and locks made by hand; they take long to enumerate
  int operands = 25;  // accesses inside of expressions
  int assigns = 30;   // registers that are assigned without an access, and tested again
  int widths = 30;    // variables and registers that are no int, and values near their limits
  int arrays = 25;    // elements, at constant and computed indices
  int copies = 10;    // values that go from one location to another, and choose an element on the way
  int misuse = 6;     // locks and critical sections that are not taken or not left, locks used as memory
};

struct GeneratorOptions {
  int max_threads = 4;
  int max_locations = 3;   // not counting pointers, locks and srcu_structs
  int max_statements = 4;  // per thread, not counting fences
  int max_accesses = 8;    // of all threads
  Features features{};
  int plain_percent = 40;  // of the accesses that could be plain, where a test has any
  int copy_percent = 45;   // of the values stored that are computed from what was read
};

[[nodiscard]] TestProgram generate(std::uint64_t seed, const GeneratorOptions& options = {});

}  // namespace lkmc::reference
