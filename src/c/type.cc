// SPDX-License-Identifier: Apache-2.0
#include "src/c/type.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

namespace lkmc::c {
namespace {

constexpr int kWordBytes = 8;
// An object with more parts is refused.
constexpr std::int64_t kMaxElements = 4096;

std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// The words and signs of a type's text. What stands for a structure without a name, `struct foo::(anonymous at …)`, is one word.
std::vector<std::string> tokens_of(const std::string& text) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
    } else if (is_word_char(text[i])) {
      std::size_t end = i;
      while (end < text.size() && (is_word_char(text[end]) || text.compare(end, 2, "::") == 0)) end += is_word_char(text[end]) ? 1 : 2;
      if (text.compare(end, 10, "(anonymous") == 0 || text.compare(end, 8, "(unnamed") == 0)
        end = std::min(text.find(')', end), text.size() - 1) + 1;
      tokens.push_back(text.substr(i, end - i));
      i = end;
    } else if (text.compare(i, 10, "(anonymous") == 0 || text.compare(i, 8, "(unnamed") == 0) {
      const std::size_t end = std::min(text.find(')', i), text.size() - 1) + 1;
      tokens.push_back(text.substr(i, end - i));
      i = end;
    } else {
      tokens.emplace_back(1, text[i++]);
    }
  }
  return tokens;
}

bool is_anonymous(std::string_view token) {
  return token.find("(anonymous") != std::string_view::npos || token.find("(unnamed") != std::string_view::npos;
}

// `(unnamed struct at …)` is what clang writes in the type of a declaration; in that of an element it leaves the kind out.
std::string without_kind(std::string token) {
  for (const std::string_view kind : {" struct", " union"}) {
    const std::size_t at = token.find(std::string(kind) + " at ");
    if (at != std::string::npos) token.erase(at, kind.size());
  }
  return token;
}

Type pointer_to(Type to) {
  Type pointer{.kind = Type::Kind::kPointer, .is_signed = false, .bits = 64};
  pointer.text = to.text + " *";
  pointer.element = std::make_shared<const Type>(std::move(to));
  return pointer;
}

Type integer(int bits, bool is_signed) { return {.kind = Type::Kind::kInteger, .is_signed = is_signed, .bits = bits}; }

}  // namespace

bool is_unsigned_word(const Type& type) { return type.kind == Type::Kind::kPointer || (type.bits == 64 && !type.is_signed); }

// --- declarations ---------------------------------------------------------------------------------------------------------

Types::Types(const Node& root) { declare(root); }

void Types::declare(const Node& parent) {
  Record* last = nullptr;  // without a name
  for (const Node& n : parent.inner) {
    if (n.kind == "RecordDecl") {
      declare_record(n);
      last = n.name.empty() && n.is_complete ? records_[n.id].get() : nullptr;
    } else if (n.kind == "EnumDecl") {
      declare_enum(n);
    } else if (n.kind == "TypedefDecl") {
      const std::string& stands_for = n.real_type.empty() ? n.type : n.real_type;
      if (last != nullptr && n.type.find('*') == std::string::npos &&
          (n.type == "struct " + n.name || n.type == "union " + n.name || is_anonymous(n.type))) {
        record_named_[n.name] = last;
        record_named_[n.type] = last;
        if (last->name.empty()) last->name = n.name;
      } else if (stands_for != n.name) {
        typedefs_[n.name] = stands_for;
      }
      if (last != nullptr) name_anonymous(n, last);
    } else if (last != nullptr && (n.kind == "FieldDecl" || n.kind == "VarDecl")) {
      name_anonymous(n, last);
    }
    declare(n);
  }
}

void Types::declare_record(const Node& node) {
  if (!node.is_complete) return;
  auto record = std::make_unique<Record>();
  record->is_union = node.tag_used == "union";
  record->node = &node;
  if (!node.name.empty()) record->name = node.tag_used + ' ' + node.name;
  for (const Node& n : node.inner) {
    if (n.kind == "PackedAttr") record->is_packed = true;
    if (n.kind == "AlignedAttr")
      record->aligned = n.inner.empty() ? 16 : std::max<std::int64_t>(1, std::atoll(n.inner.front().value.c_str()));
    if (n.kind == "FieldDecl") record_of_field_[n.id] = record.get();
  }
  if (!node.name.empty()) record_named_[record->name] = record.get();
  records_[node.id] = std::move(record);
}

