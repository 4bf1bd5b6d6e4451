// SPDX-License-Identifier: Apache-2.0
#include "src/report/names.h"

#include <algorithm>

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
    case EventKind::kPoison:
      return "poison";
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
    case Tag::kNone:
      return "none";
  }
  return {};
}

std::optional<EventKind> kind_named(std::string_view name) {
  for (auto kind = EventKind::kRead; !name_of(kind).empty(); kind = static_cast<EventKind>(static_cast<int>(kind) + 1)) {
    if (name_of(kind) == name) return kind;
  }
  return std::nullopt;
}

std::optional<Tag> tag_named(std::string_view name) {
  for (auto tag = Tag::kPlain; !name_of(tag).empty(); tag = static_cast<Tag>(static_cast<int>(tag) + 1)) {
    if (name_of(tag) == name) return tag;
  }
  return std::nullopt;
}

std::string thread_name(ThreadId thread) { return thread == kInitThread ? "init" : 'P' + std::to_string(thread); }

std::string full_place(const Names& names, SourcePos pos) { return names.file(pos) + ':' + std::to_string(pos.line); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

LitmusNames::LitmusNames(const LitmusTest& test, std::string file, std::string_view text)
    : test_(test), file_(std::move(file)), text_(text), lines_(lines_of(text)) {}

std::string LitmusNames::thread(ThreadId thread) const { return thread_name(thread); }
std::string LitmusNames::location(Location location) const { return test_.locations()[static_cast<std::size_t>(location)].name; }
std::string LitmusNames::value(Word value) const {
  const auto at = test_.location_at(value);
  return at ? '&' + location(*at) : test_.value_text(value);
}

std::string LitmusNames::place(SourcePos pos) const { return "line " + std::to_string(pos.line); }

std::string_view LitmusNames::source_line(SourcePos pos) const {
  if (pos.line <= 0 || static_cast<std::size_t>(pos.line) > lines_.size()) return {};
  return lines_[static_cast<std::size_t>(pos.line) - 1];
}

}  // namespace lkmc
