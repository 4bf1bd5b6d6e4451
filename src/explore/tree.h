// SPDX-License-Identifier: Apache-2.0
// The tree of choices that one worker walks depth-first: where it is, what it gives to others, when it has to stop.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "src/explore/limits.h"
#include "src/explore/shard.h"
#include "src/explore/work_queue.h"

namespace lkmc {

class Tree {
 public:
  // `queue` may be null: then nothing is given away.
  Tree(Limits& limits, WorkQueue* queue, const Cut& cut) : limits_(limits), queue_(queue), cut_(cut) {}

  // Goes to the root; the first choices will be those of `branch`.
  void start_at(const Branch& branch) {
    given_ = branch;
    at_.clear();
    widths_.clear();
  }

  // Calls f(i) for each of the alternatives 0, 1, … that this worker has to explore. The alternatives and their order may
  // depend on nothing but the choices that led here, for another worker may be sent the same way.
  template <class F>
  void branch(std::size_t alternatives, const F& f) {
    if (alternatives == 1) return f(0);
    choices_ += alternatives;
    const std::size_t depth = at_.size();
    at_.push_back(0);
    widths_.push_back(static_cast<std::uint16_t>(alternatives));
    if (depth < given_.size()) {
      at_.back() = given_[depth];
      enter(f);
    } else {
      for (std::size_t i = 0; i < alternatives && !check_limits(); ++i) {
        at_.back() = static_cast<std::uint16_t>(i);
        if (i + 1 < alternatives && depth < given_.size() + kMaxGivenDepth && queue_ != nullptr && queue_->hungry()) {
          give_away(i + 1, alternatives);
          alternatives = i + 1;
        }
        enter(f);
      }
    }
    at_.pop_back();
    widths_.pop_back();
  }

  // The way to where the worker is.
  [[nodiscard]] const Branch& way() const { return at_; }
  // Whether what is where the worker is belongs to its shard.
  [[nodiscard]] bool is_ours() const { return at_.size() >= cut_.depth || cut_.owns(at_); }
  [[nodiscard]] bool is_cut() const { return cut_.depth > 0; }
  // The number of branches at the cut that are left to other shards.
  [[nodiscard]] std::uint64_t left_to_others() const { return left_to_others_; }
  // Whether the limits of the exploration are reached; branch() then explores nothing more.
  [[nodiscard]] bool stopped() const { return limits_.interruption() != Interruption::kNone; }
  // The number of alternatives met so far.
  [[nodiscard]] std::uint64_t choices() const { return choices_; }

 private:
  // How far below its own start a worker gives branches away; deeper ones are not worth the trouble.
  static constexpr std::size_t kMaxGivenDepth = 12;

  template <class F>
  void enter(const F& f) {
    if (at_.size() == cut_.depth && !cut_.owns(at_)) {
      ++left_to_others_;
    } else {
      f(at_.back());
    }
  }

  void give_away(std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
      Branch branch = at_;
      branch.back() = static_cast<std::uint16_t>(i);
      queue_->give(std::move(branch));
    }
  }

  [[nodiscard]] bool check_limits() {
    // The clock is looked at only now and then.
    if ((++ticks_ & 0xFF) == 0 && !limits_.expired() && given_.empty()) limits_.progress(fraction_done());
    return stopped();
  }

  // The part of the tree to the left of where the worker is, if all branches at a branch point weighed the same. Where
  // several workers share the tree, no one of them knows.
  [[nodiscard]] std::optional<double> fraction_done() const {
    if (queue_ != nullptr) return std::nullopt;
    double done = 0;
    double weight = 1;
    for (std::size_t i = 0; i < at_.size(); ++i) {
      weight /= widths_[i];
      done += weight * at_[i];
    }
    return done;
  }

  Limits& limits_;
  WorkQueue* queue_;
  Cut cut_;
  Branch given_;                       // the way to the branch that is this worker's
  Branch at_;                          // the way to where it is
  std::vector<std::uint16_t> widths_;  // alternatives at each branch point on that way
  std::uint64_t ticks_ = 0;
  std::uint64_t choices_ = 0;
  std::uint64_t left_to_others_ = 0;
};

}  // namespace lkmc
