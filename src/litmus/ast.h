// SPDX-License-Identifier: Apache-2.0
// A litmus test as parsed: locations, threads as trees of statements, and what is to be observed.
//
// Names are resolved while parsing: a register is an index into its thread's table, a location an index into the
// program's.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/litmus/primitives.h"
#include "src/litmus/source.h"
#include "src/litmus/type.h"
#include "src/program/expr.h"
#include "src/program/program.h"

namespace lkmc::litmus {

// Deeper trees are refused: parser and interpreter recurse over them, the latter on the small stack of a fiber.
inline constexpr int kMaxNesting = 128;

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Expr {
  enum class Kind : std::uint8_t {
    kConstant,
    kRegister,
    kLoad,  // plain read of the address operands[0]
    kUnary,
    kBinary,
    kLogicalAnd,  // short-circuit
    kLogicalOr,
    kConditional,     // operands[0] ? operands[1] : operands[2]
    kAssignRegister,  // the value is operands[0]
    kStore,           // plain write of operands[1] to the address operands[0]
    kCall,
    kConvert,  // operands[0], cut
  };
  Kind kind = Kind::kConstant;
  UnaryOp unary = UnaryOp::kNegate;
  BinaryOp binary = BinaryOp::kAdd;
  SourcePos pos;
  int reg = 0;
  Word constant = 0;
  const Primitive* primitive = nullptr;
  std::vector<ExprPtr> operands;
  Type type{};
  Integer cut{};             // what its value is cut to
  bool is_unsigned = false;  // the operands of this operator are unsigned words
  int depth = 1;             // of this tree
  bool has_effects = false;  // does more than to compute: an event, an assignment, a division that may fail

  // Whether it yields a value that can be computed with; `smp_mb()` does not.
  [[nodiscard]] bool has_value() const { return kind != Kind::kCall || primitive->has_value; }
};

// How a loop that only waits is run: see spin.h.
enum class Wait : std::uint8_t { kNone, kCondition, kRound, kTestThenRound };

struct Statement {
  enum class Kind : std::uint8_t { kBlock, kExpression, kIf, kWhile, kDoWhile };
  Kind kind = Kind::kBlock;
  SourcePos pos;
  ExprPtr expr{};                 // the expression or the condition
  ExprPtr step{};                 // of a `for`, which is a kWhile
  std::vector<Statement> body{};  // of a block, a branch or a loop
  std::vector<Statement> else_body{};
  Wait wait = Wait::kNone;
};

struct Register {
  std::string name;
  Type type{};         // declared, or else that of what is assigned first
  Word initial = 0;    // set in the initial state; a parameter holds the address of its location
  bool known = false;  // declared, assigned, a parameter, or set in the initial state
  bool assigned = false;
  bool preset = false;  // set in the initial state
  SourcePos first_use{};
  int slot = -1;  // where its final value is observed; -1 if nobody asks
};

struct ThreadCode {
  SourcePos pos;
  std::vector<Register> registers;
  std::map<std::string, int, std::less<>> register_by_name;
  std::vector<Statement> body;
  // By location, whether some statement could write it.
  std::vector<bool> may_write;

  // The index of the register, which is added if it is new.
  int register_index(std::string_view name, SourcePos pos) {
    const auto found = register_by_name.find(name);
    if (found != register_by_name.end()) return found->second;
    const int index = static_cast<int>(registers.size());
    registers.push_back({.name = std::string(name), .first_use = pos});
    register_by_name.emplace(name, index);
    return index;
  }
};

// A name of the initial state or of a parameter: one location, or an array of consecutive ones.
struct Symbol {
  std::string name;
  Location first = 0;
  int size = 1;
  bool is_array = false;
  int element_bytes = 8;  // herd prints the address of an element with its offset in bytes
  bool initialised = false;
  Type type{};            // of an element; unknown where nothing says
  bool is_typed = false;  // in the initial state, not by a parameter
};

// The object that an address points into, and at how many elements from its start: perhaps outside.
struct Target {
  const Symbol* symbol;
  Word element;
};

struct SymbolTable {
  std::vector<Symbol> symbols;
  std::map<std::string, int, std::less<>> by_name;
  std::vector<LocationInfo> locations;
  std::vector<Integer> integers;  // what each location holds

