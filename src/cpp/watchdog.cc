// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/watchdog.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <string_view>
#include <vector>

#include "src/kernel/runtime.h"
#include "src/program/fiber.h"

// Older C libraries have only the union.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace lkmc::kernel {
namespace {

constexpr int kSignal = SIGVTALRM;
constexpr int kSleeps = SIGPROF;
constexpr int kTicks = 8;  // of a quarter of a second of processor time
constexpr long kTickNanoseconds = 250'000'000;

GiveUp give_up_with = nullptr;

thread_local std::uint64_t switches_before = 0;
thread_local int ticks = 0;

// Signal handlers may not allocate; this is as close to async-signal-safe as C++ lets one come.
[[noreturn]] void give_up(const char* what) {
  static char text[1024];
  const Run* run = Run::current_or_null();
  if (run != nullptr && run->last_place().line > 0) {
    std::snprintf(text, sizeof text, "%s; the last access was in %s:%u", what, run->last_place().file,
                  static_cast<unsigned>(run->last_place().line));
  } else {
    std::snprintf(text, sizeof text, "%s", what);
  }
  give_up_with(text);
  _exit(1);
}

void tick(int) {
  const std::uint64_t now = program_switches;
  const bool in_program = now % 2 == 1;
  ticks = in_program && now == switches_before ? ticks + 1 : 0;
  switches_before = now;
  if (ticks >= kTicks) give_up("the test does not come back: a loop without end, in which nothing is accessed");
}

void find_sleeper(int) { give_up("the test does not come back: it sleeps, or waits for what does not happen"); }

void fault(int signal, siginfo_t* info, void*) {
  if (Fiber::is_stack_overflow(info->si_addr)) give_up("stack overflow: a recursion without end, or a very large variable");
  struct sigaction original {};
  original.sa_handler = SIG_DFL;
  sigaction(signal, &original, nullptr);  // the access is made again, and crashes
}

// --- workers that sleep -------------------------------------------------------------------------------------------------
// Their timers stand still. A thread of its own looks at them: a signal would wake the test up.

struct Worker {
  pid_t thread;
  const volatile std::uint64_t* switches;
  std::uint64_t switches_before = 0;
  int looks = 0;  // for which it has slept in the same place
};

std::mutex workers_mutex;
std::vector<Worker> workers;

// One that waits for a processor does not sleep, however long it waits.
bool is_asleep(pid_t thread) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(thread));
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[256];
  const ssize_t size = read(file, text, sizeof text);
  close(file);
  const std::string_view stat(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return stat.find(") S ") != std::string_view::npos;
}

void* look_for_sleepers(void*) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  for (;;) {
    const timespec pause{0, kTickNanoseconds};
    nanosleep(&pause, nullptr);
    const std::lock_guard lock(workers_mutex);
    for (Worker& w : workers) {
      const std::uint64_t now = __atomic_load_n(w.switches, __ATOMIC_RELAXED);
      const bool in_program = now % 2 == 1;
      w.looks = in_program && now == w.switches_before && is_asleep(w.thread) ? w.looks + 1 : 0;
      w.switches_before = now;
      if (w.looks >= kTicks) syscall(SYS_tgkill, getpid(), w.thread, kSleeps);
    }
  }
  return nullptr;
}

// What a worker needs to be watched, as long as it lives.
class Watched {
 public:
  Watched() {
    const stack_t stack{.ss_sp = signal_stack_, .ss_flags = 0, .ss_size = sizeof signal_stack_};
    sigaltstack(&stack, nullptr);
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = kSignal;
    event.sigev_notify_thread_id = static_cast<pid_t>(syscall(SYS_gettid));
    {
      const std::lock_guard lock(workers_mutex);
      workers.push_back({.thread = static_cast<pid_t>(syscall(SYS_gettid)), .switches = &program_switches});
    }
    has_timer_ = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    if (!has_timer_) return;
    const itimerspec every{.it_interval = {0, kTickNanoseconds}, .it_value = {0, kTickNanoseconds}};
    timer_settime(timer_, 0, &every, nullptr);
  }
  ~Watched() {
    if (has_timer_) timer_delete(timer_);
    const std::lock_guard lock(workers_mutex);
    std::erase_if(workers, [](const Worker& w) { return w.switches == &program_switches; });
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&none, nullptr);
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

 private:
  char signal_stack_[64 * 1024];
  timer_t timer_{};
  bool has_timer_ = false;
};

}  // namespace

void start_watchdog(GiveUp give_up) {
  give_up_with = give_up;
  struct sigaction on_tick {};
  on_tick.sa_handler = tick;
  on_tick.sa_flags = SA_RESTART | SA_ONSTACK;
  sigaction(kSignal, &on_tick, nullptr);
  struct sigaction on_sleep {};
  on_sleep.sa_handler = find_sleeper;
  on_sleep.sa_flags = SA_ONSTACK;
  sigaction(kSleeps, &on_sleep, nullptr);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t watcher;
  if (pthread_create(&watcher, &attributes, look_for_sleepers, nullptr) == 0) pthread_detach(watcher);
  pthread_attr_destroy(&attributes);
#ifndef __SANITIZE_ADDRESS__
  struct sigaction on_fault {};
  on_fault.sa_sigaction = fault;
  on_fault.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigaction(SIGSEGV, &on_fault, nullptr);
#endif
}

void watch_this_worker() {
  if (give_up_with == nullptr) return;
  thread_local Watched watched;
  (void)watched;
}

}  // namespace lkmc::kernel
