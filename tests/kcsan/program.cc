// SPDX-License-Identifier: Apache-2.0
#include "tests/kcsan/program.h"

#include <algorithm>

#include "src/program/thread.h"

namespace lkmc::kcsan_test {

using Kind = Instruction::Kind;

std::string to_string(const Instruction& i) {
  static const char* const names[] = {"read",        "write",          "compound",       "bit",          "test-bit",
                                      "rmw",         "barrier",        "lock",           "unlock",       "skip-if-zero",
                                      "assert",      "scope-begin",    "scope-end",      "mask",         "atomic-next",
                                      "disable",     "enable",         "nestable-begin", "nestable-end", "flat-begin",
                                      "flat-end",    "function-entry", "function-exit",  "own-flags",    "silent-write",
                                      "second-half", "see-locked",     "see-free",       "stop"};
  return std::string(names[static_cast<int>(i.kind)]) + " v" + std::to_string(i.location) + " value=" + std::to_string(i.value) +
         " reg=" + std::to_string(i.reg) + " tag=" + std::to_string(static_cast<int>(i.tag)) + (i.any ? " any" : "");
}

std::string to_string(const TestProgram& program) {
  std::string text;
  for (std::size_t v = 0; v < program.variables.size(); ++v) {
    const Variable& x = program.variables[v];
    text += "v" + std::to_string(v) + " = " + std::to_string(x.initial) + ", bytes " + std::to_string(x.bytes) +
            (x.aligned ? "" : ", unaligned") + (x.is_racy ? ", racy" : "") + (x.is_ghost ? ", ghost" : "") + '\n';
  }
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    text += "thread " + std::to_string(t) + '\n';
    for (const Instruction& i : program.threads[t]) text += "  " + to_string(i) + '\n';
  }
  return text;
}

Instruction ListSource::at(std::size_t thread, std::size_t place) const {
  return is_end(thread, place) ? Instruction{.kind = Kind::kFunctionExit} : program_.threads[thread][place];
}

std::vector<std::size_t> ListSource::next(std::size_t thread, std::size_t place, const Registers& registers) const {
  const Instruction i = at(thread, place);
  const bool skips = i.kind == Kind::kSkipIfZero && registers[static_cast<std::size_t>(i.reg)] == 0;
  return {std::min(place + (skips ? 2 : 1), program_.threads[thread].size())};
}

Word ListSource::stored(std::size_t thread, std::size_t place, const Registers& registers, Word old) const {
  const Instruction i = at(thread, place);
  if (i.kind != Kind::kWrite) return old + i.value;
  return i.value + (i.reg >= 0 ? registers[static_cast<std::size_t>(i.reg)] : 0);
}

FrontEnd::FrontEnd(const TestProgram& program) : program_(program) {
  for (std::size_t v = 0; v < program.variables.size(); ++v) {
    const Variable& x = program.variables[v];
    locations_.push_back({.name = "v" + std::to_string(v),
                          .initial = x.initial,
                          .bytes = x.bytes,
                          .aligned = x.aligned,
                          .is_racy = x.is_racy,
                          .is_ghost = x.is_ghost});
  }
}

