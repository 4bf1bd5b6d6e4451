// SPDX-License-Identifier: Apache-2.0
#include "src/host/digest.h"

#include <doctest/doctest.h>

namespace lkmc {
namespace {

TEST_CASE("MD5 of RFC 1321's examples") {
  CHECK(md5("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5("abc") == "900150983cd24fb0d6963f7d28e17f72");
  CHECK(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890") == "57edf4a22be3c955ac49da2e2107b67a");
}

TEST_CASE("a digest of several texts tells where one ends and the next begins") {
  CHECK(Digest().add("ab").add("c").text() != Digest().add("a").add("bc").text());
  CHECK(Digest().add("ab").add("").text() != Digest().add("ab").text());
  CHECK(Digest().add("ab").add("c").text() == Digest().add("ab").add("c").text());
  CHECK(Digest().add("ab").text() == md5("2:ab"));
}

}  // namespace
}  // namespace lkmc
