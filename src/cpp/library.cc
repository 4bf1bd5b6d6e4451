// SPDX-License-Identifier: Apache-2.0
// Functions of the C library as tests have them (lkmc/library_names.h): they do what the library's do, and lkmc sees it.
//
// What is compiled already tells of no stores (stores.cc), and the library's memory is not `operator new`'s, of which it is known whether
// a thread has changed it (allocations.h). So a thread could clear a table that was there before it, or count in malloc()'s memory, without
// anybody's noticing.
#include <malloc.h>

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <new>

#include "src/cpp/stores.h"

#define LKMC_INSTEAD extern "C" [[gnu::visibility("default"), gnu::used]]
#define LKMC_STORE(at, size) lkmc::kernel::store((at), (size), LKMC_THIS_CALL)

// --- stores -------------------------------------------------------------------------------------------------------------

LKMC_INSTEAD void* lkmc_memset(void* at, int byte, std::size_t size) {
  LKMC_STORE(at, size);
  return std::memset(at, byte, size);
}
LKMC_INSTEAD void* lkmc_memcpy(void* to, const void* from, std::size_t size) {
  LKMC_STORE(to, size);
  return std::memcpy(to, from, size);
}
LKMC_INSTEAD void* lkmc_memmove(void* to, const void* from, std::size_t size) {
  LKMC_STORE(to, size);
  return std::memmove(to, from, size);
}
LKMC_INSTEAD void* lkmc_mempcpy(void* to, const void* from, std::size_t size) {
  LKMC_STORE(to, size);
  return static_cast<std::byte*>(std::memcpy(to, from, size)) + size;
}
LKMC_INSTEAD void lkmc_bzero(void* at, std::size_t size) {
  LKMC_STORE(at, size);
  std::memset(at, 0, size);
}
LKMC_INSTEAD char* lkmc_strcpy(char* to, const char* from) {
  LKMC_STORE(to, std::strlen(from) + 1);
  return std::strcpy(to, from);
}
LKMC_INSTEAD char* lkmc_strncpy(char* to, const char* from, std::size_t size) {
  LKMC_STORE(to, size);
  return std::strncpy(to, from, size);
}
LKMC_INSTEAD char* lkmc_stpcpy(char* to, const char* from) {
  LKMC_STORE(to, std::strlen(from) + 1);
  return stpcpy(to, from);
}
LKMC_INSTEAD char* lkmc_strcat(char* to, const char* from) {
  LKMC_STORE(to + std::strlen(to), std::strlen(from) + 1);
  return std::strcat(to, from);
}
LKMC_INSTEAD char* lkmc_strncat(char* to, const char* from, std::size_t most) {
  LKMC_STORE(to + std::strlen(to), strnlen(from, most) + 1);
  return std::strncat(to, from, most);
}

namespace {

std::size_t printed_size(const char* format, std::va_list arguments) {
  std::va_list copy;
  va_copy(copy, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, copy);
  va_end(copy);
  return static_cast<std::size_t>(std::max(length, 0)) + 1;
}

}  // namespace

LKMC_INSTEAD int lkmc_vsprintf(char* to, const char* format, std::va_list arguments) {
  LKMC_STORE(to, printed_size(format, arguments));
  return std::vsprintf(to, format, arguments);
}
LKMC_INSTEAD int lkmc_vsnprintf(char* to, std::size_t size, const char* format, std::va_list arguments) {
  LKMC_STORE(to, std::min(size, printed_size(format, arguments)));
  return std::vsnprintf(to, size, format, arguments);
}
LKMC_INSTEAD int lkmc_sprintf(char* to, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  LKMC_STORE(to, printed_size(format, arguments));
  const int length = std::vsprintf(to, format, arguments);
  va_end(arguments);
  return length;
}
LKMC_INSTEAD int lkmc_snprintf(char* to, std::size_t size, const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  LKMC_STORE(to, std::min(size, printed_size(format, arguments)));
  const int length = std::vsnprintf(to, size, format, arguments);
  va_end(arguments);
  return length;
}

// --- memory -------------------------------------------------------------------------------------------------------------

LKMC_INSTEAD void* lkmc_malloc(std::size_t size) { return ::operator new(size, std::nothrow); }
LKMC_INSTEAD void* lkmc_calloc(std::size_t count, std::size_t size) {
  std::size_t all = 0;
  if (__builtin_mul_overflow(count, size, &all)) return nullptr;
  void* const at = lkmc_malloc(all);
  return at != nullptr ? std::memset(at, 0, all) : nullptr;
}
LKMC_INSTEAD void* lkmc_aligned_alloc(std::size_t alignment, std::size_t size) {
  return ::operator new (size, std::align_val_t{alignment}, std::nothrow);
}
// What the library has allocated by itself can be given back here as well: `operator new` takes its memory from there, too.
LKMC_INSTEAD void lkmc_free(void* at) { ::operator delete(at); }
LKMC_INSTEAD void* lkmc_realloc(void* at, std::size_t size) {
  if (at == nullptr) return lkmc_malloc(size);
  if (size == 0) {
    lkmc_free(at);
    return nullptr;
  }
  void* const larger = lkmc_malloc(size);
  if (larger == nullptr) return nullptr;
  std::memcpy(larger, at, std::min(size, malloc_usable_size(at)));
  lkmc_free(at);
  return larger;
}
LKMC_INSTEAD char* lkmc_strndup(const char* from, std::size_t most) {
  const std::size_t length = strnlen(from, most);
  auto* const to = static_cast<char*>(lkmc_malloc(length + 1));
  if (to == nullptr) return nullptr;
  to[length] = '\0';
  return static_cast<char*>(std::memcpy(to, from, length));
}
LKMC_INSTEAD char* lkmc_strdup(const char* from) { return lkmc_strndup(from, std::strlen(from)); }
