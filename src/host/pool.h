// SPDX-License-Identifier: Apache-2.0
// Runs commands beside each other, each in a process of its own with limits, and collects what they print.
//
// What a command starts is killed with it, and all of it when this process ends, however it ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lkmc {

struct CommandEnd {
  std::string out, err;
  int status = 0;         // its exit status, if it has one
  int signal = 0;         // that killed it; 0 if none did
  bool too_late = false;  // it was killed for its time
  bool too_much = false;  // it was killed for what it printed
  double seconds = 0;
  std::string not_started{};  // why; empty if it was
};

struct PoolCommand {
  std::vector<std::string> words;      // a program and its arguments
  std::string folder{};                // where it runs; empty for the current folder
  double seconds = 0;                  // after which it is killed
  std::optional<std::uint64_t> bytes;  // of address space
  std::function<void(CommandEnd)> done;
};

class Pool {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Pool(int width) : width_(static_cast<std::size_t>(width)) {}
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  [[nodiscard]] bool has_room() const { return running_.size() < width_; }
  [[nodiscard]] bool is_idle() const { return running_.empty(); }
  void start(PoolCommand command);
  // Lets time pass until something happens, but not much; calls `done` of the commands that have ended.
  void wait();
  // Asks all commands to end, as Ctrl-C does; those that do not are killed soon.
  void interrupt();

 private:
  struct Running {
    PoolCommand command;
    pid_t process = 0;
    int out = -1, err = -1;
    Clock::time_point begin, deadline;
    CommandEnd end;
  };
  // Reads what there is; an end that has come to its end is closed, and -1 from then on.
  static void read_some(int& end, std::string& text);
  static void kill_all(const Running& running);

  std::size_t width_;
  std::vector<Running> running_;
};

}  // namespace lkmc
