#include "src/kernel/compile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "src/kernel/load.h"

namespace lkmc::kernel {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Not optimised: what the source has must be there to be seen. The compiler puts in calls in front of basic blocks, which go to
// points.cc, and before accesses to memory, which go to stores.cc: not to the sanitizers' libraries, so that none is linked. All
// that a test needs is in lkmc.
const char* const kFlags[] = {"-std=c++20", "-O0",           "-g", "-fno-omit-frame-pointer", "-fsanitize=thread",
                              "-shared",    "-nodefaultlibs", "-fPIC"};
const char* const kTracePoints = "-fsanitize-coverage=trace-pc";
// clang leaves points out from which others follow, unless it is told not to.
const char* const kTracePointsOfClang = "-fsanitize-coverage=edge,trace-pc,no-prune";

// --- content ------------------------------------------------------------------------------------------------------------

// Two FNV-1a hashes; collisions by chance are all that matters here.
class Digest {
 public:
  Digest& add(std::string_view text) {
    mix(std::to_string(text.size()) + ':');
    mix(text);
    return *this;
  }
  [[nodiscard]] std::string text() const {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(a_),
                  static_cast<unsigned long long>(b_));
    return digits;
  }

 private:
  void mix(std::string_view text) {
    for (const char c : text) {
      a_ = (a_ ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
      b_ = (b_ ^ static_cast<unsigned char>(c)) * 0x9E3779B97F4A7C15U;
      b_ ^= b_ >> 29;
    }
  }
  std::uint64_t a_ = 0xcbf29ce484222325U;
  std::uint64_t b_ = 0x84222325cbf29ce4U;
};

std::optional<std::string> content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// So that nobody ever sees half of a file.
bool write_whole(const fs::path& path, std::string_view content) {
  const fs::path draft = path.string() + "." + std::to_string(getpid());
  std::ofstream out(draft, std::ios::binary);
  out << content;
  out.close();
  std::error_code error;
  if (out) fs::rename(draft, path, error);
  return out && !error;
}

// --- the cache ----------------------------------------------------------------------------------------------------------

fs::path cache_folder() {
  const auto variable = [](const char* name) { return std::string(std::getenv(name) != nullptr ? std::getenv(name) : ""); };
  if (const std::string cache = variable("XDG_CACHE_HOME"); cache.starts_with('/')) return fs::path(cache) / "lkmc";
  if (const std::string home = variable("HOME"); home.starts_with('/')) return fs::path(home) / ".cache" / "lkmc";
  const std::string temporary = variable("TMPDIR");
  return fs::path(temporary.empty() ? "/tmp" : temporary) / ("lkmc-" + std::to_string(getuid()));
}

// Others must not be able to put objects there for us to load.
std::string make_private(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return folder.string() + ": " + std::strerror(errno);
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) return folder.string() + ": is no folder";
  if (status.st_uid != getuid() || (status.st_mode & 022) != 0) return folder.string() + ": others may write to it";
  return {};
}

std::string headers_digest() {
  Digest digest;
  for (const EmbeddedFile& file : embedded_headers()) digest.add(file.name).add(file.text);
  return digest.text();
}

// The folder to include headers from; empty if it cannot be written.
fs::path unpacked_headers(const fs::path& cache, const std::string& digest) {
  const fs::path folder = cache / ("include-" + digest);
  std::error_code error;
  if (fs::exists(folder / "complete", error)) return folder;
  for (const EmbeddedFile& file : embedded_headers()) {
    const fs::path path = folder / file.name;
    fs::create_directories(path.parent_path(), error);
    if (!write_whole(path, file.text)) return {};
  }
  return write_whole(folder / "complete", "") ? folder : fs::path();
}

// --- the compiler -------------------------------------------------------------------------------------------------------

bool is_in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

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

struct Outcome {
  bool succeeded = false;
  std::string output;
};

// Runs a program and returns what it writes to stdout, or to both.
enum class Captured : std::uint8_t { kOut, kOutAndErr };
Outcome run_program(const Words& words, Captured captured) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    if (captured == Captured::kOutAndErr) dup2(ends[1], STDERR_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(ends[1]);
  Outcome outcome;
  if (child > 0) {
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) != 0;) {
      if (n < 0 && errno != EINTR) break;
      if (n > 0) outcome.output.append(buffer, static_cast<std::size_t>(n));
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    outcome.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  close(ends[0]);
  return outcome;
}

// What a compiler says, but where all errors are of static assertions in our headers: these in a line each, at the place in the test
// that they are about (g++ tells it as `FILE:LINE:COL:   required from here`).
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
    const std::size_t asserted = line.find(kAsserted);
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
  const Outcome answer = run_program(version, Captured::kOut);
  if (!answer.succeeded) return CompileError{"cannot run the C++ compiler " + command.front()};

  const std::string headers_key = headers_digest();
  const fs::path headers = unpacked_headers(cache, headers_key);
  if (headers.empty()) return CompileError{"cannot write to " + cache.string()};
  command.insert(command.end(), std::begin(kFlags), std::end(kFlags));
  command.emplace_back(answer.output.find("clang") == std::string::npos ? kTracePoints : kTracePointsOfClang);

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
  const Outcome compilation = run_program(command, Captured::kOutAndErr);
  std::fputs((compilation.succeeded ? compilation.output : short_form(compilation.output)).c_str(), stderr);
  const std::string included = inclusions(content_of(rule).value_or(""), headers);
  fs::remove(rule, error);
  if (!compilation.succeeded) {
    fs::remove(draft, error);
    return CompileError{};
  }
  fs::remove(list, error);
  fs::rename(draft, object, error);
  if (error || !write_whole(list, included)) return CompileError{"cannot write to " + cache.string()};
  return object.string();
}

}  // namespace lkmc::kernel
