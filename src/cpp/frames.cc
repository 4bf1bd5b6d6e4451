// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/frames.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>

#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

// Deeper calls are not told apart.
constexpr int kMostFrames = 64;

// Calls `f` with the address that each call returns to, innermost first, until it returns false.
template <class F>
void for_each_call(const Call& call, const void* outermost, const F& f) {
  if (!f(call.return_address)) return;
  const auto* frame = static_cast<const void* const*>(*static_cast<const void* const*>(call.frame));
  for (int i = 0; i < kMostFrames && frame < outermost; ++i) {
    if (!f(frame[1])) return;
    const auto* next = static_cast<const void* const*>(frame[0]);
    if (next <= frame) return;
    frame = next;
  }
}

}  // namespace

Run* run_in_thread() {
  Thread* const thread = Thread::current();
  if (thread == nullptr) return nullptr;
  Run* const run = static_cast<Run*>(thread->front_end());
  return run != nullptr && run->phase() == Phase::kThread && std::uncaught_exceptions() == 0 ? run : nullptr;
}

// Debug information is slow to ask, and the places are always the same ones. What is known is for all threads, and there is nothing to be
// destroyed when one ends: destructors of its variables and of static ones may still be a test's code.
CodeOwner owner_of(const void* return_address) {
  constexpr int kBitsOfIndex = 14;
  constexpr int kBitsOfOwner = 2;  // an address and its owner, in a word: addresses leave the upper bits unused
  static std::array<std::atomic<std::uintptr_t>, std::size_t{1} << kBitsOfIndex> known;
  const auto at = reinterpret_cast<std::uintptr_t>(return_address);
  std::atomic<std::uintptr_t>& place = known[(at * 0x9E3779B97F4A7C15U) >> (64 - kBitsOfIndex)];
  if (const std::uintptr_t word = place.load(std::memory_order_relaxed); word >> kBitsOfOwner == at) {
    return static_cast<CodeOwner>(word & ((1U << kBitsOfOwner) - 1));
  }
  const CodeOwner owner = owner_at(return_address);
  place.store(at << kBitsOfOwner | static_cast<std::uintptr_t>(owner), std::memory_order_relaxed);
  return owner;
}

Point point_of(const Call& call, const void* outermost) {
  Point point = 1;
  for_each_call(call, outermost, [&](const void* return_address) {
    point = (point ^ static_cast<Point>(reinterpret_cast<std::uintptr_t>(return_address))) * 0x9E3779B97F4A7C15U;
    point ^= point >> 29;
    return true;
  });
  return point | 1;
}

Statement statement_of(const Call& call, const void* outermost) {
  Statement statement{CodeOwner::kLibrary, call.return_address};
  for_each_call(call, outermost, [&](const void* return_address) {
    statement = {owner_of(return_address), return_address};
    return statement.owner == CodeOwner::kLibrary;
  });
  return statement;
}

}  // namespace lkmc::kernel
