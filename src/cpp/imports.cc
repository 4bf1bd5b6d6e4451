// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/imports.h"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/host/file.h"

namespace lkmc::kernel {
namespace {

// Operators new and delete, exceptions, type information; allocators, strings, the errors of the library and what containers share. Neither
// streams nor clocks, threads, random numbers and locales.
constexpr std::string_view kKnownBeginnings[] = {
    "_ITM_",
    "_Unwind_",
    "_ZNKSt7__cxx1112basic_string",
    "_ZNKSt8__detail20_Prime_rehash_policy",
    "_ZNKSt9exception",
    "_ZNSaI",
    "_ZNSt11logic_error",
    "_ZNSt12length_error",
    "_ZNSt12out_of_range",
    "_ZNSt13runtime_error",
    "_ZNSt16invalid_argument",
    "_ZNSt7__cxx1112basic_string",
    "_ZNSt8__detail15_List_node_base",
    "_ZNSt9bad_alloc",
    "_ZNSt9exception",
    "_ZSt18_Rb_tree_decrement",
    "_ZSt18_Rb_tree_increment",
    "_ZSt28_Rb_tree_rebalance_for_erase",
    "_ZSt29_Rb_tree_insert_and_rebalance",
    "_ZSt9terminate",
    "_ZTISt",
    "_ZTVN10__cxxabiv1",
    "_ZTVSt",
    "_Zd",
    "_Zn",
    "__cxa_",
    "__sanitizer_cov_trace_",  // these two are calls that the compiler puts in (points.cc, stores.cc)
    "__tsan_",
    "lkmc_",  // library.cc
};
constexpr std::string_view kKnownFunctions[] = {
    "__gxx_personality_v0",
    "__gmon_start__",
    "__stack_chk_fail",
    "__assert_fail",
    "abort",
    "bcmp",
    "memchr",
    "memcmp",
    "strchr",
    "strcmp",
    "strlen",
    "strncmp",
    "strrchr",
    "strstr",
    "__memcpy_chk",
    "__memmove_chk",
    "__memset_chk",
    "__snprintf_chk",
    "__strcpy_chk",
};

// A mangled name with the namespace lkmc in it.
bool is_of_lkmc(std::string_view name) { return name.starts_with("_Z") && name.find("4lkmc") != std::string_view::npos; }

// `std::__throw_length_error(char const*)`
bool only_throws(std::string_view name) {
  constexpr std::string_view kStd = "_ZSt";
  if (!name.starts_with(kStd)) return false;
  const std::size_t after_length = std::min(name.find_first_not_of("0123456789", kStd.size()), name.size());
  return name.substr(after_length).starts_with("__throw_");
}

bool is_known(std::string_view name) {
  return is_of_lkmc(name) || only_throws(name) || std::ranges::find(kKnownFunctions, name) != std::end(kKnownFunctions) ||
         std::ranges::any_of(kKnownBeginnings, [&](std::string_view beginning) { return name.starts_with(beginning); });
}

// A structure at some place of the file; nothing if it is not all there.
template <class T>
std::optional<T> at(const std::string& file, std::size_t offset) {
  T value;
  if (offset > file.size() || file.size() - offset < sizeof value) return std::nullopt;
  std::memcpy(&value, file.data() + offset, sizeof value);
  return value;
}

// The names of the dynamic symbols that are not defined in it; nothing if it cannot be read.
std::optional<std::vector<std::string_view>> imports_of(const std::string& file) {
  const auto header = at<ElfW(Ehdr)>(file, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return std::nullopt;
  const auto section = [&](std::size_t i) { return at<ElfW(Shdr)>(file, header->e_shoff + i * sizeof(ElfW(Shdr))); };
  for (std::size_t i = 0; i < header->e_shnum; ++i) {
    const auto symbols = section(i);
    if (!symbols) return std::nullopt;
    if (symbols->sh_type != SHT_DYNSYM) continue;
    const auto strings = section(symbols->sh_link);
    if (!strings) return std::nullopt;
    std::vector<std::string_view> names;
    for (std::size_t offset = sizeof(ElfW(Sym)); offset < symbols->sh_size; offset += sizeof(ElfW(Sym))) {
      const auto symbol = at<ElfW(Sym)>(file, symbols->sh_offset + offset);
      if (!symbol) return std::nullopt;
      const std::size_t name = strings->sh_offset + symbol->st_name;
      if (name >= file.size()) return std::nullopt;
      if (symbol->st_shndx == SHN_UNDEF) names.emplace_back(file.c_str() + name);
    }
    return names;
  }
  return std::nullopt;
}

}  // namespace

bool calls_only_known_functions(const std::filesystem::path& object) {
  const auto file = content_of(object);
  const auto names = file ? imports_of(*file) : std::nullopt;
  return names && std::ranges::all_of(*names, is_known);
}

}  // namespace lkmc::kernel
