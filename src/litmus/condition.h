// SPDX-License-Identifier: Apache-2.0
// Judges and prints final states: the proposition of a test, and its text in herd's spelling.
#pragma once

#include <span>
#include <string>
#include <utility>

#include "src/litmus/ast.h"

namespace lkmc::litmus {

// Final values: of observed registers by slot, of memory by location.
struct Values {
  std::span<const Word> registers;
  std::span<const Word> memory;
};

[[nodiscard]] bool holds(const Proposition& proposition, const Values& values);

// herd's text of a test's conditions and states, where addresses are written as the names of locations.
class Printer {
 public:
  explicit Printer(SymbolTable symbols) : symbols_(std::move(symbols)) {}

  [[nodiscard]] std::string value(Word word) const;
  [[nodiscard]] std::string proposition(const Proposition& proposition) const;
  // `exists (1:r0=1 /\ [x]=2)`
  [[nodiscard]] std::string condition(const Condition& condition) const;
  // `1:r0=0; [x]=2;`
  [[nodiscard]] std::string state(std::span<const Term> observed, const Values& values) const;
  [[nodiscard]] static std::string term(const Term& term);

 private:
  SymbolTable symbols_;
};

}  // namespace lkmc::litmus
