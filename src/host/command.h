// SPDX-License-Identifier: Apache-2.0
// Runs another program, such as a compiler, and waits for its end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lkmc {

// Asked now and then while the program runs: whether to stop it.
using Stop = std::function<bool()>;

// What of a program's output is returned; the rest goes to stderr.
enum class Captured : std::uint8_t { kOut, kOutAndErr };

struct CommandLimits {
  int seconds = 0;  // of CPU time
  std::uint64_t memory_bytes = 0, output_bytes = 0;
};

struct CommandResult {
  bool succeeded = false;
  bool is_stopped = false;
  std::string output{};
  std::string killed_by{};  // the limit that it ran into, in words
};

// Whether there is such a program.
[[nodiscard]] bool is_in_path(const std::string& program);

// The program is killed, with all that it has started, when `stop` says so or this process ends.
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words, Captured captured, const Stop& stop,
                                        const std::optional<CommandLimits>& limits = {});

}  // namespace lkmc
