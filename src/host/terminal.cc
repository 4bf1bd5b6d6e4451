// SPDX-License-Identifier: Apache-2.0
#include "src/host/terminal.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace lkmc {
namespace {

// A signal handler can reach nothing but a global.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

bool is_stdout_coloured() { return isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

const std::atomic<bool>& catch_interrupt(std::initializer_list<int> signals) {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted.store(true, std::memory_order_relaxed); };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  for (const int signal : signals) sigaction(signal, &action, nullptr);
  return interrupted;
}

}  // namespace lkmc
