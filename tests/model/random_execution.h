// SPDX-License-Identifier: Apache-2.0
// Random executions of a few events, well formed but otherwise arbitrary, for comparing models with each other.
#pragma once

#include <algorithm>
#include <random>
#include <vector>

#include "tests/model/execution_builder.h"

namespace lkmc {

enum class Accesses { kMarkedOnly, kAlsoPlain };

// Two or three threads with accesses, fences, read-modify-writes, RCU, SRCU and one spinlock. Each read reads some
// write of its location, each location's writes are in some order, both within the axiom of coherence; some reads have
// dependencies to what follows them.
class RandomExecution {
 public:
  RandomExecution(std::mt19937& random, Accesses accesses) : random_(random), accesses_(accesses) {
    for (Location l = 0; l < kLocations; ++l) writes_[l].push_back(b_.init(l));
    const int threads = 2 + pick(2);
    for (ThreadId t = 0; t < threads; ++t) add_thread(t);
    do decide_rf_and_co();
    while (!coherent());
  }

  [[nodiscard]] reference::Execution build() const {
    reference::Execution x = b_.build();
    x.rf = rf_;
    x.co = co_;
    return x;
  }

 private:
  static constexpr Location kVariables = 2, kSrcu = 2, kLock = 3, kLocations = 4;

  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(int percent) { return pick(100) < percent; }
  Tag one_of(std::initializer_list<Tag> tags) { return *(tags.begin() + pick(static_cast<int>(tags.size()))); }
  Tag access_tag(Tag ordered) {
    if (accesses_ == Accesses::kAlsoPlain && chance(45)) return Tag::kPlain;
    return chance(30) ? ordered : Tag::kOnce;
  }

  void add_thread(ThreadId t) {
    reads_of_thread_.clear();
    const int steps = 2 + pick(2);
    const int section = pick(6);  // 0: RCU, 1: SRCU, 2: a lock, else none
    int cookie = -1;
    if (section == 0) b_.fence(t, Tag::kRcuLock);
    if (section == 1) cookie = read(t, kSrcu, Tag::kSrcuLock);
    if (section == 2) lock(t);
    for (int i = 0; i < steps; ++i) {
      step(t);
      if (i + 1 < steps && chance(60)) separate(t);
    }
    if (section == 0) b_.fence(t, Tag::kRcuUnlock);
    if (section == 1) b_.data(cookie, write(t, kSrcu, Tag::kSrcuUnlock));
    if (section == 2) sections_.back().push_back(b_.add(EventKind::kUnlock, Tag::kPlain, t, kLock));
    if (section < 3 && chance(30)) separate(t);
    if (section < 3 && chance(50)) step(t);
  }

  void step(ThreadId t) {
    const Location l = pick(kVariables);
    const int kind = pick(10);
    if (kind < 4) {
      reads_of_thread_.push_back(read(t, l, access_tag(Tag::kAcquire)));
      if (chance(30)) depend_on_earlier(reads_of_thread_.back(), false);
    } else if (kind < 8) {
      const int w = write(t, l, access_tag(Tag::kRelease));
      if (chance(50)) depend_on_earlier(w, true);
    } else {
      const Tag tag = one_of({Tag::kMb, Tag::kOnce, Tag::kAcquire, Tag::kRelease, Tag::kNoreturn});
      const int r = read(t, l, tag);
      if (kind == 9 && chance(50)) {
        b_.in_rmw(r);  // it failed
      } else {
        const int w = write(t, l, tag);
        b_.rmw(r, w);
        b_.data(r, w);
      }
      if (tag != Tag::kNoreturn) reads_of_thread_.push_back(r);
    }
  }

  void separate(ThreadId t) {
    const Tag tag = one_of({Tag::kMb, Tag::kWmb, Tag::kRmb, Tag::kBeforeAtomic, Tag::kAfterAtomic, Tag::kAfterSpinlock,
                            Tag::kAfterUnlockLock, Tag::kAfterSrcuReadUnlock, Tag::kBarrier, Tag::kSyncRcu, Tag::kSyncRcu, Tag::kSyncSrcu});
    if (tag == Tag::kSyncSrcu) {
      b_.add(EventKind::kSyncSrcu, tag, t, kSrcu);
    } else {
      b_.fence(t, tag);
    }
  }

  void lock(ThreadId t) {
    const int r = b_.add(EventKind::kLockRead, Tag::kPlain, t, kLock);
    const int w = b_.add(EventKind::kLockWrite, Tag::kPlain, t, kLock);
    b_.lock_pair(r, w);
    sections_.push_back({r, w});
  }

  void depend_on_earlier(int event, bool is_write) {
    for (const int r : reads_of_thread_) {
      if (r == event || chance(50)) continue;
      const int kind = pick(3);
      if (kind == 0) b_.addr(r, event);
      if (kind == 1 && is_write) b_.data(r, event);
      if (kind == 2) b_.ctrl(r, event);
    }
  }

  int read(ThreadId t, Location l, Tag tag) {
    const int r = b_.read(t, l, tag);
    reads_.push_back(r);
    return r;
  }
  int write(ThreadId t, Location l, Tag tag) {
    const int w = b_.write(t, l, tag);
    writes_[l].push_back(w);
    return w;
  }

  void decide_rf_and_co() {
    rf_ = co_ = Relation(static_cast<int>(b_.events().size()));
    for (const int r : reads_) {
      const auto& candidates = writes_[b_.events()[static_cast<std::size_t>(r)].location];
      rf_.insert(candidates[static_cast<std::size_t>(pick(static_cast<int>(candidates.size())))], r);
    }
    std::shuffle(sections_.begin(), sections_.end(), random_);
    writes_[kLock].resize(1);
    for (const auto& section : sections_) {
      rf_.insert(writes_[kLock].back(), section[0]);
      writes_[kLock].push_back(section[1]);
      writes_[kLock].push_back(section[2]);
    }
    for (Location l = 0; l < kLocations; ++l) {
      if (l != kLock) std::shuffle(writes_[l].begin() + 1, writes_[l].end(), random_);
      for (std::size_t i = 0; i < writes_[l].size(); ++i) {
        for (std::size_t j = i + 1; j < writes_[l].size(); ++j) co_.insert(writes_[l][i], writes_[l][j]);
      }
    }
  }

  [[nodiscard]] bool coherent() const {
    const Relation po_loc = b_.build().po & reference::same_location(b_.events());
    return (po_loc | rf_ | co_ | rf_.inverse().then(co_)).acyclic();
  }

  std::mt19937& random_;
  Accesses accesses_;
  ExecutionBuilder b_;
  std::vector<int> writes_[kLocations];
  std::vector<int> reads_, reads_of_thread_;
  std::vector<std::vector<int>> sections_;  // LKR, LKW, UL
  Relation rf_{0}, co_{0};
};

}  // namespace lkmc
