// The command line, parsed. All options of `lkmc check` stand in one table in options.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace lkmc {

enum class Format : std::uint8_t { kHerd, kText, kJson };

struct CheckOptions {
  std::vector<std::string> files;
  std::string model = "lkmm";
  int unroll = 8;
  int jobs = 1;
  std::optional<double> timeout;  // seconds for each file
  std::optional<std::uint64_t> max_executions;
  Format format = Format::kHerd;
  bool states = false;
  bool stats = false;
  std::string trace;  // file to write; empty for none
};

struct ModelsOptions {
  std::string print;  // the model to print; empty for a list
};

// Nothing is left to do: what there was to say, on stdout if `status` is 0, else on stderr.
struct Answer {
  int status;
  std::string text;
};

using Command = std::variant<CheckOptions, ModelsOptions, Answer>;

[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace lkmc
