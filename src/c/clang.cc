// SPDX-License-Identifier: Apache-2.0
#include "src/c/clang.h"

#include <cstdlib>
#include <filesystem>

#include "src/host/cache_folder.h"
#include "src/host/command.h"
#include "src/host/digest.h"

namespace lkmc::c {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Those whose trees tree.h can read. The first is the one that tools/setup installs.
const char* const kClangs[] = {"clang-14", "clang-15", "clang-16", "clang-17", "clang-18", "clang-19", "clang"};
// A kernel file with all its headers stays far below. What is nested deeply is printed with as many spaces before each line.
constexpr CommandLimits kLimits{.seconds = 20, .memory_bytes = std::uint64_t{2} << 30, .output_bytes = std::uint64_t{128} << 20};
// As the kernel is compiled; warnings are the business of its own build.
const char* const kFlags[] = {"-std=gnu11", "--target=x86_64-linux-gnu", "-nostdinc", "-Ulinux", "-Uunix", "-w", "-fno-color-diagnostics"};

std::string clang() {
  if (const char* variable = std::getenv("LKMC_CLANG"); variable != nullptr && *variable != '\0') return variable;
  for (const char* name : kClangs) {
    if (is_in_path(name)) return name;
  }
  return {};
}

}  // namespace

std::variant<ParsedFile, Error> parse_with_clang(const std::string& file, const std::vector<std::string>& folders, const Stop& stop,
                                                 bool wants_digest) {
  const std::string program = clang();
  if (program.empty()) return Error{{}, "a test in C needs clang, any version from 14 to 19: install the package clang-14"};
  const auto cache = work_folder();
  if (const auto* wrong = std::get_if<std::string>(&cache)) return Error{{}, *wrong};
  const fs::path headers = unpacked(embedded_c_headers(), std::get<fs::path>(cache));
  if (headers.empty()) return Error{{}, "cannot write to " + std::get<fs::path>(cache).string()};
  const auto run = [&](const Words& what) {
    Words command{program};
    command.insert(command.end(), what.begin(), what.end());
    command.insert(command.end(), std::begin(kFlags), std::end(kFlags));
    for (const std::string& folder : folders) command.push_back("-I" + folder);
    command.insert(command.end(), {"-I" + headers.string(), file.starts_with('-') ? "./" + file : file});
    CommandResult result = run_command(command, Captured::kOut, stop, kLimits);
    if (result.is_stopped) throw Stopped{};
    return result;
  };
  // What clang sees of it, and the clang that does; empty if it has said what is wrong.
  const auto digest = [&]() -> std::string {
    const CommandResult seen = run({"-E"});
    if (!seen.succeeded) return {};
    return Digest().add(seen.output).add(run({"-fsyntax-only", "--version"}).output).text();
  };
  const std::string before = wants_digest ? digest() : "";
  if (wants_digest && before.empty()) return Error{};
  const CommandResult result = run({"-fsyntax-only", "-Xclang", "-ast-dump=json"});
  if (!result.killed_by.empty())
    return Error{{}, "the file is too long, or nested too deeply: " + program + " gives up, " + result.killed_by};
  if (!result.succeeded) return Error{};
  auto tree = read_tree(result.output);
  if (auto* error = std::get_if<Error>(&tree)) return std::move(*error);
  ParsedFile parsed{.tree = std::move(std::get<std::unique_ptr<Tree>>(tree)), .digest = {}};
  if (wants_digest && digest() == before) parsed.digest = before;
  return parsed;
}

}  // namespace lkmc::c
