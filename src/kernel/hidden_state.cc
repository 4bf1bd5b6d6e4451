// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/hidden_state.h"

#include <link.h>

#include "src/program/fiber.h"

namespace lkmc::kernel {
namespace {

// Static variables, and those of this operating system's thread.
void append_image(const dl_phdr_info& image, std::vector<std::byte>& bytes) {
  for (int i = 0; i < image.dlpi_phnum; ++i) {
    const auto& segment = image.dlpi_phdr[i];
    const bool is_writable = segment.p_type == PT_LOAD && (segment.p_flags & PF_W) != 0;
    if (is_writable) append_memory(reinterpret_cast<const void*>(image.dlpi_addr + segment.p_vaddr), segment.p_memsz, bytes);
    if (segment.p_type == PT_TLS && image.dlpi_tls_data != nullptr) append_memory(image.dlpi_tls_data, segment.p_memsz, bytes);
  }
}

bool contains(const dl_phdr_info& image, std::uintptr_t address) {
  for (int i = 0; i < image.dlpi_phnum; ++i) {
    const auto& segment = image.dlpi_phdr[i];
    const std::uintptr_t begin = image.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= begin && address - begin < segment.p_memsz) return true;
  }
  return false;
}

}  // namespace

bool append_state(const Registers& registers, const void* code, std::vector<std::byte>& bytes) {
  const auto* const top = reinterpret_cast<const std::byte*>(registers.back());
  if (top == nullptr) return false;
  append_memory(&registers, sizeof registers, bytes);
  append_memory(top, static_cast<std::size_t>(Fiber::stack_begin() - top), bytes);
  struct Search {
    const void* code;
    std::vector<std::byte>& bytes;
  } search{code, bytes};
  const int found = dl_iterate_phdr(
      [](dl_phdr_info* image, std::size_t, void* data) {
        const auto& wanted = *static_cast<Search*>(data);
        if (!contains(*image, reinterpret_cast<std::uintptr_t>(wanted.code))) return 0;
        append_image(*image, wanted.bytes);
        return 1;
      },
      &search);
  return found != 0;
}

// AddressSanitizer has marks between the variables on the stack.
[[gnu::no_sanitize_address]] void append_memory(const void* begin, std::size_t size, std::vector<std::byte>& bytes) {
  constexpr std::size_t kWord = sizeof(std::uintptr_t);
  const std::size_t before = bytes.size();
  bytes.resize(before + (size + kWord - 1) / kWord * kWord);
  const auto* const from = static_cast<const volatile std::byte*>(begin);
  for (std::size_t i = 0; i < size; ++i) bytes[before + i] = from[i];
}

}  // namespace lkmc::kernel
