// SPDX-License-Identifier: Apache-2.0
#include "src/kcsan/code.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "src/explore/footprint.h"

namespace lkmc::kcsan {
namespace {

// Which delayed accesses a fence ends (kcsan_test.c of the kernel has the table). A grace period is a function that blocks.
bool ends_reads(Tag tag) {
  switch (tag) {
    case Tag::kMb:
    case Tag::kBeforeAtomic:
    case Tag::kAfterAtomic:
    case Tag::kAfterSpinlock:
    case Tag::kSyncRcu:
    case Tag::kSyncSrcu:
    case Tag::kRmb:
      return true;
    default:
      return false;
  }
}
bool ends_writes(Tag tag) { return tag == Tag::kWmb || (ends_reads(tag) && tag != Tag::kRmb); }

void insert_sorted(std::vector<Location>& list, Location l) {
  const auto place = std::lower_bound(list.begin(), list.end(), l);
  if (place == list.end() || *place != l) list.insert(place, l);
}

}  // namespace

std::string plain_name(const char* signature) {
  if (signature == nullptr) return {};
  const std::string_view text = signature;
  const std::size_t end = text.find('(');
  if (text.find("lambda") != std::string_view::npos || text.find("operator") != std::string_view::npos) return {};
  std::string_view name = text.substr(0, end);
  if (name.find("lkmc::kernel::") != std::string_view::npos || name.find("lkmc::shared<") != std::string_view::npos) return {};
  const std::size_t begin = name.find_last_of(" :*&");
  if (begin != std::string_view::npos) name.remove_prefix(begin + 1);
  return std::string(name);
}

// Turns one node of an unfolding into operations.
class Code::Builder {
 public:
  // `checked` is the access that was checked last before the node.
  Builder(Code& code, ThreadId thread, const PathNode& node, const Context& context, int checked)
      : code_(code), thread_(thread), node_(node), context_(context), checked_(checked) {}

  Node build() {
    const auto first_access = static_cast<int>(code_.accesses_.size());
    auto mark = node_.marks.begin();
    for (std::size_t i = 0; i < node_.events.size(); ++i) {
      const EventIndex index = node_.first_event + static_cast<EventIndex>(i);
      for (; mark != node_.marks.end() && mark->before <= index; ++mark) add_mark(*mark);
      const ThreadEvent* next = i + 1 < node_.events.size() ? &node_.events[i + 1] : nullptr;
      add_event(node_.events[i], index, next);
    }
    for (; mark != node_.marks.end(); ++mark) add_mark(*mark);
    if (node_.continuation == Continuation::kEnd) {
      add({.kind = Op::Kind::kFunctionExit, .context = context_index(), .pos = last_pos_});
    }
    return {std::move(ops_),
            node_.continuation,
            node_.expr,
            node_.outcomes,
            context_index(),
            first_access,
            static_cast<int>(code_.accesses_.size())};
  }

 private:
  int context_index() {
    if (context_index_ == kNone) {
      context_index_ = static_cast<int>(code_.contexts_.size());
      code_.contexts_.push_back(context_);
    }
    return context_index_;
  }
  Context& changed_context() {
    context_index_ = kNone;
    return context_;
  }

  void add(Op op) {
    op.context = context_index();
    last_pos_ = op.pos;
    if (op.access != kNone) checked_ = op.access;
    if (op.kind == Op::Kind::kWrite) code_.writes_.insert({thread_, op.location, op.checked_as});
    ops_.push_back(std::move(op));
  }

  [[nodiscard]] const LocationInfo& info_of(Location location) const { return code_.program_.locations()[at(location)]; }

  // The type of an access that the compiler instruments. It says if an access is volatile; KCSAN believes that it is atomic only
  // if it can be. A variable that is __data_racy is volatile in kernels with KCSAN (include/linux/compiler_types.h).
  [[nodiscard]] AccessType type_of(const Event& e, int bits) const {
    const LocationInfo& info = info_of(e.location);
    const bool is_volatile = e.tag != Tag::kPlain || info.is_racy;
    return static_cast<AccessType>(is_volatile && info.bytes <= 8 && info.aligned ? bits | kAtomicBit : bits);
  }

