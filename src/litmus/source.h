// SPDX-License-Identifier: Apache-2.0
// The text of a litmus file, and how to point at a place in it.
//
// Everything that can be wrong with a file is reported as one `Diagnostic`. Inside this folder a `ParseError` carries
// it up to parse_litmus(), which is the only place that catches it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "src/graph/event.h"

namespace lkmc {

// What is wrong with a file, and where. Line and column count from 1; the column counts bytes.
struct Diagnostic {
  std::string file;
  int line = 1;
  int column = 1;
  std::string message;
  std::string source_line;  // the offending line, shortened and with unprintable bytes escaped
};

namespace litmus {

class Source {
 public:
  Source(std::string_view name, std::string_view text);

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] SourcePos position(std::size_t offset) const;
  [[nodiscard]] Diagnostic diagnose(SourcePos pos, std::string message) const;

 private:
  std::string name_;
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

struct ParseError {
  Diagnostic diagnostic;
};

// Printable form of a piece of source text, at most `limit` bytes of it.
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit);

}  // namespace litmus
}  // namespace lkmc
