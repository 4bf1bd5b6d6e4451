// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/random_twins.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <random>
#include <regex>
#include <set>

#include "tests/kernel/translation.h"
#include "tests/reference/generator.h"

namespace lkmc::kernel_test {
namespace {

using reference::Statement;
using Body = std::vector<Statement>;

bool begins_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

// Whether the API takes the statements of a thread.
bool is_fit(const Body& body, bool may_sleep) {
  return std::all_of(body.begin(), body.end(), [&](const Statement& s) {
    const bool takes_lock = begins_with(s.head, "spin_lock(") || s.head.find("spin_trylock(") != std::string::npos;
    if (takes_lock && s.tail.empty()) return false;
    if (!may_sleep && begins_with(s.head, "synchronize_")) return false;
    const bool sleeps_inside = may_sleep && !takes_lock && !begins_with(s.head, "rcu_read_lock(");
    return is_fit(s.body, sleeps_inside) && is_fit(s.else_body, may_sleep);
  });
}

bool is_fit(const reference::TestProgram& program) {
  static const std::regex outside(R"(\([xyz] \+ )");
  static const std::regex atomic(R"(\batomic_\w+\()");
  const bool counts = program.locations.front().type == "int" || program.locations.front().type == "atomic_t";
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    const std::string text = reference::thread_text(program, t);
    if (!is_fit(program.threads[t], true) || std::regex_search(text, outside)) return false;
    if (!counts && std::regex_search(text, atomic)) return false;
  }
  return true;
}

// What to put between two statements; empty for nothing.
using Between = std::function<std::string()>;

void print(const Body& body, const Translation& in_cpp, const Between& between, std::string& text) {
  const auto line = [&](const std::string& code) {
    if (!code.empty()) text += "    " + in_cpp.line(code) + '\n';
  };
  for (const Statement& s : body) {
    text += between();
    line(s.head);
    print(s.body, in_cpp, between, text);
    line(s.middle);
    print(s.else_body, in_cpp, between, text);
    line(s.tail);
  }
  text += between();
}

std::set<std::string> registers_in(const std::string& text) {
  static const std::regex name(R"(\br\d+\b)");
  return {std::sregex_token_iterator(text.begin(), text.end(), name), std::sregex_token_iterator()};
}

// One check in two places. A BUG_ON() that fails would end the thread.
class RandomChecks {
 public:
  explicit RandomChecks(const std::string& seed) {
    std::seed_seq letters(seed.begin(), seed.end());
    random_.seed(letters);
  }
  [[nodiscard]] std::string next(const std::set<std::string>& registers) {
    if (registers.empty() || random_() % 2 == 0) return {};
    const std::string& r = *std::next(registers.begin(), static_cast<std::ptrdiff_t>(random_() % registers.size()));
    const std::string number = std::to_string(random_() % 3);
    switch (random_() % 4) {
      case 0:
        return "    CHECK_INVARIANT(" + r + " == " + number + ", \"check\");\n";
      case 1:
        return "    WARN_ON(" + r + " != " + number + " && " + r + " != 1);\n";
      case 2:
        return "    IF (" + r + " == " + number + ") WARN_ON(" + r + " < 2);\n";
      default:
        return "    BUG_ON(" + r + " == 77);\n";
    }
  }

 private:
  std::mt19937 random_;
};

std::string to_cpp(const reference::TestProgram& program, const std::string& name, RandomChecks* checks) {
  const Translation in_cpp(program);
  std::string text = "LITMUS(" + name + ") {\n";
  std::string observed;
  for (const reference::TestLocation& l : program.locations) {
    text += in_cpp.declared(l);
    observed += in_cpp.observed(l);
  }
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    std::string body;
    print(program.threads[t], in_cpp, [] { return std::string(); }, body);
    const std::set<std::string> registers = registers_in(body);
    if (checks != nullptr) {
      body.clear();
      print(program.threads[t], in_cpp, [&] { return checks->next(registers); }, body);
    }
    text += "  thread(\"P" + std::to_string(t) + "\", [&] {\n";
    for (const std::string& r : registers) text += in_cpp.register_declared(r);
    text += body;
    for (const std::string& r : registers) text += "    observe(\"" + std::to_string(t) + ':' + r + "\", " + r + ");\n";
    text += "  });\n";
  }
  return text + "  finally([&] {\n" + observed + "  });\n}\n";
}

}  // namespace

std::vector<reference::TestProgram> random_twins(int count) {
  reference::GeneratorOptions options;
  options.features.awaits = 0;
  options.features.misuse = 0;
  options.features.operands = 0;  // the API does them in the order that the compiler chooses
  options.features.atomics = 60;
  options.features.branches = 60;
  std::vector<reference::TestProgram> programs;
  for (std::uint64_t seed = 1; static_cast<int>(programs.size()) < count; ++seed) {
    reference::TestProgram program = reference::generate(seed, options);
    if (is_fit(program)) programs.push_back(std::move(program));
  }
  return programs;
}

std::string name_in_cpp(const reference::TestProgram& program) {
  std::string name = program.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::string to_cpp(const reference::TestProgram& program) { return to_cpp(program, name_in_cpp(program), nullptr); }

std::string to_cpp_with_checks(const reference::TestProgram& program) {
  RandomChecks checks(program.name);
  return to_cpp(program, name_in_cpp(program) + "_checked", &checks);
}

}  // namespace lkmc::kernel_test
