#include "src/kernel/watchdog.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>

#include "src/kernel/runtime.h"
#include "src/program/fiber.h"

// Older C libraries have only the union.
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

namespace lkmc::kernel {
namespace {

constexpr int kSignal = SIGVTALRM;
constexpr int kTicks = 8;               // of a quarter of a second of processor time
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

void fault(int signal, siginfo_t* info, void*) {
  if (Fiber::is_stack_overflow(info->si_addr)) give_up("stack overflow: a recursion without end, or a very large variable");
  struct sigaction original {};
  original.sa_handler = SIG_DFL;
  sigaction(signal, &original, nullptr);  // the access is made again, and crashes
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
    has_timer_ = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    if (!has_timer_) return;
    const itimerspec every{.it_interval = {0, kTickNanoseconds}, .it_value = {0, kTickNanoseconds}};
    timer_settime(timer_, 0, &every, nullptr);
  }
  ~Watched() {
    if (has_timer_) timer_delete(timer_);
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
