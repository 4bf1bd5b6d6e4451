// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/block_code.h"

#include <capstone/capstone.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "src/cpp/frames.h"

namespace lkmc::kernel {
namespace {

const Origin kUnknown{.is_unknown = true};

BlockCode unknown_block() { return {.choice = kUnknown, .assigns_elsewhere = true}; }

#ifdef __x86_64__

constexpr std::size_t kLongestInstruction = 15;
constexpr int kMostInstructions = 2000;
constexpr std::size_t kDirectCall = 5;  // bytes, the last four of them the distance

using Register = std::uint16_t;

// The registers that calls preserve, and those that they do not.
constexpr std::array<Register, 5> kPreserved{X86_REG_RBX, X86_REG_R12, X86_REG_R13, X86_REG_R14, X86_REG_R15};

// The whole of a register.
Register whole(Register part) {
  static const std::map<Register, Register> wholes = [] {
    std::map<Register, Register> map;
    const Register parts[][6] = {
        {X86_REG_RAX, X86_REG_EAX, X86_REG_AX, X86_REG_AL, X86_REG_AH},
        {X86_REG_RBX, X86_REG_EBX, X86_REG_BX, X86_REG_BL, X86_REG_BH},
        {X86_REG_RCX, X86_REG_ECX, X86_REG_CX, X86_REG_CL, X86_REG_CH},
        {X86_REG_RDX, X86_REG_EDX, X86_REG_DX, X86_REG_DL, X86_REG_DH},
        {X86_REG_RSI, X86_REG_ESI, X86_REG_SI, X86_REG_SIL},
        {X86_REG_RDI, X86_REG_EDI, X86_REG_DI, X86_REG_DIL},
        {X86_REG_R8, X86_REG_R8D, X86_REG_R8W, X86_REG_R8B},
        {X86_REG_R9, X86_REG_R9D, X86_REG_R9W, X86_REG_R9B},
        {X86_REG_R10, X86_REG_R10D, X86_REG_R10W, X86_REG_R10B},
        {X86_REG_R11, X86_REG_R11D, X86_REG_R11W, X86_REG_R11B},
        {X86_REG_R12, X86_REG_R12D, X86_REG_R12W, X86_REG_R12B},
        {X86_REG_R13, X86_REG_R13D, X86_REG_R13W, X86_REG_R13B},
        {X86_REG_R14, X86_REG_R14D, X86_REG_R14W, X86_REG_R14B},
        {X86_REG_R15, X86_REG_R15D, X86_REG_R15W, X86_REG_R15B},
    };
    for (const auto& row : parts) {
      for (const Register part : row) {
        if (part != 0) map[part] = row[0];
      }
    }
    return map;
  }();
  const auto known = wholes.find(part);
  return known == wholes.end() ? part : known->second;
}

bool is_of_the_stack(Register r) { return r == X86_REG_RBP || r == X86_REG_RSP || r == X86_REG_RIP; }

void add(Origin& to, const Origin& from) {
  for (const Slot& slot : from.slots) {
    if (std::find(to.slots.begin(), to.slots.end(), slot) == to.slots.end()) to.slots.push_back(slot);
  }
  to.is_answer = to.is_answer || from.is_answer;
  to.is_unknown = to.is_unknown || from.is_unknown;
}

// Follows the instructions of a block.
class Reader {
 public:
  explicit Reader(const void* begin) : at_(static_cast<const std::uint8_t*>(begin)), point_(called_at(at_ - kDirectCall)) {
    for (std::size_t i = 0; i < kPreserved.size(); ++i) registers_[kPreserved[i]] = preserved(i);
  }

