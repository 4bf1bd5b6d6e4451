// A scenario as a test for each version of the lock (models/vma/versions.h), and what they are expected to show:
//
//   EACH_VERSION(scenario<V>(), from<v0a>(violated(kDetached), races), from<v0b>(holds))
//
// A version that is not named shows what its predecessor shows. One without predecessor that is not named is not run, nor is one
// from which on the scenario is not run: not_from<v1>().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../../models/vma/versions.h"
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

namespace vma {

struct version_name {
  std::string_view name, predecessor;
};
#define VMA_NAME_OF_VERSION(name, predecessor, ...) version_name{#name, #predecessor},
inline constexpr version_name kVersions[] = {VMA_VERSIONS(VMA_NAME_OF_VERSION)};

template <class V>
struct name_of;  // of a version of the list
#define VMA_VERSION_HAS_NAME(version, ...)             \
  template <>                                          \
  struct name_of<version> {                            \
    static constexpr std::string_view value = #version; \
  };
VMA_VERSIONS(VMA_VERSION_HAS_NAME)

struct verdict {
  std::string_view version;
  std::vector<Expectation> expected;  // none: it is not run
};
template <class V>
verdict from(auto... expected) {
  return {name_of<V>::value, {std::move(expected)...}};
}
template <class V>
verdict not_from() {
  return {name_of<V>::value, {}};
}

// Those of the version, or else of the nearest before it that is named.
inline std::vector<Expectation> expected_of(const version_name &version, const std::vector<verdict> &verdicts) {
  for (const verdict &v : verdicts) {
    if (v.version == version.name) return v.expected;
  }
  for (const version_name &v : kVersions) {
    if (v.name == version.predecessor) return expected_of(v, verdicts);
  }
  return {};
}

// What the names of the tests of a scenario begin with.
#ifndef VMA_TEST_PREFIX
#define VMA_TEST_PREFIX ""
#endif

using version_test = std::unique_ptr<const kernel::Registration>;
inline version_test test_of(const std::string &prefix, const version_name &version, const std::vector<verdict> &verdicts, const char *file,
                            int line, void (*body)()) {
  std::vector<Expectation> expected = expected_of(version, verdicts);
  if (expected.empty()) return nullptr;
  return std::make_unique<kernel::Registration>((prefix + std::string(version.name)).c_str(), file, line, body, std::move(expected));
}

}  // namespace vma

#define VMA_TEST_OF_VERSION(version, predecessor, ...)                                                                            \
  const ::vma::version_test vma_test_##version =                                                                                  \
      ::vma::test_of(VMA_TEST_PREFIX, {#version, #predecessor}, vma_verdicts, __FILE__, __LINE__, &vma_test_body<::vma::version>);
#define EACH_VERSION(body, ...)                                \
  namespace {                                                  \
  template <class V>                                           \
  void vma_test_body() {                                       \
    body;                                                      \
  }                                                            \
  const std::vector<::vma::verdict> vma_verdicts{__VA_ARGS__}; \
  VMA_TESTED_VERSIONS(VMA_TEST_OF_VERSION)                     \
  }
