// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/test_program.h"

#include <cctype>
#include <functional>
#include <set>

namespace lkmc::reference {
namespace {

using Body = std::vector<Statement>;

void print(const Body& body, int depth, std::string& text) {
  const auto line = [&](const std::string& code) {
    if (!code.empty()) text += std::string(static_cast<std::size_t>(depth), '\t') + code + '\n';
  };
  for (const Statement& s : body) {
    line(s.head);
    print(s.body, depth + 1, text);
    line(s.middle);
    print(s.else_body, depth + 1, text);
    line(s.tail);
  }
}

// The names r0, r1, … in a text.
std::set<std::string> registers_in(const std::string& text) {
  std::set<std::string> names;
  const auto is_word = [&](std::size_t i) { return i < text.size() && (std::isalnum(text[i]) != 0 || text[i] == '_'); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != 'r' || (i > 0 && is_word(i - 1))) continue;
    std::size_t end = i + 1;
    while (end < text.size() && std::isdigit(text[end]) != 0) ++end;
    if (end > i + 1 && !is_word(end)) names.insert(text.substr(i, end - i));
  }
  return names;
}

// Calls `visit` with each body that has one change.
void for_each_change(const Body& body, const std::function<void(Body)>& visit) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto replaced = [&](const Body& by) {
      Body changed(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(i));
      changed.insert(changed.end(), by.begin(), by.end());
      changed.insert(changed.end(), body.begin() + static_cast<std::ptrdiff_t>(i) + 1, body.end());
      visit(std::move(changed));
    };
    const Statement& s = body[i];
    replaced({});
    if (!s.body.empty()) replaced(s.body);
    if (!s.else_body.empty()) replaced(s.else_body);
    for_each_change(s.body, [&](Body inner) {
      Statement changed = s;
      changed.body = std::move(inner);
      replaced({changed});
    });
    for_each_change(s.else_body, [&](Body inner) {
      Statement changed = s;
      changed.else_body = std::move(inner);
      replaced({changed});
    });
  }
}

}  // namespace

std::string thread_text(const TestProgram& program, std::size_t thread) {
  std::string text;
  print(program.threads[thread], 1, text);
  return text;
}

std::string to_litmus(const TestProgram& program) {
  std::string text = "C " + program.name + "\n\n{\n";
  std::string parameters;
  for (const TestLocation& l : program.locations) {
    if (l.is_array) {
      std::string values = l.initial;
      for (int i = 1; i < l.elements; ++i) values += ", " + l.initial;
      text += '\t' + l.type + ' ' + l.name + '[' + std::to_string(l.elements) + "] = {" + values + "};\n";
    } else if (!l.initial.empty()) {
      text += '\t' + l.type + ' ' + l.name + " = " + l.initial + ";\n";
    }
    parameters += (parameters.empty() ? "" : ", ") + l.type + " *" + l.name;
  }
  text += "}\n";
  std::string observed;
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    const std::string body = thread_text(program, t);
    text += "\nP" + std::to_string(t) + '(' + parameters + ")\n{\n";
    for (const std::string& name : registers_in(body)) {
      const auto type = program.register_types.find(name);
      text += '\t' + (type == program.register_types.end() ? "int" : type->second) + ' ' + name + ";\n";
      observed += std::to_string(t) + ':' + name + "; ";
    }
    text += body + "}\n";
  }
  for (const TestLocation& l : program.locations) observed += l.name + "; ";
  return text + "\nlocations [" + observed + "]\nexists (true)\n";
}

std::vector<TestProgram> smaller(const TestProgram& program) {
  std::vector<TestProgram> all;
  for (std::size_t t = 0; program.threads.size() > 1 && t < program.threads.size(); ++t) {
    all.push_back(program);
    all.back().threads.erase(all.back().threads.begin() + static_cast<std::ptrdiff_t>(t));
  }
  for (std::size_t t = 0; t < program.threads.size(); ++t) {
    for_each_change(program.threads[t], [&](Body changed) {
      all.push_back(program);
      all.back().threads[t] = std::move(changed);
    });
  }
  return all;
}

}  // namespace lkmc::reference
