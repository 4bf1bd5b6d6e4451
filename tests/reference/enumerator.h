// SPDX-License-Identifier: Apache-2.0
// The naive enumerator: finds all executions of a program by trying everything. The judge of src/explore, with which it
// shares no code.
//
// For each combination of complete paths of the threads it goes through all rf (each read from any write to its
// location, also from a later one of its own thread) and all co (all orders of the writes to each location) that obey
// the rules of locks and coherence, computes the values, drops what contradicts the paths, and asks model/reference.h
// whether the rest is consistent. Then it does the same with paths on which threads wait for ever.
//
// Coherence, which every model it is used with demands, is tested here location by location before the locations are
// combined, or else nothing larger than four accesses would come to an end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/model/model.h"
#include "src/program/program.h"
#include "tests/reference/path_combination.h"

namespace lkmc::reference {

// The final values of the observed registers by slot, then of all locations.
using State = std::vector<Word>;

// The state with its symbols (Program::symbol) numbered in the order in which they appear: only which values are equal
// means something.
[[nodiscard]] State with_symbols_renamed(State state);

// What a model makes of a program.
struct Outcome {
  std::uint64_t executions = 0;
  std::uint64_t out_of_thin_air = 0;  // of these, executions in which a value depends on itself
  std::set<State> states;             // with_symbols_renamed
  bool misses_states = false;         // which executions have that have a round of a loop without trace (program/rounds.h)
  std::uint64_t flags = 0;            // raised by some execution: set of indices into Model::axioms
  std::set<std::string> keys;         // execution_key() of each execution
  std::set<std::string> deadlocks;    // likewise, of the executions in which some threads wait for ever
};

// A program with more than this is too large.
struct EnumerationLimits {
  std::uint64_t candidates = 3'000;  // coherent choices of rf and co, over all combinations of paths
  int writes = 7;                    // to one location
};

// The value of each event; nothing where an event has none.
using Values = std::vector<std::optional<Word>>;

// Told of each execution that some model allows, with its final state.
using OnExecution = std::function<void(const PathCombination& paths, const Values& values, const State& state)>;

// What each model makes of the program; nothing if the program is too large. All models must have the same rmw_style
// and imply coherence. `slots` is the number of observed registers.
[[nodiscard]] std::optional<std::vector<Outcome>> enumerate(const Program& program, int slots, std::span<const Model> models,
                                                            const EnumerationLimits& limits = {}, const OnExecution& on_execution = {});

// The choices for one location: the source of each read, and the writes in co.
struct LocationChoice {
  std::vector<std::pair<int, int>> rf;  // write, read
  std::vector<int> co;                  // the initial write first
};

// Whether rf and co that break coherence, acyclic (po-loc | rf | co | fr), are left out.
enum class Coherence : std::uint8_t { kRequired, kIgnored };

// All choices for a location that obey the rules of locks.
[[nodiscard]] std::vector<LocationChoice> choices_for(const EventGraph& graph, Location location, Coherence coherence);

// Computes all values, and tests what the paths took for granted of them; nothing if that does not hold.
//
// A value that depends on itself comes out of thin air. The rule is herd7's: an execution that computes something from
// such a value, or tests it, is dropped; one that only copies it round in a circle is kept, and the value is a symbol
// that is equal to nothing but itself.
[[nodiscard]] std::optional<Values> compute_values(const PathCombination& paths, const Relation& rf);

}  // namespace lkmc::reference
