// SPDX-License-Identifier: Apache-2.0
// The initial state, and the types that it shares with the threads.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "src/litmus/parser.h"

namespace lkmc::litmus {
namespace {

constexpr std::array<std::string_view, 25> kTypeWords = {
    "void", "char", "short", "int", "long", "signed", "unsigned", "bool", "_Bool",      "const",   "volatile", "struct", "union",
    "u8",   "u16",  "u32",   "u64", "s8",   "s16",    "s32",      "s64",  "atomic_int", "_Atomic", "__user",   "__rcu"};

bool is_type_word(const Token& token) {
  if (!token.is_identifier()) return false;
  return std::ranges::find(kTypeWords, token.text) != kTypeWords.end();
}

bool is_typedef(const Token& token) { return token.is_identifier() && token.text.ends_with("_t"); }

// `[x]`, `x`, `x[2]`, `0:r1` or `P0:r1`, with or without a type in front of it and a value behind it.
class InitialStateParser {
 public:
  InitialStateParser(Cursor& cursor, SymbolTable& symbols) : cursor_(cursor), symbols_(symbols) {}

  std::vector<PresetRegister> run() {
    cursor_.expect("{", "at the start of the initial state");
    while (!cursor_.accept("}")) {
      if (cursor_.accept(";")) continue;
      item();
      if (!cursor_.peek().is("}")) cursor_.expect(";", "after an initial value");
    }
    for (const auto& [location, target] : pointers_) {
      const Word word = address(target);
      symbols_.locations[static_cast<std::size_t>(location)].initial = word;
    }
    return std::move(presets_);
  }

 private:
  struct Initialiser {
    Word value = 0;    // or the index, for an element of an array
    std::string name;  // of the location pointed to, or empty
    SourcePos pos;
  };
  // An address cannot be filled in before the location it points to has been declared, perhaps as an array.
  struct Pointer {
    Location location;
    Initialiser target;
  };

  // The type is optional, and any single name can be one: `foo x = 1;`.
  [[nodiscard]] bool at_any_type() const {
    if (!cursor_.peek().is_identifier() || thread_number(cursor_.peek()) >= 0) return is_type_word(cursor_.peek());
    if (is_type_word(cursor_.peek())) return true;
    const Token& after = cursor_.peek(1);
    if (after.is_identifier() || after.is("*") || after.kind == TokenKind::kNumber) return true;
    return after.is("[") && cursor_.peek(2).is_identifier();
  }

  void item() {
    Type type{"int", 0};
    const bool typed = at_any_type();
    if (typed) type = parse_type(cursor_);
    while (cursor_.accept("*")) ++type.stars;
    const Token& first = cursor_.peek();
    const bool is_register = first.kind == TokenKind::kNumber || (thread_number(first) >= 0 && cursor_.peek(1).is(":"));
    if (is_register) {
      register_item(typed ? type : Type{});
    } else {
      location_item(type, typed);
    }
  }

  void register_item(const Type& type) {
    const Token& thread = cursor_.next();
    const Word number = thread.kind == TokenKind::kNumber ? thread.value : thread_number(thread);
    if (number < 0 || number >= kMaxThreads) cursor_.fail(thread.pos, "no such thread: " + std::string(thread.text));
    cursor_.expect(":", "between a thread and its register");
    const std::string name(cursor_.expect_identifier("the name of a register").text);
    if (!preset_names_.emplace(number, name).second) {
      cursor_.fail(thread.pos, "`" + std::to_string(number) + ":" + name + "` has two initial values");
    }
    Word value = 0;
    if (cursor_.accept("=")) {
      const Initialiser init = initialiser();
      value = init.name.empty() ? init.value : address(init);
    }
    presets_.push_back({static_cast<int>(number), name, cut(integer_of(type), value), type, thread.pos});
  }

  void location_item(const Type& type, bool typed) {
    const bool bracketed = cursor_.accept("[");
    const Token& token = cursor_.expect_identifier("the name of a location");
    if (bracketed) cursor_.expect("]", "after the name of a location");
    const std::string name(token.text);
    int size = 1;
    const bool is_array = !bracketed && cursor_.peek().is("[");
    if (is_array) size = array_size();
    Symbol& symbol = declare(name, size, is_array, token.pos);
    if (typed) {
      symbol.element_bytes = size_in_bytes(type);
      symbol.type = type;
      symbol.is_typed = true;
    }
    const Location first = symbol.first;
    if (!cursor_.accept("=")) return;
    if (!is_array) {
      assign(first, initialiser());
      return;
    }
    const SourcePos start = cursor_.expect("{", "before the values of an array").pos;
    int count = 0;
    while (!cursor_.peek().is("}")) {
      if (count >= size) cursor_.fail(cursor_.peek().pos, "more values than `" + name + "` has elements");
      assign(first + count++, initialiser());
      if (!cursor_.accept(",")) break;
    }
    cursor_.expect("}", "after the values of an array");
    if (count != size) {
      cursor_.fail(start, "`" + name + "` has " + std::to_string(size) + " elements, but not as many values");
    }
  }

