// SPDX-License-Identifier: Apache-2.0
#include "src/host/cache_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

#include "src/host/digest.h"
#include "src/host/file.h"

namespace lkmc {

namespace fs = std::filesystem;

namespace {

// A compiled test with its debug information takes some of that.
constexpr std::uintmax_t kRoomToWork = std::uintmax_t{32} << 20;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

fs::path temporary_folder() {
  const std::string temporary = variable("TMPDIR");
  return fs::path(temporary.empty() ? "/tmp" : temporary) / ("lkmc-" + std::to_string(getuid()));
}

// Asks the file system, not the mode: a file system may be read-only, and root may write to nearly all others.
bool has_room(const fs::path& folder) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  return access(folder.c_str(), W_OK) == 0 && !error && space.available >= kRoomToWork;
}

}  // namespace

fs::path cache_folder() {
  if (const std::string cache = variable("XDG_CACHE_HOME"); cache.starts_with('/')) return fs::path(cache) / "lkmc";
  if (const std::string home = variable("HOME"); home.starts_with('/')) return fs::path(home) / ".cache" / "lkmc";
  return temporary_folder();
}

std::variant<fs::path, std::string> work_folder() {
  std::string wrong;
  for (const fs::path& folder : {cache_folder(), temporary_folder()}) {
    wrong = make_private(folder);
    if (wrong.empty() && has_room(folder)) return folder;
    if (wrong.empty()) wrong = folder.string() + ": it cannot be written, or its disk is full";
  }
  return wrong;
}

std::string_view path_in_cache(std::string_view path) {
  for (const fs::path& folder : {cache_folder(), temporary_folder()}) {
    const std::string prefix = folder.string() + '/';
    if (path.starts_with(prefix)) return path.substr(prefix.size());
  }
  return {};
}

void mark_as_used(const fs::path& path) {
  std::error_code error;
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);
}

std::string make_private(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return folder.string() + ": " + std::strerror(errno);
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return folder.string() + ": is no folder";
  if (status.st_uid != getuid() || (status.st_mode & 022) != 0) return folder.string() + ": others may write to it";
  return {};
}

fs::path unpacked(std::span<const EmbeddedFile> files, const fs::path& cache) {
  const fs::path folder = cache / ("include-" + digest_of(files));
  std::error_code error;
  mark_as_used(folder);
  for (const EmbeddedFile& file : files) {
    const fs::path path = folder / file.name;
    if (content_of(path) == file.text) continue;
    fs::create_directories(path.parent_path(), error);
    if (!write_whole(path, file.text)) return {};
  }
  return folder;
}

}  // namespace lkmc
