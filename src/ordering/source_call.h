// SPDX-License-Identifier: Apache-2.0
// Calls as they stand in a line of source.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lkmc {

struct Call {
  std::size_t begin, end;  // of the whole call, as offsets into the line
  std::string name;
  std::vector<std::string> arguments;
};

// The call at a column, which counts from 1 and is that of its name (as in litmus files) or of its parenthesis (as compilers
// have it); nothing if there is none, or if it does not end in the line.
[[nodiscard]] std::optional<Call> call_at(std::string_view line, int column);

// Without the white space around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace lkmc
