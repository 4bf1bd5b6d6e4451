// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/translation.h"

#include <algorithm>
#include <functional>
#include <regex>

namespace lkmc::kernel_test {
namespace {

bool is_atomic(const std::string& type) { return type == "int" || type == "atomic_t"; }
bool is_pointer(const std::string& type) { return type.ends_with('*'); }
std::string pointed_to(const std::string& type) { return type.substr(0, type.size() - 2); }

// Puts what `by` makes of each match in its place.
std::string replaced(const std::string& text, const std::regex& pattern, const std::function<std::string(const std::smatch&)>& by) {
  std::string out;
  auto rest = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    out.append(rest, (*match)[0].first);
    out += by(*match);
    rest = (*match)[0].second;
  }
  return out.append(rest, text.cend());
}

}  // namespace

Translation::Translation(const reference::TestProgram& program) : program_(program) {
  for (const reference::TestLocation& l : program.locations) {
    if (is_atomic(l.type)) atomics_.insert(l.name);
  }
  for (const auto& [name, type] : program.register_types) {
    if (is_pointer(type)) pointers_.insert(name);
  }
}

// What an object of the type is in C++.
std::string Translation::type_of(const std::string& type) const {
  if (type == "spinlock_t") return type;
  if (type == "struct srcu_struct") return "srcu_struct";
  if (is_atomic(type)) return "atomic_t";
  if (!is_pointer(type)) return "shared<" + type + '>';
  return "shared<shared<" + (is_atomic(pointed_to(type)) ? "int" : pointed_to(type)) + ">*>";
}

std::string Translation::declared(const reference::TestLocation& l) const {
  const std::string type = l.is_array ? "array<" + type_of(l.type) + ", " + std::to_string(l.elements) + '>' : type_of(l.type);
  std::string text = "  auto &" + l.name + " = make<" + type + ">();\n";
  if (l.initial.empty() || l.initial == "0") return text;
  const std::string initial = is_pointer(l.type) && atomics_.contains(l.initial.substr(1)) ? l.initial + ".counter" : l.initial;
  const std::string target = atomics_.contains(l.name) ? l.name + ".counter" : l.name;
  return text + "  " + target + " = " + initial + ";\n";
}

std::string Translation::observed(const reference::TestLocation& l) const {
  const std::string counter = atomics_.contains(l.name) ? ".counter" : "";
  if (l.type == "spinlock_t" || l.type == "struct srcu_struct") return "";
  if (!l.is_array) return "    observe(\"" + l.name + "\", " + l.name + counter + ");\n";
  std::string text;
  for (int i = 0; i < l.elements; ++i) {
    const std::string at = l.name + '[' + std::to_string(i) + ']';
    text.append("    observe(\"").append(at).append("\", ").append(at).append(counter).append(");\n");
  }
  return text;
}

std::string Translation::register_declared(const std::string& name) const {
  const auto found = program_.register_types.find(name);
  if (found == program_.register_types.end()) return "    value<int> " + name + " = 0;\n";
  const std::string& type = found->second;
  if (!is_pointer(type)) return "    value<" + type + "> " + name + " = 0;\n";
  return "    value<shared<" + (is_atomic(pointed_to(type)) ? "int" : pointed_to(type)) + ">*> " + name + " = nullptr;\n";
}

// `a[r0 & 1]`, or its counter; what is found through a value is accessed by an arrow.
std::string Translation::element(const std::string& index, bool of_counter) const {
  const std::string at = "a[" + index + ']';
  if (!of_counter || !atomics_.contains("a")) return at;
  return at + (index == "0" || index == "1" ? ".counter" : "->counter");
}

std::string Translation::line(const std::string& litmus) const {
  static const std::regex atomic_call(R"(\batomic_\w+\()");
  static const std::regex accessed_element(R"(\*\(a \+ (0|1|\(r\d+ & 1\))\))");
  static const std::regex element_address(R"(\(a \+ (0|1|\(r\d+ & 1\))\))");
  static const std::regex accessed(R"(\*([pxyz])\b)");
  static const std::regex address(R"(([(,] ?)([xyz])(?=[,)]))");
  static const std::regex register_address(R"(\b(smp_load_acquire|smp_store_release|smp_store_mb)\((r\d+)\b)");
  static const std::regex lock(R"(\b(spin_\w+)\(([lm])\))");
  static const std::regex srcu(R"(\bss\b)");
  const bool atomic = std::regex_search(litmus, atomic_call) && litmus.find("__") == std::string::npos;
  const auto counter = [&](const std::string& x) { return atomics_.contains(x) ? ".counter" : ""; };
  std::string text = replaced(litmus, accessed_element, [&](const std::smatch& m) { return element(m[1], true); });
  text = replaced(text, element_address, [&](const std::smatch& m) { return '&' + element(m[1], !atomic); });
  text = replaced(text, address, [&](const std::smatch& m) { return m[1].str() + '&' + m[2].str() + (atomic ? "" : counter(m[2])); });
  text = replaced(text, accessed, [&](const std::smatch& m) { return m[1].str() + counter(m[1]); });
  text = replaced(text, register_address,
                  [&](const std::smatch& m) { return m[1].str() + '(' + (pointers_.contains(m[2]) ? "&*" : "") + m[2].str(); });
  text = std::regex_replace(text, lock, "$1(&$2)");
  return std::regex_replace(text, srcu, "&ss");
}

}  // namespace lkmc::kernel_test
