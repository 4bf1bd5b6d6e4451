// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/source.h"

#include <algorithm>
#include <cstdio>

namespace lkmc::litmus {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, or 0. Comments hold people's names.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (lead >= 0xf5 || length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size() && out.size() < limit) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\t' || (byte >= 0x20 && byte < 0x7f)) {
      out += text[i++];
    } else if (const std::size_t length = utf8_length(text.substr(i)); length > 0) {
      out += text.substr(i, length);
      i += length;
    } else {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      out += escape;
      ++i;
    }
  }
  if (i < text.size()) out += "...";
  return out;
}

Source::Source(std::string_view name, std::string_view text) : name_(name), text_(text) {
  line_starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
  // A final newline ends the last line, it does not open another: an error at the end points behind the last line.
  if (line_starts_.size() > 1 && line_starts_.back() == text.size()) line_starts_.pop_back();
}

SourcePos Source::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  if (offset == text_.size() && offset > 0 && text_[offset - 1] == '\n') --offset;
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(next - line_starts_.begin());
  return {static_cast<std::int32_t>(line), static_cast<std::int32_t>(offset - line_starts_[line - 1] + 1)};
}

Diagnostic Source::diagnose(SourcePos pos, std::string message) const {
  Diagnostic diagnostic{name_, std::max(pos.line, 1), std::max(pos.column, 1), std::move(message), {}};
  const auto line = static_cast<std::size_t>(diagnostic.line);
  if (line <= line_starts_.size()) {
    std::string_view rest = text_.substr(line_starts_[line - 1]);
    rest = rest.substr(0, rest.find('\n'));
    if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
    diagnostic.source_line = printable(rest, 200);
  }
  return diagnostic;
}

}  // namespace lkmc::litmus