namespace {

// The value that an enumerator is given, if it is. Where the enumeration has another type than int, clang casts it to that.
std::optional<Word> given_value(const Node& enumerator) {
  if (enumerator.inner.empty()) return std::nullopt;
  const Node* n = &enumerator.inner.front();
  while (n->kind == "ImplicitCastExpr" && !n->inner.empty()) n = &n->inner.front();
  if (n->value.empty()) return std::nullopt;
  return static_cast<Word>(std::strtoull(n->value.c_str(), nullptr, 10));
}

}  // namespace

void Types::declare_enum(const Node& node) {
  Word next = 0;
  bool is_signed = false;
  for (const Node& n : node.inner) {
    if (n.kind != "EnumConstantDecl") continue;
    next = given_value(n).value_or(next);
    is_signed = is_signed || next < 0;
    enumerators_[n.id] = next++;
  }
  if (!node.name.empty()) enum_is_signed_[node.name] = is_signed;
}

// The texts by which clang calls a structure without a name are in the type of what is declared with it.
void Types::name_anonymous(const Node& user, Record* record) {
  for (const std::string* text : {&user.type, &user.real_type}) {
    for (const std::string& token : tokens_of(*text)) {
      if (!is_anonymous(token)) continue;
      record_named_[token] = record;
      record_named_.try_emplace(without_kind(token), record);
    }
  }
}

const Word* Types::enumerator(const std::string& id) const {
  const auto found = enumerators_.find(id);
  return found == enumerators_.end() ? nullptr : &found->second;
}

// --- parsing --------------------------------------------------------------------------------------------------------------

namespace {

// What the words before the first `*`, `(` or `[` say.
struct Specifier {
  std::set<std::string> words;
  int longs = 0;
  std::string name;  // of a tag or a typedef
  std::string tag;   // struct, union, enum
  bool is_volatile = false;
};

class TextParser {
 public:
  explicit TextParser(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] bool at_end() const { return at_ >= tokens_.size(); }
  [[nodiscard]] std::string_view peek(std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() ? std::string_view(tokens_[at_ + ahead]) : std::string_view();
  }
  std::string next() { return tokens_[at_++]; }
  void skip_parentheses() {
    int depth = 0;
    do {
      if (peek() == "(") ++depth;
      if (peek() == ")") --depth;
      ++at_;
    } while (depth > 0 && !at_end());
  }

