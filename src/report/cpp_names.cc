// SPDX-License-Identifier: Apache-2.0
#include "src/report/cpp_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "src/cpp/load.h"

namespace lkmc {
namespace {

// The name of one of lkmc's own headers; empty for other files.
std::string_view own_header(std::string_view file) {
  for (const EmbeddedFile& header : embedded_headers()) {
    if (file.ends_with(header.name)) return header.name;
  }
  return {};
}

}  // namespace

std::string cpp_place(SourcePos pos, std::string_view test_file) {
  const std::string_view file = pos.file != nullptr ? pos.file : "";
  if (file == test_file) return fmt::format("line {}", pos.line);
  if (file.empty()) return pos.function != nullptr ? pos.function : "";
  if (!own_header(file).empty()) return "line ?";
  return fmt::format("{}:{}", file.substr(file.rfind('/') + 1), pos.line);
}

std::string CppNames::thread(ThreadId thread) const { return thread == kInitThread ? "init" : test_.thread_name(thread); }

std::string CppNames::location(Location location) const { return test_.locations()[static_cast<std::size_t>(location)].name; }

std::string CppNames::value(Word value) const {
  if (const auto at = test_.location_at(value)) return '&' + location(*at);
  if (const auto symbol = Program::symbol_number(value)) return fmt::format("S{}", *symbol);
  if (value == Program::kFreed || value == Program::kUninitialised) return "rubbish";
  if (const std::string pointer = test_.pointer_name(value); !pointer.empty()) {
    return pointer;
  }
  return std::to_string(value);
}

std::string CppNames::value_in(Location, Word word) const {
  constexpr Word kLarge = 0x10000;  // flags and counters with offsets, which nobody knows by their decimal digits
  const std::string text = value(word);
  return word >= kLarge && text == std::to_string(word) ? fmt::format("{:#x}", word) : text;
}

std::string CppNames::place(SourcePos pos) const { return cpp_place(pos, test_.file()); }

std::string CppNames::file(SourcePos pos) const {
  const std::string_view file = pos.file != nullptr ? pos.file : "";
  const std::string_view header = own_header(file);
  return header.empty() ? test_.shown_file(file) : std::string(header);
}

std::string_view CppNames::source_line(SourcePos pos) const {
  const Text* text = text_of(pos);
  const auto index = static_cast<std::size_t>(pos.line) - 1;
  return text != nullptr && index < text->lines.size() ? text->lines[index] : std::string_view();
}

std::string_view CppNames::source(SourcePos pos) const {
  const Text* text = text_of(pos);
  return text != nullptr ? text->content : std::string_view();
}

const CppNames::Text* CppNames::text_of(SourcePos pos) const {
  if (pos.file == nullptr || pos.line <= 0 || !own_header(pos.file).empty()) return nullptr;
  std::unique_ptr<Text>& text = texts_[pos.file];
  if (text == nullptr) {
    text = std::make_unique<Text>();
    std::ifstream in(pos.file, std::ios::binary);
    text->content.assign(std::istreambuf_iterator<char>(in), {});
    text->lines = lines_of(text->content);
  }
  return text.get();
}

}  // namespace lkmc
