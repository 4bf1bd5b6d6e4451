// SPDX-License-Identifier: Apache-2.0
#include "src/c/cut.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <set>

namespace lkmc::c {
namespace {

bool is_word_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

struct Token {
  std::size_t begin, end;
  std::string_view text;
  [[nodiscard]] bool is_word() const { return is_word_char(text[0]); }
};

// A line that begins with `#`, with those that continue it.
struct Directive {
  std::size_t begin, end;
  std::string keyword;
  std::string name;  // of a macro that it defines, or needs not to be defined
};

// The tokens of a C text, without comments; texts in quotes are one token each, directives none.
struct Scan {
  std::vector<Token> tokens;
  std::vector<Directive> directives;

  explicit Scan(std::string_view text) {
    bool at_line_start = true;
    for (std::size_t i = 0; i < text.size();) {
      const char c = text[i];
      if (c == '\n' || std::isspace(static_cast<unsigned char>(c)) != 0) {
        at_line_start = at_line_start || c == '\n';
        ++i;
      } else if (text.compare(i, 2, "//") == 0) {
        i = std::min(text.find('\n', i), text.size());
      } else if (text.compare(i, 2, "/*") == 0) {
        const std::size_t end = text.find("*/", i + 2);
        i = end == std::string_view::npos ? text.size() : end + 2;
      } else if (c == '#' && at_line_start) {
        i = directive(text, i);
      } else {
        at_line_start = false;
        const std::size_t end = end_of_token(text, i);
        tokens.push_back({i, end, text.substr(i, end - i)});
        i = end;
      }
    }
  }

 private:
  static std::size_t end_of_token(std::string_view text, std::size_t i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      std::size_t end = i + 1;
      while (end < text.size() && text[end] != c && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      return std::min(end + 1, text.size());
    }
    std::size_t end = i + 1;
    while (is_word_char(c) && end < text.size() && is_word_char(text[end])) ++end;
    return end;
  }

  std::size_t directive(std::string_view text, std::size_t begin) {
    std::size_t end = begin;
    while (end < text.size() && text[end] != '\n') end += text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
    end = std::min(end, text.size());
    const auto word = [&](std::size_t& at) {
      while (at < end && !is_word_char(text[at])) ++at;
      const std::size_t from = at;
      while (at < end && is_word_char(text[at])) ++at;
      return std::string(text.substr(from, at - from));
    };
    std::size_t at = begin;
    Directive d{begin, end, word(at), {}};
    if (d.keyword == "define" || d.keyword == "ifndef") d.name = word(at);
    directives.push_back(std::move(d));
    return end;
  }
};

// What stands at the outermost level from one end of a declaration to the next.
struct Declaration {
  std::size_t first, last;  // tokens, both included
  std::size_t body = 0;     // the token of the brace that opens its body; 0 if it has none
};

// Whether a macro is called here that stands for whole declarations: `NAME(…)` with no semicolon, and something else behind it.
bool is_macro_call(const std::vector<Token>& tokens, std::size_t first, std::size_t close) {
  static const std::set<std::string_view> kSpecifiers = {"__attribute__", "typeof", "__typeof__", "_Alignas", "__aligned"};
  const bool begins =
      close > first + 1 && tokens[first].is_word() && tokens[first + 1].text == "(" && !kSpecifiers.contains(tokens[first].text);
  return begins && close + 1 < tokens.size() && tokens[close + 1].is_word();
}

std::vector<Declaration> declarations_of(const std::vector<Token>& tokens) {
  std::vector<Declaration> all;
  std::size_t first = 0, body = 0;
  int depth = 0;
  bool is_function = false;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string_view t = tokens[i].text;
    if (t == "(" || t == "[") ++depth;
    if (t == ")" || t == "]") --depth;
    if (t == "{") {
      if (depth == 0) {
        body = i;
        is_function = i > first && tokens[i - 1].text == ")";
        // Attributes may stand between the parameters and the body; a structure or an initial value has no parentheses.
        for (std::size_t k = first; k < i && !is_function; ++k) {
          is_function = tokens[k].text == "(" && k > first && tokens[k - 1].is_word() && tokens[k - 1].text != "__attribute__";
        }
        for (std::size_t k = first; k < i; ++k) is_function = is_function && tokens[k].text != "=";
      }
      ++depth;
    }
    if (t == "}") --depth;
    const bool ends = depth == 0 && (t == ";" || (t == "}" && is_function) || (t == ")" && body == 0 && is_macro_call(tokens, first, i)));
    if (!ends) continue;
    all.push_back({first, i, body});
    first = i + 1;
    body = 0;
    is_function = false;
  }
  return all;
}

class Cutter {
 public:
  Cutter(std::string_view text, const std::vector<Wanted>& wanted) : text_(text), scan_(text), wanted_(wanted), kept_(text.size(), false) {}

