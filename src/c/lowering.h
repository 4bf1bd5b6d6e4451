// SPDX-License-Identifier: Apache-2.0
// Takes one function apart: expressions and statements of clang's tree become instructions and blocks.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/c/function_builder.h"
#include "src/c/special.h"
#include "src/c/unit.h"

namespace lkmc::c {

// Where a value is kept: a register, or so many bytes behind an address.
struct Place {
  Reg reg = kNoReg;      // the variable, or
  Reg address = kNoReg;  // the address, and
  std::int64_t offset = 0;
  Type type{};
  const Field* bits = nullptr;  // of a bit field
  [[nodiscard]] bool is_register() const { return reg != kNoReg; }
};

class Lowering : private FunctionBuilder {
 public:
  Lowering(Unit& unit, Function& function) : FunctionBuilder(function), unit_(unit), types_(unit.types()) {}
  void lower(const Node& declaration);
  // Initial values of globals.
  void initialise(int global, const Node& variable);
  void finish(const SourcePos& pos) { end({.kind = End::Kind::kReturn, .pos = pos}); }

 private:
  struct Label {
    BlockId block;
    bool is_defined = false;
  };
  struct Switch {
    std::vector<Case> cases{};
    BlockId otherwise = kNoBlock;
    Type type{};
  };

  // --- variables: lower_variables.cc -----------------------------------------------------------------------------------
  // Variables whose address is taken cannot be registers.
  void find_taken_addresses(const Node& n);
  void parameter(const Node& n);
  // Memory of its own.
  Place declare_local(const Node& n, const Type& type);
  void declare(const Node& n);
  void assign_initially(const Place& place, const Node& written, bool is_zeroed);
  void initialise_list(const Place& place, const Node& list, bool is_zeroed);
  // To store a bit field is to replace a part of its word.
  void clear_words_of_bit_fields(const Place& place, const Record& record, const SourcePos& pos);
  void initialise_text(const Place& place, const Node& literal);
  void clear(const Place& place, const SourcePos& pos);
  static Place member(const Place& of, const Field& f);

  // --- accesses and places: lower_places.cc ----------------------------------------------------------------------------
  static Tag tag_of(const Type& type) { return type.is_volatile ? Tag::kOnce : Tag::kPlain; }
  Reg load(const Place& place, const SourcePos& pos);
  // The bits of the word from the first on that the bit field at the place has, moved to the top of a word and down again.
  Reg field(const Place& place, Reg word, int first_bit, const SourcePos& pos);
  // What the place holds when the value has been stored there.
  Reg held(const Place& place, Reg value, const SourcePos& pos);
  void store(const Place& place, Reg value, const SourcePos& pos);
  // The word that holds a bit field, with the field replaced: it is read first.
  Reg with_bits(const Place& place, Reg value, const SourcePos& pos);
  [[nodiscard]] int bytes_of(const Place& place, const SourcePos& pos) const { return static_cast<int>(types_.size_of(place.type, pos)); }
  Reg address(const Place& place, const SourcePos& pos);
  // The object at the address.
  void copy(const Place& to, Reg from, const SourcePos& pos);
  Place place(const Node& written);
  Place dereferenced(const Node& pointer);
  [[nodiscard]] Type pointee(const Node& pointer) const;
  Place variable(const Node& n);

  // --- values: lower_values.cc, lower_operators.cc, lower_decisions.cc -------------------------------------------------
  // The address of a structure's value.
  Reg record(const Node& written);
  [[nodiscard]] bool is_void(const Node& n) const { return n.type == "void"; }
  // For what it does.
  Reg evaluate(const Node& n);
  Reg rvalue(const Node& written);
  Reg cast(const Node& n);
  // base plus or minus so many elements.
  Reg moved(Reg base, Reg index, std::int64_t size, BinaryOp op, const SourcePos& pos);
  Reg unary(const Node& n);
  Reg step(const Node& n);
  // Replaces what is at the place by `old op operand`, and yields the old or the new value.
  Reg modify(const Place& place, BinaryOp op, Reg operand, bool yields_old, const SourcePos& pos);
  Reg operate(std::string_view opcode, Reg a, Reg b, const Type& operands, const SourcePos& pos);
  Reg binary_operator(const Node& n);
  Reg assignment(const Node& n);
  Reg compound_assignment(const Node& n);
  // What is on the left is read in no order with the accesses on the right.
  Reg compound_of_unordered(const Node& n, const std::string& opcode);
  // Of an assignment.
  std::pair<Place, Reg> sides(const Node& n);
  // Operands, which C leaves unordered: their accesses may come in any order, and mixed. What a function does in one of them is
  // not mixed with the others; then they are taken from left to right.
  void unordered(const std::vector<const Node*>& operands, const std::function<void(std::size_t)>& evaluate, const SourcePos& pos);
  bool calls_function(const Node& n);
  // The values of the arguments of a call.
  std::vector<Reg> arguments(const Node& n);
  // Whether it does more than to compute.
  bool has_effects(const Node& n);
  Reg logical(const Node& n);
  Reg conditional(const Node& n);
  Reg value_of_arm(const Node& n);
  // a ?: b
  Reg elvis(const Node& n);
  void note_opaque(const Node& n, Reg value);

  // --- calls: lower_calls.cc -------------------------------------------------------------------------------------------
  Reg call(const Node& n, Reg result);
  Reg argument(const Node& n);
  Reg call_function(const Node& n, int index, Reg result);
  Reg call_primitive(const Node& n, const litmus::Primitive& primitive);
  // The size of what a primitive accesses: of the first scalar of what the pointer points to.
  [[nodiscard]] int bytes_behind(const Node& pointer) const;
  Reg call_special(const Node& n, Special special);
  Reg builtin(const Node& n, const std::string& name);

  // --- statements: lower_statements.cc ---------------------------------------------------------------------------------
  // The value is that of the last statement.
  Reg statement_expression(const Node& n);
  void statement(const Node& n);
  Label& label(const std::string& id);
  void if_statement(const Node& n);
  void for_statement(const Node& n);
  void loop(const Node* before, const Node* condition, const Node* step, const Node& body, const SourcePos& pos);
  void do_statement(const Node& n);
  void body_of_loop(const Node& body, BlockId after, BlockId next);
  void switch_statement(const Node& n);
  void case_statement(const Node& n);
  void return_statement(const Node& n);

  Unit& unit_;
  const Types& types_;
  Reg returned_record_ = kNoReg;
  Type return_type_{};
  std::map<std::string, Place> variables_;  // by id
  std::set<std::string> taken_;
  std::map<std::string, Label> labels_;
  std::map<std::string, Reg> opaque_;
  std::vector<BlockId> breaks_, continues_;
  std::vector<Switch> switches_;
};

}  // namespace lkmc::c
