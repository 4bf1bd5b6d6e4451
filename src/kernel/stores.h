// What the set-up of a test has allocated with `new`, in one run of its body: memory that a thread does not find as it has left it.
#pragma once

#include <cstddef>
#include <vector>

namespace lkmc::kernel {

class Allocations {
 public:
  void add(const void* at, std::size_t size) { blocks_.push_back({at, size}); }
  void remove(const void* at) {
    std::erase_if(blocks_, [&](const Block& b) { return b.at == at; });
  }
  [[nodiscard]] bool contain(const void* at) const;

 private:
  struct Block {
    const void* at;
    std::size_t size;
  };
  std::vector<Block> blocks_;
};

// While it lasts, this worker's allocations are noted.
class NoteAllocations {
 public:
  explicit NoteAllocations(Allocations& allocations);
  ~NoteAllocations();
  NoteAllocations(const NoteAllocations&) = delete;
  NoteAllocations& operator=(const NoteAllocations&) = delete;
  static void end();
};

}  // namespace lkmc::kernel
