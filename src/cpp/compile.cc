// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/compile.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "src/cpp/imports.h"
#include "src/cpp/load.h"
#include "src/host/cache_folder.h"
#include "src/host/command.h"
#include "src/host/digest.h"
#include "src/host/file.h"

namespace lkmc::kernel {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Not optimised: what the source has must be there to be seen. The compiler puts in calls in front of basic blocks and in `switch`es, which
// go to points.cc, and before accesses to memory, which go to stores.cc: not to the sanitizers' libraries, so that none is linked. All that
// a test needs is in lkmc. Three functions are not taken for the compiler's own: of those it makes stores after it has put in the calls.
const char* const kFlags[] = {
    "-std=c++20",
    "-O0",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize=thread",
    "-fPIC",
    "-fno-builtin-strcat",
    "-fno-builtin-strcpy",
    "-fno-builtin-strncpy",
};
// lkmc has functions of templates, such as std::string's, that a test has, too; but only in the test's own are those calls.
const char* const kLinkFlags[] = {"-shared", "-nodefaultlibs", "-Wl,-Bsymbolic-functions"};
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
  return "this is a " + value + ", which is another number in each execution: declare the variable as " + value +
         ", or take the number with raw()";
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

// --- what a compiler sees of a source -------------------------------------------------------------------------------------

struct Preprocessed {
  std::string text;
  Words files;  // the source and what it includes, as the compiler names them, without lkmc's headers and the system's
};

// The line `# 12 "FILE" 1 3`, with which a compiler says where the next line is from.
struct Marker {
  std::string file;
  bool is_of_system;
};

std::optional<Marker> marker_in(std::string_view line) {
  if (!line.starts_with("# ")) return std::nullopt;
  const std::size_t quote = line.find('"');
  if (quote == std::string_view::npos || line.find_first_not_of("0123456789 ", 1) != quote) return std::nullopt;
  Marker marker{.file = {}, .is_of_system = false};
  std::size_t at = quote + 1;
  while (at < line.size() && line[at] != '"') {
    if (line[at] != '\\') {
      marker.file += line[at++];
    } else if (const std::string digits(line.substr(at + 1, 3)); digits.find_first_not_of("01234567") == std::string::npos) {
      marker.file += static_cast<char>(std::strtol(digits.c_str(), nullptr, 8));
      at += 4;
    } else {
      marker.file += line[at + 1] == 'n' ? '\n' : line[at + 1];
      at += 2;
    }
  }
  marker.is_of_system = line.substr(std::min(at + 1, line.size())).find(" 3") != std::string_view::npos;
  return marker;
}

// `output` is what the compiler prints of it. The folder in which it was called, which is there as a file `FOLDER//`, is left out.
Preprocessed read_preprocessed(const std::string& output, const fs::path& headers) {
  Preprocessed source;
  std::set<std::string> seen;
  for (std::size_t begin = 0; begin < output.size();) {
    const std::size_t end = std::min(output.find('\n', begin), output.size() - 1) + 1;
    const std::string_view line(output.data() + begin, end - begin);
    begin = end;
    const auto marker = marker_in(line);
    if (marker && marker->file.ends_with("//")) continue;
    source.text += line;
    if (!marker || marker->is_of_system || marker->file.starts_with('<') || marker->file.starts_with(headers.string())) continue;
    if (seen.insert(marker->file).second) source.files.push_back(marker->file);
  }
  return source;
}

std::string digest_of_file(const fs::path& path) {
  const auto content = content_of(path);
  return content ? Digest().add(*content).text() : "gone";
}

// --- how the compiler is called -----------------------------------------------------------------------------------------

// A compiler would take a file `-x` for an option, and `@x` for a list of options.
std::string as_argument(const std::string& file) { return file.starts_with('-') || file.starts_with('@') ? "./" + file : file; }

struct Toolchain {
  fs::path cache;
  fs::path headers;      // the folder to include from
  Words command;         // the compiler and the flags that say how to compile
  std::string identity;  // which compiler it is, and what its environment adds

  [[nodiscard]] Words with(const Words& more, const std::string& source_file) const {
    Words words = command;
    words.insert(words.end(), {"-I" + headers.string(), "-I" + (headers / "src/kernel").string()});
    words.insert(words.end(), {"-include", (headers / "src/kernel/lkmc/library_names.h").string()});
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"-x", "c++", as_argument(source_file)});
    return words;
  }
};

std::variant<Toolchain, CompileError> find_toolchain(const Stop& stop) {
  auto cache = work_folder();
  if (auto* wrong = std::get_if<std::string>(&cache)) return CompileError{std::move(*wrong)};
  Toolchain t{.cache = std::get<fs::path>(std::move(cache)), .headers = {}, .command = compiler(), .identity = {}};
  t.headers = unpacked(embedded_headers(), t.cache);
  if (t.headers.empty()) return CompileError{"cannot write to " + t.cache.string()};
  if (t.command.empty()) return CompileError{"there is no C++ compiler: install g++ or clang++, or set CXX"};
  const std::string program = t.command.front();
  t.command.insert(t.command.end(), std::begin(kFlags), std::end(kFlags));
  // What it would run: the version of each part, and the flags that a script in its place or the environment adds.
  Words would_run = t.command;
  would_run.insert(would_run.end(), {"-###", "-E", "-x", "c++", "/dev/null"});
  const CommandResult answer = run_command(would_run, Captured::kOutAndErr, stop);
  if (answer.is_stopped) return CompileError{.message = {}, .is_stopped = true};
  if (!answer.succeeded) return CompileError{"cannot run the C++ compiler " + program};
  t.identity = answer.output;
  t.command.emplace_back(t.identity.find("clang version") == std::string::npos ? kTracePoints : kTracePointsOfClang);
  return t;
}

