// SPDX-License-Identifier: Apache-2.0
// The types of a C file: what they are, how large, and where in a structure its members lie.
//
// clang's tree gives a type as text, and tells neither sizes nor offsets. So the texts are parsed here, and structures are laid
// out as the x86-64 and arm64 ABIs of Linux do.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/c/tree.h"
#include "src/program/expr.h"

namespace lkmc::c {

struct Record;

struct Type {
  enum class Kind : std::uint8_t { kVoid, kInteger, kPointer, kArray, kRecord, kFunction, kUnknown } kind = Kind::kUnknown;
  bool is_volatile = false;
  bool is_signed = true;  // of an integer
  bool is_bool = false;
  int bits = 0;                           // of an integer
  std::int64_t count = 0;                 // of an array
  std::shared_ptr<const Type> element{};  // of an array; what a pointer points to
  Record* record = nullptr;
  std::string text{};  // as clang writes it

  [[nodiscard]] bool is_scalar() const { return kind == Kind::kInteger || kind == Kind::kPointer; }
};

struct Field {
  std::string id;
  std::string name;  // empty if it is an anonymous structure
  Type type;
  std::int64_t offset = 0;         // in bytes; of a bit field, that of the word that holds it
  int bits = 0, first_bit = 0;     // of a bit field
  const Record* record = nullptr;  // that it belongs to
};

struct Record {
  std::string name;  // `struct foo`
  bool is_union = false, is_packed = false;
  std::int64_t aligned = 1;
  const Node* node = nullptr;
  std::vector<Field> fields{};
  std::int64_t size = 0, alignment = 1;
  enum class State : std::uint8_t { kNew, kBusy, kDone } state = State::kNew;
};

// The type that C computes in with 64 bits and no sign, such as pointers do.
[[nodiscard]] bool is_unsigned_word(const Type& type);

class Types {
 public:
  // Knows all types that are declared in the tree, which must outlive this.
  explicit Types(const Node& root);

  // The type of an expression or a declaration; throws Error if it has a meaning that lkmc does not know, such as a float.
  [[nodiscard]] Type of(const Node& node) const;
  [[nodiscard]] Type parse(const std::string& text, const SourcePos& pos) const;
  // The type in sizeof(type), or that a compound assignment computes in.
  [[nodiscard]] Type operand_of(const Node& node) const;

  [[nodiscard]] std::int64_t size_of(const Type& type, const SourcePos& pos) const;
  [[nodiscard]] std::int64_t alignment_of(const Type& type, const SourcePos& pos) const;
  [[nodiscard]] const Field& field(const std::string& id, const SourcePos& pos) const;
  [[nodiscard]] const Record& laid_out(Record& record, const SourcePos& pos) const;
  // The value of an enumerator, by its id; nothing if it is none.
  [[nodiscard]] const Word* enumerator(const std::string& id) const;

  // A part of an object that is accessed as one, and what it is called: `.l.next`, `[2]`.
  struct Scalar {
    std::int64_t offset;
    Type type;
    std::string name;
  };
  using Visit = std::function<void(const Scalar&)>;
  // Where an aggregate begins inside of an object; members are told with all that is in them, unions with all their members.
  using VisitAggregate = std::function<void(std::int64_t offset, const Type&)>;
  void for_each_scalar(const Type& type, const SourcePos& pos, const Visit& visit, const VisitAggregate& aggregate) const;

 private:
  void declare(const Node& parent);
  void declare_record(const Node& node);
  void declare_enum(const Node& node);
  void name_anonymous(const Node& user, Record* record);
  void lay_out(Record& record, const SourcePos& pos) const;
  void walk(const Type& type, std::int64_t offset, const std::string& name, const SourcePos& pos, const Visit& visit,
            const VisitAggregate& aggregate) const;

  std::map<std::string, std::unique_ptr<Record>> records_;    // by id
  std::map<std::string, Record*, std::less<>> record_named_;  // `struct foo`, or a typedef of one without a name
  std::map<std::string, std::string, std::less<>> typedefs_;  // to what they stand for
  std::map<std::string, Word> enumerators_;
  std::map<std::string, bool, std::less<>> enum_is_signed_;
  mutable std::map<std::string, std::pair<const Record*, std::size_t>> field_at_;  // by id
  std::map<std::string, Record*> record_of_field_;
};

}  // namespace lkmc::c
