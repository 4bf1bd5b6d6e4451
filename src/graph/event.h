// SPDX-License-Identifier: Apache-2.0
// Events: what the threads of a litmus test do to shared memory, as the memory model sees them.
//
// An event says only what the axioms of a model may ask for: its kind, its ordering tag, its thread and its
// location. Values are not here (see program/expr.h): a model never looks at them. The kinds and tags are those
// of the Linux-kernel memory model (tools/memory-model/linux-kernel.bell); `event_sets.h` gives the cat names of
// the sets that they form.
#pragma once

#include <cstdint>
#include <string_view>

namespace lkmc {

// Index of a shared location of a program; kNoLocation for a fence.
using Location = std::int32_t;
inline constexpr Location kNoLocation = -1;

// Index of a thread of a program; kInitThread performs the initial writes.
using ThreadId = std::int32_t;
inline constexpr ThreadId kInitThread = -1;

// Where in the user's source an event stands; line and column count from 1, 0 means unknown. A litmus file has no need of
// the names; in C++ they are those of std::source_location and live for ever.
struct SourcePos {
  std::int32_t line = 0;
  std::int32_t column = 0;
  const char* file = nullptr;
  const char* function = nullptr;
  friend bool operator==(const SourcePos&, const SourcePos&) = default;
};

enum class EventKind : std::uint8_t {
  kRead,
  kWrite,
  kFence,         // barriers, and the RCU markers; has no location
  kSyncSrcu,      // synchronize_srcu(): a fence that has a location, the srcu_struct
  kLockRead,      // LKR: spin_lock() sees the lock free
  kLockWrite,     // LKW: and takes it
  kUnlock,        // UL: spin_unlock()
  kLockFail,      // LF: a spin_trylock() that failed
  kReadLocked,    // RL: spin_is_locked() that returned true
  kReadUnlocked,  // RU: spin_is_locked() that returned false
  kPoison,        // a write that makes a location invalid: its memory is freed, or handed out without content
};

// The annotation of an event. kPlain is an ordinary C access.
enum class Tag : std::uint8_t {
  kPlain,
  kOnce,
  kAcquire,
  kRelease,
  kMb,  // smp_mb(), and both halves of a fully ordered RMW
  kNoreturn,
  kRmb,
  kWmb,
  kBarrier,
  kBeforeAtomic,
  kAfterAtomic,
  kAfterSpinlock,
  kAfterUnlockLock,
  kAfterSrcuReadUnlock,
  kRcuLock,
  kRcuUnlock,
  kSyncRcu,
  kSrcuLock,
  kSrcuUnlock,
  kSyncSrcu,
  kNone,  // a fence that orders nothing, where one was taken away or could be put (Program::marking)
};

// What an event with the tag adds to the readers of RCU, or of the srcu_struct that it has as location, that are inside.
[[nodiscard]] inline int reader_step(Tag tag) {
  if (tag == Tag::kRcuLock || tag == Tag::kSrcuLock) return 1;
  return tag == Tag::kRcuUnlock || tag == Tag::kSrcuUnlock ? -1 : 0;
}

// Where a model looks for the ordering of a fully ordered read-modify-write: at the tag MB of its two accesses (the
// kernel's model since v6.15), or at an smp_mb() fence before and after them (older models).
enum class RmwStyle : std::uint8_t { kTagged, kFenced };

// Which operation of the source an access is half of. The axioms do not know of it; race detectors do.
enum class Form : std::uint8_t {
  kAccess,    // none, or an atomic read-modify-write
  kCompound,  // `x++`, `x |= y`: a plain read and a plain write
  kBit,       // a bit operation that returns nothing: `set_bit()`, `__set_bit()`
  kTestBit,   // one that is not atomic and returns what the bit was: `__test_and_set_bit()`
};

struct Event {
  EventKind kind = EventKind::kFence;
  Tag tag = Tag::kPlain;
  bool in_rmw = false;          // belongs to a read-modify-write operation, also to one whose comparison failed
  bool is_operand = false;      // what its thread does next may be in no program order with it
  bool race_is_meant = false;   // in data_race(), or of a variable that is __data_racy; the axioms do not know of it
  bool unmatched = false;       // a UL of a lock that its thread does not hold: in no co, as in herd7
  bool final_is_asked = false;  // the location's final value is
  Form form = Form::kAccess;
  ThreadId thread = kInitThread;
  Location location = kNoLocation;
  SourcePos pos{};

  // Reads, and the writes that co orders: lock events count as the accesses they are.
  [[nodiscard]] bool is_read() const {
    switch (kind) {
      case EventKind::kRead:
      case EventKind::kLockRead:
      case EventKind::kLockFail:
      case EventKind::kReadLocked:
      case EventKind::kReadUnlocked:
        return true;
      default:
        return false;
    }
  }
  [[nodiscard]] bool is_write() const {
    return kind == EventKind::kWrite || kind == EventKind::kLockWrite || (kind == EventKind::kUnlock && !unmatched) ||
           kind == EventKind::kPoison;
  }
  // Whether a read may read from it.
  [[nodiscard]] bool is_source() const { return is_write() || kind == EventKind::kUnlock; }
  // What takes a lock or gives it back.
  [[nodiscard]] bool changes_lock() const { return kind == EventKind::kLockWrite || kind == EventKind::kUnlock; }
  [[nodiscard]] bool is_access() const { return is_read() || is_write(); }
  [[nodiscard]] bool is_initial() const { return thread == kInitThread; }
};

}  // namespace lkmc
