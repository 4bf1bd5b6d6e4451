// SPDX-License-Identifier: Apache-2.0
// Branches of the search that one worker leaves to another.
//
// A branch is named by the choices that lead to it: the worker that takes it makes these again and goes on from there.
// Workers share nothing else. A worker gives branches away only while another one has nothing to do.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace lkmc {

// The index of the alternative taken at each branch point, from the root.
using Branch = std::vector<std::uint16_t>;

class WorkQueue {
 public:
  explicit WorkQueue(int workers) : working_(workers) { branches_.emplace_back(); }

  // The next branch to explore; waits while others still work. Nothing once all work is done or `stop` was called.
  [[nodiscard]] std::optional<Branch> take() {
    std::unique_lock lock(mutex_);
    --working_;
    if (working_ == 0 && branches_.empty()) finish();
    hungry_.fetch_add(1, std::memory_order_relaxed);
    wake_.wait(lock, [&] { return finished_ || !branches_.empty(); });
    hungry_.fetch_sub(1, std::memory_order_relaxed);
    if (finished_) return std::nullopt;
    ++working_;
    Branch branch = std::move(branches_.front());
    branches_.pop_front();
    return branch;
  }

  // Whether somebody waits for work that is not there yet.
  [[nodiscard]] bool hungry() const { return hungry_.load(std::memory_order_relaxed) > 0; }

  void give(Branch branch) {
    const std::lock_guard lock(mutex_);
    branches_.push_back(std::move(branch));
    wake_.notify_one();
  }

  // A worker that could not be started is not waited for.
  void do_without_one() {
    const std::lock_guard lock(mutex_);
    --working_;
    if (working_ == 0 && branches_.empty()) finish();
  }

  // Lets everybody go home.
  void stop() {
    const std::lock_guard lock(mutex_);
    finish();
  }

 private:
  void finish() {
    finished_ = true;
    wake_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Branch> branches_;
  std::atomic<int> hungry_ = 0;
  int working_;
  bool finished_ = false;
};

}  // namespace lkmc
