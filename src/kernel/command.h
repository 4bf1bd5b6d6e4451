// Runs another program, such as a compiler, and waits for its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lkmc::kernel {

enum class CommandOutput : std::uint8_t { kReturned, kToStderr };

struct CommandLimits {
  int seconds = 0;  // of CPU time
  std::uint64_t memory_bytes = 0, output_bytes = 0;
};

struct CommandResult {
  bool succeeded = false;
  std::string output{};        // of stdout, if it is returned
  std::string killed_by{};     // the limit that it ran into, in words
};

// Whether there is such a program.
[[nodiscard]] bool is_in_path(const std::string& program);
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& words, CommandOutput output,
                                        const std::optional<CommandLimits>& limits = {});

}  // namespace lkmc::kernel
