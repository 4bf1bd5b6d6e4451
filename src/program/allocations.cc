// SPDX-License-Identifier: Apache-2.0
#include "src/program/allocations.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace lkmc {
namespace {

thread_local Allocations* noting = nullptr;
thread_local Allocations* forgetting = nullptr;

// The memory that Allocations itself works with is not noted.
class Pause {
 public:
  Pause() : paused_(std::exchange(noting, nullptr)) {}
  ~Pause() { noting = paused_; }
  Pause(const Pause&) = delete;
  Pause& operator=(const Pause&) = delete;

 private:
  Allocations* paused_;
};

void* allocate(std::size_t size, std::size_t alignment) {
  for (;;) {
    void* const at = alignment == 0
                         ? std::malloc(size == 0 ? 1 : size)
                         : std::aligned_alloc(alignment, (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment);
    if (at != nullptr) {
      if (noting != nullptr) noting->allocated(at, size);
      return at;
    }
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void release(void* at) {
  if (noting != nullptr && noting->freed(at)) return;
  if (forgetting != nullptr) Allocations::forget(at);
  std::free(at);
}

using Blocks = std::map<std::uintptr_t, std::size_t>;

// The block that the address points into, or just behind.
Blocks::const_iterator block_at(const Blocks& blocks, std::uintptr_t address) {
  auto behind = blocks.upper_bound(address);
  if (behind == blocks.begin()) return blocks.end();
  --behind;
  return address - behind->first <= behind->second ? behind : blocks.end();
}

// See Allocations::append_to.
class Renaming {
 public:
  Renaming(const Blocks& live, const Blocks& freed, std::vector<std::byte>& bytes) : live_(live), freed_(freed), bytes_(bytes) {}

  void run() {
    rename_from(0);
    append_met();
    for (const auto& [at, size] : live_) {  // nothing known points to them
      (void)number_of(at);
      append_met();
    }
  }

 private:
  static constexpr std::uintptr_t kBlock = 0xB10C'0000'0000'0000;
  static constexpr std::uintptr_t kFreed = 0xDEAD'0000'0000'0000;

  std::size_t number_of(std::uintptr_t block) {
    const auto [known, is_new] = numbers_.try_emplace(block, met_.size());
    if (is_new) met_.push_back(block);
    return known->second;
  }

  void append_met() {
    for (; appended_ < met_.size(); ++appended_) {
      const std::uintptr_t at = met_[appended_];
      const std::size_t size = live_.at(at);
      const std::size_t begin = bytes_.size() + sizeof size;
      bytes_.resize((begin + size + sizeof at - 1) / sizeof at * sizeof at);
      std::memcpy(&bytes_[begin - sizeof size], &size, sizeof size);
      std::memcpy(bytes_.data() + begin, reinterpret_cast<const void*>(at), size);
      rename_from(begin);
    }
  }

  void rename_from(std::size_t begin) {
    for (std::size_t i = begin; i + sizeof(std::uintptr_t) <= bytes_.size(); i += sizeof(std::uintptr_t)) {
      std::uintptr_t word = 0;
      std::memcpy(&word, &bytes_[i], sizeof word);
      if (const auto block = block_at(live_, word); block != live_.end()) {
        word = kBlock + (number_of(block->first) << 24) + (word - block->first);
      } else if (block_at(freed_, word) != freed_.end()) {
        word = kFreed;
      } else {
        continue;
      }
      std::memcpy(&bytes_[i], &word, sizeof word);
    }
  }

  const Blocks& live_;
  const Blocks& freed_;
  std::vector<std::byte>& bytes_;
  std::map<std::uintptr_t, std::size_t> numbers_;
  std::vector<std::uintptr_t> met_;  // by number
  std::size_t appended_ = 0;         // how many of them
};

}  // namespace

void Allocations::begin() { outer_ = std::exchange(noting, this); }

void Allocations::begin_and_keep_freed() {
  keeps_freed_ = true;
  begin();
}

void Allocations::end() {
  if (noting == this) noting = std::exchange(outer_, nullptr);
}

void Allocations::end_and_forget_freed() {
  end();
  next_ = std::exchange(forgetting, this);
  link_ = &forgetting;
  if (next_ != nullptr) next_->link_ = &next_;
}

Allocations::~Allocations() {
  end();
  for (const auto& [at, size] : freed_) std::free(reinterpret_cast<void*>(at));
  if (link_ == nullptr) return;
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
}

void Allocations::forget(const void* at) {
  const Pause pause;
  Allocations* const all = std::exchange(forgetting, nullptr);
  for (Allocations* a = all; a != nullptr; a = a->next_) a->live_.erase(reinterpret_cast<std::uintptr_t>(at));
  forgetting = all;
}

bool Allocations::contain(const void* at) const {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  const auto block = block_at(live_, address);
  return block != live_.end() && address - block->first < block->second;
}

void Allocations::append_to(std::vector<std::byte>& bytes) const {
  const Pause pause;
  Renaming(live_, freed_, bytes).run();
}

void Allocations::allocated(const void* at, std::size_t size) {
  const Pause pause;
  const auto begin = reinterpret_cast<std::uintptr_t>(at);
  live_[begin] = size;
  if (outer_ != nullptr) outer_->allocated(at, size);
}

bool Allocations::freed(void* at) {
  const Pause pause;
  const bool is_kept_outside = outer_ != nullptr && outer_->freed(at);
  const auto block = live_.find(reinterpret_cast<std::uintptr_t>(at));
  if (block == live_.end()) return is_kept_outside;
  const bool is_kept = keeps_freed_ && !is_kept_outside;
  if (is_kept) freed_.insert(*block);
  live_.erase(block);
  return is_kept || is_kept_outside;
}

}  // namespace lkmc

// The other forms of the library call these.
void* operator new(std::size_t size) { return lkmc::allocate(size, 0); }
void* operator new(std::size_t size, std::align_val_t alignment) { return lkmc::allocate(size, static_cast<std::size_t>(alignment)); }
void operator delete(void* at) noexcept { lkmc::release(at); }
void operator delete(void* at, std::size_t) noexcept { lkmc::release(at); }
void operator delete(void* at, std::align_val_t) noexcept { lkmc::release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { lkmc::release(at); }