std::variant<Preprocessed, CompileError> preprocess(const Toolchain& toolchain, const std::string& source_file, const Stop& stop) {
  const CommandResult result = run_command(toolchain.with({"-E", "-w"}, source_file), Captured::kOut, stop);
  if (!result.succeeded) return CompileError{.message = {}, .is_stopped = result.is_stopped};
  return read_preprocessed(result.output, toolchain.headers);
}

// --- what was compiled --------------------------------------------------------------------------------------------------

// Whether the object is there as it was made, and not damaged since.
bool is_whole(const fs::path& object, const fs::path& seal) { return content_of(seal) == digest_of_file(object); }

// Compiles the source to `object`, and writes the digest of that to `seal`.
std::optional<CompileError> make_object(const Toolchain& toolchain, const std::string& source_file, const fs::path& object,
                                        const fs::path& seal, const Stop& stop) {
  const std::string draft = draft_of(object);
  Words how{"-o", draft};
  how.insert(how.end(), std::begin(kLinkFlags), std::end(kLinkFlags));
  const CommandResult compilation = run_command(toolchain.with(how, source_file), Captured::kOutAndErr, stop);
  std::fputs((compilation.succeeded ? compilation.output : short_form(compilation.output)).c_str(), stderr);
  std::error_code error;
  if (!compilation.succeeded) {
    fs::remove(draft, error);
    return CompileError{.message = {}, .is_stopped = compilation.is_stopped};
  }
  const std::string digest = digest_of_file(draft);
  fs::remove(seal, error);
  fs::rename(draft, object, error);
  if (error || !write_whole(seal, digest)) return CompileError{"cannot write to " + toolchain.cache.string()};
  return std::nullopt;
}

// Of all that the results of the tests depend on, in whatever folder: besides what the compiler sees, that is the lines of the files,
// which reports show. Empty if it is not all.
std::string digest_of_tests(const Toolchain& toolchain, const std::string& source_file, const Preprocessed& source,
                            const fs::path& object) {
  if (source.text.find(".incbin") != std::string::npos || !calls_only_known_functions(object)) return {};
  Digest digest;
  digest.add(source_file).add(source.text).add(toolchain.identity);
  for (const std::string& word : toolchain.command) digest.add(word);
  for (const std::string& file : source.files) digest.add(file).add(digest_of_file(file));
  return digest.text();
}

}  // namespace

std::variant<CompiledTest, CompileError> compile(const std::string& source_file, const Stop& stop) {
  if (!content_of(source_file)) return CompileError{std::strerror(errno)};
  const auto found = find_toolchain(stop);
  if (const auto* error = std::get_if<CompileError>(&found)) return *error;
  const Toolchain& toolchain = std::get<Toolchain>(found);
  const auto preprocessed = preprocess(toolchain, source_file, stop);
  if (const auto* wrong = std::get_if<CompileError>(&preprocessed)) return *wrong;
  const auto& source = std::get<Preprocessed>(preprocessed);

  // The object has the path of the source in it.
  std::error_code error;
  Digest key;
  key.add(fs::absolute(source_file, error).string()).add(source_file).add(source.text).add(toolchain.identity);
  for (const std::string& word : toolchain.command) key.add(word);
  const fs::path object = toolchain.cache / (key.text() + ".so");
  const fs::path seal = toolchain.cache / (key.text() + ".seal");
  CompiledTest compiled{.object = object.string(), .files = source.files, .digest = {}};
  if (is_whole(object, seal)) {
    for (const fs::path& used : {object, seal}) mark_as_used(used);
  } else {
    if (const auto wrong = make_object(toolchain, source_file, object, seal, stop)) return *wrong;
    const auto again = preprocess(toolchain, source_file, stop);
    if (const auto* wrong = std::get_if<CompileError>(&again)) return *wrong;
    if (std::get<Preprocessed>(again).text != source.text) {
      // Nobody knows which of the two was compiled.
      fs::remove(seal, error);
      return compiled;
    }
  }
  compiled.digest = digest_of_tests(toolchain, source_file, source, object);
  return compiled;
}

std::variant<std::vector<std::string>, CompileError> included_files(const std::string& source_file, const Stop& stop) {
  const auto found = find_toolchain(stop);
  if (const auto* error = std::get_if<CompileError>(&found)) return *error;
  auto preprocessed = preprocess(std::get<Toolchain>(found), source_file, stop);
  if (const auto* error = std::get_if<CompileError>(&preprocessed)) return *error;
  Words files = std::move(std::get<Preprocessed>(preprocessed).files);
  std::erase(files, as_argument(source_file));
  return files;
}

}  // namespace lkmc::kernel