  int array_size() {
    cursor_.expect("[", "before the size of an array");
    const Token& token = cursor_.peek();
    if (token.kind != TokenKind::kNumber) cursor_.fail_expected("the size of the array");
    cursor_.next();
    if (token.value < 1 || token.value > kMaxArraySize) {
      cursor_.fail(token.pos, "an array has 1 to " + std::to_string(kMaxArraySize) + " elements");
    }
    cursor_.expect("]", "after the size of an array");
    return static_cast<int>(token.value);
  }

  Symbol& declare(const std::string& name, int size, bool is_array, SourcePos pos) {
    if (const Symbol* known = symbols_.find(name); known != nullptr) {
      if (known->initialised) cursor_.fail(pos, "`" + name + "` is declared twice in the initial state");
      if (is_array) cursor_.fail(pos, "the array `" + name + "` must be declared before its address is taken");
    }
    check_room(size, pos);
    Symbol& symbol = is_array ? symbols_.add(name, size, true) : symbols_.get(name);
    symbol.initialised = true;
    return symbol;
  }

  void check_room(int more, SourcePos pos) const {
    if (static_cast<int>(symbols_.locations.size()) + more > kMaxLocations) {
      cursor_.fail(pos, "more than " + std::to_string(kMaxLocations) + " locations");
    }
  }

  // A constant, or the name of a location for its address.
  Initialiser initialiser() {
    const SourcePos pos = cursor_.peek().pos;
    if (cursor_.peek().is("ATOMIC_INIT") || cursor_.peek().is("(")) {
      NestingGuard guard(depth_, kMaxNesting, cursor_);
      const bool macro = cursor_.accept("ATOMIC_INIT");
      cursor_.expect("(", "after `ATOMIC_INIT`");
      const bool cast = !macro && at_type(cursor_);
      if (cast) (void)parse_type(cursor_);
      Initialiser inner{};
      if (!cast) inner = initialiser();
      cursor_.expect(")", cast ? "after a type" : "after an initial value");
      return cast ? initialiser() : inner;
    }
    const bool ampersand = cursor_.accept("&");
    if (cursor_.peek().is_identifier()) {
      const Token& token = cursor_.next();
      if (token.is("NULL")) return {0, {}, pos};
      Initialiser init{0, std::string(token.text), pos};
      if (cursor_.accept("[")) {
        if (cursor_.peek().kind != TokenKind::kNumber) cursor_.fail_expected("an index");
        init.value = cursor_.next().value;
        cursor_.expect("]", "after an index");
      }
      return init;
    }
    const bool negative = !ampersand && cursor_.accept("-");
    if (ampersand || cursor_.peek().kind != TokenKind::kNumber) {
      cursor_.fail_expected("an initial value: a number or the name of a location");
    }
    const auto value = static_cast<std::uint64_t>(cursor_.next().value);
    return {static_cast<Word>(negative ? 0 - value : value), {}, pos};
  }

  void assign(Location location, Initialiser init) {
    if (init.name.empty()) {
      symbols_.locations[static_cast<std::size_t>(location)].initial = init.value;
    } else {
      pointers_.push_back({location, std::move(init)});
    }
  }

  // A name that nobody declares is a location all the same: herd's tests use such names as distinct pointers.
  Word address(const Initialiser& target) {
    if (symbols_.find(target.name) == nullptr) check_room(1, target.pos);
    const Symbol& symbol = symbols_.get(target.name);
    if (target.value < 0 || target.value >= symbol.size) {
      cursor_.fail(target.pos, "`" + target.name + "` has no element " + std::to_string(target.value));
    }
    return Program::address_of(symbol.first, target.value);
  }

  Cursor& cursor_;
  SymbolTable& symbols_;
  std::vector<Pointer> pointers_;
  std::vector<PresetRegister> presets_;
  std::set<std::pair<Word, std::string>> preset_names_;
  int depth_ = 0;
};

}  // namespace

bool at_type(const Cursor& cursor) {
  const Token& token = cursor.peek();
  if (is_type_word(token)) return true;
  if (!is_typedef(token)) return false;
  const Token& after = cursor.peek(1);
  return after.is_identifier() || after.is("*") || after.is(")");
}

Type parse_type(Cursor& cursor) {
  Type type;
  bool named = false;
  // Base type: words such as `unsigned long`, `struct foo`, or one other name.
  while (cursor.peek().is_identifier()) {
    const Token& token = cursor.peek();
    if (token.is("struct") || token.is("union")) {
      cursor.next();
      type.name = "struct " + std::string(cursor.expect_identifier("the name of the structure").text);
      named = true;
    } else if (is_type_word(token)) {
      cursor.next();
      if (token.is("const") || token.is("volatile") || token.is("__user") || token.is("__rcu")) continue;
      if (!type.name.empty()) type.name += ' ';
      type.name += token.text;
      named = true;
    } else if (!named) {
      cursor.next();
      type.name = token.text;
      named = true;
    } else {
      break;
    }
  }
  while (true) {
    if (cursor.accept("*")) {
      ++type.stars;
    } else if (!cursor.accept("const") && !cursor.accept("volatile") && !cursor.accept("__rcu")) {
      break;
    }
  }
  return type;
}

std::vector<PresetRegister> parse_initial_state(Cursor& cursor, SymbolTable& symbols) { return InitialStateParser(cursor, symbols).run(); }

}  // namespace lkmc::litmus
