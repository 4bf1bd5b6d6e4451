// SPDX-License-Identifier: Apache-2.0
// Names of events in reports and traces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/litmus/litmus.h"

namespace lkmc {

// `read`, `lock-read`, …: the values of `kind` in docs/trace-format.md.
[[nodiscard]] std::string_view name_of(EventKind kind);
// `once`, `acquire`, …: the values of `tag` there.
[[nodiscard]] std::string_view name_of(Tag tag);
// The kind or tag of that name; nothing if there is none.
[[nodiscard]] std::optional<EventKind> kind_named(std::string_view name);
[[nodiscard]] std::optional<Tag> tag_named(std::string_view name);
// `P0`, or `init`.
[[nodiscard]] std::string thread_name(ThreadId thread);
// How a report calls what stands in a test, whatever language the test is written in.
class Names {
 public:
  virtual ~Names() = default;
  [[nodiscard]] virtual std::string thread(ThreadId thread) const = 0;
  [[nodiscard]] virtual std::string location(Location location) const = 0;
  [[nodiscard]] virtual std::string value(Word value) const = 0;
  // The same as what the location holds, for people: large numbers in hex.
  [[nodiscard]] virtual std::string value_in(Location, Word word) const { return value(word); }
  // `line 7`
  [[nodiscard]] virtual std::string place(SourcePos pos) const = 0;
  // The file that the place is in.
  [[nodiscard]] virtual std::string file(SourcePos pos) const = 0;
  // The line of the source that the place is in; empty if it is not known.
  [[nodiscard]] virtual std::string_view source_line(SourcePos pos) const = 0;
  // All of the file that the place is in; empty if it is not known.
  [[nodiscard]] virtual std::string_view source(SourcePos pos) const = 0;
};

// `litmus/vma/detached.cc:7`
[[nodiscard]] std::string full_place(const Names& names, SourcePos pos);

// The names of a litmus file.
class LitmusNames final : public Names {
 public:
  // `text` is that of the file; it and the test must outlive this.
  LitmusNames(const LitmusTest& test, std::string file, std::string_view text);
  [[nodiscard]] std::string thread(ThreadId thread) const override;
  [[nodiscard]] std::string location(Location location) const override;
  [[nodiscard]] std::string value(Word value) const override;
  [[nodiscard]] std::string place(SourcePos pos) const override;
  [[nodiscard]] std::string file(SourcePos) const override { return file_; }
  [[nodiscard]] std::string_view source_line(SourcePos pos) const override;
  [[nodiscard]] std::string_view source(SourcePos) const override { return text_; }

 private:
  const LitmusTest& test_;
  std::string file_;
  std::string_view text_;
  std::vector<std::string_view> lines_;
};

// The lines of a text, without their ends.
[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace lkmc
