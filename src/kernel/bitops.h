// SPDX-License-Identifier: Apache-2.0
// Bit operations on words of type unsigned long (Documentation/atomic_bitops.txt). Those without a return value are
// unordered atomic operations; test_and_*_bit() are fully ordered, test_and_set_bit_lock() is an acquire if it sets the bit
// and unordered if not, clear_bit_unlock() is a release. test_bit() is a READ_ONCE(). Those with two underscores are plain
// reads and writes, neither atomic nor marked. KCSAN sees each of those that return nothing as one write
// (include/asm-generic/bitops/instrumented-*.h). Bits are numbered over an array of words.
//
// bit_spin_lock() makes a spinlock of one bit (include/linux/bit_spinlock.h).
#pragma once

#include "src/kernel/atomic.h"

namespace lkmc {

inline constexpr unsigned BITS_PER_LONG = 64;

namespace kernel {

struct Bit {
  Bit(unsigned nr, shared<unsigned long>* words)
      : word(words[nr / BITS_PER_LONG]), mask(1UL << nr % BITS_PER_LONG), nr(nr % BITS_PER_LONG) {}
  Bit(unsigned nr, const shared<unsigned long>* words) : Bit(nr, const_cast<shared<unsigned long>*>(words)) {}
  [[nodiscard]] LockId lock_id() const { return {word.location(), static_cast<std::int32_t>(nr)}; }
  [[nodiscard]] value<bool> in(const value<unsigned long>& v) const { return (v & mask) != 0UL; }
  shared<unsigned long>& word;
  unsigned long mask;
  unsigned nr;
};

// What an operation makes of the word.
inline auto changed(const Bit& bit, BinaryOp op) {
  return [mask = bit.mask, op](const Value& old) {
    Run& run = Run::current("a bit");
    return run.binary(op, old, run.constant(static_cast<Word>(mask)));
  };
}
inline void change(const Bit& bit, BinaryOp op, Tag order, const char* function, const Site& site) {
  (void)thread_for(function, site).rmw(bit.word.address(), changed(bit, op), order, position(site), Form::kBit);
}
// Returns what the bit was.
inline value<bool> test_and_change(const Bit& bit, BinaryOp op, const char* function, const Site& site) {
  return bit.in(modify<unsigned long>(bit.word, op, bit.mask, Tag::kMb, RmwResult::kOld, function, site));
}
// Not atomic. Returns what the bit was.
inline value<bool> change_in_halves(const Bit& bit, BinaryOp op, const Thread::Halves& halves, const char* function, const Site& site) {
  const Value old = thread_for(function, site).update(bit.word.address(), changed(bit, op), halves, position(site)).first;
  return bit.in(value<unsigned long>::from(old));
}
inline Value bit_is_clear(const Bit& bit, const Value& word) {
  Run& run = Run::current("a bit");
  return run.unary(UnaryOp::kLogicalNot, run.binary(BinaryOp::kBitAnd, word, run.constant(static_cast<Word>(bit.mask))));
}
inline Value with_bit(const Bit& bit, const Value& word) {
  Run& run = Run::current("a bit");
  return run.binary(BinaryOp::kBitOr, word, run.constant(static_cast<Word>(bit.mask)));
}

}  // namespace kernel

// The two shapes of the operations: those that return nothing, and those that return what the bit was.
#define LKMC_BIT_VOID(name, ...) \
  inline void name(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) { __VA_ARGS__; }
#define LKMC_BIT_TEST(name, ...)                                                                                          \
  inline value<bool> name(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) { \
    return __VA_ARGS__;                                                                                                   \
  }
// Atomic and unordered.
LKMC_BIT_VOID(set_bit, kernel::change({nr, addr}, BinaryOp::kBitOr, Tag::kNoreturn, "set_bit()", site))
LKMC_BIT_VOID(clear_bit, kernel::change({nr, addr}, BinaryOp::kBitAndNot, Tag::kNoreturn, "clear_bit()", site))
LKMC_BIT_VOID(change_bit, kernel::change({nr, addr}, BinaryOp::kBitXor, Tag::kNoreturn, "change_bit()", site))
// Atomic, and a release.
LKMC_BIT_VOID(clear_bit_unlock, kernel::change({nr, addr}, BinaryOp::kBitAndNot, Tag::kRelease, "clear_bit_unlock()", site))
// Atomic and fully ordered.
LKMC_BIT_TEST(test_and_set_bit, kernel::test_and_change({nr, addr}, BinaryOp::kBitOr, "test_and_set_bit()", site))
LKMC_BIT_TEST(test_and_clear_bit, kernel::test_and_change({nr, addr}, BinaryOp::kBitAndNot, "test_and_clear_bit()", site))
LKMC_BIT_TEST(test_and_change_bit, kernel::test_and_change({nr, addr}, BinaryOp::kBitXor, "test_and_change_bit()", site))
// Plain.
LKMC_BIT_VOID(__set_bit, (void)kernel::change_in_halves({nr, addr}, BinaryOp::kBitOr, {.form = Form::kBit}, "__set_bit()", site))
LKMC_BIT_VOID(__clear_bit, (void)kernel::change_in_halves({nr, addr}, BinaryOp::kBitAndNot, {.form = Form::kBit}, "__clear_bit()", site))
LKMC_BIT_VOID(__change_bit, (void)kernel::change_in_halves({nr, addr}, BinaryOp::kBitXor, {.form = Form::kBit}, "__change_bit()", site))
LKMC_BIT_TEST(__test_and_set_bit,
              kernel::change_in_halves({nr, addr}, BinaryOp::kBitOr, {.form = Form::kTestBit}, "__test_and_set_bit()", site))
LKMC_BIT_TEST(__test_and_clear_bit,
              kernel::change_in_halves({nr, addr}, BinaryOp::kBitAndNot, {.form = Form::kTestBit}, "__test_and_clear_bit()", site))
LKMC_BIT_TEST(__test_and_change_bit,
              kernel::change_in_halves({nr, addr}, BinaryOp::kBitXor, {.form = Form::kTestBit}, "__test_and_change_bit()", site))
#undef LKMC_BIT_VOID
#undef LKMC_BIT_TEST

// READ_ONCE().
[[nodiscard]] inline value<bool> test_bit(unsigned nr, const shared<unsigned long>* addr,
                                          const kernel::Site& site = kernel::Site::current()) {
  const kernel::Bit bit(nr, addr);
  return bit.in(bit.word.read(Tag::kOnce, site));
}
// Acquire.
[[nodiscard]] inline value<bool> test_bit_acquire(unsigned nr, const shared<unsigned long>* addr,
                                                  const kernel::Site& site = kernel::Site::current()) {
  const kernel::Bit bit(nr, addr);
  return bit.in(bit.word.read(Tag::kAcquire, site));
}
// Acquire if the bit was clear, else unordered. Returns what the bit was.
[[nodiscard]] inline value<bool> test_and_set_bit_lock(unsigned nr, shared<unsigned long>* addr,
                                                       const kernel::Site& site = kernel::Site::current()) {
  const kernel::Bit bit(nr, addr);
  Thread& thread = kernel::thread_for("test_and_set_bit_lock()", site);
  const auto [old, was_clear] = thread.try_rmw(
      bit.word.address(), [&](const Value& v) { return kernel::bit_is_clear(bit, v); },
      [&](const Value& v) { return kernel::with_bit(bit, v); }, Tag::kAcquire, kernel::position(site));
  return value<bool>::from(computed_from(old, thread.constant(was_clear ? 0 : 1).expr));
}
// A release store of a word that nobody else changes at the time: not atomic.
inline void __clear_bit_unlock(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::change_in_halves({nr, addr}, BinaryOp::kBitAndNot, {.form = Form::kBit, .read = Tag::kOnce, .write = Tag::kRelease},
                                 "__clear_bit_unlock()", site);
}

namespace kernel {
inline constexpr const char* kBitSpinlockSection = "a section that holds a bit spinlock";
inline void hold_bit(const Bit& bit, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.hold(bit.lock_id(), Run::Hold::kExclusive, function, site);
  run.enter_atomic(kBitSpinlockSection, bit.lock_id(), site);
}
inline void give_bit_back(const Bit& bit, const char* function, const Site& site) {
  Run& run = Run::current(function);
  (void)run.thread(function, site);
  run.release(bit.lock_id(), Run::Hold::kExclusive, function, site);
  (void)run.leave_atomic(bit.lock_id());
}
}  // namespace kernel

// Acquire. Waits for the bit.
inline void bit_spin_lock(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) {
  const kernel::Bit bit(nr, addr);
  (void)kernel::thread_for("bit_spin_lock()", site)
      .await_rmw(
          bit.word.address(), [&](const Value& v) { return kernel::bit_is_clear(bit, v); },
          [&](const Value& v) { return kernel::with_bit(bit, v); }, Tag::kAcquire, kernel::position(site), {.lock = bit.lock_id()});
  kernel::hold_bit(bit, "bit_spin_lock()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline value<bool> bit_spin_trylock(unsigned nr, shared<unsigned long>* addr,
                                                  const kernel::Site& site = kernel::Site::current()) {
  const value<bool> was_set = test_and_set_bit_lock(nr, addr, site);
  if (!kernel::Run::current("bit_spin_trylock()").branch(was_set.symbolic())) {
    kernel::hold_bit({nr, addr}, "bit_spin_trylock()", site);
  }
  return !was_set;
}
// Release.
inline void bit_spin_unlock(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_bit_back({nr, addr}, "bit_spin_unlock()", site);
  clear_bit_unlock(nr, addr, site);
}
inline void __bit_spin_unlock(unsigned nr, shared<unsigned long>* addr, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_bit_back({nr, addr}, "__bit_spin_unlock()", site);
  __clear_bit_unlock(nr, addr, site);
}
[[nodiscard]] inline value<bool> bit_spin_is_locked(unsigned nr, const shared<unsigned long>* addr,
                                                    const kernel::Site& site = kernel::Site::current()) {
  return test_bit(nr, addr, site);
}

}  // namespace lkmc
