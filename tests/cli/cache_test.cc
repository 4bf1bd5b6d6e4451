// SPDX-License-Identifier: Apache-2.0
// The cache of results stays within its bounds, and what is damaged is not there.
#include "src/cli/cache.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>

namespace lkmc {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::string name = (fs::temp_directory_path() / "lkmc-cache-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

// `0…0a`, `0…0b`
std::string key(char c) { return std::string(31, '0') + c; }

void make_old(const fs::path& file, int hours) { fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::hours(hours)); }

fs::path file_of(const Folder& folder, char c) { return folder.path / "results" / "00" / key(c).substr(2); }

TEST_CASE("what is stored is found, unless it is damaged") {
  const Folder folder;
  ResultCache cache(folder.path);
  CHECK_FALSE(cache.find(key('a')));
  cache.store(key('a'), "a result\n");
  CHECK(cache.find(key('a')) == "a result\n");
  CHECK_FALSE(cache.find(key('b')));
  std::ofstream(file_of(folder, 'a'), std::ios::app) << "more";
  CHECK_FALSE(cache.find(key('a')));
  cache.store(key('a'), "");
  CHECK(cache.find(key('a')) == "");
  fs::resize_file(file_of(folder, 'a'), 10);
  CHECK_FALSE(cache.find(key('a')));
}

TEST_CASE("what was not used for longest goes") {
  const Folder folder;
  {
    ResultCache cache(folder.path);
    for (const char c : {'a', 'b', 'c', 'd', 'e'}) cache.store(key(c), std::string(1000, c));
  }
  for (const char c : {'a', 'b', 'c', 'd'}) make_old(file_of(folder, c), 'z' - c);
  CHECK(ResultCache(folder.path).find(key('a')));  // and so was used now
  std::ofstream(folder.path / "new.so") << std::string(10'000, 'x');
  std::ofstream(folder.path / "old.so") << std::string(10'000, 'x');
  make_old(folder.path / "old.so", 2);
  prune_cache(folder.path, {.bytes = 1 << 20, .files = 5});
  CHECK(use_of_cache(folder.path).results == 5);
  prune_cache(folder.path, {.bytes = 4500, .files = 100});
  const ResultCache cache(folder.path);
  CHECK(cache.find(key('a')));
  CHECK_FALSE(cache.find(key('b')));
  CHECK_FALSE(cache.find(key('c')));
  CHECK(cache.find(key('d')));
  CHECK(cache.find(key('e')));
  CHECK(fs::exists(folder.path / "new.so"));
  CHECK_FALSE(fs::exists(folder.path / "old.so"));
}

TEST_CASE("where nothing can be stored, nothing is") {
  const Folder folder;
  std::ofstream(folder.path / "file") << "no folder";
  ResultCache cache(folder.path / "file");
  cache.store(key('a'), "a result");
  CHECK_FALSE(cache.find(key('a')));
}

}  // namespace
}  // namespace lkmc
