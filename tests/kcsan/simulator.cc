// SPDX-License-Identifier: Apache-2.0
#include "tests/kcsan/simulator.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lkmc::kcsan_test {
namespace {

using Kind = Instruction::Kind;
using U64 = std::uint64_t;

struct Checked {  // what check_access() is called with
  Check name{};
  int location = -1;
  bool write = false, compound = false, atomic = false, assertion = false, scoped = false;
  int depth = 0;     // of the function it is in
  bool rcu = false;  // of the function it is in
  auto operator<=>(const Checked&) const = default;
};

struct Watchpoint {
  Checked access;
  bool reordered = false;
  U64 old = 0;
  bool consumed = false;
  bool missed = false;  // somebody has written who is looked at, but was so before
  Checked by;
  bool by_reordered = false;
  auto operator<=>(const Watchpoint&) const = default;
};

enum class Phase { kStart, kCheckMain, kCheckReordered, kCheckScoped, kStall, kAct, kDone };

struct Task {
  std::size_t pc = 0;
  Phase phase = Phase::kStart;
  std::size_t scoped_index = 0;
  std::optional<Watchpoint> watchpoint;
  // struct kcsan_ctx
  int disable_count = 0, atomic_next = 0, nest = 0;
  bool flat = false;
  U64 mask = 0;
  std::vector<Checked> scoped;  // newest first
  std::optional<Checked> reorder;
  // the program
  std::vector<bool> functions{false};  // whether each is one of RCU
  std::vector<Word> registers = std::vector<Word>(4, 0);
  Word loaded = 0;       // by the first half of an operation
  std::size_t part = 0;  // of the instruction
  std::set<int> own_flags;
  int rcu_depth = 0;              // read-side critical sections
  bool waiting = false;           // for the end of a grace period
  std::set<std::size_t> awaited;  // tasks that have not been in a quiescent state since it began
  auto operator<=>(const Task&) const = default;
};

struct World {
  std::vector<Task> tasks;
  std::vector<Word> memory;
  auto operator<=>(const World&) const = default;
};

class Simulator {
 public:
  Simulator(const Source& source, const Configuration& configuration) : source_(source), c_(configuration) {}

  std::optional<std::map<Reported, bool>> run(std::size_t max_states) {
    World first;
    first.tasks.resize(source_.thread_count());
    for (const Variable& v : source_.variables()) first.memory.push_back(v.initial);
    push(first);
    while (!todo_.empty()) {
      if (seen_.size() > max_states) return std::nullopt;
      const World w = todo_.back();
      todo_.pop_back();
      std::size_t alone = 0;
      while (alone < w.tasks.size() && !is_unnoticed(w, alone)) ++alone;
      for (std::size_t t = 0; t < w.tasks.size(); ++t) {
        if (alone == w.tasks.size() || t == alone) step(w, t);
        rest(w, t);
      }
    }
    return reports_;
  }

 private:
  void push(const World& w) {
    if (seen_.insert(w).second) todo_.push_back(w);
  }
  // Whether the task's next step is about itself alone.
  [[nodiscard]] bool is_unnoticed(const World& w, std::size_t t) const {
    const Phase phase = w.tasks[t].phase;
    if (phase == Phase::kStart) return true;
    if (phase != Phase::kAct) return false;
    switch (instruction(w, t).kind) {
      case Kind::kRead:
      case Kind::kWrite:
      case Kind::kCompound:
      case Kind::kBit:
      case Kind::kTestBit:
      case Kind::kRmw:
      case Kind::kLock:
      case Kind::kUnlock:
      case Kind::kSilentWrite:
      case Kind::kSecondHalf:
      case Kind::kSeeLocked:
      case Kind::kSeeFree:
        return false;
      case Kind::kBarrier:
        return instruction(w, t).tag != Tag::kRcuLock && instruction(w, t).tag != Tag::kSyncRcu;
      default:
        return true;
    }
  }
  [[nodiscard]] const Variable& variable(int location) const { return source_.variables()[static_cast<std::size_t>(location)]; }

  [[nodiscard]] U64 read_memory(const World& w, const Checked& a) const {
    const int bytes = variable(a.location).bytes;
    const U64 word = static_cast<U64>(w.memory[static_cast<std::size_t>(a.location)]);
    switch (bytes) {
      case 1:
        return word & 0xff;
      case 2:
        return word & 0xffff;
      case 4:
        return word & 0xffffffff;
      case 8:
        return word;
      default:
        return 0;
    }
  }

  [[nodiscard]] Instruction instruction(const World& w, std::size_t t) const { return source_.at(t, w.tasks[t].pc); }

