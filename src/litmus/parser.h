// SPDX-License-Identifier: Apache-2.0
// The parsers of the three parts of a litmus file, in the order in which they run.
//
//   { x = 1; 0:r1 = y; }           initial state      init_parser.cc
//   P0(int *x) { *x = 1; }         threads            thread_parser.cc, expression_parser.cc
//   exists (0:r0=1 /\ [x]=2)       what to observe    condition_parser.cc
//
// Each throws ParseError at the first mistake.
#pragma once

#include <optional>
#include <string>

#include "src/litmus/ast.h"
#include "src/litmus/cursor.h"

namespace lkmc::litmus {

// Bounds of what is accepted. More is no litmus test, but an accident.
inline constexpr int kMaxThreads = 64;
inline constexpr int kMaxLocations = 512;
inline constexpr int kMaxArraySize = 256;

// Whether a type may start at the cursor. A name that ends in `_t` counts if a declarator follows it.
[[nodiscard]] bool at_type(const Cursor& cursor);
// The type at the cursor, with its stars.
[[nodiscard]] Type parse_type(Cursor& cursor);

// Registers set in the initial state, `0:r1 = x`.
struct PresetRegister {
  int thread;
  std::string name;
  Word value;
  Type type;  // unknown unless it is written
  SourcePos pos;
};
[[nodiscard]] std::vector<PresetRegister> parse_initial_state(Cursor& cursor, SymbolTable& symbols);

void parse_threads(Cursor& cursor, const std::vector<PresetRegister>& presets, ParsedTest& test);

void parse_condition(Cursor& cursor, ParsedTest& test);

}  // namespace lkmc::litmus
