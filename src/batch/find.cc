// SPDX-License-Identifier: Apache-2.0
#include "src/batch/find.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string_view>

namespace lkmc::batch {
namespace {

namespace fs = std::filesystem;

// `./a` and `a` are one file.
std::string normal(const fs::path& path) {
  const std::string name = path.lexically_normal().string();
  return name.empty() ? "." : name;
}

bool has_word(const fs::path& path, std::string_view word) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return true;  // it is an error of its own that it cannot be read
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return text.find(word) != std::string::npos;
}

bool is_test(const fs::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  if (name.ends_with(".litmus")) return true;  // if it is no file, or a link to nowhere, that is an error of its own
  std::error_code error;
  if (!entry.is_regular_file(error)) return false;
  if (name.ends_with(".cc")) return has_word(entry.path(), "LITMUS");
  return name.ends_with(".c") && has_word(entry.path(), "lkmc_case");
}

class Finder {
 public:
  void add(const std::string& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files_.try_emplace(normal(path));
      return;
    }
    auto it = fs::recursive_directory_iterator(path, error);
    if (error) return add_error(path, error);
    for (const fs::recursive_directory_iterator end; it != end; it.increment(error)) {
      if (error) return add_error(path, error);
      if (it->is_directory(error)) {
        if (it->path().filename().string().starts_with('.')) it.disable_recursion_pending();
        if (std::error_code wrong; fs::directory_iterator(it->path(), wrong), wrong) {
          add_error(it->path(), wrong);
          it.disable_recursion_pending();
        }
      } else if (is_test(*it)) {
        files_.try_emplace(normal(it->path()));
      }
    }
    if (error) add_error(path, error);
  }

  [[nodiscard]] std::vector<FoundFile> files() const {
    std::vector<FoundFile> all;
    for (const auto& [path, error] : files_) all.push_back({path, error});
    return all;
  }

 private:
  void add_error(const fs::path& path, const std::error_code& error) { files_[normal(path)] = error.message(); }

  std::map<std::string, std::string> files_;  // path -> error
};

}  // namespace

std::vector<FoundFile> find_files(std::span<const std::string> paths) {
  Finder finder;
  for (const std::string& path : paths) finder.add(path);
  return finder.files();
}

}  // namespace lkmc::batch