  [[nodiscard]] Checked access_of(const World& w, std::size_t t) const {
    const Instruction i = instruction(w, t);
    const Task& task = w.tasks[t];
    if (!has_access(i)) return {};
    Checked a{.name = {source_.line(t, task.pc), static_cast<int>(task.part)},
              .location = i.location,
              .depth = static_cast<int>(task.functions.size()),
              .rcu = task.functions.back()};
    const Variable& v = variable(i.location);
    // __tsan_volatile_read() and _write()
    const bool is_volatile_and_atomic = (v.is_racy || i.tag != Tag::kPlain) && v.bytes <= 8 && v.aligned;
    switch (i.kind) {
      case Kind::kRead:
        a.atomic = is_volatile_and_atomic;
        break;
      case Kind::kWrite:
        a.write = true;
        a.atomic = is_volatile_and_atomic;
        break;
      case Kind::kCompound:
        if (has_two_checks(i)) {
          a.write = task.part == 1;
          a.atomic = is_volatile_and_atomic;
        } else {
          a.write = a.compound = true;
        }
        break;
      case Kind::kBit:
        a.write = true;
        break;
      case Kind::kTestBit:
        a.write = !c_.plain_writes_atomic || task.part == 1;
        a.compound = !c_.plain_writes_atomic;
        break;
      case Kind::kRmw:
        a.write = a.atomic = true;
        a.compound = !i.any;
        break;
      case Kind::kAssert:
      case Kind::kScopeBegin:
      case Kind::kScopeEnd:
        a.assertion = true;
        a.write = i.any;
        a.scoped = i.kind != Kind::kAssert;
        break;
      default:
        break;
    }
    return a;
  }

  // What an instruction consists of, one after the other: a check or none, and what is done behind it. All others are of one part.
  enum class Deed { kNone, kLoad, kLoadIntoRegister, kStore };
  struct Part {
    bool is_checked;
    Deed deed;
  };
  // The compiler instruments the read and the write of `x++` each for itself: gcc always, clang if the variable is volatile.
  [[nodiscard]] bool has_two_checks(const Instruction& i) const { return c_.is_gcc || variable(i.location).is_racy; }
  [[nodiscard]] std::vector<Part> parts_of(const Instruction& i) const {
    switch (i.kind) {
      case Kind::kCompound:
        if (i.reg >= 0) return {{true, Deed::kLoadIntoRegister}};
        return {{true, Deed::kLoad}, {has_two_checks(i), Deed::kStore}};
      case Kind::kBit:
        return {{true, Deed::kLoad}, {false, Deed::kStore}};
      case Kind::kTestBit:
        // __instrument_read_write_bitop()
        if (c_.plain_writes_atomic) return {{true, Deed::kNone}, {true, Deed::kLoad}, {false, Deed::kStore}};
        return {{true, Deed::kLoad}, {false, Deed::kStore}};
      default:
        return {{true, Deed::kNone}};
    }
  }

  [[nodiscard]] bool has_access(const Instruction& i) const {
    const Kind k = i.kind;
    if (variable(i.location).is_ghost) return false;
    return k == Kind::kRead || k == Kind::kWrite || k == Kind::kCompound || k == Kind::kBit || k == Kind::kTestBit || k == Kind::kRmw ||
           k == Kind::kAssert || k == Kind::kScopeBegin || k == Kind::kScopeEnd;
  }

  [[nodiscard]] bool ignores(const Task& task, const Checked& a) const {
    return c_.permissive && !a.assertion && task.own_flags.contains(a.location);
  }

  bool is_atomic(Task& task, const Checked& a) const {
    if (a.atomic) return true;
    if (a.assertion) return false;
    const Variable& v = variable(a.location);
    if (c_.plain_writes_atomic && a.write && v.bytes <= 8 && !a.compound && v.aligned) return true;
    if (task.atomic_next > 0) {
      --task.atomic_next;
      return true;
    }
    return task.nest > 0 || task.flat;
  }

  void step(const World& w, std::size_t t) {
    const Task& task = w.tasks[t];
    switch (task.phase) {
      case Phase::kDone:
        return;
      case Phase::kStart:
        return start(w, t);
      case Phase::kCheckMain:
        return check(w, t, access_of(w, t), false);
      case Phase::kCheckReordered:
        return check(w, t, *task.reorder, true);
      case Phase::kCheckScoped:
        return check(w, t, task.scoped[task.scoped_index], false);
      case Phase::kStall:
        return wake(w, t);
      case Phase::kAct:
        return act(w, t);
    }
  }

