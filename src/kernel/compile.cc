#include "src/kernel/compile.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
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

const char* const kFlags[] = {"-std=c++20", "-O1", "-g", "-fPIC"};

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

// Nothing for what is no regular file: a pipe may never end.
std::optional<std::string> content_of(const fs::path& path) {
  std::error_code error;
  errno = ENOENT;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
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
  const bool is_whole = out && !error;
  if (!is_whole) fs::remove(draft, error);
  return is_whole;
}

// --- the cache ----------------------------------------------------------------------------------------------------------

fs::path temporary_folder() {
  const char* temporary = std::getenv("TMPDIR");
  return fs::path(temporary != nullptr && *temporary != '\0' ? temporary : "/tmp") / ("lkmc-" + std::to_string(getuid()));
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

// Asks the file system, not the mode: a file system may be read-only, and root may write to nearly all others.
bool can_be_written(const fs::path& folder) { return access(folder.c_str(), W_OK) == 0; }

std::string headers_digest() {
  Digest digest;
  for (const EmbeddedFile& file : embedded_headers()) digest.add(file.name).add(file.text);
  return digest.text();
}

// The folder to include headers from; empty if it cannot be written.
fs::path unpacked_headers(const fs::path& cache, const std::string& digest) {
  const fs::path folder = cache / ("include-" + digest);
  std::error_code error;
  for (const EmbeddedFile& file : embedded_headers()) {
    const fs::path path = folder / file.name;
    if (content_of(path) == file.text) continue;
    fs::create_directories(path.parent_path(), error);
    if (!write_whole(path, file.text)) return {};
  }
  return folder;
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
  bool is_stopped = false;
  std::string output;
};

constexpr int kLookEvery = 100;  // milliseconds
constexpr auto kGraceOfStop = std::chrono::seconds(2);

// What of a program's output is returned; the rest goes to stderr.
enum class Captured : std::uint8_t { kOut, kOutAndErr };

// Runs a program. It is killed, with all that it has started, when `stop` says so or this process ends.
Outcome run_program(const Words& words, Captured captured, const Stop& stop) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // so that it removes its temporary files
    if (getppid() != parent) _exit(127);
    setpgid(0, 0);
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
    setpgid(child, child);  // whoever comes first; Ctrl-C reaches it through us
    std::chrono::steady_clock::time_point killed_at;
    bool is_open = true;
    int status = 0;
    for (pid_t ended = 0; ended != child;) {
      if (!outcome.is_stopped && stop()) {
        outcome.is_stopped = true;
        kill(-child, SIGTERM);
        killed_at = std::chrono::steady_clock::now() + kGraceOfStop;
      }
      if (outcome.is_stopped && std::chrono::steady_clock::now() >= killed_at) kill(-child, SIGKILL);
      pollfd waiting{.fd = is_open ? ends[0] : -1, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, is_open ? kLookEvery : kLookEvery / 10) > 0) {
        char buffer[4096];
        const ssize_t n = read(ends[0], buffer, sizeof buffer);
        if (n > 0) outcome.output.append(buffer, static_cast<std::size_t>(n));
        is_open = n > 0 || (n < 0 && errno == EINTR);
        if (n > 0) continue;
      }
      ended = waitpid(child, &status, WNOHANG);
      if (ended < 0 && errno != EINTR) break;
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

// Finds a folder for the cache, and puts the headers there. Empty if all is well.
std::string find_cache(Toolchain& t) {
  std::string wrong;
  for (const fs::path& folder : {cache_folder(), temporary_folder()}) {
    t.cache = folder;
    wrong = make_private(folder);
    if (!wrong.empty()) continue;
    t.headers = unpacked_headers(folder, t.headers_key);
    if (!t.headers.empty() && can_be_written(folder)) return {};
    wrong = "cannot write to " + folder.string();
  }
  return wrong;
}

std::variant<Toolchain, CompileError> find_toolchain(const Stop& stop) {
  Toolchain t{.cache = {}, .headers_key = headers_digest(), .headers = {}, .command = compiler(), .version = {}};
  if (const std::string wrong = find_cache(t); !wrong.empty()) return CompileError{wrong};
  if (t.command.empty()) return CompileError{"there is no C++ compiler: install g++ or clang++, or set CXX"};
  Words version = t.command;
  version.emplace_back("--version");
  const Outcome answer = run_program(version, Captured::kOut, stop);
  if (answer.is_stopped) return CompileError{.message = {}, .is_stopped = true};
  if (!answer.succeeded) return CompileError{"cannot run the C++ compiler " + t.command.front()};
  t.version = answer.output;
  t.command.insert(t.command.end(), std::begin(kFlags), std::end(kFlags));
  return t;
}

}  // namespace

fs::path cache_folder() {
  const auto variable = [](const char* name) { return std::string(std::getenv(name) != nullptr ? std::getenv(name) : ""); };
  if (const std::string cache = variable("XDG_CACHE_HOME"); cache.starts_with('/')) return fs::path(cache) / "lkmc";
  if (const std::string home = variable("HOME"); home.starts_with('/')) return fs::path(home) / ".cache" / "lkmc";
  return temporary_folder();
}

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
  if (is_current(object, list)) {
    for (const fs::path& used : {object, list}) fs::last_write_time(used, fs::file_time_type::clock::now(), error);
    return CompiledTest{object.string(), files_in(content_of(list).value_or(""))};
  }

  const std::string draft = object.string() + "." + std::to_string(getpid());
  const std::string rule = draft + ".d";
  const Outcome compilation = run_program(toolchain.with({"-shared", "-MMD", "-MF", rule, "-o", draft}, source_file), Captured::kOutAndErr, stop);
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
  const Outcome rule = run_program(toolchain.with({"-MM"}, source_file), Captured::kOut, stop);
  if (!rule.succeeded) return CompileError{.message = {}, .is_stopped = rule.is_stopped};
  Words files = prerequisites(rule.output);
  std::erase_if(files, [&](const std::string& file) {
    return file.starts_with(toolchain.headers.string()) || file == as_argument(source_file);
  });
  return files;
}

}  // namespace lkmc::kernel
