// SPDX-License-Identifier: Apache-2.0
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
    kRead,      // into the register `reg`
    kWrite,     // `value`, or that plus the register `reg` if it is not negative
    kCompound,  // plain: adds `value`, or reads into `reg` if its write is a kSecondHalf
    kBit,       // what __set_bit() is to KCSAN: adds `value`; a release if the tag says so
    kTestBit,   // and __test_and_set_bit()
    kRmw,       // marked: adds `value`, or reads into `reg` and goes on to a kSecondHalf; set_bit() if `any`
    kBarrier,
    kLock,
    kUnlock,
    kSkipIfZero,  // leaves out the next instruction if the register `reg` is zero
    kAssert,      // any access if `any`, else writes
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
    kSilentWrite,  // that is not instrumented
    kSecondHalf,   // a write whose value depends on what the instruction before has read, which was checked for both
    kSeeLocked,    // goes on only where the lock is taken
    kSeeFree,
    kStop,  // the thread does nothing any more
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
  bool is_ghost = false;
};

// The first variable is the lock.
struct TestProgram {
  std::vector<Variable> variables;
  std::vector<std::vector<Instruction>> threads;
};

std::string to_string(const TestProgram& program);

// What the simulator runs: for each thread instructions, at places that it goes through by their numbers. The one at 0 comes
// first.
class Source {
 public:
  using Registers = std::vector<Word>;
  virtual ~Source() = default;
  [[nodiscard]] virtual std::size_t thread_count() const = 0;
  [[nodiscard]] virtual const std::vector<Variable>& variables() const = 0;
  // kFunctionExit at the end of a thread, which goes nowhere from there.
  [[nodiscard]] virtual Instruction at(std::size_t thread, std::size_t place) const = 0;
  // What an access is called in the result.
  [[nodiscard]] virtual int line(std::size_t thread, std::size_t place) const = 0;
  [[nodiscard]] virtual bool is_end(std::size_t thread, std::size_t place) const = 0;
  // The places behind it; several if that is left to chance, none if the thread has to wait.
  [[nodiscard]] virtual std::vector<std::size_t> next(std::size_t thread, std::size_t place, const Registers& registers) const = 0;
  // What a write stores that finds `old`.
  [[nodiscard]] virtual Word stored(std::size_t thread, std::size_t place, const Registers& registers, Word old) const = 0;
  // Whether the value is a made-up address, of which single bits mean nothing.
  [[nodiscard]] virtual bool is_address(Word) const { return false; }
  // Clears registers that are of no use from there on.
  virtual void forget(std::size_t, std::size_t, Registers&) const {}
};

class ListSource final : public Source {
 public:
  // `program` must outlive this.
  explicit ListSource(const TestProgram& program) : program_(program) {}
  [[nodiscard]] std::size_t thread_count() const override { return program_.threads.size(); }
  [[nodiscard]] const std::vector<Variable>& variables() const override { return program_.variables; }
  [[nodiscard]] Instruction at(std::size_t thread, std::size_t place) const override;
  [[nodiscard]] int line(std::size_t thread, std::size_t place) const override { return static_cast<int>(100 * thread + place + 1); }
  [[nodiscard]] bool is_end(std::size_t thread, std::size_t place) const override { return place >= program_.threads[thread].size(); }
  [[nodiscard]] std::vector<std::size_t> next(std::size_t thread, std::size_t place, const Registers& registers) const override;
  [[nodiscard]] Word stored(std::size_t thread, std::size_t place, const Registers& registers, Word old) const override;

 private:
  const TestProgram& program_;
};

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