  BlockCode read() {
    csh engine = 0;
    if (point_ == nullptr || cs_open(CS_ARCH_X86, CS_MODE_64, &engine) != CS_ERR_OK) return unknown_block();
    cs_option(engine, CS_OPT_DETAIL, CS_OPT_ON);
    const std::unique_ptr<cs_insn, void (*)(cs_insn*)> instruction(cs_malloc(engine), [](cs_insn* i) { cs_free(i, 1); });
    bool goes_on = true;
    for (int i = 0; goes_on; ++i) {
      const std::uint8_t* code = at_;
      std::size_t size = kLongestInstruction;
      auto address = static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(at_));
      if (i == kMostInstructions || !cs_disasm_iter(engine, &code, &size, &address, instruction.get())) {
        cs_close(&engine);
        return unknown_block();
      }
      at_ = code;
      goes_on = follow(engine, *instruction);
    }
    cs_close(&engine);
    for (std::size_t i = 0; i < kPreserved.size(); ++i) {
      const Origin& from = registers_[kPreserved[i]];
      if (from != preserved(i)) block_.assignments.push_back({preserved(i).slots.front(), from});
    }
    for (const auto& [slot, from] : slots_) block_.assignments.push_back({slot, from});
    return std::move(block_);
  }

 private:
  static Origin preserved(std::size_t index) { return {.slots = {slot_of_register(static_cast<int>(index))}}; }

  // Where a direct call goes; null if it is none.
  static const void* called_at(const std::uint8_t* call) {
    constexpr std::uint8_t kCall = 0xE8;
    if (*call != kCall) return nullptr;
    std::int32_t distance = 0;
    std::memcpy(&distance, call + 1, sizeof distance);
    return call + kDirectCall + distance;
  }

  // The function itself, if what is called is the linkage table's entry for it: `jmp *distance(%rip)`, maybe behind `endbr64`.
  static const void* behind_linkage(const void* called) {
    const auto* code = static_cast<const std::uint8_t*>(called);
    constexpr std::array<std::uint8_t, 4> kEndbr64{0xF3, 0x0F, 0x1E, 0xFA};
    if (std::equal(kEndbr64.begin(), kEndbr64.end(), code)) code += kEndbr64.size();
    if (*code == 0xF2) ++code;  // bnd
    if (code[0] != 0xFF || code[1] != 0x25) return called;
    std::int32_t distance = 0;
    std::memcpy(&distance, code + 2, sizeof distance);
    const void* function = nullptr;
    std::memcpy(&function, code + 6 + distance, sizeof function);
    return function;
  }

  // False where the block ends.
  bool follow(csh engine, const cs_insn& instruction) {
    if (cs_insn_group(engine, &instruction, CS_GRP_CALL)) return follow_call(instruction);
    if (cs_insn_group(engine, &instruction, CS_GRP_RET)) {
      block_.returns = true;
      return false;
    }
    if (cs_insn_group(engine, &instruction, CS_GRP_JUMP)) return follow_jump(instruction);
    if (instruction.id == X86_INS_UD2 || instruction.id == X86_INS_HLT) return false;
    follow_data(engine, instruction);
    return true;
  }

  bool follow_call(const cs_insn& instruction) {
    const cs_x86_op& target = instruction.detail->x86.operands[0];
    const void* const called = target.type == X86_OP_IMM ? reinterpret_cast<const void*>(target.imm) : nullptr;
    if (called == point_) return false;
    const void* const function = called != nullptr ? behind_linkage(called) : nullptr;
    const bool is_api = function != nullptr && owner_of(static_cast<const std::uint8_t*>(function) + 1) == CodeOwner::kApi;
    std::erase_if(registers_, [](const auto& r) { return std::find(kPreserved.begin(), kPreserved.end(), r.first) == kPreserved.end(); });
    if (is_api) registers_[X86_REG_RAX] = {.is_answer = true};
    return true;
  }

  // What the compiler makes of one branch in the source may be several, all of which lead to other blocks.
  bool follow_jump(const cs_insn& instruction) {
    const cs_x86_op& target = instruction.detail->x86.operands[0];
    if (instruction.id == X86_INS_JMP) {
      if (target.type == X86_OP_IMM) {
        at_ = reinterpret_cast<const std::uint8_t*>(target.imm);
        return true;
      }
      block_.choice = kUnknown;
      return false;
    }
    add(block_.choice, in_register(X86_REG_EFLAGS));
    return true;
  }