void FrontEnd::run(ThreadId id, Thread& thread) const {
  const std::vector<Instruction>& code = program_.threads[static_cast<std::size_t>(id)];
  std::vector<Value> registers(4, thread.constant(0));
  for (std::size_t pc = 0; pc < code.size(); ++pc) {
    const Instruction& i = code[pc];
    SourcePos pos{.line = 100 * id + static_cast<int>(pc) + 1};
    const Value address = thread.constant(Program::address_of(i.location));
    const auto add = [&](const Value& old) { return thread.binary(BinaryOp::kAdd, old, thread.constant(i.value)); };
    const auto mark = [&](MarkKind kind) {
      thread.mark({.kind = kind, .location = i.location, .any_access = i.any, .argument = i.value, .pos = pos});
    };
    switch (i.kind) {
      case Kind::kRead:
        registers[static_cast<std::size_t>(i.reg)] = thread.read(address, i.tag, pos);
        break;
      case Kind::kWrite:
        thread.write(address, i.reg < 0 ? thread.constant(i.value) : add(registers[static_cast<std::size_t>(i.reg)]), i.tag, pos);
        break;
      case Kind::kCompound:
        (void)thread.update(address, add, {}, pos);
        break;
      case Kind::kBit: {
        // __clear_bit_unlock() is marked for the memory model.
        const bool releases = i.tag == Tag::kRelease;
        (void)thread.update(address, add, {Form::kBit, releases ? Tag::kOnce : Tag::kPlain, i.tag}, pos);
        break;
      }
      case Kind::kTestBit:
        (void)thread.update(address, add, {.form = Form::kTestBit}, pos);
        break;
      case Kind::kRmw:
        (void)thread.rmw(address, add, i.tag, pos, i.any ? Form::kBit : Form::kAccess);
        break;
      case Kind::kBarrier:
        thread.fence(i.tag, pos);
        break;
      case Kind::kLock:
        thread.spin_lock(address, pos);
        break;
      case Kind::kUnlock:
        thread.spin_unlock(address, pos);
        break;
      case Kind::kSkipIfZero:
        if (!thread.branch(registers[static_cast<std::size_t>(i.reg)])) ++pc;
        break;
      case Kind::kAssert:
        mark(MarkKind::kAssert);
        break;
      case Kind::kScopeBegin:
        mark(MarkKind::kAssertScope);
        break;
      case Kind::kScopeEnd:
        mark(MarkKind::kAssertScopeEnd);
        break;
      case Kind::kMask:
        mark(MarkKind::kAccessMask);
        break;
      case Kind::kAtomicNext:
        mark(MarkKind::kAtomicNext);
        break;
      case Kind::kDisable:
        mark(MarkKind::kDisable);
        break;
      case Kind::kEnable:
        mark(MarkKind::kEnable);
        break;
      case Kind::kNestableBegin:
        mark(MarkKind::kNestableBegin);
        break;
      case Kind::kNestableEnd:
        mark(MarkKind::kNestableEnd);
        break;
      case Kind::kFlatBegin:
        mark(MarkKind::kFlatBegin);
        break;
      case Kind::kFlatEnd:
        mark(MarkKind::kFlatEnd);
        break;
      case Kind::kFunctionEntry:
        pos.function = i.any ? "void my_rcu_helper(int)" : "void helper(int)";
        mark(MarkKind::kFunctionEntry);
        break;
      case Kind::kFunctionExit:
        mark(MarkKind::kFunctionExit);
        break;
      case Kind::kOwnFlags:
        mark(MarkKind::kTaskFlags);
        break;
      default:
        break;  // not made at random
    }
  }
}

namespace {

class Generator {
 public:
  explicit Generator(std::mt19937& random) : random_(random) {}

