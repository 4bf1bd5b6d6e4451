// SPDX-License-Identifier: Apache-2.0
// embed_text must reproduce any file byte by byte: those of :awkward_files are compared with their originals.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "src/host/embedded.h"

namespace lkmc {
std::span<const EmbeddedFile> embedded_awkward_files();
}

TEST_CASE("embedded files are their originals") {
  const auto files = lkmc::embedded_awkward_files();
  CHECK(files.size() == 3);
  for (const lkmc::EmbeddedFile& file : files) {
    CAPTURE(file.name);
    std::string path(file.name);
    path = path.substr(path.find("tests/tools/"));  // below the runfiles, without Bazel's output folder
    std::ifstream original(path, std::ios::binary);
    REQUIRE(original);
    const std::string text{std::istreambuf_iterator<char>(original), {}};
    CHECK(file.text.size() == text.size());
    CHECK((file.text == text));
  }
}
