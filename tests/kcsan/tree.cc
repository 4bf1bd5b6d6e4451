// SPDX-License-Identifier: Apache-2.0
#include "tests/kcsan/tree.h"

#include <algorithm>
#include <optional>
#include <set>
#include <stdexcept>

#include "src/explore/footprint.h"

namespace lkmc::kcsan_test {
namespace {

using Kind = Instruction::Kind;

// A place is that of a node, times this, and that in it.
constexpr std::size_t kStride = 1024;

}  // namespace

std::string AccessNames::name(int number) const {
  for (const auto& [name, n] : numbers_) {
    if (n == number) return name;
  }
  return "nobody";
}

std::string access_name(ThreadId thread, Location location, bool write, bool compound, bool assertion, const SourcePos& pos) {
  return std::to_string(thread) + ' ' + (assertion ? "assert " : "") +
         (compound ? "read-write"
          : write  ? "write"
                   : "read") +
         " v" + std::to_string(location) + ' ' + (pos.file != nullptr ? pos.file : "") + ':' + std::to_string(pos.line) + ':' +
         std::to_string(pos.column);
}

// Nodes are turned into instructions when a task first gets there.
struct TreeSource::ThreadTree {
  struct Step {
    Instruction instruction;
    ExprId value = 0;
    int line = 0;
  };

  ThreadTree(const Program& program, ThreadId id, AccessNames& names)
      : id(id),
        program(program),
        names(names),
        unfolding(program, id, RmwStyle::kTagged, Blocking::kIgnored),
        footprint(program, RmwStyle::kTagged, Blocking::kIgnored) {
    look_ahead();
  }

  // The node's steps.
  const std::vector<Step>& steps_of(PathId path) {
    const auto known = steps.find(path);
    if (known != steps.end()) return known->second;
    const PathNode node = unfolding.node(path);
    std::vector<Step> made;
    auto mark = node.marks.begin();
    const auto add = [&](const Instruction& i, ExprId value, const SourcePos& pos, bool write, bool compound, bool assertion) {
      made.push_back({i, value, names.number(access_name(id, i.location, write, compound, assertion, pos))});
    };
    for (std::size_t e = 0; e <= node.events.size(); ++e) {
      const EventIndex index = node.first_event + static_cast<EventIndex>(e);
      for (; mark != node.marks.end() && (e == node.events.size() || mark->before <= index); ++mark) {
        const bool is_scope =
            mark->kind == MarkKind::kAssert || mark->kind == MarkKind::kAssertScope || mark->kind == MarkKind::kAssertScopeEnd;
        add(instruction_of(*mark), 0, mark->pos, is_scope && mark->any_access, false, is_scope);
      }
      if (e < node.events.size()) add_event(node, e, index, path, add);
    }
    if (made.size() + 2 >= kStride) throw std::length_error("a node is too long");
    return steps.emplace(path, std::move(made)).first->second;
  }

  static Instruction instruction_of(const Mark& m) {
    static const std::map<MarkKind, Kind> kinds = {{MarkKind::kFunctionEntry, Kind::kFunctionEntry},
                                                   {MarkKind::kFunctionExit, Kind::kFunctionExit},
                                                   {MarkKind::kDisable, Kind::kDisable},
                                                   {MarkKind::kEnable, Kind::kEnable},
                                                   {MarkKind::kNestableBegin, Kind::kNestableBegin},
                                                   {MarkKind::kNestableEnd, Kind::kNestableEnd},
                                                   {MarkKind::kFlatBegin, Kind::kFlatBegin},
                                                   {MarkKind::kFlatEnd, Kind::kFlatEnd},
                                                   {MarkKind::kAtomicNext, Kind::kAtomicNext},
                                                   {MarkKind::kAccessMask, Kind::kMask},
                                                   {MarkKind::kAssert, Kind::kAssert},
                                                   {MarkKind::kAssertScope, Kind::kScopeBegin},
                                                   {MarkKind::kAssertScopeEnd, Kind::kScopeEnd},
                                                   {MarkKind::kTaskFlags, Kind::kOwnFlags}};
    Instruction i{.kind = kinds.at(m.kind), .location = std::max(m.location, 0), .value = m.argument, .any = m.any_access};
    if (m.kind == MarkKind::kFunctionEntry) {
      const std::string signature = m.pos.function != nullptr ? m.pos.function : "";
      const std::string name = signature.substr(0, signature.find('('));
      const std::string last = name.substr(name.find_last_of(" :*&") + 1);
      i.any = last.find("rcu_") != std::string::npos || last.find("_rcu") != std::string::npos;
    }
    return i;
  }