  // The processor of the task goes through the scheduler, in a quiescent state: its barriers end what is delayed, and grace
  // periods wait for it no more. It cannot during a stall.
  void rest(const World& w, std::size_t t) {
    const auto awaits = [&](const Task& waiter) { return waiter.awaited.contains(t); };
    if (w.tasks[t].phase == Phase::kStall || w.tasks[t].rcu_depth > 0 || std::none_of(w.tasks.begin(), w.tasks.end(), awaits)) return;
    World n = w;
    Task& task = n.tasks[t];
    task.reorder.reset();
    if (task.phase == Phase::kCheckReordered) task.phase = task.scoped.empty() ? Phase::kAct : Phase::kCheckScoped;
    for (Task& waiter : n.tasks) waiter.awaited.erase(t);
    push(n);
  }

  // Barriers, and which check comes first.
  void start(World w, std::size_t t) {
    Task& task = w.tasks[t];
    const Instruction i = instruction(w, t);
    if (task.reorder && task.part == 0) {
      const bool all = (i.kind == Kind::kBarrier && (i.tag == Tag::kMb || i.tag == Tag::kSyncRcu)) || i.kind == Kind::kUnlock ||
                       (i.kind == Kind::kRmw && (i.tag == Tag::kMb || i.tag == Tag::kRelease)) ||
                       ((i.kind == Kind::kWrite || i.kind == Kind::kBit) && i.tag == Tag::kRelease);
      const bool reads = !task.reorder->write || task.reorder->compound;
      const bool ends = all || (i.kind == Kind::kBarrier && i.tag == Tag::kRmb && reads) ||
                        (i.kind == Kind::kBarrier && i.tag == Tag::kWmb && task.reorder->write);
      if (ends) task.reorder.reset();
    }
    const bool leaves = i.kind == Kind::kFunctionExit && task.reorder && static_cast<int>(task.functions.size()) <= task.reorder->depth;
    if (i.kind == Kind::kScopeEnd && has_access(i)) {
      Checked a = access_of(w, t);
      for (std::size_t s = 0; s < task.scoped.size(); ++s) {
        if (task.scoped[s].location != a.location || task.scoped[s].write != a.write) continue;
        task.scoped.erase(task.scoped.begin() + static_cast<std::ptrdiff_t>(s));
        break;
      }
    }
    if (leaves) {
      task.phase = Phase::kCheckReordered;
    } else if (has_access(i) && parts_of(i)[task.part].is_checked && !(c_.ignore_atomics && access_of(w, t).atomic)) {
      task.phase = Phase::kCheckMain;
    } else {
      task.phase = Phase::kAct;
    }
    push(w);
  }

  // check_access()
  void check(const World& w, std::size_t t, const Checked& a, bool reordered) {
    bool found = false;
    for (std::size_t other = 0; other < w.tasks.size(); ++other) {
      const auto& wp = w.tasks[other].watchpoint;
      if (other == t || !wp || wp->consumed || wp->access.location != a.location || (!a.write && !wp->access.write)) continue;
      found = true;
      World n = w;
      Task& task = n.tasks[t];
      task.phase = Phase::kAct;
      if (!(task.disable_count > 0 || (task.mask != 0 && !reordered) || ignores(task, a))) {
        Watchpoint& theirs = *n.tasks[other].watchpoint;
        theirs.consumed = true;
        theirs.by = a;
        theirs.by_reordered = reordered;
      }
      push(n);
    }
    if (found) return;

    World n = w;
    const bool atomic = is_atomic(n.tasks[t], a);
    if (!atomic) {
      World watching = n;
      Task& task = watching.tasks[t];
      if (task.disable_count > 0 || ignores(task, a)) {
        task.phase = Phase::kAct;
      } else {
        task.watchpoint = Watchpoint{.access = a, .reordered = reordered, .old = reordered ? 0 : read_memory(w, a), .by = {}};
        task.phase = Phase::kStall;
      }
      push(watching);
    }
    // Not watched.
    Task& task = n.tasks[t];
    const bool scoped_check = task.phase == Phase::kCheckScoped;
    if (scoped_check) {
      ++task.scoped_index;
    } else if (!reordered && !a.scoped && task.reorder) {
      task.phase = Phase::kCheckReordered;
      push(n);
      return;
    } else {
      task.scoped_index = 0;
    }
    if (task.scoped_index < task.scoped.size()) {
      task.phase = Phase::kCheckScoped;
    } else {
      task.phase = Phase::kAct;
      task.scoped_index = 0;
    }
    push(n);
  }

