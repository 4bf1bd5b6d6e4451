// SPDX-License-Identifier: Apache-2.0
#include "src/c/lower.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "src/c/flow.h"
#include "src/c/special.h"

namespace lkmc::c {
namespace {

const Type kIntType{.kind = Type::Kind::kInteger, .bits = 32};

Integer integer_of(const Type& type) { return type.kind == Type::Kind::kInteger ? Integer{type.bits, type.is_signed} : Integer{64, false}; }

bool is(const Node& n, std::string_view kind) { return n.kind == kind; }

const Node& without_parentheses(const Node& n) {
  const Node* at = &n;
  while (at->kind == "ParenExpr" || at->kind == "ConstantExpr" || (at->kind == "UnaryOperator" && at->opcode == "__extension__")) at = &at->inner.front();
  return *at;
}

// Where a value is kept: a register, or so many bytes behind an address.
struct Place {
  Reg reg = kNoReg;      // the variable, or
  Reg address = kNoReg;  // the address, and
  std::int64_t offset = 0;
  Type type{};
  const Field* bits = nullptr;  // of a bit field
  [[nodiscard]] bool is_register() const { return reg != kNoReg; }
};

// What all functions of the file have in common.
class Unit {
 public:
  Unit(const Tree& tree, const Types& types) : tree_(tree), types_(types) {
    for (const Node& n : tree.root.inner) {
      if (is(n, "FunctionDecl")) functions_[n.name] = has_body(n) || !functions_.contains(n.name) ? &n : functions_[n.name];
      if (is(n, "VarDecl")) note_variable(n);
    }
  }

  [[nodiscard]] const Types& types() const { return types_; }
  Code& code() { return lowered_.code; }

  // The index of a function that has a body; nothing if nobody provides it, which is noted.
  std::optional<int> function(const std::string& name, const SourcePos& used_at) {
    const auto found = functions_.find(name);
    if (found == functions_.end() || !has_body(*found->second)) {
      unknown_.try_emplace(name, used_at);
      return std::nullopt;
    }
    const auto [index, is_new] = function_index_.try_emplace(name, static_cast<int>(code().functions.size()));
    if (is_new) {
      code().functions.push_back(std::make_unique<Function>(Function{.name = name, .pos = found->second->pos}));
      waiting_.push_back(found->second);
    }
    return index->second;
  }

  [[nodiscard]] bool provides(const std::string& name) const {
    const auto found = functions_.find(name);
    return found != functions_.end() && has_body(*found->second);
  }

  // A variable of the file, or a static one of a function.
  [[nodiscard]] bool is_global(const std::string& id) const { return variables_.contains(id); }
  void note_static(const Node& n) {
    variables_[n.id] = &n;
    statics_.insert(n.id);
  }
  int global(const std::string& id) {
    const Node* n = variables_.at(id);
    if (!statics_.contains(id)) {
      // All declarations of one variable are the same.
      if (const auto definition = definitions_.find(n->name); definition != definitions_.end()) n = definition->second;
    }
    const auto [index, is_new] = global_index_.try_emplace(n->id, static_cast<int>(code().globals.size()));
    if (is_new) {
      code().globals.push_back({.name = n->name, .type = types_.of(*n), .pos = n->pos});
      (void)types_.size_of(code().globals.back().type, n->pos);
      if (!n->inner.empty()) to_initialise_.emplace_back(index->second, n);
    }
    return index->second;
  }
  int text(const Node& literal) {
    const std::string text = unquoted(literal.value);
    const auto [index, is_new] = texts_.try_emplace(text, static_cast<int>(code().globals.size()));
    if (is_new) {
      code().globals.push_back({.name = literal.value, .type = types_.of(literal), .pos = literal.pos, .is_text = true, .text = text});
    }
    return index->second;
  }

  Lowered take();

 private:
  static bool has_body(const Node& n) { return std::any_of(n.inner.begin(), n.inner.end(), [](const Node& i) { return i.kind == "CompoundStmt"; }); }
  void note_variable(const Node& n) {
    variables_[n.id] = &n;
    const bool has_value = std::any_of(n.inner.begin(), n.inner.end(), [](const Node& i) { return !i.kind.ends_with("Attr"); });
    const auto known = definitions_.find(n.name);
    if (known == definitions_.end() || has_value || (known->second->storage == "extern" && n.storage != "extern")) definitions_[n.name] = &n;
  }

  const Tree& tree_;
  const Types& types_;
  Lowered lowered_;
  std::map<std::string, const Node*> functions_;    // by name
  std::map<std::string, const Node*> variables_;    // by id
  std::map<std::string, const Node*> definitions_;  // by name
  std::set<std::string> statics_;                   // those of functions, by id
  std::map<std::string, int> function_index_, global_index_, texts_;
  std::vector<const Node*> waiting_;  // functions whose code is still to be lowered
  std::vector<std::pair<int, const Node*>> to_initialise_;
  std::map<std::string, SourcePos> unknown_;
};

// One function.
class Lowering {
 public:
  Lowering(Unit& unit, Function& function) : unit_(unit), types_(unit.types()), f_(function) { at_ = new_block(); }

  void lower(const Node& declaration) {
    const Type type = types_.of(declaration);
    if (type.element->kind == Type::Kind::kRecord) {
      returned_record_ = new_reg();
      f_.parameters.push_back(returned_record_);
    }
    return_type_ = *type.element;
    for (const Node& n : declaration.inner) {
      if (is(n, "CompoundStmt")) find_taken_addresses(n);
    }
    for (const Node& n : declaration.inner) {
      if (is(n, "ParmVarDecl")) parameter(n);
    }
    for (const Node& n : declaration.inner) {
      if (is(n, "CompoundStmt")) statement(n);
    }
    finish(declaration.pos);
    for (const auto& [id, label] : labels_) {
      if (!label.is_defined) throw Error{declaration.pos, "a jump to a label that is nowhere"};
    }
  }

  // Initial values of globals.
  void initialise(int global, const Node& variable) {
    const Reg address = emit({.op = Op::kGlobal, .pos = variable.pos, .index = global});
    for (const Node& value : variable.inner) {
      if (!value.kind.ends_with("Attr") && value.kind != "FullComment") {
        assign_initially({.address = address, .type = unit_.code().globals[static_cast<std::size_t>(global)].type}, value, true);
      }
    }
  }
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

  // --- blocks and registers -----------------------------------------------------------------------------------------------

  [[nodiscard]] std::size_t block() const { return static_cast<std::size_t>(at_); }
  BlockId new_block() {
    f_.blocks.push_back(std::make_unique<Block>());
    return static_cast<BlockId>(f_.blocks.size()) - 1;
  }
  Reg new_reg() { return f_.registers++; }

  Reg emit(Instruction i) {
    if (i.dst == kNoReg && i.op != Op::kStore && i.op != Op::kSpecial && i.op != Op::kCopyObject && i.op != Op::kOperands) i.dst = new_reg();
    const Reg dst = i.dst;
    f_.blocks[block()]->code.push_back(std::move(i));
    return dst;
  }
  // What follows an end is another block, which perhaps nobody comes to.
  void end(End e) {
    f_.blocks[block()]->end = std::move(e);
    at_ = new_block();
  }
  void jump(BlockId to, const SourcePos& pos) { end({.kind = End::Kind::kJump, .yes = to, .pos = pos}); }
  void begin(BlockId block) { at_ = block; }
  void branch(Reg condition, BlockId yes, BlockId no, const SourcePos& pos) {
    end({.kind = End::Kind::kBranch, .value = condition, .yes = yes, .no = no, .pos = pos});
  }

