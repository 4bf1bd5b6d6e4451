// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/debug_info.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <link.h>

#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
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
  return file.ends_with(".h") &&
         (file.find("src/kernel/") != std::string_view::npos || file.find("src/program/") != std::string_view::npos);
}

// The standard library's, for one.
bool is_library(std::string_view file) { return file.starts_with("/usr/include/") || file.starts_with("/usr/lib/"); }

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

// The parts of a qualified name: `ns`, `queue<int>`, `node` of `ns::queue<int>::node`.
std::vector<std::string> components(std::string_view type) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (std::size_t i = 0; i < type.size(); ++i) {
    const char c = type[i];
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth == 0 && type.substr(i).starts_with("::")) {
      parts.emplace_back();
      ++i;
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::string stem(std::string_view name) { return std::string(name.substr(0, name.find('<'))); }

// The demangler writes `array<int, 3ul>`, compilers `array<int, 3>`.
std::string with_plain_numbers(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool is_suffix = std::string_view("ulUL").find(c) != std::string_view::npos && !plain.empty() &&
                           std::isdigit(static_cast<unsigned char>(plain.back())) != 0;
    if (c != ' ' && !is_suffix) plain += c;
  }
  return plain;
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
    static const Dwfl_Callbacks callbacks{
        .find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = no_separate_file, .section_address = nullptr, .debuginfo_path = nullptr};
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

  CodeOwner owner_at(const void* return_address) {
    const auto pc = static_cast<Dwarf_Addr>(reinterpret_cast<std::uintptr_t>(return_address)) - 1;
    Dwarf_Addr bias = 0;
    Dwfl_Module* module = dwfl_addrmodule(dwfl_.get(), pc);
    Dwarf_Die* unit = module != nullptr ? dwfl_module_addrdie(module, pc, &bias) : nullptr;
    if (unit == nullptr) return CodeOwner::kLibrary;
    const Function* const function = function_at(unit, pc - bias);
    return function != nullptr ? function->owner : CodeOwner::kLibrary;
  }

  std::string member_at(std::string_view type, std::size_t size, std::size_t offset) {
    const auto [known, is_new] = structures_.try_emplace({std::string(type), size});
    if (is_new) known->second = find_structure(type, size);
    return known->second && !is_plain_part(&*known->second) ? path_to(&*known->second, offset) : "";
  }

 private:
  // As the compiler was told: without the folder that it ran in, unless it was told that, too.
  static std::string as_given(std::string file, const char* folder, std::string_view source) {
    const std::string prefix = folder != nullptr && !source.starts_with('/') ? std::string(folder) + '/' : "/";
    return prefix.size() > 1 && file.starts_with(prefix) ? file.substr(prefix.size()) : file;
  }

  SourcePos find_caller(Dwfl_Module* module, Dwarf_Addr pc) {
    SourcePos pos;
    Dwfl_Line* line = dwfl_module_getsrc(module, pc);
    if (line == nullptr) return pos;
    const char* file = dwfl_lineinfo(line, nullptr, &pos.line, &pos.column, nullptr, nullptr);
    const char* folder = dwfl_line_comp_dir(line);
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module, pc, &bias);
    const std::string source = unit != nullptr ? name_of(unit) : "";
    pos.file = for_ever(as_given(file != nullptr ? file : "", folder, source));
    if (unit == nullptr) return pos;
    std::vector<Dwarf_Die> functions;
    if (const Function* const function = function_at(unit, pc - bias)) {
      Dwarf_Die die = function->die;
      functions.push_back(die);
      find_inlined(&die, pc - bias, functions);
    }
    Dwarf_Files* files = nullptr;
    (void)dwarf_getsrcfiles(unit, &files, nullptr);
    for (auto function = functions.rbegin(); function != functions.rend(); ++function) {
      pos.function = for_ever(name_of(&*function));
      if (!is_own_header(pos.file) || dwarf_tag(&*function) == DW_TAG_subprogram) break;
      // The place is inside one of the API's functions: go on with where that was inlined.
      const char* outer = dwarf_filesrc(files, number(&*function, DW_AT_call_file).value_or(0), nullptr, nullptr);
      pos.file = for_ever(as_given(outer != nullptr ? outer : "", folder, source));
      pos.line = static_cast<std::int32_t>(number(&*function, DW_AT_call_line).value_or(0));
      pos.column = static_cast<std::int32_t>(number(&*function, DW_AT_call_column).value_or(0));
    }
    return pos;
  }

  struct Function {
    Dwarf_Addr end;
    CodeOwner owner;
    Dwarf_Die die;
  };
  using Functions = std::map<Dwarf_Addr, Function>;  // by where they begin

  // The owner is told by the file that a function is declared in: what was inlined into it belongs to it.
  static void find_functions(Dwarf_Die* scope, Functions& functions) {
    for_each_child(scope, [&](Dwarf_Die die) {
      const int tag = dwarf_tag(&die);
      if (tag == DW_TAG_subprogram) {
        Dwarf_Addr begin = 0, end = 0, base = 0;
        for (std::ptrdiff_t range = 0; (range = dwarf_ranges(&die, range, &base, &begin, &end)) > 0;) {
          const char* const file = dwarf_decl_file(&die);
          const std::string_view declared = file != nullptr ? file : "";
          const CodeOwner owner = is_library(declared) ? CodeOwner::kLibrary : is_own_header(declared) ? CodeOwner::kApi : CodeOwner::kTest;
          functions[begin] = {end, owner, die};
        }
      }
      if (tag == DW_TAG_subprogram || tag == DW_TAG_namespace || tag == DW_TAG_lexical_block || is_structure(&die))
        find_functions(&die, functions);
    });
  }

  // Null if there is none.
  const Function* function_at(Dwarf_Die* unit, Dwarf_Addr pc) {
    const auto [known, is_new] = functions_.try_emplace(unit->addr);
    Functions& functions = known->second;
    if (is_new) find_functions(unit, functions);
    const auto behind = functions.upper_bound(pc);
    return behind == functions.begin() || std::prev(behind)->second.end <= pc ? nullptr : &std::prev(behind)->second;
  }

  // Those that are inlined into each other at the address, outermost first.
  static void find_inlined(Dwarf_Die* scope, Dwarf_Addr pc, std::vector<Dwarf_Die>& functions) {
    bool found = false;
    for_each_child(scope, [&](Dwarf_Die die) {
      const int tag = dwarf_tag(&die);
      if (found || (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block) || dwarf_haspc(&die, pc) <= 0) return;
      found = true;
      if (tag == DW_TAG_inlined_subroutine) functions.push_back(die);
      find_inlined(&die, pc, functions);
    });
  }

  // Compilers and the demangler may write the arguments of a template in different ways: the second best is a structure that has
  // its name, without them, and its size.
  struct Wanted {
    std::string name, scope;  // the scope is the structure around it
    std::size_t size;
    std::optional<Dwarf_Die> second_best{};
  };
  std::optional<Dwarf_Die> find_structure(std::string_view type, std::size_t size) {
    const std::vector<std::string> parts = components(type);
    Wanted wanted{with_plain_numbers(parts.back()), parts.size() > 1 ? with_plain_numbers(parts[parts.size() - 2]) : "", size};
    Dwarf_Die* unit = nullptr;
    Dwarf_Addr bias = 0;
    std::optional<Dwarf_Die> found;
    while (!found && (unit = dwfl_nextcu(dwfl_.get(), unit, &bias)) != nullptr) found = find_structure_in(unit, "", wanted);
    return found ? found : wanted.second_best;
  }

  std::optional<Dwarf_Die> find_structure_in(Dwarf_Die* scope, const std::string& scope_name, Wanted& wanted) {
    std::optional<Dwarf_Die> found;
    for_each_child(scope, [&](Dwarf_Die die) {
      if (found) return;
      const bool is_scope = dwarf_tag(&die) == DW_TAG_namespace || dwarf_tag(&die) == DW_TAG_subprogram;
      if (!is_scope && !is_structure(&die)) return;
      const std::string name = with_plain_numbers(name_of(&die));
      if (!is_scope && stem(name) == stem(wanted.name) && dwarf_bytesize(&die) == static_cast<int>(wanted.size)) {
        const bool fits = name == wanted.name && (scope_name.empty() || scope_name == wanted.scope);
        (fits ? found : wanted.second_best) = die;
      }
      if (!found) found = find_structure_in(&die, is_scope ? "" : name, wanted);
    });
    return found;
  }

  static bool is_of_api(Dwarf_Die* structure) {
    const char* file = dwarf_decl_file(structure);
    return file != nullptr && is_own_header(file);
  }
  static bool is_array(Dwarf_Die* structure) { return is_of_api(structure) && name_of(structure).starts_with("array<"); }
  // Whether a type is the API's, and not worth a name of its own.
  static bool is_plain_part(Dwarf_Die* structure) {
    if (!is_of_api(structure) || is_array(structure)) return false;
    if (name_of(structure).starts_with("shared<")) return true;
    int members = 0;
    for_each_child(structure, [&](Dwarf_Die child) { members += dwarf_tag(&child) == DW_TAG_member ? 1 : 0; });
    return members <= 1;
  }

  static std::string path_to(Dwarf_Die* type, std::size_t offset) {
    if (dwarf_tag(type) == DW_TAG_array_type) {
      auto element = type_of(type);
      Dwarf_Word size = 0;
      if (!element || dwarf_aggregate_size(&*element, &size) != 0 || size == 0) return {};
      return '[' + std::to_string(offset / size) + ']' + dotted(path_in(&*element, offset % size));
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
      const std::string rest = path_in(&*inner, offset - *begin);
      path = tag == DW_TAG_member && !is_array(type) ? name_of(&child) + dotted(rest) : rest;
    });
    return path;
  }
  // The rest of the way, inside of a part.
  static std::string path_in(Dwarf_Die* part, std::size_t offset) {
    return is_structure(part) && is_plain_part(part) ? "" : path_to(part, offset);
  }

  static std::string dotted(const std::string& rest) { return rest.empty() || rest[0] == '[' ? rest : '.' + rest; }

  struct End {
    void operator()(Dwfl* dwfl) const { dwfl_end(dwfl); }
  };
  std::unique_ptr<Dwfl, End> dwfl_;
  std::map<Dwarf_Addr, SourcePos> callers_;
  std::map<const void*, Functions> functions_;                                          // by unit
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