  // The end of kcsan_setup_watchpoint().
  void wake(World w, std::size_t t) {
    Task& task = w.tasks[t];
    const Watchpoint wp = *task.watchpoint;
    task.watchpoint.reset();
    const U64 mask = wp.reordered ? 0 : task.mask;
    const U64 now = wp.reordered ? 0 : read_memory(w, wp.access);
    U64 diff = wp.old ^ now;
    if (mask != 0) diff &= mask;
    const int bytes = variable(wp.access.location).bytes;

    enum class Change { kMaybe, kFalse, kTrue } change = Change::kMaybe;
    if (diff != 0) {
      bool ignored = false;
      if (c_.permissive && !wp.access.write && !wp.access.atomic && !wp.access.assertion && !wp.access.scoped && bytes <= 8) {
        const bool truth_value = (wp.old == 0 || now == 0) && diff == 1;
        const bool pointers = source_.is_address(static_cast<Word>(wp.old)) || source_.is_address(static_cast<Word>(now));
        ignored = !pointers && __builtin_popcountll(diff) == 1 && !truth_value;
      }
      if (!ignored) change = Change::kTrue;
    }
    if (wp.consumed) {
      if (change == Change::kMaybe) {
        if (mask != 0) {
          change = Change::kFalse;
        } else if (bytes > 8 || wp.access.assertion) {
          change = Change::kTrue;
        }
      }
      bool report = change != Change::kFalse;
      if (change == Change::kMaybe && c_.value_change_only && !wp.by.rcu) report = false;
      if (report) add({wp.access.name, wp.reordered, wp.by.name, wp.by_reordered}, diff != 0);
    } else if (change == Change::kTrue && (c_.report_unknown_origin || wp.access.assertion)) {
      add({wp.access.name, wp.reordered, wp.missed ? kTooEarly : kUnnoticed, false}, true);
    }
    if (c_.weak_memory && task.mask == 0 && !wp.access.assertion && !wp.reordered) {
      task.reorder = wp.access;
      task.reorder->scoped = true;
    }
    task.phase = Phase::kAct;
    task.scoped_index = 0;
    push(w);
  }

  void add(const Reported& reported, bool changed) {
    bool& best = reports_[reported];
    best = best || changed;
  }

  // Tells the watchpoints of a write whose check they have not met. One for which KCSAN has looked away could meet none.
  void note_write(World& w, std::size_t t, const Instruction& i) const {
    const Task& task = w.tasks[t];
    if (i.kind == Kind::kSilentWrite || task.disable_count > 0 || task.mask != 0) return;
    if (c_.permissive && task.own_flags.contains(i.location)) return;
    const Variable& v = variable(i.location);
    const bool is_marked = i.kind == Kind::kRmw || (i.kind == Kind::kSecondHalf && i.any) ||
                           ((i.kind == Kind::kWrite || (i.kind == Kind::kCompound && has_two_checks(i))) &&
                            (i.tag != Tag::kPlain || v.is_racy) && v.bytes <= 8 && v.aligned);
    if (c_.ignore_atomics && is_marked) return;
    for (std::size_t other = 0; other < w.tasks.size(); ++other) {
      auto& wp = w.tasks[other].watchpoint;
      if (other != t && wp && !wp->consumed && wp->access.location == i.location) wp->missed = true;
    }
  }

