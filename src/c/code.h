// SPDX-License-Identifier: Apache-2.0
// A C file as the interpreter runs it: functions as graphs of blocks of simple instructions on registers.
//
// Every expression is taken apart, so that an instruction does one thing. Each variable whose address is not taken is a register,
// and so is each intermediate value. A decision ends a block; `&&`, `?:` and statement expressions whose parts do something
// become decisions, too.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/c/type.h"
#include "src/graph/event.h"
#include "src/litmus/primitives.h"
#include "src/litmus/type.h"
#include "src/program/expr.h"

namespace lkmc::c {

using litmus::Integer;

using Reg = int;
inline constexpr Reg kNoReg = -1;
using BlockId = int;
inline constexpr BlockId kNoBlock = -1;

// What the checker does for a C test besides the kernel's primitives; declared in models/linux/include/lkmc/test.h.
enum class Special : std::uint8_t {
  kCheck,        // a property of every execution that gets here: `a`; `name` is what is violated
  kMust,         // the same, and where it does not hold the thread ends
  kReached,      // whether `a` can be true here, under the name
  kObserve,      // `a` is part of the final state, under the name
  kFail,         // nobody may get here
  kThread,       // yields the number of the thread
  kRaceIsMeant,  // data_race(): races of the accesses up to kRaceIsOver are meant
  kRaceIsOver,
  // A lock that is a word which counts who is in: (word, mask, addend). One gets in, and adds, when nothing of the mask is set.
  kTake,      // waits for that, and is an acquire
  kTryTake,   // yields whether one got in; an acquire if so
  kGiveBack,  // (word, addend): adds, and is a release
};

enum class Op : std::uint8_t {
  kConstant,    // dst = word
  kFunction,    // dst = the address of function `index`
  kGlobal,      // dst = the address of global `index`
  kLocal,       // dst = the address of local object `index`
  kMove,        // dst = a: an assignment to a variable
  kCopyValue,   // dst = a: of an intermediate value
  kUnary,       // dst = unary a
  kBinary,      // dst = a binary b
  kConvert,     // dst = a, cut to `integer`
  kDependOn,    // dst = a, which also depends on b
  kLoad,        // dst = what is at the address a + word
  kStore,       // b to the address a + word
  kModify,      // dst = the value at a + word, before (is_old) or after it is replaced by `value binary b`
  kCopyObject,  // the object at b to the one at a: of `index` bytes, all the parts in `parts`
  kCall,        // dst = function `index`(arguments), or the function that a points to
  kPrimitive,   // dst = primitive(arguments)
  kSpecial,
  kOperands,  // see Operands
};

// Where operands begin that C leaves unordered, where the next one does, and where they are over.
enum class Operands : std::uint8_t { kBegin, kNext, kEnd };

// A part of a structure, for kCopyObject.
struct Part {
  std::int64_t offset;
  int bytes;
  Integer integer;
};

struct Instruction {
  Op op = Op::kConstant;
  Reg dst = kNoReg, a = kNoReg, b = kNoReg;
  SourcePos pos{};
  Word word = 0;
  int index = 0;
  UnaryOp unary = UnaryOp::kNegate;
  BinaryOp binary = BinaryOp::kAdd;
  bool swapped = false;   // of kBinary: b binary a
  bool negated = false;   // of kBinary: the result is compared with 0
  bool is_old = false;    // of kModify
  bool may_fail = false;  // of kBinary: a division, which must not be by zero
  Integer integer{};      // what is accessed, or computed
  int bytes = 8;          // of an access
  Tag tag = Tag::kPlain;  // of an access
  const litmus::Primitive* primitive = nullptr;
  Special special = Special::kCheck;
  Operands operands = Operands::kBegin;
  std::string name{};
  std::vector<Reg> arguments{};
  std::vector<Part> parts{};
};

struct Case {
  Word first, last;
  BlockId target;
};

// How a block ends.
struct End {
  enum class Kind : std::uint8_t { kJump, kBranch, kSwitch, kReturn, kDead } kind = Kind::kDead;
  Reg value = kNoReg;                     // of a decision, or what is returned
  BlockId yes = kNoBlock, no = kNoBlock;  // of a branch; a jump goes to `yes`, a switch without a case to `no`
  std::vector<Case> cases{};
  SourcePos pos{};
};

struct Block {
  std::vector<Instruction> code;
  End end;
  // Filled in by flow.h.
  BlockId joins = kNoBlock;   // where the paths of its decision meet; kNoBlock at the end of the function
  int order = 0;              // an edge to a block of no higher order closes a cycle
  bool begins_round = false;  // an edge to it closes a cycle
  std::vector<Reg> dead{};    // then: the registers that nobody reads any more before they are assigned anew
};

// A variable that lives in memory because it is no scalar, or its address is taken.
struct LocalObject {
  std::string name;
  Type type;
  SourcePos pos;
};

struct Function {
  std::string name;
  SourcePos pos;
  std::vector<Reg> parameters{};
  int registers = 0;
  std::vector<LocalObject> locals{};
  std::vector<std::unique_ptr<Block>> blocks{};  // the first is where it begins
};

// What lies in memory before any thread runs.
struct Global {
  std::string name;
  Type type;
  SourcePos pos;
  bool is_text = false;  // a string literal
  std::string text{};
};

struct Code {
  std::vector<std::unique_ptr<Function>> functions;
  std::vector<Global> globals;
  int initialise = -1;  // the function that gives the globals their initial values
};

}  // namespace lkmc::c