  TestProgram make() {
    TestProgram program;
    program.variables.push_back({});
    const int variables = 1 + below(2);
    for (int v = 0; v < variables; ++v) {
      static constexpr int kSizes[] = {1, 2, 4, 4, 4, 8, 8, 16};
      program.variables.push_back(
          {.initial = one_in(3) ? 1 : 0, .bytes = kSizes[below(8)], .aligned = !one_in(8), .is_racy = one_in(10), .is_ghost = one_in(10)});
    }
    const int threads = one_in(3) ? 3 : 2;
    for (int t = 0; t < threads; ++t) program.threads.push_back(thread(variables, threads == 2 ? 4 : 3));
    return program;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  Tag one_of(std::initializer_list<Tag> tags) { return tags.begin()[below(static_cast<int>(tags.size()))]; }

  // At most `accesses` accesses, in one region or two.
  std::vector<Instruction> thread(int variables, int accesses) {
    std::vector<Instruction> code;
    std::vector<Instruction> to_close;
    int last_register = -1;
    const int count = 1 + below(accesses);
    if (one_in(12)) code.push_back({.kind = Kind::kOwnFlags, .location = 1});
    for (int i = 0; i < count; ++i) {
      if (one_in(4)) open(code, to_close, variables);
      if (one_in(5)) code.push_back({.kind = Kind::kBarrier, .tag = one_of({Tag::kMb, Tag::kRmb, Tag::kWmb, Tag::kBarrier})});
      if (last_register >= 0 && one_in(4)) code.push_back({.kind = Kind::kSkipIfZero, .reg = last_register});
      if (one_in(10) && may_sleep(to_close)) code.push_back({.kind = Kind::kBarrier, .tag = Tag::kSyncRcu});
      code.push_back(access(variables, last_register));
      if (code.back().kind == Kind::kRead) last_register = code.back().reg;
      if (!to_close.empty() && one_in(3)) {
        code.push_back(to_close.back());
        to_close.pop_back();
      }
    }
    for (; !to_close.empty(); to_close.pop_back()) code.push_back(to_close.back());
    return code;
  }

  Instruction access(int variables, int last_register) {
    const int location = 1 + below(variables);
    const bool plain = !one_in(3);
    switch (below(10)) {
      case 0:
        switch (below(4)) {
          case 0:
            return {.kind = Kind::kBit, .location = location, .value = 1 + below(3), .tag = one_of({Tag::kPlain, Tag::kRelease})};
          case 1:
            return {.kind = Kind::kTestBit, .location = location, .value = 1 + below(3)};
          default:
            return {.kind = Kind::kCompound, .location = location, .value = 1 + below(3)};
        }
      case 1:
        if (one_in(3)) {
          return {.kind = Kind::kRmw, .location = location, .value = below(2), .tag = one_of({Tag::kNoreturn, Tag::kRelease}), .any = true};
        }
        return {.kind = Kind::kRmw,
                .location = location,
                .value = below(2),
                .tag = one_of({Tag::kMb, Tag::kOnce, Tag::kAcquire, Tag::kRelease})};
      case 2:
        return {.kind = Kind::kAssert, .location = location, .any = one_in(2)};
      case 3:
      case 4:
      case 5:
        return {
            .kind = Kind::kRead, .location = location, .reg = below(4), .tag = plain ? Tag::kPlain : one_of({Tag::kOnce, Tag::kAcquire})};
      default:
        return {.kind = Kind::kWrite,
                .location = location,
                .value = below(3),
                .reg = one_in(4) ? last_register : -1,
                .tag = plain ? Tag::kPlain : one_of({Tag::kOnce, Tag::kRelease})};
    }
  }

  // Whether a thread that has these regions to close may wait for a grace period.
  static bool may_sleep(const std::vector<Instruction>& to_close) {
    return std::none_of(to_close.begin(), to_close.end(), [](const Instruction& i) {
      return i.kind == Kind::kUnlock || (i.kind == Kind::kBarrier && i.tag == Tag::kRcuUnlock);
    });
  }

  void open(std::vector<Instruction>& code, std::vector<Instruction>& to_close, int variables) {
    const auto region = [&](Instruction begin, Instruction end) {
      code.push_back(begin);
      to_close.push_back(end);
    };
    switch (below(10)) {
      case 0: {
        if (std::any_of(to_close.begin(), to_close.end(), [](const auto& i) { return i.kind == Kind::kUnlock; })) return;
        return region({.kind = Kind::kLock}, {.kind = Kind::kUnlock});
      }
      case 1:
        return region({.kind = Kind::kDisable}, {.kind = Kind::kEnable});
      case 2:
        return region({.kind = Kind::kNestableBegin}, {.kind = Kind::kNestableEnd});
      case 3:
        return region({.kind = Kind::kFlatBegin}, {.kind = Kind::kFlatEnd});
      case 4:
        code.push_back({.kind = Kind::kAtomicNext, .value = 1 + below(2)});
        return;
      case 5:
        return region({.kind = Kind::kMask, .value = 1 + below(3)}, {.kind = Kind::kMask, .value = 0});
      case 6: {
        const int location = 1 + below(variables);
        const bool any = one_in(2);
        return region({.kind = Kind::kScopeBegin, .location = location, .any = any},
                      {.kind = Kind::kScopeEnd, .location = location, .any = any});
      }
      case 7:
        return region({.kind = Kind::kBarrier, .tag = Tag::kRcuLock}, {.kind = Kind::kBarrier, .tag = Tag::kRcuUnlock});
      default:
        return region({.kind = Kind::kFunctionEntry, .any = one_in(2)}, {.kind = Kind::kFunctionExit});
    }
  }

  std::mt19937& random_;
};

}  // namespace

TestProgram random_program(std::mt19937& random) { return Generator(random).make(); }

}  // namespace lkmc::kcsan_test
