// What the compiler has put into the code of tests calls this at the beginning of every basic block (control_flow.h).
#include <cstdint>
#include <exception>

#include "src/kernel/runtime.h"
#include "src/program/thread.h"

namespace lkmc::kernel {
namespace {

// Deeper calls are not told apart.
constexpr int kMostFrames = 64;

void mix(Point& point, const void* address) {
  point = (point ^ static_cast<Point>(reinterpret_cast<std::uintptr_t>(address))) * 0x9E3779B97F4A7C15U;
  point ^= point >> 29;
}

}  // namespace
}  // namespace lkmc::kernel

// Code of tests keeps its frame pointers, and so do our own functions that call it.
extern "C" [[gnu::visibility("default"), gnu::used]] void __sanitizer_cov_trace_pc() {
  using namespace lkmc::kernel;
  lkmc::Thread* const thread = lkmc::Thread::current();
  if (thread == nullptr) return;
  Run* const run = static_cast<Run*>(thread->front_end());
  // A path that is given up is unwound by an exception: its destructors do not belong to it.
  if (run == nullptr || run->phase() != Phase::kThread || std::uncaught_exceptions() > 0) return;
  Point point = 1;
  mix(point, __builtin_return_address(0));
  const void* const* frame = static_cast<const void* const*>(*static_cast<const void* const*>(__builtin_frame_address(0)));
  for (int i = 0; i < kMostFrames && frame < run->outermost_frame(); ++i) {
    mix(point, frame[1]);
    const auto* next = static_cast<const void* const*>(frame[0]);
    if (next <= frame) break;
    frame = next;
  }
  run->arrive(point);
}
