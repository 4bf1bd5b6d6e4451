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

// Prints a thread. herd's language has but one form of a branch, C++ has many: which are taken is random.
class Printer {
 public:
  Printer(const Translation& in_cpp, const std::string& seed, Between between) : in_cpp_(in_cpp), between_(std::move(between)) {
    std::seed_seq letters(seed.begin(), seed.end());
    random_.seed(letters);
  }

  [[nodiscard]] std::string body(const Body& statements) {
    std::string text;
    for (const Statement& s : statements) {
      text += between_();
      const bool branches = begins_with(s.head, "if (") && s.tail == "}" && (s.middle.empty() || s.middle == "} else {");
      text += branches ? branch(s) : line(s.head) + body(s.body) + line(s.middle) + body(s.else_body) + line(s.tail);
    }
    return text + between_();
  }

 private:
  [[nodiscard]] std::string line(const std::string& code) const { return code.empty() ? "" : "    " + in_cpp_.line(code) + '\n'; }

  [[nodiscard]] std::string branch(const Statement& s) {
    const std::string condition = in_cpp_.line(s.head.substr(4, s.head.rfind(')') - 4));
    const std::string then = body(s.body), otherwise = body(s.else_body);
    const std::string n = std::to_string(branches_++);
    switch (random_() % 9) {
      case 0:
        return "    { const bool way(" + condition + ");\n    if (way) {\n" + then + "    } else {\n" + otherwise + "    } }\n";
      case 1:
        return "    switch ((" + condition + ") ? 1 : 0) {\n    case 1:\n" + then + "    break;\n    default: ;\n" + otherwise + "    }\n";
      case 2:
        return "    do {\n    if (!(" + condition + ")) {\n" + otherwise + "    break; }\n" + then + "    } while (false);\n";
      case 3:
        return "    if (!(" + condition + ")) goto else_" + n + ";\n" + then + "    goto end_" + n + ";\n    else_" + n + ": ;\n" +
               otherwise + "    end_" + n + ": ;\n";
      case 4:
        return "    [&] {\n    if (" + condition + ") {\n" + then + "    return; }\n" + otherwise + "    }();\n";
      case 5:
        return "    for (int n = 0; n < 1 && !(" + condition + "); ++n) {\n" + otherwise + "    goto end_" + n + "; }\n" + then +
               "    end_" + n + ": ;\n";
      case 6:
        return "    { int way = 5;\n    if (" + condition + ") way = 7;\n    if (way == 7) {\n" + then + "    } else {\n" + otherwise +
               "    } }\n";
      default:
        return "    if (" + condition + ") {\n" + then + "    } else {\n" + otherwise + "    }\n";
    }
  }

  const Translation& in_cpp_;
  Between between_;
  std::mt19937 random_;
  int branches_ = 0;
};

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
        return "    if (" + r + " == " + number + ") WARN_ON(" + r + " < 2);\n";
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
    const std::string seed = program.name + std::to_string(t);
    std::string body = Printer(in_cpp, seed, [] { return std::string(); }).body(program.threads[t]);
    const std::set<std::string> registers = registers_in(body);
    if (checks != nullptr) body = Printer(in_cpp, seed, [&] { return checks->next(registers); }).body(program.threads[t]);
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
