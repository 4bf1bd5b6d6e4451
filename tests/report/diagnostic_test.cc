// SPDX-License-Identifier: Apache-2.0
// Errors with the line that they are about.
#include "src/report/diagnostic.h"

#include <doctest/doctest.h>

namespace lkmc {
namespace {

TEST_CASE("the caret stands below the column, also behind tabs and letters outside ASCII") {
  CHECK(diagnostic_text({"a.litmus", 3, 5, "wrong", "int x = 1;"}) == "a.litmus:3:5: error: wrong\nint x = 1;\n    ^\n");
  CHECK(diagnostic_text({"a.litmus", 3, 3, "wrong", "\t\tx;"}) == "a.litmus:3:3: error: wrong\n\t\tx;\n\t\t^\n");
  CHECK(diagnostic_text({"a.litmus", 3, 5, "wrong", "\u00fc\u00fcx"}) == "a.litmus:3:5: error: wrong\n\u00fc\u00fcx\n  ^\n");
}

TEST_CASE("a line that is not there or no text is left out") {
  CHECK(diagnostic_text({"a.litmus", 1, 1, "empty", ""}) == "a.litmus:1:1: error: empty\n");
  CHECK(diagnostic_text({"a.litmus", 1, 1, "binary", "\\x00\\x01"}) == "a.litmus:1:1: error: binary\n");
}

}  // namespace
}  // namespace lkmc