  // An offset that no pointer arithmetic of a test has.
  static constexpr Word kFarOff = Word{1} << 31;

  [[nodiscard]] const Symbol* find(std::string_view name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : &symbols[static_cast<std::size_t>(found->second)];
  }
  // What an address points into; nothing if it is none.
  [[nodiscard]] std::optional<Target> target(Word word) const {
    for (const Symbol& symbol : symbols) {
      const Word element = apply(BinaryOp::kSubtract, word, Program::address_of(symbol.first));
      if (element > -kFarOff && element < kFarOff) return Target{&symbol, element};
    }
    return std::nullopt;
  }
  // To be called once all types are known: cuts the initial values. A location of which no type is written is an int, or a
  // word if its initial value is none.
  void settle_types() {
    for (const Symbol& symbol : symbols) {
      for (Location l = symbol.first; l < symbol.first + symbol.size; ++l) {
        Word& initial = locations[static_cast<std::size_t>(l)].initial;
        Integer integer = symbol.type.known() ? integer_of(symbol.type) : kInt;
        const bool is_number = !is_name(initial);
        if (!symbol.is_typed && is_number && (initial < -(Word{1} << 31) || initial >= Word{1} << 32)) integer = {};
        initial = cut(integer, initial);
        integers.push_back(integer);
      }
    }
  }
  // Adds a single location unless the name is known.
  Symbol& get(std::string_view name) {
    const auto found = by_name.find(name);
    if (found != by_name.end()) return symbols[static_cast<std::size_t>(found->second)];
    return add(name, 1, false);
  }
  Symbol& add(std::string_view name, int size, bool is_array) {
    Symbol symbol{.name = std::string(name), .first = static_cast<Location>(locations.size()), .size = size};
    symbol.is_array = is_array;
    for (int i = 0; i < size; ++i) {
      locations.push_back({.name = is_array ? symbol.name + '[' + std::to_string(i) + ']' : symbol.name, .element = i});
    }
    by_name.emplace(symbol.name, static_cast<int>(symbols.size()));
    symbols.push_back(std::move(symbol));
    return symbols.back();
  }
};

enum class Quantifier : std::uint8_t { kExists, kNotExists, kForall };

// One register or location, whose final value is asked for.
struct Term {
  enum class Kind : std::uint8_t { kRegister, kLocation, kElement, kArray };
  Kind kind = Kind::kLocation;
  int thread = 0;
  std::string name{};     // of the register or the symbol
  int index = 0;          // of an array element
  int slot = 0;           // of a register
  Location location = 0;  // the first, of an array
  int size = 1;           // of an array
  Integer integer{};      // what it holds
};

// A proposition over the final state.
struct Proposition {
  enum class Kind : std::uint8_t { kEqualValue, kEqualTerm, kEqualArray, kNot, kAnd, kOr, kImplies };
  Kind kind = Kind::kAnd;  // without children: true; kOr without children: false
  Term left{}, right{};
  std::vector<Word> values{};  // one, or those of an array
  std::vector<Proposition> children{};
};

struct Condition {
  Quantifier quantifier = Quantifier::kForall;
  Proposition proposition;  // true, where the file has no condition
  bool has_filter = false;
  Proposition filter;
  std::vector<Term> observed;  // of `locations` and the proposition, in the order in which herd prints them
};

struct ParsedTest {
  std::string name;
  SymbolTable symbols;
  std::vector<ThreadCode> threads;
  int register_slots = 0;
  Condition condition;
  std::vector<Diagnostic> remarks;  // what is right, but probably not meant
};

}  // namespace lkmc::litmus
