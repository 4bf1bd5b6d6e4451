// SPDX-License-Identifier: Apache-2.0
#include "src/c/interpretation.h"

#include <algorithm>
#include <utility>

#include "src/litmus/perform.h"

namespace lkmc::c {

void Interpretation::call(const Instruction& i) {
  std::vector<Content> arguments;
  for (const Reg r : i.arguments) arguments.push_back(get(r, i.pos));
  int index = i.index;
  if (index < 0) {
    const auto pointer = pointer_at(word_of(get(i.a, i.pos), i.pos));
    const Memory::Object* object = pointer && pointer->object < kFirstPrivate ? job_.memory.object(pointer->object) : nullptr;
    if (object == nullptr || object->kind != Memory::Object::Kind::kFunction) thread_.fail(i.pos, "call of a value that is no function");
    index = object->function;
  }
  enter(index, std::move(arguments), i.dst, i.pos);
}

Content Interpretation::primitive(const Instruction& i) {
  const litmus::Primitive& p = *i.primitive;
  const int address_argument = p.address_argument();
  std::vector<Content> arguments;
  for (const Reg r : i.arguments) arguments.push_back(get(r, i.pos));
  Value address;
  Integer object;
  if (address_argument >= 0) {
    const Content pointer = std::move(arguments[at(address_argument)]);
    arguments.erase(arguments.begin() + address_argument);
    const Target t = target(pointer, 0, i.bytes, i.pos);
    // Atomic operations are for what others see.
    if (t.owner != nullptr) share(pointer.private_object, i.pos);
    address = t.address;
    object = t.cell->integer;
    if (job_.phase == Phase::kFinally) return look(p, t, i.pos);
  } else if (job_.phase == Phase::kFinally) {
    return constant(0);
  }
  std::vector<Value> values;
  for (const Content& argument : arguments) {
    const Content cut = cut_to(object, argument);
    give_away(cut, i.pos);
    values.push_back(cut.value);
  }
  if (p.tag == Tag::kRcuLock) rcu_locks_.push_back(i.pos);
  if (p.tag == Tag::kRcuUnlock) {
    if (rcu_locks_.empty()) thread_.fail(i.pos, "rcu_read_unlock() without rcu_read_lock()");
    rcu_locks_.pop_back();
  }
  const EventIndex before = thread_.event_count();
  const Value value = litmus::perform({thread_, p, address, object, values, i.pos, Unmatched::kFails});
  using litmus::Action;
  if (p.action == Action::kCompareExchange || p.action == Action::kAddUnless || p.action == Action::kSpinTrylock) ++decisions_;
  if (p.action == Action::kCompareExchange) {
    equalities_[std::minmax(value.expr, values[0].expr)] = thread_.wrote_since(before);
  }
  // The rest are truths.
  const bool is_content = p.yields_object() || p.action == litmus::Action::kRead;
  return {value, {}, is_content ? object : Integer{1, false}};
}

Content Interpretation::look(const litmus::Primitive& p, const Target& t, const SourcePos& pos) {
  if (p.writes() || p.action == litmus::Action::kSyncSrcu || p.tag == Tag::kSrcuLock) must_not_write(pos);
  return {read(t, Tag::kOnce, pos), {}, t.cell->integer};
}

}  // namespace lkmc::c