  Reg constant(Word word, const SourcePos& pos) { return emit({.op = Op::kConstant, .pos = pos, .word = word}); }
  Reg converted(Reg value, const Integer& to, const SourcePos& pos) {
    return to.bits >= 64 ? value : emit({.op = Op::kConvert, .a = value, .pos = pos, .integer = to});
  }
  Reg binary(BinaryOp op, Reg a, Reg b, const SourcePos& pos) { return emit({.op = Op::kBinary, .a = a, .b = b, .pos = pos, .binary = op}); }
  Reg truth(Reg value, const SourcePos& pos) { return binary(BinaryOp::kNotEqual, value, constant(0, pos), pos); }

  [[noreturn]] static void refuse(const Node& n, const std::string& what) { throw Error{n.pos, what}; }

  // --- variables ----------------------------------------------------------------------------------------------------------

  // Variables whose address is taken cannot be registers.
  void find_taken_addresses(const Node& n) {
    if (is(n, "UnaryOperator") && n.opcode == "&") {
      const Node* at = &without_parentheses(n.inner.front());
      if (is(*at, "DeclRefExpr")) taken_.insert(at->declaration);
    }
    for (const Node& child : n.inner) find_taken_addresses(child);
  }

  void parameter(const Node& n) {
    const Reg value = new_reg();
    f_.parameters.push_back(value);
    const Type type = types_.of(n);
    if (type.kind == Type::Kind::kRecord) {
      const Place place = declare_local(n, type);
      copy(place, value, n.pos);
    } else if (taken_.contains(n.id)) {
      store(declare_local(n, type), value, n.pos);
    } else {
      variables_[n.id] = {.reg = value, .type = type};
    }
  }

  // Memory of its own.
  Place declare_local(const Node& n, const Type& type) {
    const auto index = static_cast<int>(f_.locals.size());
    f_.locals.push_back({.name = n.name.empty() ? "a compound literal" : n.name, .type = type, .pos = n.pos});
    (void)types_.size_of(type, n.pos);
    const Reg address = emit({.op = Op::kLocal, .pos = n.pos, .index = index});
    return variables_[n.id] = {.address = address, .type = type};
  }

  void declare(const Node& n) {
    if (n.storage == "static") {
      unit_.note_static(n);
      return;
    }
    if (n.storage == "extern") refuse(n, "a declaration of an external variable inside of a function has no meaning here");
    const Type type = types_.of(n);
    const Node* value = nullptr;
    bool cleans_up = false;
    for (const Node& i : n.inner) {
      if (i.kind == "CleanupAttr") cleans_up = true;
      if (!i.kind.ends_with("Attr")) value = &i;
    }
    if (cleans_up) refuse(n, "the attribute cleanup has no meaning here");
    if (!type.is_scalar() || taken_.contains(n.id)) {
      const Place place = declare_local(n, type);
      if (value != nullptr) assign_initially(place, *value, false);
      return;
    }
    const Place place = variables_[n.id] = {.reg = new_reg(), .type = type};
    if (value != nullptr) assign_initially(place, *value, false);
  }

  void assign_initially(const Place& place, const Node& written, bool is_zeroed) {
    const Node& value = without_parentheses(written);
    if (is(value, "InitListExpr")) return initialise_list(place, value, is_zeroed);
    if (is(value, "ImplicitValueInitExpr")) {
      if (!is_zeroed) clear(place, value.pos);
      return;
    }
    if (is(value, "StringLiteral") && place.type.kind == Type::Kind::kArray) return initialise_text(place, value);
    if (place.type.kind == Type::Kind::kRecord) return copy(place, record(value), value.pos);
    store(place, rvalue(value), value.pos);
  }

  void initialise_list(const Place& place, const Node& list, bool is_zeroed) {
    if (place.type.is_scalar()) {
      if (list.inner.empty()) return clear(place, list.pos);
      return assign_initially(place, list.inner.front(), is_zeroed);
    }
    if (place.type.kind == Type::Kind::kArray) {
      const std::int64_t size = types_.size_of(*place.type.element, list.pos);
      for (std::int64_t i = 0; i < place.type.count; ++i) {
        const Place element{.address = place.address, .offset = place.offset + i * size, .type = *place.type.element};
        const auto index = static_cast<std::size_t>(i);
        if (index < list.inner.size()) {
          assign_initially(element, list.inner[index], is_zeroed);
        } else if (!is_zeroed) {
          clear(element, list.pos);
        }
      }
      return;
    }
    const Record& record = types_.laid_out(*place.type.record, list.pos);
    if (record.is_union) {
      if (!is_zeroed) clear(place, list.pos);
      if (list.inner.empty()) return;
      // clang names the member that is initialised only by its type, or by `field`, which is kept as the declaration.
      const Type type = types_.of(list.inner.front());
      for (const Field& f : record.fields) {
        if (f.id == list.declaration || (list.declaration.empty() && f.type.text == type.text)) return assign_initially(member(place, f), list.inner.front(), true);
      }
      return assign_initially(member(place, record.fields.front()), list.inner.front(), true);
    }
    if (!is_zeroed) clear_words_of_bit_fields(place, record, list.pos);
    std::size_t index = 0;
    for (const Field& f : record.fields) {
      if (f.bits > 0 && f.name.empty()) continue;
      if (index < list.inner.size()) {
        assign_initially(member(place, f), list.inner[index++], is_zeroed);
      } else if (!is_zeroed) {
        clear(member(place, f), list.pos);
      }
    }
  }

  // To store a bit field is to replace a part of its word.
  void clear_words_of_bit_fields(const Place& place, const Record& record, const SourcePos& pos) {
    std::optional<std::int64_t> cleared;
    for (const Field& f : record.fields) {
      if (f.bits == 0 || f.offset == cleared) continue;
      Place word = member(place, f);
      word.bits = nullptr;
      store(word, constant(0, pos), pos);
      cleared = f.offset;
    }
  }

  void initialise_text(const Place& place, const Node& literal) {
    const std::string text = unquoted(literal.value);
    for (std::int64_t i = 0; i < place.type.count; ++i) {
      const Word c = static_cast<std::size_t>(i) < text.size() ? static_cast<signed char>(text[static_cast<std::size_t>(i)]) : 0;
      store({.address = place.address, .offset = place.offset + i, .type = *place.type.element}, constant(c, literal.pos), literal.pos);
    }
  }

  void clear(const Place& place, const SourcePos& pos) {
    if (place.is_register() || place.type.is_scalar()) return store(place, constant(0, pos), pos);
    types_.for_each_scalar(
        place.type, pos,
        [&](const Types::Scalar& s) { store({.address = place.address, .offset = place.offset + s.offset, .type = s.type}, constant(0, pos), pos); },
        [](std::int64_t, const Type&) {});
  }

  static Place member(const Place& of, const Field& f) {
    Type type = f.type;
    type.is_volatile = type.is_volatile || of.type.is_volatile;
    return {.address = of.address, .offset = of.offset + f.offset, .type = std::move(type), .bits = f.bits > 0 ? &f : nullptr};
  }

  // --- accesses -----------------------------------------------------------------------------------------------------------

  static Tag tag_of(const Type& type) { return type.is_volatile ? Tag::kOnce : Tag::kPlain; }

  Reg load(const Place& place, const SourcePos& pos) {
    if (place.is_register()) return place.reg;
    Reg value = emit({.op = Op::kLoad, .a = place.address, .pos = pos, .word = place.offset, .integer = integer_of(place.type),
                      .bytes = bytes_of(place, pos), .tag = tag_of(place.type)});
    return place.bits == nullptr ? value : field(place, value, place.bits->first_bit, pos);
  }

