// The memory that is allocated while a fiber runs, as far as somebody has to know.
//
// While an Allocations is being noted, each `operator new` of this worker is, and forgotten when it is freed. The program has its own
// `operator new` and `operator delete` for that purpose, which are as the library's otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <vector>

namespace lkmc {

class Allocations {
 public:
  // Begins to note; to be ended before this one goes, or anything is freed elsewhere that was allocated meanwhile.
  void begin();
  void end();
  // `bytes` are words from elsewhere. Appends what all that is allocated contains. Where it is does not matter, for memory that was freed
  // is allocated again in any order: a word that points into it, there or here, becomes the number of what it points to, by the order in
  // which they are met; one that points to what has been freed says only that.
  void append_to(std::vector<std::byte>& bytes) const;

  // For `operator new` and `operator delete`.
  void allocated(const void* at, std::size_t size);
  void freed(const void* at);
  [[nodiscard]] static Allocations* noted();

 private:
  using Blocks = std::pmr::map<std::uintptr_t, std::size_t>;  // their sizes

  // Its nodes have a room of their own, so that a pointer to one that is left somewhere on the stack is known for what it is.
  static constexpr std::size_t kRoom = std::size_t{16} * 1024 * 1024;
  std::unique_ptr<std::byte[]> room_{new std::byte[kRoom]};
  std::pmr::monotonic_buffer_resource nodes_{room_.get(), kRoom};
  Blocks live_{&nodes_};
  Blocks freed_{&nodes_};  // and not allocated again since
};

}  // namespace lkmc
