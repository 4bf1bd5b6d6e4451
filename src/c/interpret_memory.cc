// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <utility>
#include <variant>

namespace lkmc::c {

Word Interpretation::word_of(const Content& address, const SourcePos& pos) {
  if (address.word) return *address.word;
  const Content::Distance origin = origin_of(address);
  const auto [found, is_new] = known_words_.try_emplace(origin.from, 0);
  if (is_new) {
    ++decisions_;
    found->second = thread_.concretize({.expr = origin.from, .reads = address.value.reads, .conditions = address.value.conditions}, pos,
                                       Wanted::kAddress);
  }
  return found->second + origin.bytes;
}

Interpretation::Target Interpretation::target(const Content& address, Word offset, int bytes, const SourcePos& pos) {
  const Word word = word_of(address, pos);
  auto pointer = pointer_at(word);
  if (!pointer) {
    if (word >= -4096 && word < 4096) thread_.fail(pos, word < 0 ? "dereference of an error pointer" : "null pointer dereference");
    thread_.fail(pos, "access through a value that is not an address");
  }
  pointer->offset += offset;
  if (pointer->object >= kFirstPrivate) return private_target(*pointer, bytes, pos);
  const auto found = job_.memory.cell_at(*pointer, bytes);
  if (const auto* wrong = std::get_if<std::string>(&found)) give_up_if_certain(pos, *wrong);
  const Cell* cell = std::get<const Cell*>(found);
  const Memory::Object& object = *job_.memory.object(pointer->object);
  if (const std::string wrong = job_.memory.use(object, *cell, pos); !wrong.empty()) give_up(pos, wrong);
  const Location location = object.location_of(*cell);
  return {
      .cell = cell, .location = location, .address = computed_from(address.value, thread_.constant(Program::address_of(location)).expr)};
}

Interpretation::Target Interpretation::private_target(const Pointer& pointer, int bytes, const SourcePos& pos) {
  PrivateObject& object = privates_[static_cast<std::size_t>(pointer.object - kFirstPrivate)];
  if (object.is_gone) thread_.fail(pos, "use of `" + *object.name + "` after the function that it belongs to has returned");
  const Cell* cell = object.layout->find(pointer.offset, bytes);
  if (cell == nullptr) give_up_if_certain(pos, object.layout->why_not(*object.name, pointer.offset, bytes));
  for (const int other : cell->overlaps) {
    if (object.cells[at(other)].is_set)
      give_up(pos, "`" + *object.name + cell->name + "` and `" + *object.name + object.layout->cells[at(other)].name +
                       "` overlap and have different sizes: lkmc knows no accesses of mixed size");
  }
  return {.cell = cell, .owner = &object, .address = {}};
}

Variable& Interpretation::cell_of(const Target& t) {
  return t.owner->cells[static_cast<std::size_t>(t.cell - t.owner->layout->cells.data())];
}

Content Interpretation::load(const Content& address, Word offset, int bytes, Tag tag, const SourcePos& pos) {
  if (const auto text = character(address, offset, bytes)) return constant(*text);
  const Target t = target(address, offset, bytes, pos);
  if (t.owner == nullptr) return {read(t, tag, pos), {}, t.cell->integer};
  const Variable& variable = cell_of(t);
  if (!variable.is_set) thread_.fail(pos, "`" + *t.owner->name + t.cell->name + "` is read before it has a value");
  thread_.variable_read(variable.content.value);
  Content c = variable.content;
  c.value.reads = merge_reads(c.value.reads, address.value.reads);
  return c;
}

Value Interpretation::read(const Target& t, Tag tag, const SourcePos& pos) {
  if (job_.phase != Phase::kFinally) return thread_.read(t.address, tag, pos);
  // All reads of a location see the same.
  const auto [known, is_new] = final_values_.try_emplace(t.location);
  if (is_new) known->second = thread_.read(t.address, Tag::kOnce, pos);
  return known->second;
}

std::optional<Word> Interpretation::character(const Content& address, Word offset, int bytes) {
  const auto pointer = address.word && bytes == 1 ? pointer_at(*address.word) : std::nullopt;
  if (!pointer || pointer->object >= kFirstPrivate) return std::nullopt;
  const Memory::Object* object = job_.memory.object(pointer->object);
  if (object == nullptr || object->kind != Memory::Object::Kind::kText) return std::nullopt;
  const Word index = pointer->offset + offset;
  if (index < 0 || index > static_cast<Word>(object->text.size())) return std::nullopt;
  return index == static_cast<Word>(object->text.size()) ? 0 : static_cast<signed char>(object->text[static_cast<std::size_t>(index)]);
}

void Interpretation::must_not_write(const SourcePos& pos) {
  if (job_.phase == Phase::kFinally) give_up(pos, "what looks at the end of a test must not write");
}

void Interpretation::store(const Content& address, Word offset, int bytes, const Content& value, Tag tag, const SourcePos& pos) {
  const Target t = target(address, offset, bytes, pos);
  const Content cut = cut_to(t.cell->integer, value);
  if (t.owner != nullptr) {
    Content assigned = cut;
    assigned.value = thread_.assigned(std::move(assigned.value));
    return assign(cell_of(t), std::move(assigned));
  }
  must_not_write(pos);
  give_away(cut, pos);
  thread_.write(t.address, cut.value, tag, pos);
}

void Interpretation::give_away(const Content& content, const SourcePos& pos) {
  const auto& word = content.word;
  if (content.private_object >= 0 && (!word || is_private(*word))) share(content.private_object, pos);
  if (word && pointer_at(*word)) job_.host.may_be_pointed_to(*word);
}

void Interpretation::share(int object, const SourcePos& pos) {
  if (job_.phase != Phase::kThread)
    give_up(pos, "`" + *privates_[at(object)].name + "` is a variable of a function that returns before the threads begin");
  job_.host.share_local(privates_[at(object)].key);
  thread_.stop_at_bound(pos);  // to be explored again
}

Content Interpretation::modify(const Instruction& i) {
  const Content address = get(i.a, i.pos), operand = get(i.b, i.pos);
  Content before, after;
  const auto changed = [&](const Content& old, const Integer& range) {
    before = old;
    after = cut_to(range, computed(i.binary, old, operand));
    return after.value;
  };
  const Target t = target(address, i.word, i.bytes, i.pos);
  if (t.owner != nullptr || i.tag != Tag::kPlain || job_.phase == Phase::kFinally) {
    const Content old = load(address, i.word, i.bytes, i.tag, i.pos);
    (void)changed(old, t.cell->integer);
    after.private_object = old.private_object;
    store(address, i.word, i.bytes, after, i.tag, i.pos);
  } else {
    (void)thread_.update(
        t.address,
        [&](const Value& old) {
          return changed({old, {}, t.cell->integer}, t.cell->integer);
        },
        {}, i.pos);
  }
  return cut_to(i.integer, i.is_old ? before : after);
}

void Interpretation::copy(const Instruction& i) {
  const Content to = get(i.a, i.pos), from = get(i.b, i.pos);
  for (const Part& part : i.parts) {
    // What has no value yet is copied as that.
    if (from.word && is_private(*from.word)) {
      auto pointer = *pointer_at(*from.word);
      pointer.offset += part.offset;
      if (!cell_of(private_target(pointer, part.bytes, i.pos)).is_set) continue;
    }
    store(to, part.offset, part.bytes, load(from, part.offset, part.bytes, Tag::kPlain, i.pos), Tag::kPlain, i.pos);
  }
}

Content Interpretation::local(int index) {
  const LocalObject& declared = frame().function->locals[at(index)];
  const LocalKey key{job_.id, frame().index, index, activations_[{frame().index, index}]++};
  if (const auto object = job_.host.shared_local(key)) return constant(address_of_object(*object));
  const auto number = static_cast<int>(privates_.size());
  const Layout& layout = *job_.memory.layout_of_local(frame().index, index);
  privates_.push_back({.number = number, .key = key, .name = &declared.name, .layout = &layout, .cells = {}});
  privates_.back().cells.resize(layout.cells.size());
  make(privates_.back().cells);
  frame().privates.push_back(number);
  Content content = constant(address_of_object(kFirstPrivate + number));
  content.private_object = number;
  return content;
}

}  // namespace lkmc::c
