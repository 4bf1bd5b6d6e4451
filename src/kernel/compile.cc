// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/compile.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "src/kernel/cache.h"
#include "src/kernel/command.h"
#include "src/kernel/load.h"

namespace lkmc::kernel {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Not optimised: what the source has must be there to be seen. The compiler puts in calls in front of basic blocks and in `switch`es, which go to
// points.cc, and before accesses to memory, which go to stores.cc: not to the sanitizers' libraries, so that none is linked. All
// that a test needs is in lkmc.
const char* const kFlags[] = {"-std=c++20", "-O0", "-g", "-fno-omit-frame-pointer", "-fsanitize=thread", "-fPIC"};
const char* const kLinkFlags[] = {"-shared", "-nodefaultlibs"};
const char* const kTracePoints = "-fsanitize-coverage=trace-pc,trace-cmp";
// clang leaves points out from which others follow, unless it is told not to.
const char* const kTracePointsOfClang = "-fsanitize-coverage=edge,trace-pc,trace-cmp,no-prune";

// --- the compiler -------------------------------------------------------------------------------------------------------

// $CXX and its arguments, or the first compiler that there is; empty if there is none.
Words compiler() {
  if (const char* variable = std::getenv("CXX"); variable != nullptr && *variable != '\0') {
    std::istringstream words(variable);
    return {std::istream_iterator<std::string>(words), {}};
  }
  for (const char* program : {"g++", "clang++", "c++"}) {
    if (is_in_path(program)) return {program};
  }
  return {};
}

// What to write where a compiler says that it cannot turn a value into a number; empty where it says something else.
std::string said_of_value(const std::string& line) {
  const std::size_t type = line.find("value<");
  const bool is_conversion = line.find("cannot convert") < type || line.find("no viable conversion from") < type;
  const std::size_t end = type == std::string::npos ? type : line.find_first_of("'\xe2", type);  // the quotation mark behind the type
  if (!is_conversion || end == std::string::npos) return {};
  const std::string value = line.substr(type, end - type);
  return "this is a " + value + ", which is another number in each execution: declare the variable as " + value + ", or take the number with raw()";
}

// What a compiler says, but where all errors are of static assertions in our headers, or take values for numbers: these in a line each, at
// the place in the test that they are about (g++ tells it as `FILE:LINE:COL:   required from here`).
std::string short_form(const std::string& said) {
  constexpr std::string_view kError = " error: ";
  constexpr std::string_view kAsserted = " error: static assertion failed: ";
  constexpr std::string_view kHere = ":   required from here";
  std::istringstream lines(said);
  std::string place;
  std::vector<std::string> errors;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with(kHere)) place = line.substr(0, line.size() - kHere.size());
    if (line.find(kError) == std::string::npos) continue;
    if (const std::string said = said_of_value(line); !said.empty()) {
      errors.push_back(line.substr(0, line.find(kError)) + std::string(kError) + said + '\n');
      continue;
    }
    const std::size_t asserted = line.find(kAsserted);
    // What else is wrong inside of a header of ours follows from that.
    if (asserted == std::string::npos && !errors.empty() && line.find("src/kernel/") < line.find(kError)) continue;
    if (asserted == std::string::npos || line.find("src/kernel/") > asserted || place.empty()) return said;
    std::string error = place + ": error: " + line.substr(asserted + kAsserted.size()) + '\n';
    if (std::find(errors.begin(), errors.end(), error) == errors.end()) errors.push_back(std::move(error));
  }
  std::string all;
  for (const std::string& error : errors) all += error;
  return errors.empty() ? said : all;
}

// --- what a source includes ---------------------------------------------------------------------------------------------

// The files of a rule `target: file file \` as compilers write it for make.
Words prerequisites(const std::string& rule) {
  Words files;
  std::string file;
  const std::size_t colon = rule.find(": ");
  for (std::size_t at = colon == std::string::npos ? rule.size() : colon + 2; at < rule.size(); ++at) {
    const char c = rule[at];
    const char next = at + 1 < rule.size() ? rule[at + 1] : '\0';
    if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      file += next;
      ++at;
    } else if (c == ' ' || c == '\n' || (c == '\\' && next == '\n')) {
      if (!file.empty()) files.push_back(std::move(file));
      file.clear();
    } else {
      file += c;
    }
  }
  return files;
}

std::string digest_of_file(const fs::path& path) {
  const auto content = content_of(path);
  return content ? Digest().add(*content).text() : "gone";
}

// The first line of the list of inclusions: it tells whether the object or the rest of the list was damaged since.
std::string seal(const fs::path& object, std::string_view inclusions) {
  return Digest().add(content_of(object).value_or("")).add(inclusions).text() + '\n';
}

// One line for each file that was included: its digest and its path.
std::string inclusions(const std::string& rule, const fs::path& headers) {
  std::string list;
  for (const std::string& file : prerequisites(rule)) {
    if (!file.starts_with(headers.string())) list += digest_of_file(file) + ' ' + file + '\n';
  }
  return list;
}

