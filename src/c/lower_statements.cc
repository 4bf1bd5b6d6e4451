// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <utility>

#include "src/c/operators.h"

namespace lkmc::c {

Reg Lowering::statement_expression(const Node& n) {
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

void Lowering::statement(const Node& n) {
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

Lowering::Label& Lowering::label(const std::string& id) {
  const auto found = labels_.find(id);
  return found != labels_.end() ? found->second : labels_.emplace(id, Label{new_block()}).first->second;
}

void Lowering::if_statement(const Node& n) {
  const Node& condition = n.inner[0];
  const Node* otherwise = n.inner.size() > 2 ? &n.inner[2] : nullptr;
  const BlockId yes = new_block(), join = new_block();
  const BlockId no = otherwise != nullptr ? new_block() : join;
  if (const auto known = constant_value(types_, condition)) {
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

void Lowering::for_statement(const Node& n) {
  // init, a declaration in the condition (C++), condition, step, body; what is absent has no kind.
  const auto part = [&](std::size_t i) { return n.inner[i].kind.empty() ? nullptr : &n.inner[i]; };
  loop(part(0), part(2), part(3), n.inner[4], n.pos);
}

void Lowering::loop(const Node* before, const Node* condition, const Node* step, const Node& body, const SourcePos& pos) {
  if (before != nullptr) statement(*before);
  const BlockId head = new_block(), inside = new_block(), next = new_block(), after = new_block();
  jump(head, pos);
  begin(head);
  const auto known = condition != nullptr ? constant_value(types_, *condition) : std::optional<Word>(1);
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

void Lowering::do_statement(const Node& n) {
  const auto known = constant_value(types_, n.inner[1]);
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

void Lowering::body_of_loop(const Node& body, BlockId after, BlockId next) {
  breaks_.push_back(after);
  continues_.push_back(next);
  statement(body);
  breaks_.pop_back();
  continues_.pop_back();
}

void Lowering::switch_statement(const Node& n) {
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

void Lowering::case_statement(const Node& n) {
  const BlockId here = new_block();
  jump(here, n.pos);
  begin(here);
  if (is(n, "DefaultStmt")) {
    switches_.back().otherwise = here;
  } else {
    const auto first = constant_value(types_, n.inner[0]);
    const auto last = n.is_range ? constant_value(types_, n.inner[1]) : first;
    if (!first || !last) refuse(n, "lkmc cannot work out the value of this case");
    switches_.back().cases.push_back({*first, *last, here});
  }
  statement(n.inner.back());
}

void Lowering::return_statement(const Node& n) {
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

}  // namespace lkmc::c