  // The index of the access; kNone if there is none in the kernel.
  int add_access(Location location, int type, SourcePos pos) {
    const LocationInfo& info = info_of(location);
    if (info.is_ghost) return kNone;
    code_.accesses_.push_back(
        {.thread = thread_,
         .location = location,
         .type = static_cast<AccessType>(type),
         .bytes = info.bytes,
         .aligned = info.aligned,
         .own_flags = std::find(context_.own_flags.begin(), context_.own_flags.end(), location) != context_.own_flags.end(),
         .context = context_index(),
         .pos = pos});
    code_.reached_.push_back(false);
    return static_cast<int>(code_.accesses_.size()) - 1;
  }

  // --- marks ----------------------------------------------------------------------------------------------
  void add_mark(const Mark& m) {
    switch (m.kind) {
      case MarkKind::kFunctionEntry:
        changed_context().functions.push_back({plain_name(m.pos.function), m.pos});
        break;
      case MarkKind::kFunctionExit:
        add({.kind = Op::Kind::kFunctionExit, .pos = m.pos});
        if (context_.functions.size() > 1) changed_context().functions.pop_back();
        break;
      case MarkKind::kDisable:
        ++changed_context().disabled;
        break;
      case MarkKind::kEnable:
        --changed_context().disabled;
        break;
      case MarkKind::kNestableBegin:
        ++changed_context().nestable;
        break;
      case MarkKind::kNestableEnd:
        --changed_context().nestable;
        break;
      case MarkKind::kFlatBegin:
        changed_context().flat = true;
        break;
      case MarkKind::kFlatEnd:
        changed_context().flat = false;
        break;
      case MarkKind::kAtomicNext:
        code_.threads_[at(thread_)].counts_atomics = true;
        add({.kind = Op::Kind::kAtomicNext, .argument = m.argument, .pos = m.pos});
        break;
      case MarkKind::kAccessMask:
        changed_context().mask = m.argument;
        break;
      case MarkKind::kTaskFlags:
        changed_context().own_flags.push_back(m.location);
        break;
      case MarkKind::kAssert:
        add({.access = add_access(m.location, assert_type(m), m.pos), .pos = m.pos});
        break;
      case MarkKind::kAssertScope: {
        const int access = add_access(m.location, assert_type(m) | kScopedBit, m.pos);
        if (access == kNone) break;
        add({.access = access, .pos = m.pos});
        Context& context = changed_context();
        context.scoped.insert(context.scoped.begin(), access);
        break;
      }
      case MarkKind::kAssertScopeEnd: {
        const auto scope = std::find_if(context_.scoped.begin(), context_.scoped.end(), [&](int a) {
          return code_.access(a).location == m.location && code_.access(a).type == (assert_type(m) | kScopedBit);
        });
        if (scope == context_.scoped.end()) break;
        changed_context().scoped.erase(scope);
        add({.access = add_access(m.location, assert_type(m) | kScopedBit, m.pos), .pos = m.pos});
        break;
      }
    }
  }
  static AccessType assert_type(const Mark& m) { return m.any_access ? kAssertBit | kWriteBit : kAssertBit; }

  // --- events ---------------------------------------------------------------------------------------------
  void add_event(const ThreadEvent& e, EventIndex index, const ThreadEvent* next) {
    switch (e.event.kind) {
      case EventKind::kRead:
        add_read(e, index, next);
        break;
      case EventKind::kWrite:
        add_write(e, index, next);
        break;
      case EventKind::kPoison:  // the allocator is not instrumented
        add({.kind = Op::Kind::kWrite, .event = index, .location = e.event.location, .value = e.value, .pos = e.event.pos});
        break;
      case EventKind::kFence:
        add_fence(e, index);
        break;
      case EventKind::kSyncSrcu:
        add(full_barrier({.kind = Op::Kind::kGracePeriod, .location = e.event.location, .pos = e.event.pos}));
        break;
      case EventKind::kLockRead:
        break;  // with its kLockWrite
      case EventKind::kLockWrite:
        add({.kind = Op::Kind::kLock, .location = e.event.location, .pos = e.event.pos});
        break;
      case EventKind::kUnlock:
        add(full_barrier({.kind = Op::Kind::kUnlock, .location = e.event.location, .pos = e.event.pos}));
        break;
      case EventKind::kLockFail:
      case EventKind::kReadLocked:
        add({.kind = Op::Kind::kSeeLocked, .location = e.event.location, .pos = e.event.pos});
        break;
      case EventKind::kReadUnlocked:
        add({.kind = Op::Kind::kSeeFree, .location = e.event.location, .pos = e.event.pos});
        break;
    }
  }

