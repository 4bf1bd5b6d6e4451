// SPDX-License-Identifier: Apache-2.0
// Finds the line of the text that an error is about.
#include "src/model/source.h"

#include <utility>

namespace lkmc::cat {

ModelError error_at(const SourceMark& mark, std::string message) {
  const std::string& text = mark.source->text;
  std::size_t begin = 0;
  for (std::int32_t line = 1; line < mark.line; ++line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  std::string source_line = text.substr(begin, text.find('\n', begin) - begin);
  if (!source_line.empty() && source_line.back() == '\r') source_line.pop_back();
  return {mark.source->file, mark.line, mark.column, std::move(message), std::move(source_line)};
}

}  // namespace lkmc::cat