  // The bits of the word from the first on that the bit field at the place has, moved to the top of a word and down again.
  Reg field(const Place& place, Reg word, int first_bit, const SourcePos& pos) {
    const Reg moved = binary(BinaryOp::kShiftLeft, word, constant(64 - first_bit - place.bits->bits, pos), pos);
    const BinaryOp down = place.type.is_signed ? BinaryOp::kShiftRight : BinaryOp::kUnsignedShiftRight;
    return binary(down, moved, constant(64 - place.bits->bits, pos), pos);
  }

  // What the place holds when the value has been stored there.
  Reg held(const Place& place, Reg value, const SourcePos& pos) {
    const Reg fitting = place.type.is_bool ? truth(value, pos) : converted(value, integer_of(place.type), pos);
    return place.bits == nullptr ? fitting : field(place, fitting, 0, pos);
  }

  void store(const Place& place, Reg value, const SourcePos& pos) {
    if (place.is_register()) {
      emit({.op = Op::kMove, .dst = place.reg, .a = value, .pos = pos});
      return;
    }
    if (place.bits != nullptr) value = with_bits(place, value, pos);
    emit({.op = Op::kStore, .a = place.address, .b = value, .pos = pos, .word = place.offset, .integer = integer_of(place.type),
          .bytes = bytes_of(place, pos), .tag = tag_of(place.type)});
  }

  // The word that holds a bit field, with the field replaced: it is read first.
  Reg with_bits(const Place& place, Reg value, const SourcePos& pos) {
    const Word mask = static_cast<Word>((place.bits->bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << place.bits->bits) - 1) << place.bits->first_bit);
    Place word = place;
    word.bits = nullptr;
    const Reg old = binary(BinaryOp::kBitAndNot, load(word, pos), constant(mask, pos), pos);
    const Reg moved = binary(BinaryOp::kShiftLeft, value, constant(place.bits->first_bit, pos), pos);
    return converted(binary(BinaryOp::kBitOr, old, binary(BinaryOp::kBitAnd, moved, constant(mask, pos), pos), pos), integer_of(place.type), pos);
  }

  [[nodiscard]] int bytes_of(const Place& place, const SourcePos& pos) const { return static_cast<int>(types_.size_of(place.type, pos)); }

  Reg address(const Place& place, const SourcePos& pos) {
    if (place.is_register()) throw Error{pos, "the address of a variable that lkmc keeps in a register"};
    if (place.bits != nullptr) throw Error{pos, "the address of a bit field"};
    return place.offset == 0 ? place.address : binary(BinaryOp::kAdd, place.address, constant(place.offset, pos), pos);
  }

  // The object at the address.
  void copy(const Place& to, Reg from, const SourcePos& pos) {
    Instruction i{.op = Op::kCopyObject, .a = address(to, pos), .b = from, .pos = pos};
    std::set<std::int64_t> copied;  // members of a union are copied once
    types_.for_each_scalar(
        to.type, pos,
        [&](const Types::Scalar& s) {
          if (copied.insert(s.offset).second) i.parts.push_back({s.offset, static_cast<int>(types_.size_of(s.type, pos)), integer_of(s.type)});
        },
        [](std::int64_t, const Type&) {});
    emit(std::move(i));
  }

  // --- places -------------------------------------------------------------------------------------------------------------

  Place place(const Node& written) {
    const Node& n = without_parentheses(written);
    if (is(n, "DeclRefExpr")) return variable(n);
    if (is(n, "MemberExpr")) {
      const Field& f = types_.field(n.declaration, n.pos);
      Place of;
      if (n.is_arrow) {
        of.address = rvalue(n.inner.front());
        of.type = pointee(n.inner.front());
      } else if (const Node& object = without_parentheses(n.inner.front()); object.kind == "CallExpr" || object.kind == "StmtExpr") {
        of.address = record(object);
        of.type = types_.of(object);
      } else {
        of = place(n.inner.front());
      }
      Place m = member(of, f);
      m.type.is_volatile = m.type.is_volatile || types_.of(n).is_volatile;
      return m;
    }
    if (is(n, "UnaryOperator") && n.opcode == "*") {
      const Node& pointer = without_parentheses(n.inner.front());
      // *&x is x, whatever else it is called in between: READ_ONCE(x).
      Place p = dereferenced(pointer);
      p.type = types_.of(n);
      return p;
    }
    if (is(n, "ArraySubscriptExpr")) {
      const bool is_swapped = types_.of(n.inner[0]).kind != Type::Kind::kPointer;
      const Node& pointer = n.inner[is_swapped ? 1 : 0];
      const Node& index = n.inner[is_swapped ? 0 : 1];
      const Reg base = rvalue(pointer);
      const Type type = types_.of(n);
      return {.address = moved(base, rvalue(index), types_.size_of(type, n.pos), BinaryOp::kAdd, n.pos), .type = type};
    }
    if (is(n, "CompoundLiteralExpr")) {
      const Place literal = declare_local(n, types_.of(n));
      assign_initially(literal, n.inner.front(), false);
      return literal;
    }
    if (is(n, "StringLiteral")) return {.address = emit({.op = Op::kGlobal, .pos = n.pos, .index = unit_.text(n)}), .type = types_.of(n)};
    if (is(n, "PredefinedExpr")) return place(n.inner.front());
    if (is(n, "StmtExpr") || is(n, "CallExpr") || is(n, "ConditionalOperator")) return {.address = record(n), .type = types_.of(n)};
    if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return place(n.inner.front());
    refuse(n, "this expression (clang: " + n.kind + ") has no meaning here as an object");
  }

  Place dereferenced(const Node& pointer) {
    const Node* at = &pointer;
    while ((is(*at, "CStyleCastExpr") || is(*at, "ImplicitCastExpr")) && (at->cast_kind == "NoOp" || at->cast_kind == "BitCast")) {
      at = &without_parentheses(at->inner.front());
    }
    if (is(*at, "UnaryOperator") && at->opcode == "&") {
      const Node& object = without_parentheses(at->inner.front());
      const Place p = place(object);
      if (p.bits == nullptr) return p;
    }
    return {.address = rvalue(pointer)};
  }

  [[nodiscard]] Type pointee(const Node& pointer) const {
    const Type type = types_.of(pointer);
    return type.element != nullptr ? *type.element : Type{};
  }

  Place variable(const Node& n) {
    const auto local = variables_.find(n.declaration);
    if (local != variables_.end()) return local->second;
    if (unit_.is_global(n.declaration)) {
      const int index = unit_.global(n.declaration);
      return {.address = emit({.op = Op::kGlobal, .pos = n.pos, .index = index}), .type = unit_.code().globals[static_cast<std::size_t>(index)].type};
    }
    if (const auto f = unit_.function(n.declared_name, n.pos)) return {.address = emit({.op = Op::kFunction, .pos = n.pos, .index = *f})};
    return {.address = constant(0, n.pos)};  // an error that is told at the end
  }

  // --- values -------------------------------------------------------------------------------------------------------------

