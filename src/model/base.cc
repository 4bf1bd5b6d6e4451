// SPDX-License-Identifier: Apache-2.0
// The names of the base sets and relations, and which events are in which set.
#include "src/model/base.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace lkmc {
namespace {

constexpr std::array<std::pair<std::string_view, BaseSet>, 13> kKinds = {{
    {"R", BaseSet::kR},
    {"W", BaseSet::kW},
    {"M", BaseSet::kM},
    {"F", BaseSet::kF},
    {"IW", BaseSet::kIw},
    {"RMW", BaseSet::kRmw},
    {"LKR", BaseSet::kLkr},
    {"LKW", BaseSet::kLkw},
    {"UL", BaseSet::kUl},
    {"LF", BaseSet::kLf},
    {"RL", BaseSet::kRl},
    {"RU", BaseSet::kRu},
    {"Asked", BaseSet::kAsked},
}};

// In lower case. herd7 makes the set's name from the tag by capitalising it: 'once is Once and 'ONCE is ONCE.
constexpr std::array<std::pair<std::string_view, BaseSet>, 20> kTags = {{
    {"srcu", BaseSet::kSrcu},
    {"once", BaseSet::kOnce},
    {"acquire", BaseSet::kAcquire},
    {"release", BaseSet::kRelease},
    {"mb", BaseSet::kMb},
    {"noreturn", BaseSet::kNoreturn},
    {"rmb", BaseSet::kRmb},
    {"wmb", BaseSet::kWmb},
    {"barrier", BaseSet::kBarrier},
    {"before-atomic", BaseSet::kBeforeAtomic},
    {"after-atomic", BaseSet::kAfterAtomic},
    {"after-spinlock", BaseSet::kAfterSpinlock},
    {"after-unlock-lock", BaseSet::kAfterUnlockLock},
    {"after-srcu-read-unlock", BaseSet::kAfterSrcuReadUnlock},
    {"rcu-lock", BaseSet::kRcuLock},
    {"rcu-unlock", BaseSet::kRcuUnlock},
    {"sync-rcu", BaseSet::kSyncRcu},
    {"srcu-lock", BaseSet::kSrcuLock},
    {"srcu-unlock", BaseSet::kSrcuUnlock},
    {"sync-srcu", BaseSet::kSyncSrcu},
}};

constexpr std::array<std::pair<std::string_view, BaseRelation>, 11> kRelations = {{
    {"po", BaseRelation::kPo},
    {"addr", BaseRelation::kAddr},
    {"data", BaseRelation::kData},
    {"ctrl", BaseRelation::kCtrl},
    {"rmw", BaseRelation::kRmw},
    {"loc", BaseRelation::kLoc},
    {"int", BaseRelation::kInt},
    {"ext", BaseRelation::kExt},
    {"id", BaseRelation::kId},
    {"rf", BaseRelation::kRf},
    {"co", BaseRelation::kCo},
}};

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

std::optional<BaseSet> base_set(std::string_view name) {
  for (const auto& [kind, set] : kKinds) {
    if (kind == name) return set;
  }
  if (name.empty() || lower(name.front()) == name.front()) return std::nullopt;
  for (const auto& [tag, set] : kTags) {
    if (std::equal(tag.begin(), tag.end(), name.begin(), name.end(), [](char a, char b) { return a == lower(b); })) {
      return set;
    }
  }
  return std::nullopt;
}

std::optional<BaseRelation> base_relation(std::string_view name) {
  for (const auto& [known, relation] : kRelations) {
    if (known == name) return relation;
  }
  return std::nullopt;
}

bool belongs_to(const Event& event, BaseSet set) {
  switch (set) {
    case BaseSet::kR:
      return event.is_read();
    case BaseSet::kW:
      return event.is_source();
    case BaseSet::kM:
      return event.is_access() || event.is_source();
    case BaseSet::kF:
      return (event.kind == EventKind::kFence || event.kind == EventKind::kSyncSrcu) && event.tag != Tag::kNone;
    case BaseSet::kIw:
      return event.is_initial();
    case BaseSet::kRmw:
      return event.in_rmw;
    case BaseSet::kLkr:
      return event.kind == EventKind::kLockRead;
    case BaseSet::kLkw:
      return event.kind == EventKind::kLockWrite;
    case BaseSet::kUl:
      return event.kind == EventKind::kUnlock;
    case BaseSet::kLf:
      return event.kind == EventKind::kLockFail;
    case BaseSet::kRl:
      return event.kind == EventKind::kReadLocked;
    case BaseSet::kRu:
      return event.kind == EventKind::kReadUnlocked;
    case BaseSet::kAsked:
      return event.final_is_asked;
    case BaseSet::kSrcu:
      return event.tag == Tag::kSrcuLock || event.tag == Tag::kSrcuUnlock || event.tag == Tag::kSyncSrcu;
    case BaseSet::kOnce:
      return event.tag == Tag::kOnce;
    case BaseSet::kAcquire:
      return event.tag == Tag::kAcquire;
    case BaseSet::kRelease:
      return event.tag == Tag::kRelease;
    case BaseSet::kMb:
      return event.tag == Tag::kMb;
    case BaseSet::kNoreturn:
      return event.tag == Tag::kNoreturn;
    case BaseSet::kRmb:
      return event.tag == Tag::kRmb;
    case BaseSet::kWmb:
      return event.tag == Tag::kWmb;
    case BaseSet::kBarrier:
      return event.tag == Tag::kBarrier;
    case BaseSet::kBeforeAtomic:
      return event.tag == Tag::kBeforeAtomic;
    case BaseSet::kAfterAtomic:
      return event.tag == Tag::kAfterAtomic;
    case BaseSet::kAfterSpinlock:
      return event.tag == Tag::kAfterSpinlock;
    case BaseSet::kAfterUnlockLock:
      return event.tag == Tag::kAfterUnlockLock;
    case BaseSet::kAfterSrcuReadUnlock:
      return event.tag == Tag::kAfterSrcuReadUnlock;
    case BaseSet::kRcuLock:
      return event.tag == Tag::kRcuLock;
    case BaseSet::kRcuUnlock:
      return event.tag == Tag::kRcuUnlock;
    case BaseSet::kSyncRcu:
      return event.tag == Tag::kSyncRcu;
    case BaseSet::kSrcuLock:
      return event.tag == Tag::kSrcuLock;
    case BaseSet::kSrcuUnlock:
      return event.tag == Tag::kSrcuUnlock;
    case BaseSet::kSyncSrcu:
      return event.tag == Tag::kSyncSrcu;
  }
  return false;
}

}  // namespace lkmc
