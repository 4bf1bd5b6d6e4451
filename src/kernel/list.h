// SPDX-License-Identifier: Apache-2.0
// Doubly linked lists, and their forms for readers under RCU (include/linux/list.h, include/linux/rculist.h;
// Documentation/RCU/listRCU.rst).
//
// Adding publishes the entry by rcu_assign_pointer(), a release; deleting is a WRITE_ONCE() past the entry, whose own `next`
// stays as it is for readers that are there; a reader goes along by rcu_dereference() and depends by address on each
// step. `prev` and what only writers see is accessed plainly. Writers exclude each other by other means.
//
// Heads and entries are members of objects that make<> has made.
//
// The loops give a path up after as many entries as --unroll says, and the verdict is then inconclusive.
#pragma once

#include <cstddef>

#include "src/kernel/control.h"
#include "src/kernel/rcu.h"

namespace lkmc {

struct list_head {
  list_head() : next(this), prev(this) { kernel::Run::current("a list_head").may_be_pointed_to(this); }
  shared<list_head*> next;
  shared<list_head*> prev;
};

struct hlist_node {
  hlist_node() { kernel::Run::current("an hlist_node").may_be_pointed_to(this); }
  shared<hlist_node*> next;
  shared<shared<hlist_node*>*> pprev;
};
struct hlist_head {
  hlist_head() { kernel::Run::current("an hlist_head").may_be_pointed_to(&first); }
  shared<hlist_node*> first;
};

namespace kernel {

// What a deleted entry points to: nothing that may be followed.
inline Value poison(Word at) { return Run::current("a list").constant(at); }

// node->member for nodes that are known only as values.
template <class Node, class P>
[[nodiscard]] value<P> read_link(const value<Node*>& node, shared<P> Node::*link, Tag tag, const Site& site) {
  const Dereference<Node> at(node.symbolic());
  return (at.operator->()->*link).read(tag, site);
}
template <class Node, class P>
void write_link(const value<Node*>& node, shared<P> Node::*link, const Value& to, Tag tag, const Site& site) {
  const Dereference<Node> at(node.symbolic());
  (at.operator->()->*link).write(to, tag, site);
}

inline void add_between(const value<list_head*>& entry, const value<list_head*>& prev, const value<list_head*>& next, Tag publish,
                        const Site& site) {
  write_link(entry, &list_head::next, next.symbolic(), Tag::kPlain, site);
  write_link(entry, &list_head::prev, prev.symbolic(), Tag::kPlain, site);
  write_link(prev, &list_head::next, entry.symbolic(), publish, site);
  write_link(next, &list_head::prev, entry.symbolic(), Tag::kPlain, site);
}
inline void unlink(const value<list_head*>& entry, const Site& site) {
  const value<list_head*> next = read_link(entry, &list_head::next, Tag::kPlain, site);
  const value<list_head*> prev = read_link(entry, &list_head::prev, Tag::kPlain, site);
  write_link(next, &list_head::prev, prev.symbolic(), Tag::kPlain, site);
  write_link(prev, &list_head::next, next.symbolic(), Tag::kOnce, site);
}

// The entry that a node stands in. Its accesses depend on the reads that led to the node. Where the pointer leads is decided
// on the node, of which it is known where it may be.
template <class T, class Node>
[[nodiscard]] value<T*> container(const value<Node*>& node, std::size_t offset) {
  Run& run = Run::current("container_of()");
  const Dereference<Node> at(node.symbolic());
  return value<T*>::from(computed_from(node.symbolic(), run.constant(to_word(at.operator->()) - static_cast<Word>(offset)).expr));
}

// A walk along a list, from the head to where `next` is `end`.
template <class T, class Node>
class Walk {
 public:
  Walk(const shared<Node*>& first, Node* end, std::size_t offset, Tag tag, const Site& site)
      : end_(end), offset_(offset), tag_(tag), site_(site), node_(first.read(tag, site)) {}
  [[nodiscard]] bool step(value<T*>& entry) {
    if (began_) node_ = read_link(node_, &Node::next, tag_, site_);
    began_ = true;
    if (node_ == end_) return false;
    entry = container<T>(node_, offset_);
    return true;
  }