  template <class Add>
  void add_event(const PathNode& node, std::size_t at, EventIndex index, PathId path, const Add& add) {
    const ThreadEvent& e = node.events[at];
    const Event& event = e.event;
    const auto reg = static_cast<int>(index);
    switch (event.kind) {
      case EventKind::kRead:
        if (event.in_rmw) {
          const Tag tag = releases(node, at, index, path) ? Tag::kRelease : event.tag;
          const bool is_bit = event.form == Form::kBit;
          return add({.kind = Kind::kRmw, .location = event.location, .reg = reg, .tag = tag, .any = is_bit}, 0, event.pos, true, !is_bit,
                     false);
        }
        if (is_one_access(event)) {
          return add({.kind = Kind::kCompound, .location = event.location, .reg = reg}, 0, event.pos, true, true, false);
        }
        return add({.kind = Kind::kRead, .location = event.location, .reg = reg, .tag = event.tag}, 0, event.pos, false, false, false);
      case EventKind::kWrite: {
        if (e.read_half != kNoEvent) {
          return add({.kind = Kind::kSecondHalf, .location = event.location, .any = true}, e.value, event.pos, true, true, false);
        }
        if (is_one_access(event))
          return add({.kind = Kind::kSecondHalf, .location = event.location}, e.value, event.pos, true, true, false);
        // smp_store_mb()
        const bool has_barrier = at + 1 < node.events.size() && node.events[at + 1].event.kind == EventKind::kFence &&
                                 node.events[at + 1].event.tag == Tag::kMb && node.events[at + 1].event.pos == event.pos;
        if (has_barrier && event.tag == Tag::kOnce) add({.kind = Kind::kBarrier, .tag = Tag::kMb}, 0, event.pos, false, false, false);
        return add({.kind = Kind::kWrite, .location = event.location, .tag = event.tag}, e.value, event.pos, true, false, false);
      }
      case EventKind::kPoison:
        return add({.kind = Kind::kSilentWrite, .location = event.location}, e.value, event.pos, true, false, false);
      case EventKind::kFence: {
        const bool full = event.tag == Tag::kBeforeAtomic || event.tag == Tag::kAfterAtomic || event.tag == Tag::kAfterSpinlock;
        return add({.kind = Kind::kBarrier, .tag = full ? Tag::kMb : event.tag}, 0, event.pos, false, false, false);
      }
      case EventKind::kSyncSrcu:
        throw std::invalid_argument("a grace period of SRCU");
      case EventKind::kLockRead:
        return;
      case EventKind::kLockWrite:
        return add({.kind = Kind::kLock, .location = event.location}, 0, event.pos, false, false, false);
      case EventKind::kUnlock:
        return add({.kind = Kind::kUnlock, .location = event.location}, 0, event.pos, false, false, false);
      case EventKind::kLockFail:
      case EventKind::kReadLocked:
        return add({.kind = Kind::kSeeLocked, .location = event.location}, 0, event.pos, false, false, false);
      case EventKind::kReadUnlocked:
        return add({.kind = Kind::kSeeFree, .location = event.location}, 0, event.pos, false, false, false);
    }
  }

  // Whether the event is half of what clang makes one access of.
  bool is_one_access(const Event& event) const {
    if (event.form == Form::kTestBit || (event.form == Form::kBit && !event.in_rmw)) throw std::invalid_argument("a bit operation");
    return event.form == Form::kCompound && !program.locations()[static_cast<std::size_t>(event.location)].is_racy;
  }

  // Whether an RMW whose read says otherwise is a release: the write may come behind a decision.
  bool releases(const PathNode& node, std::size_t at, EventIndex index, PathId path) {
    const auto is_release = [&](const ThreadEvent& e) { return e.read_half == index && e.event.tag == Tag::kRelease; };
    if (at + 1 < node.events.size()) return is_release(node.events[at + 1]);
    if (node.continuation != Continuation::kRequire && node.continuation != Continuation::kBranch) return false;
    const PathNode& behind = unfolding.node(unfolding.child(path, 1));
    return !behind.events.empty() && is_release(behind.events.front());
  }

  Word evaluate(ExprId e, const Registers& registers) const {
    return *unfolding.expressions().evaluate(e, [&](EventIndex read) -> std::optional<Word> {
      const auto r = static_cast<std::size_t>(read);
      return r < registers.size() ? registers[r] : 0;
    });
  }

  static std::size_t place(PathId path, std::size_t step) { return static_cast<std::size_t>(path) * kStride + step; }
  static PathId path_of(std::size_t place) { return static_cast<PathId>(place / kStride); }

  // Whether the place is the beginning of a thread that decides before it does anything; a barrier that does nothing stands there.
  bool begins_with_decision(std::size_t place) {
    return place == 0 && steps_of(kRootPath).empty() && unfolding.node(kRootPath).continuation != Continuation::kEnd;
  }

  // The place of the first instruction from `step` of the node on: decisions are made at once.
  void find(PathId path, std::size_t step, const Registers& registers, std::vector<std::size_t>& places) {
    const std::size_t size = steps_of(path).size();
    if (step < size) return places.push_back(place(path, step));
    const PathNode node = unfolding.node(path);
    const auto go = [&](Word outcome) { find(unfolding.child(path, outcome), 0, registers, places); };
    switch (node.continuation) {
      case Continuation::kEnd:
        return places.push_back(place(path, size));
      case Continuation::kBranch:
        return go(evaluate(node.expr, registers) != 0 ? 1 : 0);
      case Continuation::kValue:
        return go(evaluate(node.expr, registers));
      case Continuation::kRequire:
        if (evaluate(node.expr, registers) != 0) go(1);
        return;
      case Continuation::kChoice:
        for (const Word outcome : node.outcomes) go(outcome);
        return;
      default:
        return places.push_back(place(path, size + 1));  // a kStop
    }
  }

