// SPDX-License-Identifier: Apache-2.0
#include "src/host/pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace lkmc {
namespace {

constexpr std::size_t kMaxOutput = std::size_t{64} << 20;
constexpr int kLookEvery = 50;  // milliseconds
constexpr auto kGraceOfInterrupt = std::chrono::seconds(10);

[[noreturn]] void run_child(const PoolCommand& command, const int out[2], const int err[2], pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);
  setpgid(0, 0);  // Ctrl-C reaches it through us
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  if (const int nothing = open("/dev/null", O_RDONLY); nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(out[1], STDOUT_FILENO);
  dup2(err[1], STDERR_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (command.bytes) {
    const rlimit memory{*command.bytes, *command.bytes};
    setrlimit(RLIMIT_AS, &memory);
  }
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  if (!command.folder.empty() && chdir(command.folder.c_str()) != 0) _exit(127);
  execvp(words[0], words.data());
  _exit(127);
}

}  // namespace

Pool::~Pool() {
  for (Running& r : running_) {
    kill_all(r);
    waitpid(r.process, nullptr, 0);
    close(r.out);
    close(r.err);
  }
}

void Pool::kill_all(const Running& running) {
  kill(-running.process, SIGKILL);
  kill(running.process, SIGKILL);
}

void Pool::start(PoolCommand command) {
  const auto begin = Clock::now();
  const auto fail = [&](int error) {
    CommandEnd end;
    end.not_started = std::strerror(error);
    command.done(std::move(end));
  };
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0) return fail(errno);
  if (pipe2(err, O_CLOEXEC) != 0) {
    const int error = errno;
    close(out[0]);
    close(out[1]);
    return fail(error);
  }
  const pid_t parent = getpid();
  const pid_t process = fork();
  if (process == 0) run_child(command, out, err, parent);
  const int error = errno;
  close(out[1]);
  close(err[1]);
  if (process < 0) {
    close(out[0]);
    close(err[0]);
    return fail(error);
  }
  setpgid(process, process);  // whoever comes first
  for (const int end : {out[0], err[0]}) fcntl(end, F_SETFL, O_NONBLOCK);
  const auto time = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(command.seconds));
  running_.push_back({.command = std::move(command),
                      .process = process,
                      .out = out[0],
                      .err = err[0],
                      .begin = begin,
                      .deadline = begin + time,
                      .end = {}});
}

void Pool::read_some(int& end, std::string& text) {
  char buffer[1 << 16];
  while (end >= 0 && text.size() <= kMaxOutput) {
    const ssize_t n = read(end, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return;
    if (n > 0) {
      text.append(buffer, static_cast<std::size_t>(n));
    } else {
      close(end);
      end = -1;
    }
  }
}

void Pool::wait() {
  std::vector<pollfd> ends;
  for (const Running& r : running_) {
    ends.push_back({.fd = r.out, .events = POLLIN, .revents = 0});
    ends.push_back({.fd = r.err, .events = POLLIN, .revents = 0});
  }
  poll(ends.data(), ends.size(), kLookEvery);

  std::vector<Running> ended;
  for (std::size_t i = 0; i < running_.size();) {
    Running& r = running_[i];
    read_some(r.out, r.end.out);
    read_some(r.err, r.end.err);
    if (Clock::now() >= r.deadline) r.end.too_late = true;
    if (r.end.out.size() > kMaxOutput || r.end.err.size() > kMaxOutput) r.end.too_much = true;
    if (r.end.too_late || r.end.too_much) kill_all(r);
    // What it has started may hold the pipes open for ever, so its own end is what counts.
    int status = 0;
    if (waitpid(r.process, &status, r.end.too_late || r.end.too_much ? 0 : WNOHANG) != r.process) {
      ++i;
      continue;
    }
    read_some(r.out, r.end.out);
    read_some(r.err, r.end.err);
    kill(-r.process, SIGKILL);
    close(r.out);  // unless it is closed
    close(r.err);
    if (WIFSIGNALED(status)) r.end.signal = WTERMSIG(status);
    if (WIFEXITED(status)) r.end.status = WEXITSTATUS(status);
    r.end.seconds = std::chrono::duration<double>(Clock::now() - r.begin).count();
    ended.push_back(std::move(r));
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  for (Running& r : ended) r.command.done(std::move(r.end));  // which may start others
}

void Pool::interrupt() {
  for (Running& r : running_) {
    kill(r.process, SIGINT);
    r.deadline = std::min(r.deadline, Clock::now() + kGraceOfInterrupt);
  }
}

}  // namespace lkmc
