// SPDX-License-Identifier: Apache-2.0
// The folder in which lkmc keeps what takes time to make: compiled tests, and the headers that it brings along.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "src/model/embedded.h"

namespace lkmc::kernel {

// $XDG_CACHE_HOME/lkmc, or ~/.cache/lkmc, or else one in $TMPDIR; whether or not it is there.
[[nodiscard]] std::filesystem::path cache_folder();
// Makes the folder, in which others must not be able to put files for us to use; what is wrong, empty if nothing is.
[[nodiscard]] std::string make_private(const std::filesystem::path& folder);
// Where to make things: the cache folder, or one in $TMPDIR if that cannot be written or its disk is full. Else what is wrong.
[[nodiscard]] std::variant<std::filesystem::path, std::string> work_folder();
// The part of a path that is behind one of the two; empty if it is in neither.
[[nodiscard]] std::string_view path_in_cache(std::string_view path);
// What was not used for longest is the first to go (cli/cache.h).
void mark_as_used(const std::filesystem::path& path);

// Two FNV-1a hashes; collisions by chance are all that matters here.
class Digest {
 public:
  Digest& add(std::string_view text);
  [[nodiscard]] std::string text() const;

 private:
  void mix(std::string_view text);
  std::uint64_t a_ = 0xcbf29ce484222325U;
  std::uint64_t b_ = 0x84222325cbf29ce4U;
};
[[nodiscard]] std::string digest_of(std::span<const EmbeddedFile> files);

// Nothing for what is no regular file: a pipe may never end.
[[nodiscard]] std::optional<std::string> content_of(const std::filesystem::path& path);
// What to call a file until it is whole: no other process does, here or on another machine that shares the folder.
[[nodiscard]] std::string draft_of(const std::filesystem::path& path);
// So that nobody ever sees half of a file. False if it cannot be written.
[[nodiscard]] bool write_whole(const std::filesystem::path& path, std::string_view content);

// A folder of the cache with the files in it; empty if it cannot be written.
[[nodiscard]] std::filesystem::path unpacked(std::span<const EmbeddedFile> files, const std::filesystem::path& cache);

}  // namespace lkmc::kernel
