// SPDX-License-Identifier: Apache-2.0
#include "src/host/file.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

namespace lkmc {
namespace {

// Why there is no file to read at the path; empty if there may be one.
std::string why_no_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (error && status.type() == std::filesystem::file_type::none) return error.message();
  if (status.type() == std::filesystem::file_type::not_found) return std::strerror(ENOENT);
  if (status.type() == std::filesystem::file_type::directory) return std::strerror(EISDIR);
  // Of a pipe nobody knows whether it ever ends, or whether anybody writes to it.
  if (status.type() != std::filesystem::file_type::regular) return "it is a pipe or a device, not a regular file";
  return {};
}

FileError system_error() { return {std::strerror(errno)}; }

}  // namespace

bool is_file(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && std::ifstream(path).good();
}

std::variant<std::string, FileError> read_test(const std::string& path) {
  if (const std::string wrong = why_no_file(path); !wrong.empty()) return FileError{wrong};
  if (!path.ends_with(".litmus") && !path.ends_with(".cc") && !path.ends_with(".c")) {
    return FileError{"lkmc does not know this kind of file; a litmus test ends in .litmus, .cc or .c"};
  }
  return read_file(path);
}

std::variant<std::string, FileError> read_file(const std::string& path, std::size_t max_bytes) {
  if (const std::string wrong = why_no_file(path); !wrong.empty()) return FileError{wrong};
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return system_error();
  std::string text;
  char buffer[1 << 16];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > max_bytes) return FileError{"too large"};
  }
  if (in.bad()) return system_error();
  return text;
}

std::string write_file(const std::string& path, const std::string& content) {
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out << content;
  out.close();
  return out ? "" : system_error().message;
}

std::optional<std::string> content_of(const std::filesystem::path& path) {
  std::error_code error;
  errno = ENOENT;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string draft_of(const std::filesystem::path& path) {
  std::random_device random;
  return path.string() + '.' + std::to_string(getpid()) + '-' + std::to_string(random());
}

bool write_whole(const std::filesystem::path& path, std::string_view content) {
  const std::filesystem::path draft = draft_of(path);
  std::ofstream out(draft, std::ios::binary);
  out << content;
  out.close();
  std::error_code error;
  if (out) std::filesystem::rename(draft, path, error);
  const bool is_whole = out && !error;
  if (!is_whole) std::filesystem::remove(draft, error);
  return is_whole;
}

}  // namespace lkmc
