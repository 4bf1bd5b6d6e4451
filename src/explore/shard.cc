// SPDX-License-Identifier: Apache-2.0
#include "src/explore/shard.h"

#include <algorithm>
#include <tuple>

namespace lkmc {

bool Cut::owns(const Branch& way) const {
  if (only_above) return false;
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::uint16_t choice : way) {
    hash = (hash ^ (choice + 1U)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash % shard.count == shard.index;
}

void sort_by_meaning(const Program& program, std::vector<Word>& words) {
  const std::vector<Program::Memory> memory = program.memory();
  const auto meaning = [&](Word word) {
    std::size_t i = 0;
    while (i < memory.size() && (word < memory[i].begin || word - memory[i].begin >= memory[i].size)) ++i;
    return std::tuple(i, i < memory.size() ? word - memory[i].begin : word);
  };
  std::ranges::sort(words, {}, meaning);
}

}  // namespace lkmc
