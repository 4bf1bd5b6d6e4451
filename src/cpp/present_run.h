// SPDX-License-Identifier: Apache-2.0
// The run of a test's set-up, which is on no thread's fiber: how it is found, and how it stops.
#pragma once

#include <utility>

#include "src/cpp/cpp_test.h"
#include "src/cpp/watchdog.h"
#include "src/kernel/runtime.h"
#include "src/program/fiber.h"

namespace lkmc::kernel {

// Null if there is none. Runs of threads are found through their Thread.
inline thread_local Run* outside_threads = nullptr;

// Thrown by Run::fail outside of threads.
struct Stopped {
  SetupFailure failure;
};

// Makes a run the present one while it lives.
class Present {
 public:
  explicit Present(Run* run) : before_(std::exchange(outside_threads, run)) {
    watch_this_worker();
    program_switches = program_switches + 1;
  }
  ~Present() {
    program_switches = program_switches + 1;
    outside_threads = before_;
  }
  Present(const Present&) = delete;
  Present& operator=(const Present&) = delete;

 private:
  Run* before_;
};

}  // namespace lkmc::kernel
