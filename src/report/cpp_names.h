// SPDX-License-Identifier: Apache-2.0
// The names of a test in C++ or C.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/program/self_checking_test.h"
#include "src/report/names.h"

namespace lkmc {

// How a report calls a place of a C++ test that stands in `test_file`.
[[nodiscard]] std::string cpp_place(SourcePos pos, std::string_view test_file);

class CppNames final : public Names {
 public:
  // `test` must outlive this.
  explicit CppNames(const SelfCheckingTest& test) : test_(test) {}

  [[nodiscard]] std::string thread(ThreadId thread) const override;
  [[nodiscard]] std::string location(Location location) const override;
  [[nodiscard]] std::string value(Word value) const override;
  [[nodiscard]] std::string value_in(Location location, Word word) const override;
  // Other files than the test's are named: `vma.h:7`. What lkmc's own headers do has no place.
  [[nodiscard]] std::string place(SourcePos pos) const override;
  // As named to the compiler; lkmc's own headers by their names in its sources.
  [[nodiscard]] std::string file(SourcePos pos) const override;
  [[nodiscard]] std::string_view source_line(SourcePos pos) const override;
  [[nodiscard]] std::string_view source(SourcePos pos) const override;

 private:
  struct Text {
    std::string content;
    std::vector<std::string_view> lines;
  };
  // Null if there is none to show.
  [[nodiscard]] const Text* text_of(SourcePos pos) const;
  const SelfCheckingTest& test_;
  mutable std::map<std::string, std::unique_ptr<Text>> texts_;  // by file, read when first needed
};

}  // namespace lkmc
