// SPDX-License-Identifier: Apache-2.0
// Model text with a name, and positions in it, so that every complaint about a model can show the line it is about.
//
// The readers of a model (lexer, parser, elaborator) throw a `ModelError` at the first thing that is wrong;
// `load_model` catches it and returns it as a value. No other exception crosses these files.
#pragma once

#include <cstdint>
#include <string>

#include "src/model/model.h"

namespace lkmc::cat {

struct Source {
  std::string file;  // as error messages show it
  std::string text;
};

// A place in a source; line and column count from 1. The source must outlive it.
struct SourceMark {
  const Source* source = nullptr;
  std::int32_t line = 0;
  std::int32_t column = 0;
};

// The error `message` at `mark`, with the text of its line.
[[nodiscard]] ModelError error_at(const SourceMark& mark, std::string message);

}  // namespace lkmc::cat