  std::variant<std::string, NotThere> cut() {
    const std::vector<Declaration> declarations = declarations_of(scan_.tokens);
    for (const Wanted& w : wanted_) {
      if (const auto missing = keep(w, declarations)) return *missing;
    }
    keep_conditions();
    std::string out(text_);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (!kept_[i] && out[i] != '\n') out[i] = ' ';
    }
    return out;
  }

 private:
  void keep_range(std::size_t begin, std::size_t end) {
    std::fill(kept_.begin() + static_cast<std::ptrdiff_t>(begin), kept_.begin() + static_cast<std::ptrdiff_t>(end), true);
  }
  [[nodiscard]] const Token& token(std::size_t i) const { return scan_.tokens[i]; }

  std::optional<NotThere> keep(const Wanted& w, const std::vector<Declaration>& declarations) {
    bool found = false;
    for (const Directive& d : scan_.directives) {
      if (d.keyword != "define" || d.name != w.name) continue;
      keep_range(d.begin, d.end);
      found = true;
    }
    // What is defined is wanted, not what is only declared.
    for (const bool with_body : {true, false}) {
      for (const Declaration& d : declarations) {
        if (found && !with_body) break;
        if ((d.body != 0) != with_body || !declares(d, w.name)) continue;
        found = true;
        if (const auto missing = keep(d, w)) return missing;
      }
    }
    return found ? std::nullopt : std::optional(NotThere{w.name});
  }

  std::optional<NotThere> keep(const Declaration& d, const Wanted& w) {
    if (w.members.empty()) {
      keep_range(token(d.first).begin, token(d.last).end);
      return std::nullopt;
    }
    keep_range(token(d.first).begin, token(d.body).end);
    const std::size_t close = closing(d.body);
    keep_range(token(close).begin, token(d.last).end);
    std::set<std::string_view> missing(w.members.begin(), w.members.end());
    (void)keep_members(d.body + 1, close, missing);
    if (missing.empty()) return std::nullopt;
    return NotThere{w.name + ": " + std::string(*missing.begin())};
  }

  // Whether something among these tokens was kept.
  bool keep_members(std::size_t begin, std::size_t end, std::set<std::string_view>& missing) {
    bool kept_any = false;
    for (std::size_t first = begin; first < end;) {
      std::size_t last = first, body = 0;
      for (; last < end && token(last).text != ";"; ++last) {
        if (token(last).text != "{") continue;
        body = last;
        last = closing(last);
      }
      last = std::min(last, end - 1);
      const std::size_t close = body != 0 ? closing(body) : 0;
      bool is_wanted = false;
      for (std::size_t i = body != 0 ? close : first; i <= last; ++i) {
        const bool names = token(i).is_word() && i + 1 <= last && is_end_of_declarator(i + 1);
        is_wanted = (names && missing.erase(token(i).text) > 0) || is_wanted;
      }
      if (is_wanted) {
        keep_range(token(first).begin, token(last).end);
      } else if (body != 0 && keep_members(body + 1, close, missing)) {
        keep_range(token(first).begin, token(body).end);
        keep_range(token(close).begin, token(last).end);
        is_wanted = true;
      }
      kept_any = kept_any || is_wanted;
      first = last + 1;
    }
    return kept_any;
  }
  [[nodiscard]] bool is_end_of_declarator(std::size_t i) const {
    const std::string_view t = token(i).text;
    return t == ";" || t == "," || t == "[" || t == ":" || t == ")" || t.starts_with("__") || t.starts_with("____");
  }

  [[nodiscard]] std::size_t closing(std::size_t open) const {
    int depth = 0;
    for (std::size_t i = open; i < scan_.tokens.size(); ++i) {
      if (token(i).text == "{") ++depth;
      if (token(i).text == "}" && --depth == 0) return i;
    }
    return scan_.tokens.size() - 1;
  }

