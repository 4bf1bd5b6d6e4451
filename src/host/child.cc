// SPDX-License-Identifier: Apache-2.0
#include "src/host/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

namespace lkmc {
namespace {

using Clock = std::chrono::steady_clock;

// The first character of what comes through the pipe says what the line is.
constexpr char kLine = 'l';
constexpr char kException = 'x';
constexpr char kOutOfMemory = 'm';
constexpr char kGaveUp = 'g';
constexpr char kFinished = 'f';

// Where the child writes; a terminate handler can reach nothing but a global.
int child_end = -1;

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(child_end, text.data(), text.size());
    if (n < 0 && errno != EINTR) _exit(1);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }
}

void send(char kind, std::string_view text) {
  write_all(std::string_view(&kind, 1));
  write_all(text);
  write_all("\n");
}

[[noreturn]] void report_exception() {
  try {
    if (std::current_exception() != nullptr) std::rethrow_exception(std::current_exception());
    std::abort();
  } catch (const std::bad_alloc&) {
    send(kOutOfMemory, "");
  } catch (const std::exception& e) {
    const std::string_view what = e.what();
    send(kException, what.substr(0, what.find('\n')));
  } catch (...) {
    send(kException, "of an unknown type");
  }
  _exit(1);
}

// No process outlives the one that started it, also if that is killed, and none that a test starts talks to our parent.
void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

[[noreturn]] void run_child(const ChildLimits& limits, const std::function<void(const Send&)>& code, pid_t parent) {
  die_with_parent(parent);
  setpgid(0, 0);
  pthread_atfork(nullptr, nullptr, [] {
    close(child_end);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  });
  if (const int nothing = open("/dev/null", O_RDONLY); nothing >= 0) dup2(nothing, STDIN_FILENO);
  std::set_terminate(report_exception);
  std::set_new_handler(nullptr);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#ifndef __SANITIZE_ADDRESS__
  if (limits.bytes) {
    const rlimit memory{*limits.bytes, *limits.bytes};
    setrlimit(RLIMIT_AS, &memory);
  }
#endif
  try {
    code([](std::string_view line) { send(kLine, line); });
  } catch (...) {
    report_exception();
  }
  std::fflush(nullptr);
  send(kFinished, "");
  _exit(0);
}

// Reads the pipe line by line until it is closed or the time is up.
class Reader {
 public:
  Reader(int end, const std::function<void(std::string_view)>& receive) : end_(end), receive_(receive) {}

  // Whether the pipe was closed in time.
  bool read_until(std::optional<Clock::time_point> deadline, const std::function<void()>& look_around) {
    while (true) {
      look_around();
      int wait = kLookEvery;
      if (deadline) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
        if (left <= 0) return false;
        wait = static_cast<int>(std::min<long long>(left, kLookEvery));
      }
      pollfd waiting{.fd = end_, .events = POLLIN, .revents = 0};
      if (poll(&waiting, 1, wait) <= 0) continue;
      char buffer[1 << 16];
      const ssize_t n = read(end_, buffer, sizeof buffer);
      if (n == 0) return true;
      if (n > 0) take({buffer, static_cast<std::size_t>(n)});
    }
  }

  [[nodiscard]] const std::optional<ChildEnd>& said() const { return said_; }

 private:
  void take(std::string_view bytes) {
    text_ += bytes;
    for (std::size_t end = 0; (end = text_.find('\n')) != std::string::npos; text_.erase(0, end + 1)) {
      if (end > 0) handle(text_[0], std::string_view(text_).substr(1, end - 1));
    }
  }

  void handle(char kind, std::string_view line) {
    if (kind == kLine) receive_(line);
    if (kind == kFinished) said_ = {ChildEnd::Kind::kFinished, {}};
    if (kind == kOutOfMemory) said_ = {ChildEnd::Kind::kOutOfMemory, {}};
    if (kind == kGaveUp) said_ = {ChildEnd::Kind::kGaveUp, std::string(line)};
    if (kind == kException) said_ = {ChildEnd::Kind::kException, std::string(line)};
  }

  static constexpr int kLookEvery = 100;  // milliseconds
  int end_;
  const std::function<void(std::string_view)>& receive_;
  std::string text_;
  std::optional<ChildEnd> said_;
};

std::string signal_text(int signal) {
  std::string text = strsignal(signal);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

}  // namespace

void give_up(const char* why) {
  send(kGaveUp, why);
  _exit(1);
}

std::string fault_text(const ChildEnd& end) {
  switch (end.kind) {
    case ChildEnd::Kind::kException:
      return "an exception that nobody catches: " + end.detail;
    case ChildEnd::Kind::kSignal:
      return "the test crashed: " + end.detail;
    case ChildEnd::Kind::kExit:
      return "the test ended the program with exit status " + end.detail;
    default:
      return {};
  }
}

ChildEnd run_in_child(const ChildLimits& limits, const std::function<void(const Send&)>& code,
                      const std::function<void(std::string_view line)>& receive) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {ChildEnd::Kind::kNotStarted, std::strerror(errno)};
  std::fflush(nullptr);  // or the child would print it once more
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    close(ends[0]);
    close(ends[1]);
    return {ChildEnd::Kind::kNotStarted, std::strerror(errno)};
  }
  if (child == 0) {
    close(ends[0]);
    child_end = ends[1];
    run_child(limits, code, parent);
  }
  close(ends[1]);
  std::optional<Clock::time_point> deadline;
  if (limits.seconds) {
    deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*limits.seconds));
  }
  Reader reader(ends[0], receive);
  setpgid(child, child);  // whoever comes first; Ctrl-C reaches the child through us
  const bool in_time = reader.read_until(deadline, [&, told = false]() mutable {
    if (told || limits.interrupted == nullptr || !*limits.interrupted) return;
    kill(child, SIGINT);
    told = true;
  });
  if (!in_time) kill(child, SIGKILL);
  close(ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  kill(-child, SIGKILL);  // what the test has started
  if (reader.said()) return *reader.said();
  if (!in_time) return {ChildEnd::Kind::kTimeout, {}};
  if (WIFSIGNALED(status)) return {ChildEnd::Kind::kSignal, signal_text(WTERMSIG(status))};
  return {ChildEnd::Kind::kExit, std::to_string(WEXITSTATUS(status))};
}

}  // namespace lkmc