  // The address of a structure's value.
  Reg record(const Node& written) {
    const Node& n = without_parentheses(written);
    if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return record(n.inner.front());
    if (is(n, "CallExpr")) {
      const Place result = declare_local(n, types_.of(n));
      call(n, result.address);
      return result.address;
    }
    if (is(n, "StmtExpr")) return statement_expression(n);
    if (is(n, "BinaryOperator") && n.opcode == "=") {
      const Place to = place(n.inner[0]);
      copy(to, record(n.inner[1]), n.pos);
      return address(to, n.pos);
    }
    if (is(n, "BinaryOperator") && n.opcode == ",") {
      (void)evaluate(n.inner[0]);
      return record(n.inner[1]);
    }
    if (is(n, "ConditionalOperator")) return conditional(n);
    if (is(n, "InitListExpr")) {
      const Place object = declare_local(n, types_.of(n));
      assign_initially(object, n, false);
      return object.address;
    }
    return address(place(n), n.pos);
  }

  [[nodiscard]] bool is_void(const Node& n) const { return n.type == "void"; }

  // For what it does.
  Reg evaluate(const Node& n) {
    const Node& e = without_parentheses(n);
    if (!is_void(e) && types_.of(e).kind == Type::Kind::kRecord) return record(e);
    if (e.kind == "CStyleCastExpr" && e.cast_kind == "ToVoid") return evaluate(e.inner.front());
    // A variable that is named and no more is not read; of memory it is.
    if (is(e, "DeclRefExpr") || is(e, "MemberExpr")) return kNoReg;
    return rvalue(e);
  }

  Reg rvalue(const Node& written) {
    const Node& n = without_parentheses(written);
    if (is(n, "IntegerLiteral")) return constant(literal(n), n.pos);
    if (is(n, "CharacterLiteral")) return constant(std::atoll(n.value.c_str()), n.pos);
    if (is(n, "ImplicitValueInitExpr") || is(n, "GNUNullExpr")) return constant(0, n.pos);
    if (is(n, "DeclRefExpr")) {
      if (const Word* word = types_.enumerator(n.declaration)) return constant(*word, n.pos);
      return address(variable(n), n.pos);
    }
    if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return cast(n);
    if (is(n, "UnaryOperator")) return unary(n);
    if (is(n, "BinaryOperator")) return binary_operator(n);
    if (is(n, "CompoundAssignOperator")) return compound_assignment(n);
    if (is(n, "ConditionalOperator")) return conditional(n);
    if (is(n, "BinaryConditionalOperator")) return elvis(n);
    if (is(n, "CallExpr")) return call(n, kNoReg);
    if (is(n, "StmtExpr")) return statement_expression(n);
    if (is(n, "OpaqueValueExpr")) {
      const auto known = opaque_.find(n.id);
      return known != opaque_.end() ? known->second : rvalue(n.inner.front());
    }
    if (is(n, "ChooseExpr")) refuse(n, "__builtin_choose_expr has no meaning here");
    if (is(n, "UnaryExprOrTypeTraitExpr")) return constant(size_or_alignment(n), n.pos);
    if (is(n, "GenericSelectionExpr")) refuse(n, "_Generic has no meaning here");
    if (is(n, "InitListExpr") && !n.inner.empty()) return rvalue(n.inner.front());
    if (is(n, "OffsetOfExpr")) refuse(n, "__builtin_offsetof has no meaning here; <linux/stddef.h> has offsetof()");
    if (is(n, "FloatingLiteral")) refuse(n, "floating point has no meaning here");
    refuse(n, "this expression (clang: " + n.kind + ") has no meaning here");
  }

  static Word literal(const Node& n) {
    std::uint64_t word = 0;
    std::from_chars(n.value.data(), n.value.data() + n.value.size(), word);
    return static_cast<Word>(word);
  }

  [[nodiscard]] Word size_or_alignment(const Node& n) const {
    const Type type = n.inner.empty() ? types_.operand_of(n) : types_.of(n.inner.front());
    return n.name == "sizeof" ? types_.size_of(type, n.pos) : types_.alignment_of(type, n.pos);
  }

  Reg cast(const Node& n) {
    const Node& from = n.inner.front();
    const std::string& kind = n.cast_kind;
    if (kind == "LValueToRValue") {
      if (types_.of(n).kind == Type::Kind::kRecord) return record(from);
      return load(place(from), from.pos);
    }
    if (kind == "ArrayToPointerDecay" || kind == "FunctionToPointerDecay") {
      if (is(without_parentheses(from), "DeclRefExpr") && kind == "FunctionToPointerDecay") return address(variable(without_parentheses(from)), n.pos);
      return address(place(from), n.pos);
    }
    if (kind == "ToVoid") return evaluate(from);
    if (kind == "IntegralToBoolean" || kind == "PointerToBoolean") return truth(rvalue(from), n.pos);
    if (kind == "IntegralCast" || kind == "BooleanToSignedIntegral") {
      const Type to = types_.of(n);
      const Reg value = rvalue(from);
      return integer_of(types_.of(from)).fits_into(integer_of(to)) ? value : converted(value, integer_of(to), n.pos);
    }
    if (kind == "PointerToIntegral") return converted(rvalue(from), integer_of(types_.of(n)), n.pos);
    if (kind == "IntegralToPointer" || kind == "NoOp" || kind == "BitCast" || kind == "NullToPointer") return rvalue(from);
    if (kind == "BuiltinFnToFnPtr") refuse(n, "the address of a builtin function has no meaning here");
    if (kind.starts_with("Floating") || kind == "IntegralToFloating") refuse(n, "floating point has no meaning here");
    refuse(n, "this conversion (clang: " + kind + ") has no meaning here");
  }

  // base plus or minus so many elements.
  Reg moved(Reg base, Reg index, std::int64_t size, BinaryOp op, const SourcePos& pos) {
    const Reg bytes = size == 1 ? index : binary(BinaryOp::kMultiply, index, constant(size, pos), pos);
    return binary(op, base, bytes, pos);
  }

