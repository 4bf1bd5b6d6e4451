// SPDX-License-Identifier: Apache-2.0
// Runs code that may crash, hang or eat all memory in a process of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lkmc {

struct ChildLimits {
  std::optional<double> seconds;                   // after which it is killed
  std::optional<std::uint64_t> bytes;              // of address space
  const std::atomic<bool>* interrupted = nullptr;  // once it is true, the child gets a SIGINT
};

// How the process ended, unless its code came to its end.
struct ChildEnd {
  enum class Kind : std::uint8_t { kFinished, kTimeout, kOutOfMemory, kException, kGaveUp, kSignal, kExit, kNotStarted } kind;
  std::string detail;  // what it gave up with, `segmentation fault`, what the exception says, the exit status
};

// What a C++ test has done to the process, in words; empty if it is none of the test's doing.
[[nodiscard]] std::string fault_text(const ChildEnd& end);

// Sends one line to the parent, at once.
using Send = std::function<void(std::string_view line)>;

// Runs `code` in the child, and `receive` here for each line it sends. What the child prints to stdout goes to stderr.
[[nodiscard]] ChildEnd run_in_child(const ChildLimits& limits, const std::function<void(const Send&)>& code,
                                    const std::function<void(std::string_view line)>& receive);

// In the child: ends it at once. May be called from a signal handler.
[[noreturn]] void give_up(const char* why);

}  // namespace lkmc
