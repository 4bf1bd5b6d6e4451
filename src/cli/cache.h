// SPDX-License-Identifier: Apache-2.0
// The cache folder of lkmc: compiled C++ tests (cpp/compile.h) and the results of tests that a batch has run.
//
// A result is stored under a digest of all that it depends on, as soon as it is there, so that a batch that is killed and begun again
// goes on where it was. A file has the digest of its content in its first line: one that is damaged counts as not there. Files appear
// whole or not at all, so any number of batches may share the folder. What was not used for longest goes when there is too much.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace lkmc {

class ResultCache {
 public:
  // Where nothing can be stored, nothing is; what can be read, is, unless others may have put it there.
  explicit ResultCache(std::filesystem::path folder);
  // Keeps the cache in its bounds, if this has stored something.
  ~ResultCache();
  ResultCache(const ResultCache&) = delete;
  ResultCache& operator=(const ResultCache&) = delete;

  [[nodiscard]] std::optional<std::string> find(const std::string& key) const;
  void store(const std::string& key, const std::string& result);
  void remove(const std::string& key);

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& key) const;

  std::filesystem::path folder_;
  bool can_be_used_;
  bool has_stored_ = false;
};

struct CacheUse {
  std::uint64_t results = 0, result_bytes = 0;
  std::uint64_t compiled = 0, compiled_bytes = 0;  // all else
};
[[nodiscard]] CacheUse use_of_cache(const std::filesystem::path& folder);

// What may be kept of each: results, and what was compiled.
struct CacheBounds {
  std::uint64_t bytes = std::uint64_t{1} << 30;
  std::uint64_t files = 500'000;
};
// If the bounds are exceeded, removes what was not used for longest until the rest is within three quarters of them. Somebody may be
// about to load what was compiled, or to include what was used, within the last hour.
void prune_cache(const std::filesystem::path& folder, const CacheBounds& bounds);

}  // namespace lkmc
