// SPDX-License-Identifier: Apache-2.0
#include "src/cli/cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <variant>
#include <vector>

#include "src/cli/check.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/host/cache_folder.h"
#include "src/host/digest.h"
#include "src/host/file.h"

namespace lkmc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxResult = std::size_t{256} << 20;

fs::path results_in(const fs::path& folder) { return folder / "results"; }

// Calls f(entry) for all regular files below the folder. What others remove meanwhile is passed over.
template <class F>
void each_file(const fs::path& folder, const F& f) {
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  if (error) return;
  for (const fs::recursive_directory_iterator end; it != end; it.increment(error)) {
    if (error) return;
    if (it->is_regular_file(error)) f(*it);
  }
}

std::uint64_t size_of(const fs::directory_entry& file) {
  std::error_code error;
  const std::uint64_t size = file.file_size(error);
  return error ? 0 : size;
}

// What may be removed: a result, or whatever else lies in the cache folder, such as a compiled test or a folder of headers.
struct Entry {
  fs::file_time_type used;
  std::uint64_t size;
  fs::path path;
};

// Leaves alone what was used after `before`.
void prune(std::vector<Entry> entries, const CacheBounds& bounds, fs::file_time_type before) {
  std::uint64_t left = entries.size();
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries) bytes += entry.size;
  if (bytes <= bounds.bytes && left <= bounds.files) return;
  std::ranges::sort(entries, {}, &Entry::used);
  for (const Entry& entry : entries) {
    if (entry.used > before || (bytes <= bounds.bytes / 4 * 3 && left <= bounds.files / 4 * 3)) return;
    std::error_code error;
    fs::remove_all(entry.path, error);
    bytes -= entry.size;
    --left;
  }
}

Entry entry_of(const fs::directory_entry& at) {
  std::error_code error;
  Entry entry{.used = at.last_write_time(error), .size = 0, .path = at.path()};
  if (at.is_directory(error)) {
    each_file(at.path(), [&](const fs::directory_entry& file) { entry.size += size_of(file); });
  } else {
    entry.size = size_of(at);
  }
  return entry;
}

}  // namespace

fs::path ResultCache::path_of(const std::string& key) const { return results_in(folder_) / key.substr(0, 2) / key.substr(2); }

ResultCache::~ResultCache() {
  if (has_stored_) prune_cache(folder_, {});
}

ResultCache::ResultCache(fs::path folder) : folder_(std::move(folder)), can_be_used_(make_private(folder_).empty()) {}

std::optional<std::string> ResultCache::find(const std::string& key) const {
  if (!can_be_used_) return std::nullopt;
  const fs::path path = path_of(key);
  const auto content = read_file(path.string(), kMaxResult);
  const auto* text = std::get_if<std::string>(&content);
  if (text == nullptr) return std::nullopt;
  const std::size_t line = text->find('\n');
  if (line == std::string::npos) return std::nullopt;
  std::string result = text->substr(line + 1);
  if (text->substr(0, line) != md5(result)) return std::nullopt;
  mark_as_used(path);
  return result;
}

void ResultCache::store(const std::string& key, const std::string& result) {
  if (!can_be_used_) return;
  const fs::path path = path_of(key);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  has_stored_ = write_whole(path, md5(result) + '\n' + result) || has_stored_;
}

void ResultCache::remove(const std::string& key) {
  std::error_code error;
  if (can_be_used_) fs::remove(path_of(key), error);
}

CacheUse use_of_cache(const fs::path& folder) {
  CacheUse use;
  const std::string results = results_in(folder).string() + '/';
  each_file(folder, [&](const fs::directory_entry& file) {
    const bool is_result = file.path().string().starts_with(results);
    (is_result ? use.results : use.compiled) += 1;
    (is_result ? use.result_bytes : use.compiled_bytes) += size_of(file);
  });
  return use;
}

void prune_cache(const fs::path& folder, const CacheBounds& bounds) {
  std::vector<Entry> results, others;
  each_file(results_in(folder), [&](const fs::directory_entry& file) { results.push_back(entry_of(file)); });
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path() != results_in(folder)) others.push_back(entry_of(*it));
  }
  const auto now = fs::file_time_type::clock::now();
  prune(std::move(results), bounds, now);
  prune(std::move(others), bounds, now - std::chrono::hours(1));
}

int run_cache(const CacheOptions& options) {
  const fs::path folder = cache_folder();
  if (options.clear) {
    std::error_code error;
    fs::remove_all(folder, error);
    if (!error) return kSuccess;
    print_error(fmt::format("{}: error: {}\n", folder.string(), error.message()));
    return kError;
  }
  const CacheUse use = use_of_cache(folder);
  constexpr double kMebibyte = 1 << 20;
  print(fmt::format("{}\n{:>8} results of tests, {:.1f} MiB\n{:>8} files of compiled tests, {:.1f} MiB\n", folder.string(), use.results,
                    static_cast<double>(use.result_bytes) / kMebibyte, use.compiled, static_cast<double>(use.compiled_bytes) / kMebibyte));
  return kSuccess;
}

}  // namespace lkmc