  Reg unary(const Node& n) {
    const Node& operand = n.inner.front();
    if (n.opcode == "&") {
      const Node& object = without_parentheses(operand);
      if (is(object, "DeclRefExpr") && !unit_.is_global(object.declaration) && !variables_.contains(object.declaration)) return address(variable(object), n.pos);
      return address(place(operand), n.pos);
    }
    if (n.opcode == "*") return address(place(n), n.pos);  // of a function
    if (n.opcode == "++" || n.opcode == "--") return step(n);
    const Reg value = rvalue(operand);
    if (n.opcode == "+" || n.opcode == "__extension__") return value;
    if (n.opcode == "!") return emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kLogicalNot});
    if (n.opcode == "-") return converted(emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kNegate}), integer_of(types_.of(n)), n.pos);
    if (n.opcode == "~") return converted(emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kBitNot}), integer_of(types_.of(n)), n.pos);
    refuse(n, "the operator " + n.opcode + " has no meaning here");
  }

  Reg step(const Node& n) {
    const Type type = types_.of(n);
    const std::int64_t by = type.kind == Type::Kind::kPointer ? types_.size_of(*type.element, n.pos) : 1;
    return modify(place(n.inner.front()), n.opcode == "++" ? BinaryOp::kAdd : BinaryOp::kSubtract, constant(by, n.pos), n.is_postfix, n.pos);
  }

  // Replaces what is at the place by `old op operand`, and yields the old or the new value.
  Reg modify(const Place& place, BinaryOp op, Reg operand, bool yields_old, const SourcePos& pos) {
    if (!place.is_register() && place.bits == nullptr && !place.type.is_bool) {
      return emit({.op = Op::kModify, .a = place.address, .b = operand, .pos = pos, .word = place.offset, .binary = op, .is_old = yields_old,
                   .integer = integer_of(place.type), .bytes = bytes_of(place, pos), .tag = tag_of(place.type)});
    }
    const Reg before = load(place, pos);
    const Reg old = place.is_register() ? emit({.op = Op::kCopyValue, .a = before, .pos = pos}) : before;
    const Reg changed = held(place, binary(op, old, operand, pos), pos);
    store(place, changed, pos);
    return yields_old ? old : changed;
  }

  struct Operator {
    BinaryOp op;
    bool swapped = false, negated = false;
  };
  // The operation on words that the operator is for operands of the type.
  static std::optional<Operator> operation(std::string_view opcode, const Type& type) {
    const bool is_unsigned = is_unsigned_word(type);
    if (opcode == "+") return Operator{BinaryOp::kAdd};
    if (opcode == "-") return Operator{BinaryOp::kSubtract};
    if (opcode == "*") return Operator{BinaryOp::kMultiply};
    if (opcode == "/") return Operator{is_unsigned ? BinaryOp::kUnsignedDivide : BinaryOp::kDivide};
    if (opcode == "%") return Operator{is_unsigned ? BinaryOp::kUnsignedModulo : BinaryOp::kModulo};
    if (opcode == "&") return Operator{BinaryOp::kBitAnd};
    if (opcode == "|") return Operator{BinaryOp::kBitOr};
    if (opcode == "^") return Operator{BinaryOp::kBitXor};
    if (opcode == "<<") return Operator{BinaryOp::kShiftLeft};
    if (opcode == ">>") return Operator{is_unsigned ? BinaryOp::kUnsignedShiftRight : BinaryOp::kShiftRight};
    if (opcode == "==") return Operator{BinaryOp::kEqual};
    if (opcode == "!=") return Operator{BinaryOp::kNotEqual};
    if (opcode == "<") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kLess};
    if (opcode == ">") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kGreater, is_unsigned};
    if (opcode == "<=") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kLessEqual, is_unsigned, is_unsigned};
    if (opcode == ">=") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kGreaterEqual, false, is_unsigned};
    return std::nullopt;
  }
  static bool divides(std::string_view opcode) { return opcode == "/" || opcode == "%"; }
  // Whether the result may leave the range of its type.
  static bool may_overflow(std::string_view opcode) {
    return opcode == "+" || opcode == "-" || opcode == "*" || opcode == "<<" || opcode == "/";
  }

  Reg operate(std::string_view opcode, Reg a, Reg b, const Type& operands, const SourcePos& pos) {
    const auto o = operation(opcode, operands);
    const Reg result = emit({.op = Op::kBinary, .a = a, .b = b, .pos = pos, .binary = o->op, .swapped = o->swapped, .negated = o->negated, .may_fail = divides(opcode)});
    return may_overflow(opcode) ? converted(result, integer_of(operands), pos) : result;
  }

  Reg binary_operator(const Node& n) {
    const Node& left = n.inner[0];
    const Node& right = n.inner[1];
    if (n.opcode == "=") return assignment(n);
    if (n.opcode == ",") {
      (void)evaluate(left);
      return is_void(n) ? evaluate(right) : rvalue(right);
    }
    if (n.opcode == "&&" || n.opcode == "||") return logical(n);
    const Type type = types_.of(left);
    const Type right_type = types_.of(right);
    if (!operation(n.opcode, type)) refuse(n, "the operator " + n.opcode + " has no meaning here");
    Reg a = kNoReg, b = kNoReg;
    unordered({&left, &right}, [&](std::size_t i) { (i == 0 ? a : b) = rvalue(i == 0 ? left : right); }, n.pos);
    if (n.opcode == "+" || n.opcode == "-") {
      const BinaryOp op = n.opcode == "+" ? BinaryOp::kAdd : BinaryOp::kSubtract;
      const bool left_points = type.kind == Type::Kind::kPointer, right_points = right_type.kind == Type::Kind::kPointer;
      if (left_points && right_points) {
        const std::int64_t size = types_.size_of(*type.element, n.pos);
        const Reg bytes = binary(op, a, b, n.pos);
        return size == 1 ? bytes : binary(BinaryOp::kDivide, bytes, constant(size, n.pos), n.pos);
      }
      if (left_points) return moved(a, b, types_.size_of(*type.element, n.pos), op, n.pos);
      if (right_points) return moved(b, a, types_.size_of(*right_type.element, n.pos), op, n.pos);
    }
    return operate(n.opcode, a, b, type, n.pos);
  }

  Reg assignment(const Node& n) {
    if (types_.of(n).kind == Type::Kind::kRecord) return record(n);
    const auto [to, value] = sides(n);
    store(to, value, n.pos);
    if (to.bits != nullptr) return held(to, value, n.pos);
    return to.is_register() ? to.reg : value;
  }

  Reg compound_assignment(const Node& n) {
    const std::string opcode = n.opcode.substr(0, n.opcode.size() - 1);
    const bool is_pointer = types_.of(n.inner[0]).kind == Type::Kind::kPointer;
    if (!is_pointer && has_effects(n.inner[1]) && !calls_function(n.inner[1])) return compound_of_unordered(n, opcode);
    const auto [to, operand] = sides(n);
    if (to.type.kind == Type::Kind::kPointer) {
      const std::int64_t size = types_.size_of(*to.type.element, n.pos);
      const Reg bytes = size == 1 ? operand : binary(BinaryOp::kMultiply, operand, constant(size, n.pos), n.pos);
      return modify(to, opcode == "+" ? BinaryOp::kAdd : BinaryOp::kSubtract, bytes, false, n.pos);
    }
    const Type computed = types_.operand_of(n);
    const auto o = operation(opcode, computed);
    if (!o) refuse(n, "the operator " + n.opcode + " has no meaning here");
    if (!divides(opcode) && opcode != ">>" && !to.type.is_bool) return modify(to, o->op, operand, false, n.pos);
    const Reg before = converted(load(to, n.pos), integer_of(computed), n.pos);
    const Reg changed = held(to, operate(opcode, before, operand, computed, n.pos), n.pos);
    store(to, changed, n.pos);
    return changed;
  }

  // What is on the left is read in no order with the accesses on the right.
  Reg compound_of_unordered(const Node& n, const std::string& opcode) {
    const auto mark = [&](Operands what) { emit({.op = Op::kOperands, .pos = n.pos, .operands = what}); };
    mark(Operands::kBegin);
    const Place to = place(n.inner[0]);
    const Type computed = types_.operand_of(n);
    const Reg before = converted(load(to, n.pos), integer_of(computed), n.pos);
    mark(Operands::kNext);
    const Reg operand = rvalue(n.inner[1]);
    mark(Operands::kEnd);
    const Reg changed = held(to, operate(opcode, before, operand, computed, n.pos), n.pos);
    store(to, changed, n.pos);
    return changed;
  }

  // Of an assignment.
  std::pair<Place, Reg> sides(const Node& n) {
    std::pair<Place, Reg> both;
    unordered({&n.inner[0], &n.inner[1]}, [&](std::size_t i) {
      if (i == 0) {
        both.first = place(n.inner[0]);
      } else {
        both.second = rvalue(n.inner[1]);
      }
    }, n.pos);
    return both;
  }

  // Operands, which C leaves unordered: their accesses may come in any order, and mixed. What a function does in one of them is
  // not mixed with the others; then they are taken from left to right.
  template <class Evaluate>
  void unordered(const std::vector<const Node*>& operands, const Evaluate& evaluate, const SourcePos& pos) {
    const auto effects = std::count_if(operands.begin(), operands.end(), [&](const Node* n) { return has_effects(*n); });
    const bool calls = std::any_of(operands.begin(), operands.end(), [&](const Node* n) { return calls_function(*n); });
    const bool is_unordered = effects > 1 && !calls;
    const auto mark = [&](Operands what) {
      if (is_unordered) emit({.op = Op::kOperands, .pos = pos, .operands = what});
    };
    mark(Operands::kBegin);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      evaluate(i);
      mark(Operands::kNext);
    }
    mark(Operands::kEnd);
  }
  bool calls_function(const Node& n) {
    if (is(n, "CallExpr")) {
      const Node* f = called(n);
      if (f == nullptr || unit_.provides(f->declared_name)) return true;
    }
    return std::any_of(n.inner.begin(), n.inner.end(), [&](const Node& i) { return calls_function(i); });
  }
  // The values of the arguments of a call.
  std::vector<Reg> arguments(const Node& n) {
    std::vector<const Node*> nodes;
    for (std::size_t i = 1; i < n.inner.size(); ++i) nodes.push_back(&n.inner[i]);
    std::vector<Reg> values;
    unordered(nodes, [&](std::size_t i) { values.push_back(argument(*nodes[i])); }, n.pos);
    return values;
  }

  // Whether it does more than to compute.
  bool has_effects(const Node& n) {
    if (is(n, "CallExpr") && callee_of(n) == "__builtin_expect") return std::any_of(n.inner.begin() + 1, n.inner.end(), [&](const Node& i) { return has_effects(i); });
    if (is(n, "CallExpr") || is(n, "StmtExpr") || is(n, "CompoundAssignOperator") || is(n, "ConditionalOperator") || is(n, "BinaryConditionalOperator")) return true;
    if (is(n, "BinaryOperator") && (n.opcode == "=" || divides(n.opcode))) return true;
    if (is(n, "UnaryOperator") && (n.opcode == "++" || n.opcode == "--")) return true;
    if (is(n, "ImplicitCastExpr") && n.cast_kind == "LValueToRValue") {
      const Node& what = without_parentheses(n.inner.front());
      const auto local = variables_.find(what.declaration);
      return !(is(what, "DeclRefExpr") && local != variables_.end() && local->second.is_register());
    }
    if (is(n, "UnaryExprOrTypeTraitExpr")) return false;
    return std::any_of(n.inner.begin(), n.inner.end(), [&](const Node& i) { return has_effects(i); });
  }

  // What only computes needs no decision.
  Reg logical(const Node& n) {
    const bool is_and = n.opcode == "&&";
    const Reg left = rvalue(n.inner[0]);
    if (!has_effects(n.inner[1])) return binary(is_and ? BinaryOp::kLogicalAnd : BinaryOp::kLogicalOr, left, rvalue(n.inner[1]), n.pos);
    const BlockId more = new_block(), known = new_block(), join = new_block();
    const Reg result = new_reg();
    branch(left, is_and ? more : known, is_and ? known : more, n.pos);
    begin(more);
    emit({.op = Op::kCopyValue, .dst = result, .a = truth(rvalue(n.inner[1]), n.pos), .pos = n.pos});
    jump(join, n.pos);
    begin(known);
    emit({.op = Op::kConstant, .dst = result, .pos = n.pos, .word = is_and ? 0 : 1});
    jump(join, n.pos);
    begin(join);
    return emit({.op = Op::kDependOn, .a = result, .b = left, .pos = n.pos});
  }

  Reg conditional(const Node& n) {
    const Node& chosen = without_parentheses(n.inner[0]);
    // What the compiler decides leaves no trace: in macros there is much of it.
    if (const auto known = constant_value(chosen)) return value_of_arm(n.inner[*known != 0 ? 1 : 2]);
    const Reg condition = rvalue(n.inner[0]);
    const BlockId yes = new_block(), no = new_block(), join = new_block();
    const Reg result = new_reg();
    branch(condition, yes, no, n.pos);
    for (const auto& [block, arm] : {std::pair{yes, &n.inner[1]}, std::pair{no, &n.inner[2]}}) {
      begin(block);
      const Reg value = value_of_arm(*arm);
      if (value != kNoReg && !is_void(n)) emit({.op = Op::kCopyValue, .dst = result, .a = value, .pos = arm->pos});
      jump(join, n.pos);
    }
    begin(join);
    if (is_void(n)) return kNoReg;
    return emit({.op = Op::kDependOn, .a = result, .b = condition, .pos = n.pos});
  }
  Reg value_of_arm(const Node& n) {
    if (is_void(n)) return evaluate(n);
    return types_.of(n).kind == Type::Kind::kRecord ? record(n) : rvalue(n);
  }

  [[nodiscard]] std::optional<Word> constant_value(const Node& written) const {
    const Node& n = without_parentheses(written);
    if (is(written, "ConstantExpr") && !written.value.empty()) return std::atoll(written.value.c_str());
    if (is(n, "IntegerLiteral")) return literal(n);
    if (is(n, "UnaryExprOrTypeTraitExpr")) return size_or_alignment(n);
    if (is(n, "DeclRefExpr")) {
      const Word* word = types_.enumerator(n.declaration);
      return word != nullptr ? std::optional(*word) : std::nullopt;
    }
    if ((is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) && n.cast_kind == "IntegralCast") {
      const auto value = constant_value(n.inner.front());
      return value ? std::optional(cut(integer_of(types_.of(n)), *value)) : std::nullopt;
    }
    if (is(n, "UnaryOperator") && (n.opcode == "!" || n.opcode == "-" || n.opcode == "~")) {
      const auto value = constant_value(n.inner.front());
      if (!value) return std::nullopt;
      const UnaryOp op = n.opcode == "!" ? UnaryOp::kLogicalNot : n.opcode == "-" ? UnaryOp::kNegate : UnaryOp::kBitNot;
      return cut(integer_of(types_.of(n)), apply(op, *value));
    }
    if (is(n, "BinaryOperator")) {
      const auto left = constant_value(n.inner[0]), right = constant_value(n.inner[1]);
      if (n.opcode == "&&" && left) return *left == 0 ? std::optional<Word>(0) : right ? std::optional<Word>(*right != 0) : std::nullopt;
      if (n.opcode == "||" && left) return *left != 0 ? std::optional<Word>(1) : right ? std::optional<Word>(*right != 0) : std::nullopt;
      if (!left || !right) return std::nullopt;
      const auto o = operation(n.opcode, types_.of(n.inner[0]));
      if (!o || (divides(n.opcode) && *right == 0)) return std::nullopt;
      Word word = o->swapped ? apply(o->op, *right, *left) : apply(o->op, *left, *right);
      if (o->negated) word = word == 0 ? 1 : 0;
      return cut(integer_of(types_.of(n)), word);
    }
    return std::nullopt;
  }

  // a ?: b
  Reg elvis(const Node& n) {
    const Node& common = n.inner.front();
    const Reg condition = rvalue(common);
    // clang repeats the common part in nodes that stand for its value.
    for (const Node& i : n.inner) note_opaque(i, condition);
    const BlockId yes = new_block(), no = new_block(), join = new_block();
    const Reg result = new_reg();
    branch(condition, yes, no, n.pos);
    begin(yes);
    emit({.op = Op::kCopyValue, .dst = result, .a = rvalue(n.inner[n.inner.size() - 2]), .pos = n.pos});
    jump(join, n.pos);
    begin(no);
    emit({.op = Op::kCopyValue, .dst = result, .a = rvalue(n.inner.back()), .pos = n.pos});
    jump(join, n.pos);
    begin(join);
    return emit({.op = Op::kDependOn, .a = result, .b = condition, .pos = n.pos});
  }
  void note_opaque(const Node& n, Reg value) {
    if (is(n, "OpaqueValueExpr")) {
      opaque_[n.id] = value;
    } else if (is(n, "ImplicitCastExpr")) {
      note_opaque(n.inner.front(), value);
    }
  }

  // --- calls --------------------------------------------------------------------------------------------------------------

  static const Node* called(const Node& n) {
    const Node* at = &without_parentheses(n.inner.front());
    while (is(*at, "ImplicitCastExpr") && (at->cast_kind == "FunctionToPointerDecay" || at->cast_kind == "BuiltinFnToFnPtr")) at = &without_parentheses(at->inner.front());
    return is(*at, "DeclRefExpr") ? at : nullptr;
  }
  // The name of the function that is called; empty if it is called through a pointer.
  static std::string callee_of(const Node& n) {
    const Node* f = called(n);
    return f != nullptr ? f->declared_name : std::string();
  }

  Reg call(const Node& n, Reg result) {
    const Node* f = called(n);
    const bool is_variable = f != nullptr && (variables_.contains(f->declaration) || unit_.is_global(f->declaration));
    if (f == nullptr || is_variable) return call_function(n, -1, result);
    const std::string& name = f->declared_name;
    if (name.starts_with("__builtin_")) return builtin(n, name);
    if (const auto special = special_named(name)) return call_special(n, *special);
    if (const litmus::Primitive* primitive = litmus::find_primitive(canonical_primitive(name)); primitive != nullptr && !unit_.provides(name)) {
      return call_primitive(n, *primitive);
    }
    const auto index = unit_.function(name, n.pos);
    if (!index) {
      for (std::size_t i = 1; i < n.inner.size(); ++i) (void)argument(n.inner[i]);
      return constant(0, n.pos);  // an error that is told at the end
    }
    return call_function(n, *index, result);
  }

  Reg argument(const Node& n) { return types_.of(n).kind == Type::Kind::kRecord ? record(n) : rvalue(n); }

  Reg call_function(const Node& n, int index, Reg result) {
    Instruction i{.op = Op::kCall, .pos = n.pos, .index = index};
    if (index < 0) i.a = rvalue(n.inner.front());
    if (result != kNoReg) i.arguments.push_back(result);
    for (const Reg value : arguments(n)) i.arguments.push_back(value);
    return emit(std::move(i));
  }

  Reg call_primitive(const Node& n, const litmus::Primitive& primitive) {
    if (n.inner.size() != primitive.arguments.size() + 1) refuse(n, primitive.name + "() takes " + std::to_string(primitive.arguments.size()) + " arguments");
    Instruction i{.op = Op::kPrimitive, .pos = n.pos, .bytes = 0, .primitive = &primitive};
    if (const int address = primitive.address_argument(); address >= 0) i.bytes = bytes_behind(n.inner[static_cast<std::size_t>(address) + 1]);
    i.arguments = arguments(n);
    const Reg value = emit(std::move(i));
    if (is_void(n)) return kNoReg;
    // What is in the object is an integer of its type, which need not be that of the function.
    return converted(value, integer_of(types_.of(n)), n.pos);
  }

  // The size of what a primitive accesses: of the first scalar of what the pointer points to.
  [[nodiscard]] int bytes_behind(const Node& pointer) const {
    const Node* at = &without_parentheses(pointer);
    while (is(*at, "ImplicitCastExpr") && (at->cast_kind == "BitCast" || at->cast_kind == "NoOp")) at = &without_parentheses(at->inner.front());
    const Type type = pointee(*at);
    if (type.kind == Type::Kind::kVoid) return 0;
    int bytes = 0;
    types_.for_each_scalar(
        type, pointer.pos, [&](const Types::Scalar& s) { bytes = bytes == 0 ? static_cast<int>(types_.size_of(s.type, pointer.pos)) : bytes; },
        [](std::int64_t, const Type&) {});
    return bytes;
  }

  Reg call_special(const Node& n, Special special) {
    Instruction i{.op = Op::kSpecial, .pos = n.pos, .special = special};
    for (std::size_t k = 1; k < n.inner.size(); ++k) {
      const Node* at = &without_parentheses(n.inner[k]);
      const Node* text = at;
      while (is(*text, "ImplicitCastExpr")) text = &without_parentheses(text->inner.front());
      if (is(*text, "StringLiteral")) {
        i.name = unquoted(text->value);
      } else {
        i.arguments.push_back(rvalue(*at));
      }
    }
    if (special == Special::kTryTake || special == Special::kThread) i.dst = new_reg();
    const Reg value = emit(std::move(i));
    if (special == Special::kFail) end({.kind = End::Kind::kDead, .pos = n.pos});
    return value;
  }

  Reg builtin(const Node& n, const std::string& name) {
    if (name == "__builtin_expect" || name == "__builtin_expect_with_probability" || name == "__builtin_assume_aligned") return rvalue(n.inner[1]);
    if (name == "__builtin_constant_p") return constant(constant_value(n.inner[1]) ? 1 : 0, n.pos);
    if (name == "__builtin_unreachable" || name == "__builtin_trap") {
      emit({.op = Op::kSpecial, .pos = n.pos, .special = Special::kFail, .name = name + "() is reached"});
      end({.kind = End::Kind::kDead, .pos = n.pos});
      return kNoReg;
    }
    refuse(n, name + "() has no meaning here");
  }

  // --- statements ---------------------------------------------------------------------------------------------------------

  // The value is that of the last statement.
  Reg statement_expression(const Node& n) {
    const std::vector<Node>& all = n.inner.front().inner;
    for (std::size_t i = 0; i + 1 < all.size(); ++i) statement(all[i]);
    if (all.empty()) return kNoReg;
    const Node* last = &all.back();
    if (is_void(n)) {
      statement(*last);
      return kNoReg;
    }
    while (is(*last, "LabelStmt")) last = &last->inner.front();
    // A copy, for the variable may be gone or assigned to by the time it is used.
    const Reg value = argument(*last);
    return types_.of(n).kind == Type::Kind::kRecord ? value : emit({.op = Op::kCopyValue, .a = value, .pos = n.pos});
  }

  void statement(const Node& n) {
    if (is(n, "CompoundStmt")) {
      for (const Node& s : n.inner) statement(s);
    } else if (is(n, "DeclStmt")) {
      for (const Node& d : n.inner) {
        if (is(d, "VarDecl")) declare(d);
      }
    } else if (is(n, "NullStmt") || n.kind.empty()) {
    } else if (is(n, "IfStmt")) {
      if_statement(n);
    } else if (is(n, "WhileStmt")) {
      loop(nullptr, &n.inner[0], nullptr, n.inner[1], n.pos);
    } else if (is(n, "ForStmt")) {
      for_statement(n);
    } else if (is(n, "DoStmt")) {
      do_statement(n);
    } else if (is(n, "SwitchStmt")) {
      switch_statement(n);
    } else if (is(n, "CaseStmt") || is(n, "DefaultStmt")) {
      case_statement(n);
    } else if (is(n, "BreakStmt")) {
      jump(breaks_.back(), n.pos);
    } else if (is(n, "ContinueStmt")) {
      jump(continues_.back(), n.pos);
    } else if (is(n, "GotoStmt")) {
      jump(label(n.declaration).block, n.pos);
    } else if (is(n, "LabelStmt")) {
      Label& l = label(n.declaration);
      l.is_defined = true;
      jump(l.block, n.pos);
      begin(l.block);
      for (const Node& s : n.inner) statement(s);
    } else if (is(n, "ReturnStmt")) {
      return_statement(n);
    } else if (is(n, "AttributedStmt")) {
      for (const Node& s : n.inner) {
        if (!s.kind.ends_with("Attr")) statement(s);
      }
    } else if (is(n, "GCCAsmStmt") || is(n, "MSAsmStmt")) {
      refuse(n, "inline assembly has no meaning here");
    } else if (is(n, "IndirectGotoStmt")) {
      refuse(n, "a computed goto has no meaning here");
    } else if (n.kind.ends_with("Stmt")) {
      refuse(n, "this statement (clang: " + n.kind + ") has no meaning here");
    } else {
      (void)evaluate(n);
    }
  }

  Label& label(const std::string& id) {
    const auto found = labels_.find(id);
    return found != labels_.end() ? found->second : labels_.emplace(id, Label{new_block()}).first->second;
  }

  void if_statement(const Node& n) {
    const Node& condition = n.inner[0];
    const Node* otherwise = n.inner.size() > 2 ? &n.inner[2] : nullptr;
    const BlockId yes = new_block(), join = new_block();
    const BlockId no = otherwise != nullptr ? new_block() : join;
    if (const auto known = constant_value(condition)) {
      jump(*known != 0 ? yes : no, n.pos);
    } else {
      const Reg value = rvalue(condition);
      branch(value, yes, no, condition.pos);
    }
    begin(yes);
    statement(n.inner[1]);
    jump(join, n.pos);
    if (otherwise != nullptr) {
      begin(no);
      statement(*otherwise);
      jump(join, n.pos);
    }
    begin(join);
  }

  void for_statement(const Node& n) {
    // init, a declaration in the condition (C++), condition, step, body; what is absent has no kind.
    const auto part = [&](std::size_t i) { return n.inner[i].kind.empty() ? nullptr : &n.inner[i]; };
    loop(part(0), part(2), part(3), n.inner[4], n.pos);
  }

  void loop(const Node* before, const Node* condition, const Node* step, const Node& body, const SourcePos& pos) {
    if (before != nullptr) statement(*before);
    const BlockId head = new_block(), inside = new_block(), next = new_block(), after = new_block();
    jump(head, pos);
    begin(head);
    const auto known = condition != nullptr ? constant_value(*condition) : std::optional<Word>(1);
    if (known) {
      jump(*known != 0 ? inside : after, pos);
    } else {
      const Reg value = rvalue(*condition);
      branch(value, inside, after, condition->pos);
    }
    begin(inside);
    body_of_loop(body, after, next);
    jump(next, pos);
    begin(next);
    if (step != nullptr) (void)evaluate(*step);
    jump(head, pos);
    begin(after);
  }

  void do_statement(const Node& n) {
    const auto known = constant_value(n.inner[1]);
    const BlockId inside = new_block(), test = new_block(), after = new_block();
    jump(inside, n.pos);
    begin(inside);
    body_of_loop(n.inner[0], after, test);
    jump(test, n.pos);
    begin(test);
    if (known) {
      jump(*known != 0 ? inside : after, n.pos);
    } else {
      const Reg value = rvalue(n.inner[1]);
      branch(value, inside, after, n.inner[1].pos);
    }
    begin(after);
  }

  void body_of_loop(const Node& body, BlockId after, BlockId next) {
    breaks_.push_back(after);
    continues_.push_back(next);
    statement(body);
    breaks_.pop_back();
    continues_.pop_back();
  }

  void switch_statement(const Node& n) {
    const Reg value = rvalue(n.inner[0]);
    const BlockId after = new_block();
    const auto decides = block();
    end({.kind = End::Kind::kSwitch, .value = value, .pos = n.pos});
    switches_.emplace_back();
    breaks_.push_back(after);
    statement(n.inner[1]);
    jump(after, n.pos);
    breaks_.pop_back();
    End& e = f_.blocks[decides]->end;
    e.cases = std::move(switches_.back().cases);
    e.no = switches_.back().otherwise != kNoBlock ? switches_.back().otherwise : after;
    switches_.pop_back();
    begin(after);
  }

  void case_statement(const Node& n) {
    const BlockId here = new_block();
    jump(here, n.pos);
    begin(here);
    if (is(n, "DefaultStmt")) {
      switches_.back().otherwise = here;
    } else {
      const auto first = constant_value(n.inner[0]);
      const auto last = n.is_range ? constant_value(n.inner[1]) : first;
      if (!first || !last) refuse(n, "lkmc cannot work out the value of this case");
      switches_.back().cases.push_back({*first, *last, here});
    }
    statement(n.inner.back());
  }

  void return_statement(const Node& n) {
    if (n.inner.empty()) return end({.kind = End::Kind::kReturn, .pos = n.pos});
    const Node& value = n.inner.front();
    if (is_void(value)) {
      (void)evaluate(value);
      return end({.kind = End::Kind::kReturn, .pos = n.pos});
    }
    if (returned_record_ != kNoReg) {
      copy({.address = returned_record_, .type = return_type_}, record(value), n.pos);
      return end({.kind = End::Kind::kReturn, .pos = n.pos});
    }
    const Reg returned = rvalue(value);
    end({.kind = End::Kind::kReturn, .value = returned, .pos = n.pos});
  }

  Unit& unit_;
  const Types& types_;
  Function& f_;
  BlockId at_ = kNoBlock;
  Reg returned_record_ = kNoReg;
  Type return_type_{};
  std::map<std::string, Place> variables_;  // by id
  std::set<std::string> taken_;
  std::map<std::string, Label> labels_;
  std::map<std::string, Reg> opaque_;
  std::vector<BlockId> breaks_, continues_;
  std::vector<Switch> switches_;
};

