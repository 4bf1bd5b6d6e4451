// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <utility>

namespace lkmc::c {

void Lowering::find_taken_addresses(const Node& n) {
  if (is(n, "UnaryOperator") && n.opcode == "&") {
    const Node* at = &without_parentheses(n.inner.front());
    if (is(*at, "DeclRefExpr")) taken_.insert(at->declaration);
  }
  for (const Node& child : n.inner) find_taken_addresses(child);
}

void Lowering::parameter(const Node& n) {
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

Place Lowering::declare_local(const Node& n, const Type& type) {
  const auto index = static_cast<int>(f_.locals.size());
  f_.locals.push_back({.name = n.name.empty() ? "a compound literal" : n.name, .type = type, .pos = n.pos});
  (void)types_.size_of(type, n.pos);
  const Reg address = emit({.op = Op::kLocal, .pos = n.pos, .index = index});
  return variables_[n.id] = {.address = address, .type = type};
}

void Lowering::declare(const Node& n) {
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

void Lowering::assign_initially(const Place& place, const Node& written, bool is_zeroed) {
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

void Lowering::initialise_list(const Place& place, const Node& list, bool is_zeroed) {
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
      if (f.id == list.declaration || (list.declaration.empty() && f.type.text == type.text))
        return assign_initially(member(place, f), list.inner.front(), true);
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

void Lowering::clear_words_of_bit_fields(const Place& place, const Record& record, const SourcePos& pos) {
  std::optional<std::int64_t> cleared;
  for (const Field& f : record.fields) {
    if (f.bits == 0 || f.offset == cleared) continue;
    Place word = member(place, f);
    word.bits = nullptr;
    store(word, constant(0, pos), pos);
    cleared = f.offset;
  }
}

void Lowering::initialise_text(const Place& place, const Node& literal) {
  const std::string text = unquoted(literal.value);
  for (std::int64_t i = 0; i < place.type.count; ++i) {
    const Word c = static_cast<std::size_t>(i) < text.size() ? static_cast<signed char>(text[static_cast<std::size_t>(i)]) : 0;
    store({.address = place.address, .offset = place.offset + i, .type = *place.type.element}, constant(c, literal.pos), literal.pos);
  }
}

void Lowering::clear(const Place& place, const SourcePos& pos) {
  if (place.is_register() || place.type.is_scalar()) return store(place, constant(0, pos), pos);
  types_.for_each_scalar(
      place.type, pos,
      [&](const Types::Scalar& s) {
        store({.address = place.address, .offset = place.offset + s.offset, .type = s.type}, constant(0, pos), pos);
      },
      [](std::int64_t, const Type&) {});
}

Place Lowering::member(const Place& of, const Field& f) {
  Type type = f.type;
  type.is_volatile = type.is_volatile || of.type.is_volatile;
  return {.address = of.address, .offset = of.offset + f.offset, .type = std::move(type), .bits = f.bits > 0 ? &f : nullptr};
}

}  // namespace lkmc::c
