// SPDX-License-Identifier: Apache-2.0
// One exploration as several, which share its executions out: each visits its own, and together they visit all.
//
// All shards walk the first choices of the search. The branches at a certain depth, the cut, are shared out by a hash of the
// choices that lead there, and so are the executions that are complete before. An execution lies at the end of one way through the
// tree of choices, so it belongs to one shard, whatever else is found and in whatever order; a shard needs to know nothing of
// the others. The cut is where there are kBranchesPerShard branches for each shard, which all of them count alike: the more
// branches, the less it matters that some are larger than others.
//
// For that the tree has to be the same for all. What a program finds out about itself while it runs (Program::grow) is found out
// before, from all paths of each thread (footprint.h); and values are guessed in an order that does not depend on where a
// process has its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "src/explore/work_queue.h"
#include "src/program/program.h"

namespace lkmc {

struct Shard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
  [[nodiscard]] bool is_whole() const { return count == 1; }
  friend bool operator==(const Shard&, const Shard&) = default;
};

inline constexpr std::uint32_t kMaxShards = 100'000;
inline constexpr std::size_t kBranchesPerShard = 64;
// Where a tree is so narrow that there never are so many branches.
inline constexpr std::size_t kMaxCut = 48;

// Where the tree of choices is cut, and who asks.
struct Cut {
  std::size_t depth = 0;  // in choices; 0 if it is not cut
  Shard shard{};
  bool only_above = false;  // to count the branches at the cut: none of them is explored, and nothing is told
  // Whether what lies at the end of the way is the shard's: all that is below it if it leads to the cut.
  [[nodiscard]] bool owns(const Branch& way) const;
};

// Puts words in an order that is the same in another process, in which the program's memory lies elsewhere.
void sort_by_meaning(const Program& program, std::vector<Word>& words);

}  // namespace lkmc
