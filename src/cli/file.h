// SPDX-License-Identifier: Apache-2.0
// Files that the user names.
#pragma once

#include <string>
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

}  // namespace lkmc