  void follow_data(csh engine, const cs_insn& instruction) {
    cs_regs read, written;
    std::uint8_t reads = 0, writes = 0;
    if (cs_regs_access(engine, &instruction, read, &reads, written, &writes) != CS_ERR_OK) {
      block_.choice = kUnknown;
      block_.assigns_elsewhere = true;
      return;
    }
    const cs_x86& x86 = instruction.detail->x86;
    Origin from;
    const bool is_zero = (instruction.id == X86_INS_XOR || instruction.id == X86_INS_SUB) && x86.operands[0].type == X86_OP_REG &&
                         x86.operands[1].type == X86_OP_REG && x86.operands[0].reg == x86.operands[1].reg;
    for (int i = 0; i < reads && !is_zero; ++i) {
      const Register r = whole(read[i]);
      if (!is_of_the_stack(r)) add(from, in_register(r));
    }
    if (instruction.id == X86_INS_POP) from = kUnknown;
    const bool is_address = instruction.id == X86_INS_LEA;
    for (int i = 0; i < x86.op_count && !is_address; ++i) {
      const cs_x86_op& operand = x86.operands[i];
      if (operand.type == X86_OP_MEM && (operand.access & CS_AC_READ) != 0) add(from, in_memory(operand));
    }
    for (int i = 0; i < writes; ++i) {
      const Register r = whole(written[i]);
      if (!is_of_the_stack(r)) registers_[r] = from;
    }
    for (int i = 0; i < x86.op_count && !is_address; ++i) {
      const cs_x86_op& operand = x86.operands[i];
      if (operand.type != X86_OP_MEM || (operand.access & CS_AC_WRITE) == 0) continue;
      if (const auto slot = slot_of(operand)) {
        assign(*slot, from);
      } else if (operand.mem.base != X86_REG_RSP && operand.mem.base != X86_REG_RIP) {
        block_.assigns_elsewhere = true;
      }
    }
  }

  static std::optional<Slot> slot_of(const cs_x86_op& operand) {
    const x86_op_mem& memory = operand.mem;
    if (memory.base != X86_REG_RBP || memory.index != X86_REG_INVALID || memory.segment != X86_REG_INVALID) return std::nullopt;
    return Slot{static_cast<std::int32_t>(memory.disp), operand.size};
  }

  static bool overlap(const Slot& a, const Slot& b) {
    return a.offset < b.offset + static_cast<std::int32_t>(b.size) && b.offset < a.offset + static_cast<std::int32_t>(a.size);
  }

  [[nodiscard]] Origin in_memory(const cs_x86_op& operand) const {
    const auto slot = slot_of(operand);
    if (!slot) return kUnknown;
    if (const auto known = slots_.find(*slot); known != slots_.end()) return known->second;
    const bool is_part = std::any_of(slots_.begin(), slots_.end(), [&](const auto& s) { return overlap(s.first, *slot); });
    return is_part ? kUnknown : Origin{.slots = {*slot}};
  }

  void assign(const Slot& slot, const Origin& from) {
    const bool is_part =
        std::any_of(slots_.begin(), slots_.end(), [&](const auto& s) { return s.first != slot && overlap(s.first, slot); });
    slots_[slot] = from;
    if (is_part) block_.assigns_elsewhere = true;
  }

  [[nodiscard]] Origin in_register(Register r) const {
    const auto known = registers_.find(r);
    return known != registers_.end() ? known->second : kUnknown;
  }

  const std::uint8_t* at_;
  const void* point_;  // what is called where a block begins
  std::map<Register, Origin> registers_;
  std::map<Slot, Origin> slots_;
  BlockCode block_;
};

BlockCode read_block(const void* begin) { return Reader(begin).read(); }

#else

BlockCode read_block(const void*) { return unknown_block(); }

#endif

}  // namespace

const BlockCode& block_code(const void* return_address) {
  thread_local std::unordered_map<const void*, std::unique_ptr<const BlockCode>> known;
  std::unique_ptr<const BlockCode>& block = known[return_address];
  if (block == nullptr) block = std::make_unique<const BlockCode>(read_block(return_address));
  return *block;
}

}  // namespace lkmc::kernel