// Takes in the tables, and then whatever is found to be needed, until nothing is missing.
Lowered Unit::take() {
  const auto is_table = [&](const Node& n) { return is(n, "VarDecl") && n.type.find("struct lkmc_case[") != std::string::npos; };
  for (const Node& n : tree_.root.inner) {
    if (!is_table(n)) continue;
    CaseTable table{.global = global(n.id)};
    for (const Node& list : n.inner) {
      for (const Node& element : list.inner) table.positions.push_back(element.pos);
    }
    lowered_.tables.push_back(std::move(table));
  }
  code().initialise = static_cast<int>(code().functions.size());
  code().functions.push_back(std::make_unique<Function>(Function{.name = "initial values", .pos = {}}));
  Lowering initial(*this, *code().functions.back());
  std::size_t functions = 0, globals = 0;
  while (functions < waiting_.size() || globals < to_initialise_.size()) {
    if (globals < to_initialise_.size()) {
      const auto [global, variable] = to_initialise_[globals++];
      initial.initialise(global, *variable);
    } else {
      const Node& declaration = *waiting_[functions++];
      Function& function = *code().functions[static_cast<std::size_t>(function_index_.at(declaration.name))];
      Lowering(*this, function).lower(declaration);
    }
  }
  initial.finish({});
  if (!unknown_.empty()) {
    std::string names;
    for (const auto& [name, pos] : unknown_) names += (names.empty() ? "" : ", ") + name;
    const auto first = std::min_element(unknown_.begin(), unknown_.end(), [](const auto& a, const auto& b) { return a.second.line < b.second.line; });
    throw Error{first->second, (unknown_.size() == 1 ? "this has no meaning here: " : "these have no meaning here: ") + names};
  }
  for (const auto& function : code().functions) analyse(*function);
  return std::move(lowered_);
}

}  // namespace

Lowered lower(const Tree& tree, const Types& types) { return Unit(tree, types).take(); }

}  // namespace lkmc::c
