// SPDX-License-Identifier: Apache-2.0
// A second semantics of generated tests: what a thread does, given what its reads return.
//
// The enumerator runs threads as the checker does, so it would never notice a wrong dependency or a wrong sum. This reads the
// text of the test itself and shares no code with the front end. Dependencies are found as herd7 finds them: reads and writes of
// registers are nodes of a graph, too, and what a dependency is follows from the paths in it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "src/graph/event.h"
#include "tests/reference/test_program.h"

namespace lkmc::reference {

// A number, or an address: the object that it points into and the number of the element.
struct Cell {
  std::string object{};
  std::int64_t number = 0;
  friend bool operator==(const Cell&, const Cell&) = default;
};

// Something that a thread does; other actions are named by their numbers.
struct Action {
  EventKind kind;
  Tag tag;
  bool in_rmw = false;
  Cell location{};  // no object for a fence
  Cell value{};     // read or written
  std::set<int> addr{}, data{}, ctrl{};
  std::set<int> beside{};  // earlier ones that precede it in no program order
};

// What is decided elsewhere: which kind of event the next one is that may be one or another (of a trylock), and what a read
// returns.
struct Oracle {
  std::function<EventKind(int)> kind;
  std::function<Cell(int)> read;
};

struct Run {
  std::vector<Action> actions;
  std::map<std::string, Cell> registers;
  std::string error{};  // why the thread cannot do that; empty if it can
};

[[nodiscard]] Run evaluate(const TestProgram& program, int thread, const Oracle& oracle);

}  // namespace lkmc::reference
