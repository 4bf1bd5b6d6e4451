// SPDX-License-Identifier: Apache-2.0
// Files: those that the user names, and those that lkmc keeps.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace lkmc {

// Why a file could not be read or written: `no such file or directory`.
struct FileError {
  std::string message;
};

// Whether there is such a file that can be read.
[[nodiscard]] bool is_file(const std::string& path);

// A larger file is neither a litmus test nor a trace, and /dev/zero has no end.
inline constexpr std::size_t kMaxFile = std::size_t{16} << 20;

// The content of any file of a reasonable size.
[[nodiscard]] std::variant<std::string, FileError> read_file(const std::string& path, std::size_t max_bytes = kMaxFile);
// The content of a litmus test.
[[nodiscard]] std::variant<std::string, FileError> read_test(const std::string& path);

// Empty if all is well.
[[nodiscard]] std::string write_file(const std::string& path, const std::string& content);

// Nothing for what is no regular file: a pipe may never end.
[[nodiscard]] std::optional<std::string> content_of(const std::filesystem::path& path);
// What to call a file until it is whole: no other process does, here or on another machine that shares the folder.
[[nodiscard]] std::string draft_of(const std::filesystem::path& path);
// So that nobody ever sees half of a file. False if it cannot be written.
[[nodiscard]] bool write_whole(const std::filesystem::path& path, std::string_view content);

}  // namespace lkmc
