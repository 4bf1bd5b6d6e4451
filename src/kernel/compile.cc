#include "src/kernel/compile.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
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

const char* const kFlags[] = {"-std=c++20", "-O1", "-g", "-shared", "-fPIC"};

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

// --- what a source includes ---------------------------------------------------------------------------------------------

// The files of a rule `target: file file \` as compilers write it for make.
Words prerequisites(const std::string& rule) {
  Words files;
  std::string file;
  const std::size_t colon = rule.find(": ");
  for (std::size_t at = colon == std::string::npos ? rule.size() : colon + 2; at < rule.size(); ++at) {
    const char c = rule[at];
    const char next = at + 1 < rule.size() ? rule[at + 1] : '\0';
    if (c == '\\' && (next == ' ' || next == '#')) {
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

// One line for each file that was included: its digest and its path.
std::string inclusions(const std::string& rule, const fs::path& headers) {
  std::string list;
  for (const std::string& file : prerequisites(rule)) {
    if (!file.starts_with(headers.string())) list += digest_of_file(file) + ' ' + file + '\n';
  }
  return list;
}

bool is_current(const fs::path& object, const fs::path& list) {
  std::error_code error;
  const auto content = content_of(list);
  if (!content || !fs::exists(object, error)) return false;
  std::istringstream lines(*content);
  for (std::string digest, file; lines >> digest && std::getline(lines.ignore(), file);) {
    if (digest_of_file(file) != digest) return false;
  }
  return true;
}

}  // namespace

std::variant<std::string, CompileError> compile(const std::string& source_file) {
  const auto text = content_of(source_file);
  if (!text) return CompileError{std::strerror(errno)};
  const fs::path cache = cache_folder();
  if (const std::string wrong = make_private(cache); !wrong.empty()) return CompileError{wrong};
  Words command = compiler();
  if (command.empty()) return CompileError{"there is no C++ compiler: install g++ or clang++, or set CXX"};
  Words version = command;
  version.emplace_back("--version");
  const CommandResult answer = run_command(version, CommandOutput::kReturned);
  if (!answer.succeeded) return CompileError{"cannot run the C++ compiler " + command.front()};

  const std::string headers_key = digest_of(embedded_headers());
  const fs::path headers = unpacked(embedded_headers(), cache);
  if (headers.empty()) return CompileError{"cannot write to " + cache.string()};
  command.insert(command.end(), std::begin(kFlags), std::end(kFlags));

  Digest key;
  std::error_code error;
  key.add(fs::absolute(source_file, error).string()).add(source_file).add(*text).add(headers_key).add(answer.output);
  for (const std::string& word : command) key.add(word);
  const fs::path object = cache / (key.text() + ".so");
  const fs::path list = cache / (key.text() + ".includes");
  if (is_current(object, list)) return object.string();

  const std::string draft = object.string() + "." + std::to_string(getpid());
  const std::string rule = draft + ".d";
  for (const std::string& word :
       Words{"-I" + headers.string(), "-I" + (headers / "src/kernel").string(), "-MMD", "-MF", rule, "-o", draft, "-x",
             "c++", source_file.starts_with('-') ? "./" + source_file : source_file}) {
    command.push_back(word);
  }
  const bool compiled = run_command(command, CommandOutput::kToStderr).succeeded;
  const std::string included = inclusions(content_of(rule).value_or(""), headers);
  fs::remove(rule, error);
  if (!compiled) {
    fs::remove(draft, error);
    return CompileError{};
  }
  fs::remove(list, error);
  fs::rename(draft, object, error);
  if (error || !write_whole(list, included)) return CompileError{"cannot write to " + cache.string()};
  return object.string();
}

}  // namespace lkmc::kernel