 private:
  Node* end_;
  std::size_t offset_;
  Tag tag_;
  Site site_;
  value<Node*> node_;
  bool began_ = false;
};
template <class T>
using ListWalk = Walk<T, list_head>;
template <class T>
using HlistWalk = Walk<T, hlist_node>;
template <class P>
using pointee = std::remove_pointer_t<operand_type<P>>;

}  // namespace kernel

inline void INIT_LIST_HEAD(list_head* list, const kernel::Site& site = kernel::Site::current()) {
  WRITE_ONCE(list->next, list, site);
  WRITE_ONCE(list->prev, list, site);
}
// READ_ONCE(): whether the list has no entries.
[[nodiscard]] inline value<bool> list_empty(const list_head* head, const kernel::Site& site = kernel::Site::current()) {
  return head->next.read(Tag::kOnce, site) == const_cast<list_head*>(head);
}

// Behind the head, and before it: at the end. The _rcu forms are a release, the others a WRITE_ONCE().
inline void list_add(const value<list_head*>& entry, list_head* head, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_between(entry, head, head->next.read(Tag::kPlain, site), Tag::kOnce, site);
}
inline void list_add_tail(const value<list_head*>& entry, list_head* head, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_between(entry, head->prev.read(Tag::kPlain, site), head, Tag::kOnce, site);
}
inline void list_add_rcu(const value<list_head*>& entry, list_head* head, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_between(entry, head, head->next.read(Tag::kPlain, site), Tag::kRelease, site);
}
inline void list_add_tail_rcu(const value<list_head*>& entry, list_head* head, const kernel::Site& site = kernel::Site::current()) {
  kernel::add_between(entry, head->prev.read(Tag::kPlain, site), head, Tag::kRelease, site);
}
// Takes the entry out. The _rcu form leaves its `next`, for readers that stand on it: a grace period has to pass before it
// is freed or added again.
inline void list_del(const value<list_head*>& entry, const kernel::Site& site = kernel::Site::current()) {
  kernel::unlink(entry, site);
  kernel::write_link(entry, &list_head::next, kernel::poison(kernel::kListPoison1), Tag::kPlain, site);
  kernel::write_link(entry, &list_head::prev, kernel::poison(kernel::kListPoison2), Tag::kPlain, site);
}
inline void list_del_rcu(const value<list_head*>& entry, const kernel::Site& site = kernel::Site::current()) {
  kernel::unlink(entry, site);
  kernel::write_link(entry, &list_head::prev, kernel::poison(kernel::kListPoison2), Tag::kPlain, site);
}
// Puts `entry` in the place of `old`: a release for readers.
inline void list_replace_rcu(const value<list_head*>& old, const value<list_head*>& entry,
                             const kernel::Site& site = kernel::Site::current()) {
  kernel::add_between(entry, kernel::read_link(old, &list_head::prev, Tag::kPlain, site),
                      kernel::read_link(old, &list_head::next, Tag::kPlain, site), Tag::kRelease, site);
  kernel::write_link(old, &list_head::prev, kernel::poison(kernel::kListPoison2), Tag::kPlain, site);
}

// for each entry `pos` (a value<T*>) whose list_head is T::member. The _rcu form goes along by rcu_dereference(), the
// other one by plain reads.
#define list_for_each_entry_rcu(pos, head, member) LKMC_LIST_WALK(pos, head, member, ::lkmc::Tag::kOnce)
#define list_for_each_entry(pos, head, member) LKMC_LIST_WALK(pos, head, member, ::lkmc::Tag::kPlain)
#define LKMC_LIST_WALK(pos, head, member, tag)                                                                                      \
  for (::lkmc::kernel::ListWalk<::lkmc::kernel::pointee<decltype(pos)>> lkmc_walk(                                                  \
           (head)->next, (head), offsetof(::lkmc::kernel::pointee<decltype(pos)>, member), tag, ::std::source_location::current()); \
       lkmc_walk.step(pos);)

// --- lists with a head of one pointer ----------------------------------------------------------------------------------------

namespace kernel {
inline void hlist_add_head(hlist_node* n, hlist_head* h, Tag publish, const Site& site) {
  const value<hlist_node*> first = h->first.read(Tag::kPlain, site);
  n->next.write(first.symbolic(), Tag::kPlain, site);
  n->pprev.write(get(&h->first), Tag::kOnce, site);
  h->first.write(get(n), publish, site);
  if_true(first != nullptr, [&] { write_link(first, &hlist_node::pprev, get(&n->next), Tag::kOnce, site); });
}
inline void hlist_unlink(hlist_node* n, const Site& site) {
  const value<hlist_node*> next = n->next.read(Tag::kPlain, site);
  const value<shared<hlist_node*>*> pprev = n->pprev.read(Tag::kPlain, site);
  {
    const Dereference<shared<hlist_node*>> at(pprev.symbolic());
    at.operator->()->write(next.symbolic(), Tag::kOnce, site);
  }
  if_true(next != nullptr, [&] { write_link(next, &hlist_node::pprev, pprev.symbolic(), Tag::kOnce, site); });
}
}  // namespace kernel

[[nodiscard]] inline value<bool> hlist_empty(const hlist_head* h, const kernel::Site& site = kernel::Site::current()) {
  return h->first.read(Tag::kOnce, site) == nullptr;
}
inline void hlist_add_head(hlist_node* n, hlist_head* h, const kernel::Site& site = kernel::Site::current()) {
  kernel::hlist_add_head(n, h, Tag::kOnce, site);
}
// Release.
inline void hlist_add_head_rcu(hlist_node* n, hlist_head* h, const kernel::Site& site = kernel::Site::current()) {
  kernel::hlist_add_head(n, h, Tag::kRelease, site);
}
inline void hlist_del(hlist_node* n, const kernel::Site& site = kernel::Site::current()) {
  kernel::hlist_unlink(n, site);
  n->next.write(kernel::poison(kernel::kListPoison1), Tag::kPlain, site);
  n->pprev.write(kernel::poison(kernel::kListPoison2), Tag::kPlain, site);
}
inline void hlist_del_rcu(hlist_node* n, const kernel::Site& site = kernel::Site::current()) {
  kernel::hlist_unlink(n, site);
  n->pprev.write(kernel::poison(kernel::kListPoison2), Tag::kOnce, site);
}
#define hlist_for_each_entry_rcu(pos, head, member) LKMC_HLIST_WALK(pos, head, member, ::lkmc::Tag::kOnce)
#define hlist_for_each_entry(pos, head, member) LKMC_HLIST_WALK(pos, head, member, ::lkmc::Tag::kPlain)
#define LKMC_HLIST_WALK(pos, head, member, tag)                                                                                       \
  for (::lkmc::kernel::HlistWalk<::lkmc::kernel::pointee<decltype(pos)>> lkmc_walk(                                                   \
           (head)->first, nullptr, offsetof(::lkmc::kernel::pointee<decltype(pos)>, member), tag, ::std::source_location::current()); \
       lkmc_walk.step(pos);)

}  // namespace lkmc
