// Small programs to compare the KCSAN oracle with the simulator on: lists of instructions, made at random.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "src/program/program.h"

namespace lkmc::kcsan_test {

struct Instruction {
  enum class Kind {
    kRead,         // into the register `reg`
    kWrite,        // `value`, or that plus the register `reg` if it is not negative
    kCompound,     // plain: adds `value`
    kRmw,          // marked: adds `value`
    kBarrier,
    kLock,
    kUnlock,
    kSkipIfZero,   // leaves out the next instruction if the register `reg` is zero
    kAssert,       // any access if `any`, else writes
    kScopeBegin,
    kScopeEnd,
    kMask,
    kAtomicNext,
    kDisable,
    kEnable,
    kNestableBegin,
    kNestableEnd,
    kFlatBegin,
    kFlatEnd,
    kFunctionEntry,  // its name has rcu_ in it if `any`
    kFunctionExit,
    kOwnFlags,
  };
  Kind kind;
  int location = 0;
  Word value = 0;
  int reg = -1;
  Tag tag = Tag::kPlain;  // of accesses, RMWs and barriers
  bool any = false;
};

std::string to_string(const Instruction& instruction);

struct Variable {
  Word initial = 0;
  int bytes = 4;
  bool aligned = true;
  bool is_racy = false;
};

// The first variable is the lock.
struct TestProgram {
  std::vector<Variable> variables;
  std::vector<std::vector<Instruction>> threads;
};

std::string to_string(const TestProgram& program);

// The program as the oracle gets it. The line of an instruction is 100 times the thread plus its index plus 1.
class FrontEnd final : public Program {
 public:
  explicit FrontEnd(const TestProgram& program);
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(program_.threads.size()); }
  void run(ThreadId id, Thread& thread) const override;

 private:
  const TestProgram& program_;
  std::vector<LocationInfo> locations_;
};

TestProgram random_program(std::mt19937& random);

}  // namespace lkmc::kcsan_test
