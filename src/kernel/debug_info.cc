#include "src/kernel/debug_info.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <link.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lkmc::kernel {
namespace {

// Strings that SourcePos can point to.
const char* for_ever(std::string text) {
  static std::set<std::string> all;
  return all.insert(std::move(text)).first->c_str();
}

bool is_own_header(std::string_view file) {
  return file.ends_with(".h") && (file.find("src/kernel/") != std::string_view::npos || file.find("src/program/") != std::string_view::npos);
}

// An attribute that is a number; also where an abstract instance has it.
std::optional<Dwarf_Word> number(Dwarf_Die* die, unsigned attribute) {
  Dwarf_Attribute found;
  Dwarf_Word value = 0;
  if (dwarf_attr_integrate(die, attribute, &found) == nullptr || dwarf_formudata(&found, &value) != 0) return std::nullopt;
  return value;
}

std::string name_of(Dwarf_Die* die) {
  const char* name = dwarf_diename(die);
  return name != nullptr ? name : "";
}

std::optional<Dwarf_Die> type_of(Dwarf_Die* die) {
  Dwarf_Attribute attribute;
  Dwarf_Die type;
  if (dwarf_attr_integrate(die, DW_AT_type, &attribute) == nullptr || dwarf_formref_die(&attribute, &type) == nullptr) return std::nullopt;
  Dwarf_Die peeled;
  if (dwarf_peel_type(&type, &peeled) == 0) type = peeled;
  return type;
}

bool is_structure(Dwarf_Die* die) {
  const int tag = dwarf_tag(die);
  return tag == DW_TAG_structure_type || tag == DW_TAG_class_type;
}

template <class F>
void for_each_child(Dwarf_Die* die, const F& f) {
  Dwarf_Die child;
  if (dwarf_child(die, &child) != 0) return;
  do {
    f(child);
  } while (dwarf_siblingof(&child, &child) == 0);
}

// That a library was stripped means that nobody asks for its code.
int no_separate_file(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*, GElf_Word, char**) { return -1; }

// The debug information of everything that is loaded when it is made. Not thread-safe: see `locked`.
class Session {
 public:
  Session() {
    static const Dwfl_Callbacks callbacks{.find_elf = dwfl_linux_proc_find_elf,
                                          .find_debuginfo = no_separate_file,
                                          .section_address = nullptr,
                                          .debuginfo_path = nullptr};
    dwfl_.reset(dwfl_begin(&callbacks));
    if (dwfl_ == nullptr) std::abort();
    // The list of mappings would not do: a file of which a part is mapped for other reasons next to what is loaded looks like one
    // that is loaded further down.
    dl_iterate_phdr(
        [](dl_phdr_info* info, std::size_t, void* dwfl) {
          const char* const file = *info->dlpi_name != '\0' ? info->dlpi_name : "/proc/self/exe";
          (void)dwfl_report_elf(static_cast<Dwfl*>(dwfl), file, file, -1, info->dlpi_addr, false);
          return 0;
        },
        dwfl_.get());
    dwfl_report_end(dwfl_.get(), nullptr, nullptr);
  }

