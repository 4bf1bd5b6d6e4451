// SPDX-License-Identifier: Apache-2.0
#include "src/c/memory.h"

#include <algorithm>
#include <utility>

namespace lkmc::c {
namespace {

constexpr Word kObjectBase = kAddressBase + kAddressGap * kMaxObjects;
// An object with more parts is refused.
constexpr std::size_t kMaxCells = 4096;

std::string counted(int bytes) { return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes"); }

}  // namespace

Word address_of_object(std::int64_t object, std::int64_t offset) { return kObjectBase + kAddressGap * object + offset; }

std::optional<Pointer> pointer_at(Word word) {
  if (word < kObjectBase - kAddressGap / 2) return std::nullopt;
  const Word from_base = word - kObjectBase + kAddressGap / 2;
  const std::int64_t object = from_base / kAddressGap;
  if (object >= kMaxObjects) return std::nullopt;
  return Pointer{object, from_base % kAddressGap - kAddressGap / 2};
}

Layout::Layout(const std::string& name, const Type& type, const Types& types, const SourcePos& pos) : size(types.size_of(type, pos)) {
  types.for_each_scalar(
      type, pos,
      [&](const Types::Scalar& s) {
        const int bytes = static_cast<int>(types.size_of(s.type, pos));
        const Integer integer = s.type.kind == Type::Kind::kInteger ? Integer{s.type.bits, s.type.is_signed} : Integer{64, false};
        const auto same = std::find_if(cells.begin(), cells.end(), [&](const Cell& c) { return c.offset == s.offset && c.bytes == bytes; });
        if (same == cells.end()) cells.push_back({s.offset, bytes, integer, s.name});
      },
      [&](std::int64_t offset, const Type&) { aggregates.push_back(offset); });
  if (cells.size() > kMaxCells) throw Error{pos, "`" + name + "` has too many parts"};
  std::stable_sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) { return a.offset < b.offset; });
  for (std::size_t i = 0; i < cells.size(); ++i) {
    for (std::size_t j = i + 1; j < cells.size() && cells[j].offset < cells[i].offset + cells[i].bytes; ++j) {
      cells[i].overlaps.push_back(static_cast<int>(j));
      cells[j].overlaps.push_back(static_cast<int>(i));
    }
  }
}

const Cell* Layout::find(std::int64_t offset, int bytes) const {
  auto cell = std::lower_bound(cells.begin(), cells.end(), offset, [](const Cell& c, std::int64_t o) { return c.offset < o; });
  for (; cell != cells.end() && cell->offset == offset; ++cell) {
    if (cell->bytes == bytes || bytes == 0) return &*cell;
  }
  return nullptr;
}

std::string Layout::why_not(const std::string& name, std::int64_t offset, int bytes) const {
  if (offset < 0 || offset + bytes > size) {
    return "access to " + counted(bytes) + " at offset " + std::to_string(offset) + " of `" + name + "`, which is " +
           counted(static_cast<int>(size)) + " large";
  }
  for (const Cell& c : cells) {
    if (c.offset < offset + bytes && offset < c.offset + c.bytes) {
      return "access to " + counted(bytes) + " of `" + name + c.name + "`, which is accessed as " + counted(c.bytes) +
             ": lkmc knows no accesses of mixed size";
    }
  }
  return "access to the padding of `" + name + "`";
}

Layouts::Layouts(const Code& code, const Types& types) {
  for (const Global& g : code.globals) {
    globals.push_back(g.is_text ? nullptr : std::make_shared<const Layout>(g.name, g.type, types, g.pos));
  }
  for (const auto& function : code.functions) {
    auto& all = locals.emplace_back();
    for (const LocalObject& local : function->locals)
      all.push_back(std::make_shared<const Layout>(local.name, local.type, types, local.pos));
  }
}

Memory::Memory(const Code& code, const Layouts& layouts, const std::set<int>& globals) : layouts_(layouts) {
  for (std::size_t g = 0; g < code.globals.size(); ++g) {
    const Global& global = code.globals[g];
    objects_.push_back({.name = global.name, .kind = global.is_text ? Object::Kind::kText : Object::Kind::kVariable, .text = global.text});
    if (global.is_text || !globals.contains(static_cast<int>(g))) continue;
    objects_.back().layout = layouts.globals[g];
    place(objects_.back(), 0);
  }
  functions_begin_ = static_cast<std::int64_t>(objects_.size());
  for (std::size_t f = 0; f < code.functions.size(); ++f) {
    objects_.push_back({.name = code.functions[f]->name, .kind = Object::Kind::kFunction, .function = static_cast<int>(f)});
  }
}

void Memory::place(Object& object, Word initial) {
  object.first = static_cast<Location>(locations_.size());
  for (const Cell& cell : object.layout->cells) {
    const std::string name = object.name + cell.name;
    locations_.push_back({.name = name, .initial = initial, .bytes = cell.bytes, .aligned = cell.offset % cell.bytes == 0});
  }
  used_.resize(locations_.size());
}

std::int64_t Memory::add(const std::string& name, std::shared_ptr<const Layout> layout, Word initial) {
  objects_.push_back({.name = name, .layout = std::move(layout)});
  place(objects_.back(), initial);
  return static_cast<std::int64_t>(objects_.size()) - 1;
}

const Memory::Object* Memory::object(std::int64_t number) const {
  return number < static_cast<std::int64_t>(objects_.size()) ? &objects_[static_cast<std::size_t>(number)] : nullptr;
}

std::variant<const Cell*, std::string> Memory::cell_at(const Pointer& pointer, int bytes) const {
  const Object* at = object(pointer.object);
  if (at == nullptr) return std::string("access through a value that is not an address");
  if (at->kind == Object::Kind::kFunction) return "access to the code of `" + at->name + "`";
  if (at->kind == Object::Kind::kText) return "access to the text " + at->name;
  if (at->layout == nullptr) return "access to `" + at->name + "`, which is none of the test's variables";
  if (const Cell* cell = at->layout->find(pointer.offset, bytes)) return cell;
  return at->layout->why_not(at->name, pointer.offset, bytes);
}

std::string Memory::use(const Object& object, const Cell& cell, const SourcePos& pos) const {
  if (cell.overlaps.empty()) return {};
  const std::scoped_lock lock(mutex_);
  used_[static_cast<std::size_t>(object.location_of(cell))] = pos;
  for (const int i : cell.overlaps) {
    const Cell& other = object.layout->cells[static_cast<std::size_t>(i)];
    if (const auto& at = used_[static_cast<std::size_t>(object.location_of(other))]) {
      return "`" + object.name + cell.name + "` and `" + object.name + other.name + "` (line " + std::to_string(at->line) +
             ") overlap and have different sizes: lkmc knows no accesses of mixed size";
    }
  }
  return {};
}

std::string Memory::pointer_name(Word word) const {
  const auto pointer = pointer_at(word);
  const Object* at = pointer ? object(pointer->object) : nullptr;
  if (at == nullptr) return {};
  if (at->kind == Object::Kind::kFunction && pointer->offset == 0) return at->name;
  if (at->kind == Object::Kind::kText) return at->name;
  if (pointer->offset == 0) return '&' + at->name;
  if (at->layout != nullptr) {
    for (const Cell& c : at->layout->cells) {
      if (c.offset == pointer->offset) return '&' + at->name + c.name;
    }
  }
  return '&' + at->name + (pointer->offset < 0 ? " - " : " + ") + std::to_string(std::abs(pointer->offset));
}

}  // namespace lkmc::c
