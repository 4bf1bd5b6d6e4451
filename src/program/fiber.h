// SPDX-License-Identifier: Apache-2.0
// A function that can be left in the middle and entered again: one Boost.Context fiber with a stack of its own.
//
// This is a thin layer that adds two things. A fiber that is destroyed before its function has ended is unwound by an
// exception thrown from suspend(), so that everything on its stack is destroyed. And AddressSanitizer, which has to know
// on which stack the program runs, is told of every switch.
#pragma once

#include <boost/context/fiber.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace lkmc {

// How often this worker has gone into code of a program and come back: odd while it is there. For a watchdog, which looks
// at it from a signal handler.
extern thread_local volatile std::uint64_t program_switches;

class Fiber {
 public:
  // The function gets the fiber, to suspend itself; it must let exceptions that it does not know pass.
  explicit Fiber(std::function<void(Fiber&)> function);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs the function up to its next suspend() or its end. Not to be called from inside, nor after the end.
  void resume();
  // From inside the function: goes back to where resume() was called, until the next resume().
  void suspend();

  // Where the stack of the fiber that this worker runs begins: the address behind its first byte, for it grows downwards. Null outside
  // of fibers.
  [[nodiscard]] static const std::byte* stack_begin();
  // Whether the address is where the stack of the fiber that this worker runs has ended. False outside of fibers. For
  // signal handlers.
  [[nodiscard]] static bool is_stack_overflow(const void* address);

 private:
  struct Cancelled {};

  std::function<void(Fiber&)> function_;
  bool ended_ = false;
  bool cancelled_ = false;
  boost::context::fiber inside_;   // while it is suspended
  boost::context::fiber outside_;  // while it runs: where it was resumed
  // For AddressSanitizer: the stacks, and what it keeps of one while the other runs.
  const void* outside_stack_ = nullptr;
  std::size_t outside_size_ = 0;
  const void* inside_stack_ = nullptr;
  std::size_t inside_size_ = 0;
  void* inside_shadow_ = nullptr;
};

}  // namespace lkmc
