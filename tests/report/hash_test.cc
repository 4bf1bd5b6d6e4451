// SPDX-License-Identifier: Apache-2.0
// Hashes of tests.
#include "src/report/hash.h"

#include <doctest/doctest.h>

#include <string>

namespace lkmc {
namespace {

TEST_CASE("MD5 of RFC 1321's examples") {
  CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") ==
        "57edf4a22be3c955ac49da2e2107b67a");
}

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
