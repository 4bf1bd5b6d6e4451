// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/heap.h"

#include <algorithm>
#include <utility>

namespace lkmc::kernel {

int Heap::add_cache(HeapCache cache) {
  caches_.push_back(std::move(cache));
  return static_cast<int>(caches_.size()) - 1;
}

void Heap::add_object(const Demand& demand, HeapObject object) {
  fresh_.emplace_back(demand, static_cast<int>(objects_.size()));
  objects_.push_back(std::move(object));
}

Word Heap::identity(int index) const {
  const Demand& demand = fresh_[static_cast<std::size_t>(index)].first;
  return (Word{demand.cache} << 32) + (Word{demand.thread - kInitThread} << 16) + demand.ordinal;
}

int Heap::with_identity(Word identity) const {
  int index = 0;
  while (this->identity(index) != identity) ++index;
  return index;
}

std::optional<int> Heap::beginning_at(const void* at) const {
  const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const HeapObject& o) { return o.at == at; });
  if (found == objects_.end()) return std::nullopt;
  return static_cast<int>(found - objects_.begin());
}

std::optional<int> Heap::around(const void* at) const {
  const auto* address = static_cast<const std::byte*>(at);
  const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const HeapObject& o) {
    const auto* begin = static_cast<const std::byte*>(o.at);
    return begin <= address && address < begin + cache(o.cache).size;
  });
  if (found == objects_.end()) return std::nullopt;
  return static_cast<int>(found - objects_.begin());
}

int Heap::kmem_cache(int ordinal) const {
  std::size_t index = 0;
  for (;; ++index) {
    if (!caches_[index].name.empty() && ordinal-- == 0) return static_cast<int>(index);
  }
}

std::optional<int> Heap::kmalloc_cache(const HeapCache& wanted) {
  const auto is_it = [&](const HeapCache& c) { return c.name.empty() && c.type == wanted.type; };
  const auto found = std::find_if(caches_.begin(), caches_.end(), is_it);
  if (found != caches_.end()) return static_cast<int>(found - caches_.begin());
  const std::lock_guard lock(mutex_);
  if (std::none_of(wanted_caches_.begin(), wanted_caches_.end(), is_it)) wanted_caches_.push_back(wanted);
  wants_more_ = true;
  return std::nullopt;
}

std::optional<int> Heap::fresh(const Demand& demand) {
  const auto found = std::find_if(fresh_.begin(), fresh_.end(), [&](const auto& f) { return f.first == demand; });
  if (found != fresh_.end()) return found->second;
  const std::lock_guard lock(mutex_);
  wanted_objects_.insert(demand);
  wants_more_ = true;
  return std::nullopt;
}

std::vector<int> Heap::freed(int cache) const {
  std::vector<int> objects;
  for (const int o : freed_) {
    if (object(o).cache == cache) objects.push_back(o);
  }
  return objects;
}

std::vector<int> Heap::freed_type_safe() const {
  std::vector<int> objects;
  for (const int o : freed_) {
    const HeapCache& from = cache(object(o).cache);
    if (from.keeps_contents && from.free_alloc == FreeAlloc::kOrdered) objects.push_back(o);
  }
  return objects;
}

void Heap::note_free(int object) {
  if (freed_.contains(object)) return;
  const std::lock_guard lock(mutex_);
  newly_freed_.insert(object);
  wants_more_ = true;
}

void Heap::forget_wishes() {
  wanted_caches_.clear();
  wanted_objects_.clear();
  newly_freed_.clear();
  wants_more_ = false;
}

void Heap::grow(const std::function<HeapObject(const Demand&)>& make) {
  for (HeapCache& cache : std::exchange(wanted_caches_, {})) add_cache(std::move(cache));
  for (const Demand& demand : std::exchange(wanted_objects_, {})) add_object(demand, make(demand));
  freed_.merge(std::exchange(newly_freed_, {}));
  wants_more_ = false;
}

}  // namespace lkmc::kernel