bool is_current(const fs::path& object, const fs::path& list) {
  const auto content = content_of(list);
  if (!content || content->empty()) return false;
  const std::size_t first = std::min(content->find('\n'), content->size() - 1) + 1;
  const std::string inclusions = content->substr(first);
  if (content->substr(0, first) != seal(object, inclusions)) return false;
  std::istringstream lines(inclusions);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos || digest_of_file(line.substr(space + 1)) != line.substr(0, space)) return false;
  }
  return true;
}

// The paths in such a list, behind its seal.
Words files_in(const std::string& list) {
  Words files;
  std::istringstream lines(list);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    if (const std::size_t space = line.find(' '); space != std::string::npos) files.push_back(line.substr(space + 1));
  }
  return files;
}

// --- how the compiler is called -----------------------------------------------------------------------------------------

// A compiler would take a file `-x` for an option, and `@x` for a list of options.
std::string as_argument(const std::string& file) { return file.starts_with('-') || file.starts_with('@') ? "./" + file : file; }

struct Toolchain {
  fs::path cache;
  std::string headers_key;
  fs::path headers;  // the folder to include from
  Words command;     // the compiler and the flags that say how to compile
  std::string version;

  [[nodiscard]] Words with(const Words& more, const std::string& source_file) const {
    Words words = command;
    words.insert(words.end(), {"-I" + headers.string(), "-I" + (headers / "src/kernel").string()});
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"-x", "c++", as_argument(source_file)});
    return words;
  }
};

std::variant<Toolchain, CompileError> find_toolchain(const Stop& stop) {
  Toolchain t{.cache = cache_folder(), .headers_key = digest_of(embedded_headers()), .headers = {}, .command = compiler(), .version = {}};
  if (const std::string wrong = make_private(t.cache); !wrong.empty()) return CompileError{wrong};
  if (t.command.empty()) return CompileError{"there is no C++ compiler: install g++ or clang++, or set CXX"};
  Words version = t.command;
  version.emplace_back("--version");
  const CommandResult answer = run_command(version, Captured::kOut, stop);
  if (answer.is_stopped) return CompileError{.message = {}, .is_stopped = true};
  if (!answer.succeeded) return CompileError{"cannot run the C++ compiler " + t.command.front()};
  t.version = answer.output;
  t.headers = unpacked(embedded_headers(), t.cache);
  if (t.headers.empty()) return CompileError{"cannot write to " + t.cache.string()};
  t.command.insert(t.command.end(), std::begin(kFlags), std::end(kFlags));
  t.command.emplace_back(t.version.find("clang") == std::string::npos ? kTracePoints : kTracePointsOfClang);
  return t;
}

}  // namespace

std::variant<CompiledTest, CompileError> compile(const std::string& source_file, const Stop& stop) {
  const auto text = content_of(source_file);
  if (!text) return CompileError{std::strerror(errno)};
  const auto found = find_toolchain(stop);
  if (const auto* error = std::get_if<CompileError>(&found)) return *error;
  const Toolchain& toolchain = std::get<Toolchain>(found);

  Digest key;
  std::error_code error;
  key.add(fs::absolute(source_file, error).string()).add(source_file).add(*text).add(toolchain.headers_key).add(toolchain.version);
  for (const std::string& word : toolchain.command) key.add(word);
  const fs::path object = toolchain.cache / (key.text() + ".so");
  const fs::path list = toolchain.cache / (key.text() + ".includes");
  if (is_current(object, list)) return CompiledTest{object.string(), files_in(content_of(list).value_or(""))};

  const std::string draft = object.string() + "." + std::to_string(getpid());
  const std::string rule = draft + ".d";
  Words how{"-MMD", "-MF", rule, "-o", draft};
  how.insert(how.end(), std::begin(kLinkFlags), std::end(kLinkFlags));
  const CommandResult compilation = run_command(toolchain.with(how, source_file), Captured::kOutAndErr, stop);
  std::fputs((compilation.succeeded ? compilation.output : short_form(compilation.output)).c_str(), stderr);
  const std::string included = inclusions(content_of(rule).value_or(""), toolchain.headers);
  fs::remove(rule, error);
  if (!compilation.succeeded) {
    fs::remove(draft, error);
    return CompileError{.message = {}, .is_stopped = compilation.is_stopped};
  }
  const std::string made = seal(draft, included) + included;
  fs::remove(list, error);
  fs::rename(draft, object, error);
  if (error || !write_whole(list, made)) return CompileError{"cannot write to " + toolchain.cache.string()};
  return CompiledTest{object.string(), files_in(made)};
}

std::variant<std::vector<std::string>, CompileError> included_files(const std::string& source_file, const Stop& stop) {
  const auto found = find_toolchain(stop);
  if (const auto* error = std::get_if<CompileError>(&found)) return *error;
  const Toolchain& toolchain = std::get<Toolchain>(found);
  const CommandResult rule = run_command(toolchain.with({"-MM"}, source_file), Captured::kOut, stop);
  if (!rule.succeeded) return CompileError{.message = {}, .is_stopped = rule.is_stopped};
  Words files = prerequisites(rule.output);
  std::erase_if(files, [&](const std::string& file) {
    return file.starts_with(toolchain.headers.string()) || file == as_argument(source_file);
  });
  return files;
}

}  // namespace lkmc::kernel
