// SPDX-License-Identifier: Apache-2.0
// The sets and relations that the checker provides to a model, by their cat names.
//
// The names are herd7's for the Linux-kernel model. A tag `'rcu-lock` of a .bell file is the set `Rcu-lock`; tags are
// matched without regard to case, because the kernel has used both ('once before v6.15, 'ONCE since), so that `Mb` and
// `MB`, `Once` and `ONCE` name the same base set until the model says otherwise.
#pragma once

#include <optional>
#include <string_view>

#include "src/graph/event.h"
#include "src/model/model.h"

namespace lkmc {

enum class BaseSet : std::int32_t {
  // By kind. R, W and M contain the lock events, as they do after lock.cat.
  kR,
  kW,
  kM,
  kF,
  kIw,
  kRmw,
  kLkr,
  kLkw,
  kUl,
  kLf,
  kRl,
  kRu,
  kSrcu,
  kAsked,
  // By tag.
  kOnce,
  kAcquire,
  kRelease,
  kMb,
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
};

// The base set or relation called `name` in cat; nothing if there is none.
[[nodiscard]] std::optional<BaseSet> base_set(std::string_view name);
[[nodiscard]] std::optional<BaseRelation> base_relation(std::string_view name);

// Whether an event belongs to a base set.
[[nodiscard]] bool belongs_to(const Event& event, BaseSet set);

}  // namespace lkmc