  [[nodiscard]] bool declares(const Declaration& d, const std::string& name) const {
    const std::size_t space = name.find(' ');
    if (space != std::string::npos) {
      // `struct foo` with its members; an attribute may stand before them.
      for (std::size_t i = d.first; i + 1 < d.body; ++i) {
        const bool is_tag =
            token(i).text == std::string_view(name).substr(0, space) && token(i + 1).text == std::string_view(name).substr(space + 1);
        if (is_tag && (i + 2 == d.body || token(i + 2).text.starts_with("__"))) return true;
      }
      return false;
    }
    return declared_name(d) == name || defines(d, name) || enumerates(d, name);
  }

  // DEFINE_PER_CPU(int, name)
  [[nodiscard]] bool defines(const Declaration& d, const std::string& name) const {
    if (d.body != 0 || !declared_name(d).starts_with("DEFINE_")) return false;
    for (std::size_t i = d.first; i < d.last; ++i) {
      if (token(i).text == name && (token(i + 1).text == ")" || token(i + 1).text == "[")) return true;
    }
    return false;
  }

  // enum { A, name = 1 }
  [[nodiscard]] bool enumerates(const Declaration& d, const std::string& name) const {
    if (d.body == 0 || token(d.first).text != "enum") return false;
    for (std::size_t i = d.body; i < d.last; ++i) {
      if ((token(i).text == "{" || token(i).text == ",") && token(i + 1).text == name) return true;
    }
    return false;
  }

  // Of a function, a variable or a typedef.
  [[nodiscard]] std::string_view declared_name(const Declaration& d) const {
    const bool is_typedef = token(d.first).text == "typedef";
    int depth = 0;
    std::string_view last_word;
    for (std::size_t i = d.first; i <= d.last; ++i) {
      const std::string_view t = token(i).text;
      if (depth == 0 && t == "(" && i > d.first && token(i - 1).is_word() && token(i - 1).text != "__attribute__" && !is_typedef)
        return token(i - 1).text;
      // typedef int (*name)(int)
      if (is_typedef && t == "(" && i + 2 <= d.last && token(i + 1).text == "*") return token(i + 2).text;
      if (depth == 0 && (t == "=" || t == "[" || t == ";")) return last_word;
      if (t == "(" || t == "{" || t == "[") ++depth;
      if (t == ")" || t == "}" || t == "]") --depth;
      if (depth == 0 && token(i).is_word()) last_word = t;
    }
    return {};
  }

  // `#ifndef X` with `#define X` behind it.
  [[nodiscard]] bool is_include_guard(const Directive& d) const {
    const std::size_t next = static_cast<std::size_t>(&d - scan_.directives.data()) + 1;
    return d.keyword == "ifndef" && next < scan_.directives.size() && scan_.directives[next].keyword == "define" &&
           scan_.directives[next].name == d.name;
  }

  // Keeps the conditions that something kept stands in.
  void keep_conditions() {
    struct Group {
      std::vector<const Directive*> parts;
    };
    std::vector<Group> open;
    for (const Directive& d : scan_.directives) {
      if (d.keyword == "if" || d.keyword == "ifdef" || d.keyword == "ifndef") open.push_back({{&d}});
      if (open.empty()) continue;
      if (d.keyword == "else" || d.keyword == "elif") open.back().parts.push_back(&d);
      if (d.keyword != "endif") continue;
      Group group = std::move(open.back());
      open.pop_back();
      const auto begin = kept_.begin() + static_cast<std::ptrdiff_t>(group.parts.front()->end);
      const auto end = kept_.begin() + static_cast<std::ptrdiff_t>(d.begin);
      if (std::find(begin, end, true) == end || is_include_guard(*group.parts.front())) continue;
      for (const Directive* part : group.parts) keep_range(part->begin, part->end);
      keep_range(d.begin, d.end);
    }
  }

  std::string_view text_;
  Scan scan_;
  const std::vector<Wanted>& wanted_;
  std::vector<bool> kept_;
};

}  // namespace

std::variant<std::string, NotThere> cut(std::string_view text, const std::vector<Wanted>& wanted) { return Cutter(text, wanted).cut(); }

}  // namespace lkmc::c
