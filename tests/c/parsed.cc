// SPDX-License-Identifier: Apache-2.0
#include "tests/c/parsed.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace lkmc::c_test {
namespace {

std::unique_ptr<const c::CFile> read(const std::string& text) {
  const char* folder = std::getenv("TEST_TMPDIR");
  const std::filesystem::path path = std::filesystem::path(folder != nullptr ? folder : "/tmp") / "test.c";
  std::ofstream(path) << text;
  const Stop never = [] { return false; };
  return c::read_c_file(path.string(), text, c::KernelTree({}, {}, never), never);
}

std::string text_of(const c::Error& error) { return std::to_string(error.pos.line) + ": " + error.message; }

}  // namespace

std::unique_ptr<const c::CFile> parsed(const std::string& text) {
  try {
    return read(text);
  } catch (const c::Error& error) {
    FAIL(text_of(error), "\n", text);
  }
  return nullptr;
}

std::string error_of(const std::string& text) {
  try {
    (void)read(text);
  } catch (const c::Error& error) {
    return text_of(error);
  }
  return {};
}

}  // namespace lkmc::c_test
