// SPDX-License-Identifier: Apache-2.0
// The folder in which lkmc keeps what takes time to make: compiled tests, and the headers that it brings along.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "src/host/embedded.h"

namespace lkmc {

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

// A folder of the cache with the files in it; empty if it cannot be written.
[[nodiscard]] std::filesystem::path unpacked(std::span<const EmbeddedFile> files, const std::filesystem::path& cache);

}  // namespace lkmc
