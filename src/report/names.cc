#include "src/report/names.h"

namespace lkmc {

std::string_view name_of(EventKind kind) {
  switch (kind) {
    case EventKind::kRead:
      return "read";
    case EventKind::kWrite:
      return "write";
    case EventKind::kFence:
      return "fence";
    case EventKind::kSyncSrcu:
      return "sync-srcu";
    case EventKind::kLockRead:
      return "lock-read";
    case EventKind::kLockWrite:
      return "lock-write";
    case EventKind::kUnlock:
      return "unlock";
    case EventKind::kLockFail:
      return "lock-fail";
    case EventKind::kReadLocked:
      return "read-locked";
    case EventKind::kReadUnlocked:
      return "read-unlocked";
  }
  return {};
}

std::string_view name_of(Tag tag) {
  switch (tag) {
    case Tag::kPlain:
      return "plain";
    case Tag::kOnce:
      return "once";
    case Tag::kAcquire:
      return "acquire";
    case Tag::kRelease:
      return "release";
    case Tag::kMb:
      return "mb";
    case Tag::kNoreturn:
      return "noreturn";
    case Tag::kRmb:
      return "rmb";
    case Tag::kWmb:
      return "wmb";
    case Tag::kBarrier:
      return "barrier";
    case Tag::kBeforeAtomic:
      return "before-atomic";
    case Tag::kAfterAtomic:
      return "after-atomic";
    case Tag::kAfterSpinlock:
      return "after-spinlock";
    case Tag::kAfterUnlockLock:
      return "after-unlock-lock";
    case Tag::kAfterSrcuReadUnlock:
      return "after-srcu-read-unlock";
    case Tag::kRcuLock:
      return "rcu-lock";
    case Tag::kRcuUnlock:
      return "rcu-unlock";
    case Tag::kSyncRcu:
      return "sync-rcu";
    case Tag::kSrcuLock:
      return "srcu-lock";
    case Tag::kSrcuUnlock:
      return "srcu-unlock";
    case Tag::kSyncSrcu:
      return "sync-srcu";
  }
  return {};
}

std::string thread_name(ThreadId thread) { return thread == kInitThread ? "init" : 'P' + std::to_string(thread); }

const std::string& location_name(const LitmusTest& test, Location location) {
  return test.locations()[static_cast<std::size_t>(location)].name;
}

std::string value_name(const LitmusTest& test, Word value) {
  const auto location = test.location_at(value);
  return location ? '&' + location_name(test, *location) : test.value_text(value);
}

}  // namespace lkmc