  static Op full_barrier(Op op) {
    op.ends_delayed_read = op.ends_delayed_write = true;
    return op;
  }

  void add_read(const ThreadEvent& e, EventIndex index, const ThreadEvent* next) {
    Op op{.kind = Op::Kind::kRead, .event = index, .location = e.event.location, .in_rmw = e.event.in_rmw, .pos = e.event.pos};
    if (e.event.tag == Tag::kSrcuLock) {
      // srcu_read_lock() and srcu_read_unlock() contain an smp_mb().
      op.kind = Op::Kind::kSectionBegin;
      return add(full_barrier(op));
    }
    const bool releases = e.event.tag == Tag::kMb || e.event.tag == Tag::kRelease;
    if (e.event.in_rmw ? releases : e.event.form == Form::kBit && next != nullptr && next->event.tag == Tag::kRelease) {
      op = full_barrier(op);
    }
    const auto check = [&](int type) { return add_access(e.event.location, type, e.event.pos); };
    switch (e.event.form) {
      case Form::kAccess:
        op.access = check(e.event.in_rmw ? kCompoundBit | kWriteBit | kAtomicBit : type_of(e.event, 0));
        break;
      case Form::kCompound:
        op.access = check(is_one_access(e.event) ? kCompoundBit | kWriteBit : type_of(e.event, 0));
        break;
      // The body of a bit operation is assembly; what stands before it says what KCSAN is to check.
      case Form::kBit:
        op.access = check(e.event.in_rmw ? kWriteBit | kAtomicBit : kWriteBit);
        break;
      case Form::kTestBit:
        if (code_.instrumentation_.has_test_bit_writes) {
          add({.access = check(0), .pos = e.event.pos});
          op.access = check(kWriteBit);
        } else {
          op.access = check(kCompoundBit | kWriteBit);
        }
        break;
    }
    add(op);
  }

  // Whether the compiler makes one access of the two: never where they are volatile.
  [[nodiscard]] bool is_one_access(const Event& e) const { return code_.instrumentation_.has_compound && !info_of(e.location).is_racy; }
  // Whether the write was checked with the read that it belongs to.
  [[nodiscard]] bool is_checked_before(const ThreadEvent& e) const {
    if (e.read_half != kNoEvent) return true;
    return e.event.form == Form::kCompound ? is_one_access(e.event) : e.event.form != Form::kAccess;
  }

  void add_write(const ThreadEvent& e, EventIndex index, const ThreadEvent* next) {
    Op op{.kind = Op::Kind::kWrite,
          .event = index,
          .location = e.event.location,
          .value = e.value,
          .read_half = e.read_half,
          .pos = e.event.pos};
    if (e.event.tag == Tag::kSrcuUnlock) {
      op.kind = Op::Kind::kSectionEnd;
      op.data = e.data;
      return add(full_barrier(op));
    }
    if (is_checked_before(e)) {
      if (!info_of(e.event.location).is_ghost) op.checked_as = checked_;
      return add(op);
    }
    op.access = op.checked_as = add_access(e.event.location, type_of(e.event, kWriteBit), e.event.pos);
    // The barrier of smp_store_mb() stands before the store in the instrumented function, and behind it in the model.
    const bool store_mb = next != nullptr && next->event.kind == EventKind::kFence && next->event.tag == Tag::kMb &&
                          next->event.pos == e.event.pos && e.event.tag == Tag::kOnce;
    if (e.event.tag == Tag::kRelease || store_mb) op = full_barrier(op);
    add(op);
  }

