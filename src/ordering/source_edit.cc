// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/source_edit.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "src/ordering/source_call.h"

namespace lkmc {
namespace {

std::vector<std::string> lines_of_text(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// The address of what an expression names: `x` of `*x`.
std::string address_of(const std::string& expression) {
  return expression.starts_with('*') ? std::string(trimmed(std::string_view(expression).substr(1))) : '&' + expression;
}

// What the call becomes; nothing if it is none that is known here.
std::optional<std::string> stronger_call(const Call& call, const Strengthening& change) {
  const auto& args = call.arguments;
  switch (change.site.operation) {
    case Operation::kRead:
      if (change.tag != Tag::kAcquire) return std::nullopt;
      if ((call.name == "READ_ONCE" || call.name == "rcu_dereference") && args.size() == 1)
        return "smp_load_acquire(" + address_of(args[0]) + ')';
      if (call.name == "smp_cond_load_relaxed" && args.size() == 2) return "smp_cond_load_acquire(" + args[0] + ", " + args[1] + ')';
      if (call.name == "atomic_read" && args.size() == 1) return "atomic_read_acquire(" + args[0] + ')';
      return std::nullopt;
    case Operation::kWrite:
      if (change.tag != Tag::kRelease) return std::nullopt;
      if (call.name == "WRITE_ONCE" && args.size() == 2) return "smp_store_release(" + address_of(args[0]) + ", " + args[1] + ')';
      if (call.name == "atomic_set" && args.size() == 2) return "atomic_set_release(" + args[0] + ", " + args[1] + ')';
      return std::nullopt;
    case Operation::kRmw: {
      std::string name = call.name;
      for (const std::string_view suffix : {"_relaxed", "_acquire", "_release"}) {
        if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
      }
      if (name == call.name) return std::nullopt;
      if (change.tag != Tag::kMb) name += change.tag == Tag::kAcquire ? "_acquire" : "_release";
      std::string out = name + '(';
      for (std::size_t i = 0; i < args.size(); ++i) out += (i > 0 ? ", " : "") + args[i];
      return out + ')';
    }
    case Operation::kFence:
      return change.tag == Tag::kMb && args.size() == 1 && args[0].empty() ? std::optional<std::string>("smp_mb()") : std::nullopt;
    case Operation::kAcquireIf:
      return std::nullopt;
  }
  return std::nullopt;
}

// Where the statement begins in its line that the place is in.
std::size_t statement_at(std::string_view line, std::size_t at) {
  std::size_t begin = std::min(at, line.size());
  while (begin > 0 && line[begin - 1] != ';' && line[begin - 1] != '{' && line[begin - 1] != '}') --begin;
  while (begin < line.size() && (line[begin] == ' ' || line[begin] == '\t')) ++begin;
  return begin;
}

}  // namespace

SourceEdit edit_source(std::string_view text, const std::vector<Strengthening>& changes) {
  std::vector<std::string> lines = lines_of_text(text);
  // From the end, so that what is edited does not move what is still to be; of one place, the call before the fence before it.
  std::vector<Strengthening> ordered = changes;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Strengthening& a, const Strengthening& b) {
    return std::tuple(b.site.line, b.site.column, a.is_fence_before) < std::tuple(a.site.line, a.site.column, b.is_fence_before);
  });
  SourceEdit edit;
  for (const Strengthening& change : ordered) {
    const auto index = static_cast<std::size_t>(change.site.line - 1);
    const auto column = static_cast<std::size_t>(std::max(change.site.column, 1) - 1);
    if (index >= lines.size()) {
      edit.by_hand.push_back(change);
      continue;
    }
    std::string& line = lines[index];
    if (change.is_fence_before) {
      const std::string fence = name_of_ordering(Operation::kFence, change.tag) + ';';
      const std::size_t begin = statement_at(line, column);
      const std::string before = line.substr(0, begin);
      if (trimmed(before).empty()) {
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(index), before + fence);
      } else {
        line.insert(begin, fence + ' ');
      }
      continue;
    }
    const auto call = call_at(line, change.site.column);
    const auto stronger = call ? stronger_call(*call, change) : std::nullopt;
    if (!stronger) {
      edit.by_hand.push_back(change);
      continue;
    }
    line.replace(call->begin, call->end - call->begin, *stronger);
  }
  std::reverse(edit.by_hand.begin(), edit.by_hand.end());
  for (const std::string& line : lines) edit.text += line + '\n';
  return edit;
}

std::string unified_diff(std::string_view file, std::string_view before, std::string_view after) {
  constexpr std::size_t kContext = 3;
  const std::vector<std::string> old_lines = lines_of_text(before);
  const std::vector<std::string> new_lines = lines_of_text(after);
  // The longest common subsequence tells which lines stay.
  const std::size_t n = old_lines.size();
  const std::size_t m = new_lines.size();
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = old_lines[i] == new_lines[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  struct Line {
    char kind;
    std::size_t old_at, new_at;
  };
  std::vector<Line> script;
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && old_lines[i] == new_lines[j]) {
      script.push_back({' ', i++, j++});
    } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
      script.push_back({'-', i++, j});
    } else {
      script.push_back({'+', i, j++});
    }
  }
  std::string out;
  for (std::size_t at = 0; at < script.size();) {
    while (at < script.size() && script[at].kind == ' ') ++at;
    if (at == script.size()) break;
    const std::size_t begin = at > kContext ? at - kContext : 0;
    // Changes that are near each other share a hunk.
    std::size_t end = at;
    for (std::size_t last = at; end < script.size() && end <= last + 2 * kContext; ++end) {
      if (script[end].kind != ' ') last = end;
    }
    while (end > at && script[end - 1].kind == ' ') --end;
    end = std::min(end + kContext, script.size());
    std::string body;
    std::size_t of_old = 0;
    std::size_t of_new = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const Line& l = script[i];
      body += fmt::format("{}{}\n", l.kind, l.kind == '+' ? new_lines[l.new_at] : old_lines[l.old_at]);
      of_old += l.kind != '+';
      of_new += l.kind != '-';
    }
    out += fmt::format("@@ -{},{} +{},{} @@\n{}", script[begin].old_at + 1, of_old, script[begin].new_at + 1, of_new, body);
    at = end;
  }
  return out.empty() ? out : fmt::format("--- a/{}\n+++ b/{}\n{}", file, file, out);
}

}  // namespace lkmc