  // Which values matter where, on all paths that there might be; given up if they are too many.
  void look_ahead() {
    constexpr std::size_t kMaxNodes = 20'000;
    std::vector<PathId> open{unfolding.root()};
    while (!open.empty()) {
      if (unfolding.path_count() > kMaxNodes) return;
      const PathId path = open.back();
      open.pop_back();
      const PathNode node = unfolding.node(path);
      std::vector<Word> outcomes;
      if (node.continuation == Continuation::kBranch) outcomes = {0, 1};
      if (node.continuation == Continuation::kRequire) outcomes = {1};
      if (node.continuation == Continuation::kChoice) outcomes = node.outcomes;
      if (node.continuation == Continuation::kValue) {
        const auto values = footprint.outcomes_of_value(unfolding, path);
        if (!values) return;
        outcomes = *values;
      }
      for (const Word outcome : outcomes) open.push_back(unfolding.child(path, outcome));
    }
    live.resize(unfolding.path_count());
    for (std::size_t path = live.size(); path-- > 0;) {
      const PathNode& node = unfolding.node(static_cast<PathId>(path));
      const auto use = [&](ExprId e) {
        for (const EventIndex r : unfolding.expressions().reads_of(e)) live[path].insert(r);
      };
      use(node.expr);
      for (const ThreadEvent& e : node.events) {
        if (e.event.is_write()) use(e.value);
      }
      if (node.parent >= 0) live[static_cast<std::size_t>(node.parent)].insert(live[path].begin(), live[path].end());
    }
  }

  ThreadId id;
  const Program& program;
  AccessNames& names;
  Unfolding unfolding;
  Footprint footprint;
  std::map<PathId, std::vector<Step>> steps{};
  std::vector<std::set<EventIndex>> live{};  // by path
};

TreeSource::TreeSource(const Program& program, AccessNames& names) : program_(program) {
  for (const LocationInfo& l : program.locations()) {
    variables_.push_back({.initial = l.initial, .bytes = l.bytes, .aligned = l.aligned, .is_racy = l.is_racy, .is_ghost = l.is_ghost});
  }
  for (ThreadId t = 0; t < program.thread_count(); ++t) threads_.push_back(std::make_unique<ThreadTree>(program, t, names));
}
TreeSource::~TreeSource() = default;

Instruction TreeSource::at(std::size_t thread, std::size_t place) const {
  const auto& steps = threads_[thread]->steps_of(ThreadTree::path_of(place));
  const std::size_t step = place % kStride;
  if (threads_[thread]->begins_with_decision(place)) return {.kind = Kind::kBarrier, .tag = Tag::kBarrier};
  if (step < steps.size()) return steps[step].instruction;
  return {.kind = step == steps.size() ? Kind::kFunctionExit : Kind::kStop};
}

int TreeSource::line(std::size_t thread, std::size_t place) const {
  const auto& steps = threads_[thread]->steps_of(ThreadTree::path_of(place));
  const std::size_t step = place % kStride;
  return step < steps.size() ? steps[step].line : 0;
}

bool TreeSource::is_end(std::size_t thread, std::size_t place) const {
  return !threads_[thread]->begins_with_decision(place) && place % kStride == threads_[thread]->steps_of(ThreadTree::path_of(place)).size();
}

std::vector<std::size_t> TreeSource::next(std::size_t thread, std::size_t place, const Registers& registers) const {
  std::vector<std::size_t> places;
  threads_[thread]->find(ThreadTree::path_of(place), place % kStride + 1, registers, places);
  return places;
}

Word TreeSource::stored(std::size_t thread, std::size_t place, const Registers& registers, Word) const {
  const auto& steps = threads_[thread]->steps_of(ThreadTree::path_of(place));
  return threads_[thread]->evaluate(steps[place % kStride].value, registers);
}

bool TreeSource::is_address(Word word) const {
  for (const Program::Memory& m : program_.memory()) {
    if (word >= m.begin && word - m.begin < m.size) return true;
  }
  return program_.location_at(word).has_value();
}

void TreeSource::forget(std::size_t thread, std::size_t place, Registers& registers) const {
  const auto path = static_cast<std::size_t>(ThreadTree::path_of(place));
  const auto& live = threads_[thread]->live;
  if (path >= live.size()) return;
  for (std::size_t r = 0; r < registers.size(); ++r) {
    if (!live[path].contains(static_cast<EventIndex>(r))) registers[r] = 0;
  }
  while (!registers.empty() && registers.back() == 0) registers.pop_back();
}

}  // namespace lkmc::kcsan_test
