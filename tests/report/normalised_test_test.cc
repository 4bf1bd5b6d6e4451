// SPDX-License-Identifier: Apache-2.0
#include "src/report/normalised_test.h"

#include <doctest/doctest.h>

#include <string>

namespace lkmc {
namespace {

TEST_CASE("comments and white space do not count") {
  const std::string plain = normalised_test("C t\n{}\nP0(int *x)\n{\n\t*x = (*x) + 1;\n}\nexists (x=1)\n");
  CHECK(plain == "C t {} P0(int *x) { *x = (*x) + 1; } exists (x=1)");
  CHECK(normalised_test("C t\n(* a (* nested *) comment *)\n{}\n\nP0(int *x) // one\n{\n  *x = (*x) + 1; /* two */\n}\n"
                        "exists (x=1) (* three *)") == plain);
}

TEST_CASE("text that ends inside a comment") {
  CHECK(normalised_test("C t (* never closed") == "C t");
  CHECK(normalised_test("C t /* never closed") == "C t");
  CHECK(normalised_test("C t // never ended") == "C t");
  CHECK(normalised_test("").empty());
}

}  // namespace
}  // namespace lkmc
