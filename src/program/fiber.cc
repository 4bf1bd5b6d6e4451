// SPDX-License-Identifier: Apache-2.0
#include "src/program/fiber.h"

#include <boost/context/protected_fixedsize_stack.hpp>
#include <memory>
#include <utility>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace lkmc {
namespace {

namespace ctx = boost::context;

// Enough for a front end's interpreter at its deepest nesting, also with the large frames of sanitizers.
constexpr std::size_t kStackBytes = 1024 * 1024;

void start_switch([[maybe_unused]] void** shadow, [[maybe_unused]] const void* to, [[maybe_unused]] std::size_t size) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(shadow, to, size);
#endif
}

void finish_switch([[maybe_unused]] void* shadow, [[maybe_unused]] const void** from, [[maybe_unused]] std::size_t* size) {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(shadow, from, size);
#endif
}

// Stacks with a guard page. A worker keeps those that its fibers are through with for the next: to have one mapped and its pages
// filled in takes longer than most runs of a thread.
class RecycledStacks {
 public:
  RecycledStacks() = default;
  ~RecycledStacks() {
    for (ctx::stack_context& stack : free_) system_.deallocate(stack);
  }
  RecycledStacks(const RecycledStacks&) = delete;
  RecycledStacks& operator=(const RecycledStacks&) = delete;

  ctx::stack_context take() {
    if (free_.empty()) return system_.allocate();
    const ctx::stack_context stack = free_.back();
    free_.pop_back();
    return stack;
  }
  void give_back(const ctx::stack_context& stack) { free_.push_back(stack); }

 private:
  ctx::protected_fixedsize_stack system_{kStackBytes};
  std::vector<ctx::stack_context> free_;
};

thread_local RecycledStacks recycled_stacks;

// As Boost.Context wants an allocator of stacks to be.
struct StackAllocator {
  ctx::stack_context allocate() { return recycled_stacks.take(); }
  void deallocate(ctx::stack_context& stack) { recycled_stacks.give_back(stack); }
};

// What this worker runs.
thread_local const Fiber* running = nullptr;

}  // namespace

thread_local volatile std::uint64_t program_switches = 0;

Fiber::Fiber(std::function<void(Fiber&)> function) : function_(std::move(function)) {
  StackAllocator allocator;
  const ctx::stack_context stack = allocator.allocate();
  inside_stack_ = static_cast<const std::byte*>(stack.sp) - stack.size;
  inside_size_ = stack.size;
  inside_ = ctx::fiber(std::allocator_arg, ctx::preallocated(stack.sp, stack.size, stack), allocator, [this](ctx::fiber&& outside) {
    outside_ = std::move(outside);
    finish_switch(nullptr, &outside_stack_, &outside_size_);
    try {
      if (!cancelled_) function_(*this);
    } catch (const Cancelled&) {  // all is unwound
    }
    ended_ = true;
    start_switch(nullptr, outside_stack_, outside_size_);
    return std::move(outside_);
  });
}

Fiber::~Fiber() {
  if (ended_) return;
  cancelled_ = true;
  resume();
}

void Fiber::resume() {
  void* shadow = nullptr;
  start_switch(&shadow, inside_stack_, inside_size_);
  running = this;
  program_switches = program_switches + 1;
  inside_ = std::move(inside_).resume();
  program_switches = program_switches + 1;
  running = nullptr;
  finish_switch(shadow, nullptr, nullptr);
}

const std::byte* Fiber::stack_begin() {
  return running == nullptr ? nullptr : static_cast<const std::byte*>(running->inside_stack_) + running->inside_size_;
}

bool Fiber::is_stack_overflow(const void* address) {
  if (running == nullptr) return false;
  // The guard page is the last of the stack, which grows downwards; a large frame may reach beyond it.
  constexpr std::ptrdiff_t kReach = 64 * 1024;
  const auto distance = static_cast<const std::byte*>(address) - static_cast<const std::byte*>(running->inside_stack_);
  return distance >= -kReach && distance < kReach / 8;
}

void Fiber::suspend() {
  start_switch(&inside_shadow_, outside_stack_, outside_size_);
  outside_ = std::move(outside_).resume();
  finish_switch(inside_shadow_, &outside_stack_, &outside_size_);
  if (cancelled_) throw Cancelled{};
}

}  // namespace lkmc
