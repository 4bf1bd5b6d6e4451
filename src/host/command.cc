// SPDX-License-Identifier: Apache-2.0
#include "src/host/command.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace lkmc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookEvery = 100;  // milliseconds
constexpr auto kGraceOfStop = std::chrono::seconds(2);

[[noreturn]] void become(const std::vector<std::string>& words, int out, Captured captured, const std::optional<CommandLimits>& limits) {
  setpgid(0, 0);
  dup2(out, STDOUT_FILENO);
  if (captured == Captured::kOutAndErr) dup2(out, STDERR_FILENO);
  if (limits) {
    const auto seconds = static_cast<rlim_t>(limits->seconds);
    const rlimit time{seconds, seconds + 1}, memory{limits->memory_bytes, limits->memory_bytes};
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_AS, &memory);
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

// What the child says, until it ends.
void attend(pid_t child, int in, const Stop& stop, const std::optional<CommandLimits>& limits, CommandResult& result) {
  Clock::time_point killed_at;
  bool is_open = true;
  int status = 0;
  for (pid_t ended = 0; ended != child;) {
    if (!result.is_stopped && stop()) {
      result.is_stopped = true;
      kill(-child, SIGTERM);
      killed_at = Clock::now() + kGraceOfStop;
    }
    if (result.is_stopped && Clock::now() >= killed_at) kill(-child, SIGKILL);
    if (limits && result.killed_by.empty() && result.output.size() > limits->output_bytes) {
      result.killed_by = "what it prints is too large";
      kill(-child, SIGKILL);
    }
    pollfd waiting{.fd = is_open ? in : -1, .events = POLLIN, .revents = 0};
    if (poll(&waiting, 1, is_open ? kLookEvery : kLookEvery / 10) > 0) {
      char buffer[1 << 16];
      const ssize_t n = read(in, buffer, sizeof buffer);
      if (n > 0) result.output.append(buffer, static_cast<std::size_t>(n));
      is_open = n > 0 || (n < 0 && errno == EINTR);
      if (n > 0) continue;
    }
    ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) break;
  }
  result.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  const bool is_out_of_time = WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
  if (limits && is_out_of_time && result.killed_by.empty()) result.killed_by = "it takes too long";
}

}  // namespace

bool is_in_path(const std::string& program) {
  if (program.find('/') != std::string::npos) return access(program.c_str(), X_OK) == 0;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (access((std::filesystem::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

CommandResult run_command(const std::vector<std::string>& words, Captured captured, const Stop& stop,
                          const std::optional<CommandLimits>& limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  std::fflush(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // so that it removes its temporary files
    if (getppid() != parent) _exit(127);
    become(words, ends[1], captured, limits);
  }
  close(ends[1]);
  CommandResult result;
  if (child > 0) {
    setpgid(child, child);  // whoever comes first; Ctrl-C reaches it through us
    attend(child, ends[0], stop, limits, result);
  }
  close(ends[0]);
  return result;
}

}  // namespace lkmc