 private:
  std::vector<std::string> tokens_;
  std::size_t at_ = 0;
};

Specifier specifier_of(TextParser& in) {
  Specifier s;
  while (!in.at_end()) {
    const std::string_view word = in.peek();
    if (word == "*" || word == "[" || word == "(") break;
    std::string w = in.next();
    if (w == "volatile") {
      s.is_volatile = true;
    } else if (w == "const" || w == "restrict" || w == "__restrict" || w == "register") {
      continue;
    } else if (w == "typeof" || w == "__typeof__") {
      if (in.peek() == "(") in.skip_parentheses();
      s.name = std::move(w);
    } else if (w == "struct" || w == "union" || w == "enum") {
      s.tag = std::move(w);
    } else if (w == "long") {
      ++s.longs;
    } else if (w == "unsigned" || w == "signed" || w == "int" || w == "short" || w == "char" || w == "void" || w == "_Bool") {
      s.words.insert(std::move(w));
    } else {
      s.name = std::move(w);
    }
  }
  return s;
}

// Pointers, arrays and functions around a base, written inside out.
Type declared(TextParser& in, Type base) {
  while (in.peek() == "*") {
    in.next();
    base = pointer_to(std::move(base));
    while (in.peek() == "const" || in.peek() == "volatile" || in.peek() == "restrict" || in.peek() == "__restrict") {
      base.is_volatile = base.is_volatile || in.peek() == "volatile";
      in.next();
    }
  }
  // `(*…)`: what is inside is declared around what follows.
  if (in.peek() == "(" && in.peek(1) == "*") {
    TextParser inside = in;
    in.skip_parentheses();
    Type outer = declared(in, std::move(base));
    inside.next();
    return declared(inside, std::move(outer));
  }
  if (in.peek() == "(") {
    in.skip_parentheses();
    Type function{.kind = Type::Kind::kFunction};
    function.element = std::make_shared<const Type>(std::move(base));
    return function;
  }
  if (in.peek() == "[") {
    std::vector<std::int64_t> counts;
    while (in.peek() == "[") {
      in.next();
      std::int64_t count = 0;
      bool is_known = true;
      while (!in.at_end() && in.peek() != "]") {
        const std::string word = in.next();
        is_known =
            is_known && std::all_of(word.begin(), word.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
        count = std::atoll(word.c_str());
      }
      if (!in.at_end()) in.next();
      if (!is_known) return {};  // of variable length
      counts.push_back(count);
    }
    for (auto count = counts.rbegin(); count != counts.rend(); ++count) {
      Type array{.kind = Type::Kind::kArray, .count = *count};
      array.is_volatile = base.is_volatile;
      array.element = std::make_shared<const Type>(std::move(base));
      base = std::move(array);
    }
  }
  return base;
}

}  // namespace

Type Types::parse(const std::string& text, const SourcePos& pos) const {
  TextParser in(tokens_of(text));
  const Specifier s = specifier_of(in);
  Type base;
  const auto has = [&](const char* word) { return s.words.contains(word); };
  if (s.tag == "enum") {
    const auto known = enum_is_signed_.find(s.name);
    base = integer(32, known != enum_is_signed_.end() && known->second);
  } else if (!s.tag.empty() || is_anonymous(s.name)) {
    const auto found = record_named_.find(is_anonymous(s.name) ? s.name : s.tag + ' ' + s.name);
    base.kind = Type::Kind::kRecord;
    if (found != record_named_.end()) base.record = found->second;
    const auto by_typedef = record_named_.find(s.name);
    if (base.record == nullptr && by_typedef != record_named_.end()) base.record = by_typedef->second;
    if (s.tag.empty() && base.record == nullptr) base = integer(32, false);  // an enumeration without a name
  } else if (!s.name.empty()) {
    if (const auto record = record_named_.find(s.name); record != record_named_.end()) {
      base.kind = Type::Kind::kRecord;
      base.record = record->second;
    } else if (const auto alias = typedefs_.find(s.name); alias != typedefs_.end()) {
      base = parse(alias->second, pos);
    }
  } else if (has("void")) {
    base.kind = Type::Kind::kVoid;
  } else if (has("_Bool")) {
    base = integer(8, false);
    base.is_bool = true;
  } else if (has("char")) {
    base = integer(8, !has("unsigned"));
  } else if (has("short")) {
    base = integer(16, !has("unsigned"));
  } else if (s.longs > 0) {
    base = integer(64, !has("unsigned"));
  } else if (has("int") || has("unsigned") || has("signed")) {
    base = integer(32, !has("unsigned"));
  }
  base.is_volatile = base.is_volatile || s.is_volatile;
  base.text = text.substr(0, text.find('*'));
  Type type = declared(in, std::move(base));
  type.text = text;
  return type;
}

Type Types::of(const Node& node) const { return parse(node.real_type.empty() ? node.type : node.real_type, node.pos); }

Type Types::operand_of(const Node& node) const {
  return parse(node.real_operand_type.empty() ? node.operand_type : node.real_operand_type, node.pos);
}

// --- layout ---------------------------------------------------------------------------------------------------------------

std::int64_t Types::size_of(const Type& type, const SourcePos& pos) const {
  switch (type.kind) {
    case Type::Kind::kInteger:
      return type.bits / 8;
    case Type::Kind::kPointer:
      return kWordBytes;
    case Type::Kind::kArray:
      return type.count * size_of(*type.element, pos);
    case Type::Kind::kRecord:
      if (type.record == nullptr) throw Error{pos, "`" + type.text + "` is declared, but what is in it is not"};
      return laid_out(*type.record, pos).size;
    case Type::Kind::kVoid:
    case Type::Kind::kFunction:
      return 1;  // as GNU C has it
    case Type::Kind::kUnknown:
      break;
  }
  throw Error{pos, "the type `" + type.text + "` has no meaning here"};
}

std::int64_t Types::alignment_of(const Type& type, const SourcePos& pos) const {
  if (type.kind == Type::Kind::kArray) return alignment_of(*type.element, pos);
  if (type.kind == Type::Kind::kRecord && type.record != nullptr) return laid_out(*type.record, pos).alignment;
  return size_of(type, pos);
}

const Record& Types::laid_out(Record& record, const SourcePos& pos) const {
  if (record.state != Record::State::kDone) lay_out(record, pos);
  return record;
}

void Types::lay_out(Record& record, const SourcePos& pos) const {
  if (record.state == Record::State::kBusy) throw Error{pos, "`" + record.name + "` contains itself"};
  record.state = Record::State::kBusy;
  std::int64_t bit = 0;  // where the next member may begin
  std::int64_t size = 0;
  for (const Node& n : record.node->inner) {
    if (n.kind != "FieldDecl") continue;
    Field f{.id = n.id, .name = n.name, .type = of(n), .record = &record};
    const std::int64_t bytes = size_of(f.type, n.pos);
    std::int64_t alignment = record.is_packed ? 1 : alignment_of(f.type, n.pos);
    for (const Node& attribute : n.inner) {
      if (attribute.kind == "AlignedAttr" && !attribute.inner.empty()) {
        alignment = std::max<std::int64_t>(alignment, std::atoll(attribute.inner.front().value.c_str()));
      }
    }
    if (record.is_union) bit = 0;
    if (n.is_bit_field) {
      const int width = n.inner.empty() ? 0 : std::atoi(n.inner.front().value.c_str());
      const std::int64_t unit = bytes * 8;
      if (width == 0 || (!record.is_packed && bit / unit != (bit + width - 1) / unit)) bit = round_up(bit, unit);
      f.bits = width;
      f.offset = bit / unit * bytes;
      f.first_bit = static_cast<int>(bit - f.offset * 8);
      bit += width;
      if (width == 0) continue;
    } else {
      bit = round_up(bit, alignment * 8);
      f.offset = bit / 8;
      bit += bytes * 8;
    }
    if (!n.name.empty() || !n.is_bit_field) record.alignment = std::max(record.alignment, alignment);
    size = std::max(size, round_up(bit, 8) / 8);
    record.fields.push_back(std::move(f));
  }
  record.alignment = std::max(record.alignment, record.aligned);
  record.size = round_up(size, record.alignment);
  for (std::size_t i = 0; i < record.fields.size(); ++i) field_at_[record.fields[i].id] = {&record, i};
  record.state = Record::State::kDone;
}

const Field& Types::field(const std::string& id, const SourcePos& pos) const {
  const auto record = record_of_field_.find(id);
  if (record == record_of_field_.end()) throw Error{pos, "this member has no meaning here"};
  (void)laid_out(*record->second, pos);
  const auto& [of, index] = field_at_.at(id);
  return of->fields[index];
}

void Types::for_each_scalar(const Type& type, const SourcePos& pos, const Visit& visit, const VisitAggregate& aggregate) const {
  walk(type, 0, "", pos, visit, aggregate);
}

void Types::walk(const Type& type, std::int64_t offset, const std::string& name, const SourcePos& pos, const Visit& visit,
                 const VisitAggregate& aggregate) const {
  if (type.is_scalar()) return visit({offset, type, name});
  if (type.kind == Type::Kind::kArray) {
    if (type.count > kMaxElements) throw Error{pos, "an array of " + std::to_string(type.count) + " elements is too large"};
    const std::int64_t size = size_of(*type.element, pos);
    for (std::int64_t i = 0; i < type.count; ++i) {
      walk(*type.element, offset + i * size, name + '[' + std::to_string(i) + ']', pos, visit, aggregate);
    }
    return;
  }
  if (type.kind != Type::Kind::kRecord) throw Error{pos, "an object of type `" + type.text + "` has no meaning here"};
  (void)size_of(type, pos);
  aggregate(offset, type);
  for (const Field& f : laid_out(*type.record, pos).fields) {
    walk(f.type, offset + f.offset, f.name.empty() ? name : name + '.' + f.name, pos, visit, aggregate);
  }
}

}  // namespace lkmc::c