  SourcePos caller_at(const void* return_address) {
    // The call is before the address that it returns to.
    const auto pc = static_cast<Dwarf_Addr>(reinterpret_cast<std::uintptr_t>(return_address)) - 1;
    const auto known = callers_.find(pc);
    if (known != callers_.end()) return known->second;
    Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), pc);
    return callers_[pc] = module != nullptr ? find_caller(module, pc) : SourcePos{};
  }

  std::string member_at(std::string_view type, std::size_t size, std::size_t offset) {
    const std::size_t last = type.find('<') == std::string_view::npos ? type.rfind(':') : std::string_view::npos;
    const std::string stem(last == std::string_view::npos ? type : type.substr(last + 1));
    const auto [known, is_new] = structures_.try_emplace({stem, size});
    if (is_new) known->second = find_structure(stem, size);
    return known->second ? path_to(&*known->second, offset) : "";
  }

 private:
  // As the compiler was told: without the folder that it ran in.
  static std::string as_given(std::string file, const char* folder) {
    const std::string prefix = folder != nullptr ? std::string(folder) + '/' : "/";
    return prefix.size() > 1 && file.starts_with(prefix) ? file.substr(prefix.size()) : file;
  }

  static SourcePos find_caller(Dwfl_Module* module, Dwarf_Addr pc) {
    SourcePos pos;
    Dwfl_Line* line = dwfl_module_getsrc(module, pc);
    if (line == nullptr) return pos;
    const char* file = dwfl_lineinfo(line, nullptr, &pos.line, &pos.column, nullptr, nullptr);
    const char* folder = dwfl_line_comp_dir(line);
    pos.file = for_ever(as_given(file != nullptr ? file : "", folder));
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module, pc, &bias);
    if (unit == nullptr) return pos;
    std::vector<Dwarf_Die> functions;
    find_functions(unit, pc - bias, functions);
    Dwarf_Files* files = nullptr;
    (void)dwarf_getsrcfiles(unit, &files, nullptr);
    for (auto function = functions.rbegin(); function != functions.rend(); ++function) {
      pos.function = for_ever(name_of(&*function));
      if (!is_own_header(pos.file) || dwarf_tag(&*function) == DW_TAG_subprogram) break;
      // The place is inside one of the API's functions: go on with where that was inlined.
      const char* outer = dwarf_filesrc(files, number(&*function, DW_AT_call_file).value_or(0), nullptr, nullptr);
      pos.file = for_ever(as_given(outer != nullptr ? outer : "", folder));
      pos.line = static_cast<std::int32_t>(number(&*function, DW_AT_call_line).value_or(0));
      pos.column = static_cast<std::int32_t>(number(&*function, DW_AT_call_column).value_or(0));
    }
    return pos;
  }

  // The function that the address is in, and those inlined into each other there, outermost first.
  static bool find_functions(Dwarf_Die* scope, Dwarf_Addr pc, std::vector<Dwarf_Die>& functions) {
    bool found = false;
    for_each_child(scope, [&](Dwarf_Die die) {
      if (found) return;
      const int tag = dwarf_tag(&die);
      const bool is_function = tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine;
      if (is_function || tag == DW_TAG_lexical_block) {
        if (dwarf_haspc(&die, pc) <= 0) {
          // A lambda's code is no part of that of the function it stands in.
          if (tag == DW_TAG_subprogram) found = find_functions(&die, pc, functions);
          return;
        }
        found = true;
        if (is_function) functions.push_back(die);
        (void)find_functions(&die, pc, functions);
      } else if (tag == DW_TAG_namespace || is_structure(&die)) {
        found = find_functions(&die, pc, functions);
      }
    });
    return found;
  }

  std::optional<Dwarf_Die> find_structure(const std::string& name, std::size_t size) {
    Dwarf_Die* unit = nullptr;
    Dwarf_Addr bias = 0;
    std::optional<Dwarf_Die> found;
    while (!found && (unit = dwfl_nextcu(dwfl_.get(), unit, &bias)) != nullptr) found = find_structure_in(unit, name, size);
    return found;
  }

  std::optional<Dwarf_Die> find_structure_in(Dwarf_Die* scope, const std::string& name, std::size_t size) {
    std::optional<Dwarf_Die> found;
    for_each_child(scope, [&](Dwarf_Die die) {
      if (found) return;
      if (is_structure(&die) && name_of(&die) == name && dwarf_bytesize(&die) == static_cast<int>(size)) {
        found = die;
      } else if (dwarf_tag(&die) == DW_TAG_namespace || dwarf_tag(&die) == DW_TAG_subprogram || is_structure(&die)) {
        found = find_structure_in(&die, name, size);
      }
    });
    return found;
  }

  // Whether a type is the API's, and not worth a name of its own.
  static bool is_plain_part(Dwarf_Die* structure) {
    const char* file = dwarf_decl_file(structure);
    if (file == nullptr || !is_own_header(file)) return false;
    int members = 0;
    for_each_child(structure, [&](Dwarf_Die child) { members += dwarf_tag(&child) == DW_TAG_member ? 1 : 0; });
    return members <= 1;
  }

  std::string path_to(Dwarf_Die* type, std::size_t offset) {
    if (dwarf_tag(type) == DW_TAG_array_type) {
      auto element = type_of(type);
      Dwarf_Word size = 0;
      if (!element || dwarf_aggregate_size(&*element, &size) != 0 || size == 0) return {};
      return '[' + std::to_string(offset / size) + ']' + dotted(path_to(&*element, offset % size));
    }
    if (!is_structure(type)) return {};
    std::string path;
    bool found = false;
    for_each_child(type, [&](Dwarf_Die child) {
      const int tag = dwarf_tag(&child);
      if (found || (tag != DW_TAG_member && tag != DW_TAG_inheritance)) return;
      auto inner = type_of(&child);
      const auto begin = number(&child, DW_AT_data_member_location);
      Dwarf_Word size = 0;
      if (!inner || !begin || dwarf_aggregate_size(&*inner, &size) != 0 || offset < *begin || offset >= *begin + size) return;
      found = true;
      const bool ends = is_structure(&*inner) && is_plain_part(&*inner);
      const std::string rest = ends ? "" : path_to(&*inner, offset - *begin);
      path = tag == DW_TAG_member ? name_of(&child) + dotted(rest) : rest;
    });
    return path;
  }

  static std::string dotted(const std::string& rest) { return rest.empty() || rest[0] == '[' ? rest : '.' + rest; }

  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  std::unique_ptr<Dwfl, End> dwfl_;
  std::map<Dwarf_Addr, SourcePos> callers_;
  std::map<std::pair<std::string, std::size_t>, std::optional<Dwarf_Die>> structures_;  // by name and size
};

// Workers share it.
template <class F>
auto locked(const F& f) {
  static std::mutex mutex;
  static Session session;
  const std::lock_guard lock(mutex);
  return f(session);
}

}  // namespace

SourcePos caller_at(const void* return_address) {
  return locked([&](Session& session) { return session.caller_at(return_address); });
}

std::string member_at(std::string_view type, std::size_t size, std::size_t offset) {
  return locked([&](Session& session) { return session.member_at(type, size, offset); });
}

std::string readable_type(std::string_view type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(
      abi::__cxa_demangle(std::string(type).c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : std::string(type);
}

std::string declared_at(const SourcePos& place) {
  if (place.file == nullptr || place.line <= 0 || place.column <= 0) return {};
  std::ifstream in(place.file);
  std::string line;
  for (int i = 0; i < place.line; ++i) {
    if (!std::getline(in, line)) return {};
  }
  const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  const std::size_t begin = static_cast<std::size_t>(place.column) - 1;
  std::size_t end = begin;
  while (end < line.size() && is_part(line[end])) ++end;
  return begin < line.size() && std::isdigit(static_cast<unsigned char>(line[begin])) == 0 ? line.substr(begin, end - begin) : "";
}

}  // namespace lkmc::kernel
