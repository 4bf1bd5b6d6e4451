// SPDX-License-Identifier: Apache-2.0
#include "tests/c/twins.h"

#include <cstddef>
#include <map>
#include <regex>
#include <set>
#include <utility>

namespace lkmc::c_test {
namespace {

using Match = std::smatch;

// Calls `visit` with each match and the text before it; returns what is behind the last.
template <class Visit>
std::string for_each_match(const std::string& text, const std::regex& what, const Visit& visit) {
  auto from = text.begin();
  for (std::sregex_iterator m(text.begin(), text.end(), what), end; m != end; ++m) {
    visit(*m);
    from = (*m)[0].second;
  }
  return {from, text.end()};
}

std::string without_comments(const std::string& text) {
  static const std::regex comment(R"(\(\*[^]*?\*\)|/\*[^]*?\*/|//[^\n]*)");
  return std::regex_replace(text, comment, " ");
}

// What stands between the brace at `open` and its partner, where `end` is put.
std::string inside_braces(const std::string& text, std::size_t open, std::size_t& end) {
  int depth = 0;
  for (end = open; end < text.size(); ++end) {
    if (text[end] == '{') ++depth;
    if (text[end] == '}' && --depth == 0) break;
  }
  return text.substr(open + 1, end - open - 1);
}

// The C of one test. Its names begin with its prefix.
class Writer {
 public:
  Writer(const Original& original, std::string prefix) : prefix_(std::move(prefix)), observed_(original.observed) {
    const std::string text = without_comments(original.litmus);
    std::size_t at = text.find('{');
    const std::string initial = inside_braces(text, at, at);
    static const std::regex thread(R"(\bP(\d+)\s*\(([^)]*)\)\s*\{)");
    std::string rest = text.substr(at + 1);
    for (Match m; std::regex_search(rest, m, thread);) {
      std::size_t end = 0;
      const std::string body = inside_braces(rest, static_cast<std::size_t>(m.position(0) + m.length(0)) - 1, end);
      threads_.push_back({m[2], body});
      rest = rest.substr(end + 1);
    }
    for (const Thread& t : threads_) declare_parameters(t);
    initialise(initial);
  }

  std::string text() const {
    std::string out;
    for (const auto& [name, type] : types_) out += "static " + declaration(type, prefix_ + name) + ";\n";
    for (const auto& [name, value] : initial_) out += "static " + declaration(types_.at(name), prefix_ + name) + " = " + value + ";\n";
    for (std::size_t i = 0; i < threads_.size(); ++i) out += thread(i);
    out += "static void " + prefix_ + "end(void)\n{\n";
    for (const std::string& name : observed_) {
      if (name.find(':') != std::string::npos) continue;
      static const std::map<std::string, std::string> members = {{"atomic_t", ".counter"},
                                                                 {"atomic64_t", ".counter"},
                                                                 {"atomic_long_t", ".counter"},
                                                                 {"spinlock_t", ".locked"},
                                                                 {"struct srcu_struct", ".readers"}};
      const auto member = members.find(types_.at(name));
      out += "\tOBSERVE(\"" + name + "\", " + prefix_ + name + (member == members.end() ? "" : member->second) + ");\n";
    }
    return out + "}\n";
  }

  std::string entry() const {
    std::string threads;
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      const std::string name = "P" + std::to_string(i);
      threads += "{ \"" + name + "\", " + prefix_ + name + " }, ";
    }
    return "\t{ .name = \"" + prefix_.substr(0, prefix_.size() - 1) + "\", .threads = { " + threads + "}, .finally = " + prefix_ +
           "end },\n";
  }

 private:
  struct Thread {
    std::string parameters, body;
  };

  static std::string declaration(const std::string& type, const std::string& name) { return type + ' ' + name; }

  void declare_parameters(const Thread& t) {
    static const std::regex parameter(R"(\s*([^,]*?)\s*\*\s*(\w+)\s*(?:,|$))");
    for_each_match(t.parameters, parameter, [&](const Match& m) {
      std::string type = std::regex_replace(m[1].str(), std::regex("volatile|const"), "");
      types_.emplace(m[2], type);
    });
  }