  void act(World w, std::size_t t) {
    Task& task = w.tasks[t];
    const Instruction i = instruction(w, t);
    Word& cell = w.memory[static_cast<std::size_t>(i.location)];
    if (i.kind == Kind::kCompound || i.kind == Kind::kBit || i.kind == Kind::kTestBit) {
      const std::vector<Part> parts = parts_of(i);
      const Deed deed = parts[task.part].deed;
      if (deed == Deed::kLoad) task.loaded = cell;
      if (deed == Deed::kLoadIntoRegister) put(task, i.reg, cell);
      if (deed == Deed::kStore) {
        cell = source_.stored(t, task.pc, task.registers, task.loaded);
        note_write(w, t, i);
      }
      if (++task.part < parts.size()) {
        task.phase = Phase::kStart;
        push(w);
        return;
      }
      task.part = 0;
      task.loaded = 0;
      return go_on(w, t);
    }
    switch (i.kind) {
      case Kind::kRead:
        put(task, i.reg, cell);
        break;
      case Kind::kWrite:
      case Kind::kSilentWrite:
      case Kind::kSecondHalf:
        cell = source_.stored(t, task.pc, task.registers, cell);
        note_write(w, t, i);
        break;
      case Kind::kRmw: {
        if (i.reg < 0) {
          cell = source_.stored(t, task.pc, task.registers, cell);
          note_write(w, t, i);
          break;
        }
        // The write, if there is one, is part of the step.
        put(task, i.reg, cell);
        for (const std::size_t place : source_.next(t, task.pc, task.registers)) {
          World n = w;
          if (source_.at(t, place).kind != Kind::kSecondHalf) {
            go_to(std::move(n), t, place);
            continue;
          }
          n.memory[static_cast<std::size_t>(i.location)] = source_.stored(t, place, task.registers, cell);
          note_write(n, t, i);
          n.tasks[t].pc = place;
          go_on(n, t);
        }
        return;
      }
      case Kind::kCompound:
      case Kind::kBit:
      case Kind::kTestBit:
        break;
      case Kind::kLock:
        if (cell != 0) return;
        cell = 1;
        break;
      case Kind::kUnlock:
        cell = 0;
        break;
      case Kind::kSeeLocked:
        if (cell == 0) return;
        break;
      case Kind::kSeeFree:
        if (cell != 0) return;
        break;
      case Kind::kSkipIfZero:
      case Kind::kBarrier:
        if (i.tag == Tag::kRcuLock) ++task.rcu_depth;
        if (i.tag == Tag::kRcuUnlock) --task.rcu_depth;
        if (i.tag == Tag::kSyncRcu && !task.waiting) {
          task.waiting = true;
          for (std::size_t other = 0; other < w.tasks.size(); ++other) {
            if (other != t) task.awaited.insert(other);
          }
          push(w);
          return;
        }
        if (i.tag == Tag::kSyncRcu && !task.awaited.empty()) return;
        task.waiting = false;
        break;
      case Kind::kStop:
      case Kind::kAssert:
      case Kind::kScopeEnd:
        break;
      case Kind::kScopeBegin:
        if (has_access(i)) task.scoped.insert(task.scoped.begin(), access_of(w, t));
        break;
      case Kind::kMask:
        task.mask = static_cast<U64>(i.value);
        break;
      case Kind::kAtomicNext:
        task.atomic_next = static_cast<int>(i.value);
        break;
      case Kind::kDisable:
        ++task.disable_count;
        break;
      case Kind::kEnable:
        --task.disable_count;
        break;
      case Kind::kNestableBegin:
        ++task.nest;
        break;
      case Kind::kNestableEnd:
        --task.nest;
        break;
      case Kind::kFlatBegin:
        task.flat = true;
        break;
      case Kind::kFlatEnd:
        task.flat = false;
        break;
      case Kind::kFunctionEntry:
        task.functions.push_back(i.any);
        break;
      case Kind::kFunctionExit:
        if (task.reorder && static_cast<int>(task.functions.size()) <= task.reorder->depth) task.reorder.reset();
        if (task.functions.size() > 1) task.functions.pop_back();
        break;
      case Kind::kOwnFlags:
        task.own_flags.insert(i.location);
        break;
    }
    if (source_.is_end(t, task.pc)) {
      task.phase = Phase::kDone;
      push(w);
      return;
    }
    go_on(w, t);
  }

  static void put(Task& task, int reg, Word value) {
    if (task.registers.size() <= static_cast<std::size_t>(reg)) task.registers.resize(static_cast<std::size_t>(reg) + 1, 0);
    task.registers[static_cast<std::size_t>(reg)] = value;
  }
  // To the places behind the present one; a task that cannot go on has ended.
  void go_on(const World& w, std::size_t t) {
    const std::vector<std::size_t> places = source_.next(t, w.tasks[t].pc, w.tasks[t].registers);
    for (const std::size_t place : places) go_to(w, t, place);
    if (!places.empty()) return;
    World ended = w;
    ended.tasks[t].phase = Phase::kDone;
    push(ended);
  }
  void go_to(World w, std::size_t t, std::size_t place) {
    Task& task = w.tasks[t];
    task.pc = place;
    task.phase = source_.at(t, place).kind == Kind::kStop ? Phase::kDone : Phase::kStart;
    source_.forget(t, place, task.registers);
    push(w);
  }

  const Source& source_;
  const Configuration& c_;
  std::set<World> seen_;
  std::vector<World> todo_;
  std::map<Reported, bool> reports_;
};

}  // namespace

std::optional<std::map<Reported, bool>> simulate(const Source& source, const Configuration& configuration, std::size_t max_states) {
  return Simulator(source, configuration).run(max_states);
}

}  // namespace lkmc::kcsan_test