  void add_fence(const ThreadEvent& e, EventIndex index) {
    Op op{.event = index, .pos = e.event.pos};
    op.ends_delayed_read = ends_reads(e.event.tag);
    op.ends_delayed_write = ends_writes(e.event.tag);
    switch (e.event.tag) {
      case Tag::kRcuLock:
        if (context_.rcu_sections > 0) {
          ++changed_context().rcu_sections;
          return;
        }
        op.kind = Op::Kind::kSectionBegin;
        add(op);
        ++changed_context().rcu_sections;
        return;
      case Tag::kRcuUnlock:
        if (context_.rcu_sections > 0) --changed_context().rcu_sections;
        if (context_.rcu_sections > 0) return;
        op.kind = Op::Kind::kSectionEnd;
        return add(op);
      case Tag::kSyncRcu:
        op.kind = Op::Kind::kGracePeriod;
        return add(op);
      default:
        if (op.ends_delayed_read || op.ends_delayed_write) add(op);
    }
  }

  Code& code_;
  ThreadId thread_;
  const PathNode& node_;
  Context context_;
  int checked_;
  int context_index_ = kNone;
  std::vector<Op> ops_;
  SourcePos last_pos_{};
};

Code::Code(const Program& program, std::vector<std::string> thread_names, Instrumentation instrumentation)
    : program_(program), thread_names_(std::move(thread_names)), instrumentation_(instrumentation) {
  for (ThreadId t = 0; t < program.thread_count(); ++t) {
    threads_.push_back({.unfolding = Unfolding(program, t, RmwStyle::kTagged, Blocking::kIgnored)});
  }
}

PathId Code::root(ThreadId thread) { return build(thread, threads_[at(thread)].unfolding.root()); }

PathId Code::child(ThreadId thread, PathId path, Word outcome) {
  return build(thread, threads_[at(thread)].unfolding.child(path, outcome));
}

PathId Code::build(ThreadId thread, PathId path) {
  ThreadCode& t = threads_[at(thread)];
  if (at(path) >= t.nodes.size()) t.nodes.resize(at(path) + 1);
  if (t.nodes[at(path)] != nullptr) return path;
  const PathNode& node = t.unfolding.node(path);
  Context context;
  int checked = kNone;
  if (node.parent >= 0) {
    const std::vector<Op>& before = t.nodes[at(node.parent)]->ops;
    if (!before.empty()) checked = before.back().access;
    const bool ends_release =
        !node.events.empty() && node.events.front().read_half != kNoEvent && node.events.front().event.tag == Tag::kRelease;
    // A release whose condition stands between its read and its write: the barrier is before both. It is too late for the
    // first thread that gets here, but without watchers there is nothing to end.
    if (ends_release) {
      Op& read = t.nodes[at(node.parent)]->ops.back();
      read.ends_delayed_read = read.ends_delayed_write = true;
    }
    context = contexts_[at(t.nodes[at(node.parent)]->end_context)];
  } else {
    context.functions.push_back({thread_names_[at(thread)], {}});
  }
  t.nodes[at(path)] = std::make_unique<Node>(Builder(*this, thread, node, context, checked).build());
  return path;
}

Code::Seen Code::see_all(int max_nodes) {
  const Footprint footprint(program_, RmwStyle::kTagged, Blocking::kIgnored);
  Seen seen = Seen::kAll;
  int nodes = 0;
  for (ThreadId t = 0; t < thread_count(); ++t) {
    std::vector<PathId> open{root(t)};
    while (!open.empty()) {
      if (++nodes > max_nodes) return Seen::kSome;
      const PathId path = open.back();
      open.pop_back();
      const Continuation continuation = node(t, path).continuation;
      if (continuation == Continuation::kValue || continuation == Continuation::kBound) seen = Seen::kTooMuch;
      std::vector<Word> outcomes;
      if (continuation == Continuation::kBranch) outcomes = {0, 1};
      if (continuation == Continuation::kRequire) outcomes = {1};
      if (continuation == Continuation::kChoice) outcomes = node(t, path).outcomes;
      if (continuation == Continuation::kValue) {
        auto values = footprint.outcomes_of_value(threads_[at(t)].unfolding, path);
        if (!values) return Seen::kSome;
        outcomes = std::move(*values);
      }
      for (const Word outcome : outcomes) open.push_back(child(t, path, outcome));
    }
  }
  look_ahead();
  return seen;
}

const Node& Code::node(ThreadId thread, PathId path) const { return *threads_[at(thread)].nodes[at(path)]; }

const ExprPool& Code::expressions(ThreadId thread) const { return threads_[at(thread)].unfolding.expressions(); }

std::vector<Frame> Code::stack(int context, const SourcePos& pos) const {
  const std::vector<Frame>& functions = contexts_[at(context)].functions;
  std::vector<Frame> stack;
  const std::string name = plain_name(pos.function);
  if (!name.empty() && name != functions.back().function) stack.push_back({name, pos, true});
  for (auto f = functions.rbegin(); f != functions.rend(); ++f) {
    if (f->function.empty()) continue;
    SourcePos where;
    if (stack.empty()) {
      where = pos;
    } else {
      where.file = f->pos.file;
    }
    stack.push_back({f->function, where});
  }
  return stack;
}

void Code::look_ahead() {
  in_order_.assign(accesses_.size(), kNone);
  int begin = 0;
  for (ThreadCode& t : threads_) {
    const ExprPool& pool = t.unfolding.expressions();
    t.ahead.assign(t.nodes.size(), {});
    std::vector<int> count(t.nodes.size(), 0);        // of accesses in the node and behind it
    for (std::size_t i = t.nodes.size(); i-- > 0;) {  // a node has a smaller number than those behind it
      if (t.nodes[i] == nullptr) continue;
      const Node& node = *t.nodes[i];
      Ahead& ahead = t.ahead[i];
      count[i] += node.end_access - node.first_access;
      ahead.live_reads = merge_reads(ahead.live_reads, pool.reads_of(node.expr));
      for (const Op& op : node.ops) ahead.live_reads = merge_reads(ahead.live_reads, pool.reads_of(op.value));
      const PathId parent = t.unfolding.node(static_cast<PathId>(i)).parent;
      if (parent < 0) continue;
      Ahead& before = t.ahead[at(parent)];
      count[at(parent)] += count[i];
      before.live_reads = merge_reads(before.live_reads, ahead.live_reads);
      for (const Op& op : node.ops) {
        if (op.kind == Op::Kind::kWrite) insert_sorted(before.written_behind, op.location);
      }
      for (const Location l : ahead.written_behind) insert_sorted(before.written_behind, l);
    }
    std::vector<int> next(t.nodes.size(), begin);  // where the accesses of the next node behind this one begin
    for (std::size_t i = 0; i < t.nodes.size(); ++i) {
      if (t.nodes[i] == nullptr) continue;
      const PathId parent = t.unfolding.node(static_cast<PathId>(i)).parent;
      int& place = parent < 0 ? begin : next[at(parent)];
      t.ahead[i].accesses = {place, place + count[i]};
      next[i] = place;
      place += count[i];
      for (int a = t.nodes[i]->first_access; a < t.nodes[i]->end_access; ++a) in_order_[at(next[i]++)] = a;
    }
  }
}

Code::Range Code::ahead(ThreadId thread, PathId path, int op) const {
  const Node& n = node(thread, path);
  const Range all = threads_[at(thread)].ahead[at(path)].accesses;
  for (std::size_t i = at(op); i < n.ops.size(); ++i) {
    if (n.ops[i].access != kNone) return {all.begin + n.ops[i].access - n.first_access, all.end};
  }
  return {all.begin + n.end_access - n.first_access, all.end};
}

bool Code::is_live(ThreadId thread, PathId path, EventIndex read) const {
  const auto& ahead = threads_[at(thread)].ahead;
  if (at(path) >= ahead.size()) return true;
  return std::binary_search(ahead[at(path)].live_reads.begin(), ahead[at(path)].live_reads.end(), read);
}

bool Code::may_write(ThreadId thread, PathId path, int op, Location location) const {
  const auto& ahead = threads_[at(thread)].ahead;
  if (at(path) >= ahead.size()) return true;
  const std::vector<Op>& ops = node(thread, path).ops;
  const auto writes = [&](const Op& o) { return o.kind == Op::Kind::kWrite && o.location == location; };
  if (std::any_of(ops.begin() + op, ops.end(), writes)) return true;
  return std::binary_search(ahead[at(path)].written_behind.begin(), ahead[at(path)].written_behind.end(), location);
}

}  // namespace lkmc::kcsan