  void initialise(const std::string& initial) {
    static const std::regex entry(R"(([^;=]*?)\b(\w+)\s*=\s*([^;]+?)\s*;)");
    for_each_match(initial, entry, [&](const Match& m) {
      const std::string type = std::regex_replace(m[1].str(), std::regex(R"(^\s+|\s+$)"), "");
      if (!types_.contains(m[2])) types_.emplace(m[2], type.empty() ? "int" : type);
      static const std::regex address(R"(&\s*(\w+))");
      initial_.emplace_back(m[2], std::regex_replace(m[3].str(), address, "&" + prefix_ + "$1"));
      for (Match other; std::regex_match(initial_.back().second, other, std::regex("&" + prefix_ + R"((\w+))"));) {
        types_.emplace(other[1], "int");
        break;
      }
      const std::string& declared = types_.at(m[2]);
      const bool is_atomic = declared.starts_with("atomic");
      if (is_atomic && initial_.back().second.find('(') == std::string::npos) initial_.back().second = "{ " + initial_.back().second + " }";
    });
  }

  // In herd's format an int may be used as an atomic_t.
  static std::string with_casts(const Thread& thread) {
    static const std::regex integer(R"(\bint\s*\*\s*(\w+)\s*(?:,|$))"), atomic(R"(\batomic_\w+\((?:[^()]|\([^()]*\))*\))");
    std::string names;
    for_each_match(thread.parameters, integer, [&](const Match& m) { names += (names.empty() ? "" : "|") + m[1].str(); });
    if (names.empty()) return thread.body;
    const std::regex name("\\b(" + names + ")\\b");
    std::string body;
    auto from = thread.body.begin();
    for (std::sregex_iterator m(thread.body.begin(), thread.body.end(), atomic), end; m != end; ++m) {
      body.append(from, (*m)[0].first);
      body += std::regex_replace((*m)[0].str(), name, "(atomic_t *)$1");
      from = (*m)[0].second;
    }
    return body.append(from, thread.body.end());
  }

  [[nodiscard]] std::string thread(std::size_t i) const {
    const std::string number = std::to_string(i);
    const std::string name = prefix_ + "P" + number;
    std::string body = with_casts(threads_[i]), observations;
    // Registers that hold pointers are declared as such, and all are 0 at the start, as herd7 has it.
    static const std::regex pointer(R"(\b(r\d+)\s*=\s*(?:rcu_dereference|READ_ONCE)\(\*p\))");
    std::set<std::string> pointers;
    for_each_match(body, pointer, [&](const Match& m) { pointers.insert(m[1]); });
    for (const std::string& p : pointers) body = std::regex_replace(body, std::regex("\\bint\\s+" + p + "\\s*;"), "int *" + p + ";");
    static const std::regex uninitialised(R"(\b(\w+)(\s+(?:\*\s*)*)(r\d+)\s*;)");
    body = std::regex_replace(body, uninitialised, "$1$2$3 = 0;");
    // herd's registers need no declaration.
    static const std::regex reg(R"(\br\d+\b)");
    std::set<std::string> undeclared;
    for_each_match(body, reg, [&](const Match& m) {
      const std::regex declaration("\\b(?:int|long|char|short|unsigned|bool|[su]\\d+|\\w+_t)\\b[^;(=]*\\b" + m[0].str() + "\\b\\s*[;,=]");
      if (!std::regex_search(body, declaration)) undeclared.insert(m[0]);
    });
    for (const std::string& r : undeclared) body = "\n\tint " + r + " = 0;" + body;
    for (const std::string& o : observed_) {
      if (o.starts_with(number + ':')) observations += "\tOBSERVE(\"" + o + "\", " + o.substr(number.size() + 1) + ");\n";
    }
    std::string arguments;
    static const std::regex parameter(R"((\w+)\s*(?:,|$))");
    for_each_match(threads_[i].parameters, parameter,
                   [&](const Match& m) { arguments += (arguments.empty() ? "&" : ", &") + prefix_ + m[1].str(); });
    const std::string parameters = threads_[i].parameters.empty() ? "void" : threads_[i].parameters;
    return "static void " + name + "_body(" + parameters + ")\n{" + body + observations + "}\nstatic void " + name + "(void) { " + name +
           "_body(" + arguments + "); }\n";
  }

  std::string prefix_;
  std::vector<std::string> observed_;
  std::vector<Thread> threads_;
  std::map<std::string, std::string> types_;  // by location
  std::vector<std::pair<std::string, std::string>> initial_;
};

}  // namespace

std::string to_c(const std::vector<Original>& originals) {
  std::string text =
      "#include <linux/atomic.h>\n#include <linux/rcupdate.h>\n#include <linux/spinlock.h>\n#include <linux/srcu.h>\n#include "
      "<lkmc/test.h>\n\n";
  std::string table;
  for (std::size_t i = 0; i < originals.size(); ++i) {
    const Writer writer(originals[i], "t" + std::to_string(i) + "_");
    text += writer.text();
    table += writer.entry();
  }
  return text + "\nstatic struct lkmc_case cases[] = {\n" + table + "};\n";
}

}  // namespace lkmc::c_test