CodeOwner owner_at(const void* return_address) {
  return locked([&](Session& session) { return session.owner_at(return_address); });
}

std::string part_name(const std::string& object, std::string_view type, std::size_t size, std::size_t offset) {
  const std::string member = locked([&](Session& session) { return session.member_at(type, size, offset); });
  if (member.empty()) return offset == 0 ? object : object + '+' + std::to_string(offset);
  return object + (member[0] == '[' ? "" : ".") + member;
}

std::string readable_type(std::string_view type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(std::string(type).c_str(), nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : std::string(type);
}

bool is_api_type(std::string_view readable_type) {
  const std::vector<std::string> parts = components(readable_type);
  return parts.size() == 2 && parts.front() == "lkmc";
}

std::string short_type(std::string_view readable_type) {
  std::string last = components(readable_type).back();
  if (!is_api_type(readable_type)) return stem(last);
  for (std::size_t at = 0; (at = last.find("lkmc::")) != std::string::npos;) last.erase(at, 6);
  return last;
}

namespace {

bool is_part_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Empty if there is no such line.
std::string line_at(const SourcePos& place) {
  if (place.file == nullptr || place.line <= 0) return {};
  std::ifstream in(place.file);
  std::string line;
  for (int i = 0; i < place.line; ++i) {
    if (!std::getline(in, line)) return {};
  }
  return line;
}

// The name that begins at `begin`; empty if none does.
std::string name_at(const std::string& line, std::size_t begin) {
  std::size_t end = begin;
  while (end < line.size() && is_part_of_name(line[end])) ++end;
  return begin < line.size() && std::isdigit(static_cast<unsigned char>(line[begin])) == 0 ? line.substr(begin, end - begin) : "";
}

}  // namespace

std::string declared_at(const SourcePos& place) {
  if (place.column <= 0) return {};
  const std::string line = line_at(place);
  auto begin = static_cast<std::size_t>(place.column) - 1;
  // Of an array g++ tells where its declaration ends.
  while (begin < line.size() && line[begin] == ']' && line.rfind('[', begin) != std::string::npos) begin = line.rfind('[', begin) - 1;
  if (begin < line.size() && line[begin] != ']' && line.find('[', begin) == begin + 1) {
    while (begin > 0 && is_part_of_name(line[begin - 1])) --begin;
  }
  return name_at(line, begin);
}

std::string assigned_from(std::string_view function, const SourcePos& place) {
  const std::string line = line_at(place);
  // The column of a call may be that of its name or of what follows it.
  const std::size_t last = place.column > 0 ? static_cast<std::size_t>(place.column) - 1 : std::string::npos;
  const std::size_t call = line.rfind(function, last);
  if (call == std::string::npos || line.find(function, call + 1) <= last) return {};
  std::size_t end = line.find_last_not_of(" \t", call - 1);
  if (call == 0 || end == std::string::npos || line[end] != '=') return {};
  end = end == 0 ? std::string::npos : line.find_last_not_of(" \t", end - 1);
  if (end == std::string::npos) return {};
  std::size_t begin = end + 1;
  while (begin > 0 && is_part_of_name(line[begin - 1])) --begin;
  return begin <= end ? name_at(line, begin) : "";
}

}  // namespace lkmc::kernel
