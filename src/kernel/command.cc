#include "src/kernel/command.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>

namespace lkmc::kernel {
namespace {

[[noreturn]] void run_child(const std::vector<std::string>& words, int out, const std::optional<CommandLimits>& limits) {
  dup2(out, STDOUT_FILENO);
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

CommandResult run_command(const std::vector<std::string>& words, CommandOutput output, const std::optional<CommandLimits>& limits) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) run_child(words, output == CommandOutput::kReturned ? ends[1] : STDERR_FILENO, limits);
  close(ends[1]);
  CommandResult result;
  if (child > 0) {
    char buffer[1 << 16];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) != 0;) {
      if (n < 0 && errno != EINTR) break;
      if (n > 0) result.output.append(buffer, static_cast<std::size_t>(n));
      if (limits && result.output.size() > limits->output_bytes) {
        result.killed_by = "what it prints is too large";
        kill(child, SIGKILL);
        break;
      }
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    const bool out_of_time = WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL);
    if (limits && out_of_time && result.killed_by.empty()) result.killed_by = "it takes too long";
  }
  close(ends[0]);
  return result;
}

}  // namespace lkmc::kernel
