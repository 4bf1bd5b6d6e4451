// SPDX-License-Identifier: Apache-2.0
// The edges of the dependencies in the only thread of a test, for comparison with those that the source has.
#pragma once

#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include "src/cpp/cpp_test.h"
#include "src/program/unfolding.h"

namespace lkmc::kernel_test {

using Reads = std::vector<EventIndex>;

// All events of the thread where its decisions have these outcomes.
inline std::vector<ThreadEvent> events(std::string_view name, const std::vector<Word>& outcomes = {}) {
  for (const kernel::Registration* r : kernel::registered_tests()) {
    if (r->name != name) continue;
    const kernel::CppTest test(*r);
    REQUIRE_FALSE(test.setup_failure());
    Unfolding thread(test, 0, RmwStyle::kTagged, Blocking::kIgnored);
    PathId path = thread.root();
    std::vector<ThreadEvent> all = thread.node(path).events;
    for (const Word outcome : outcomes) {
      REQUIRE(thread.node(path).continuation != Continuation::kEnd);
      // Where a pointer was read, outcome n means the n-th of the possible words.
      const bool is_pointer = thread.node(path).continuation == Continuation::kValue && thread.node(path).wants_address;
      path = thread.child(path, is_pointer ? test.possible_words()[static_cast<std::size_t>(outcome)] : outcome);
      all.insert(all.end(), thread.node(path).events.begin(), thread.node(path).events.end());
    }
    CHECK(thread.node(path).continuation == Continuation::kEnd);
    return all;
  }
  FAIL("no LITMUS of this name: ", std::string(name));
  return {};
}

// The event depends on these reads and on no others.
inline void check_edges(const ThreadEvent& e, const Reads& addr, const Reads& data, const Reads& ctrl) {
  CHECK(e.addr == addr);
  CHECK(e.data == data);
  CHECK(e.ctrl == ctrl);
}

}  // namespace lkmc::kernel_test
