// SPDX-License-Identifier: Apache-2.0
#include "src/cli/bisect.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <variant>

#include "src/c/history.h"
#include "src/c/kernel_tree.h"
#include "src/host/file.h"

namespace lkmc {
namespace {

using batch::Record;
using Found = c::History::Found;

bool is_same(const Record& a, const Record& b) { return a.outcome == b.outcome && a.result == b.result; }

// Of the tree, those that the test takes something from.
std::vector<std::string> files_taken_by(const std::string& test) {
  const auto content = read_test(test);
  const auto* text = std::get_if<std::string>(&content);
  std::set<std::string> files;
  for (const c::Taking& taking : text != nullptr ? c::takings_of(*text) : std::vector<c::Taking>()) files.insert(taking.file);
  return {files.begin(), files.end()};
}

// What the tests of one file show at a commit; each is run once.
class Results {
 public:
  Results(std::string file, const RunAtCommit& run) : file_(std::move(file)), run_(run) {}

  // Null if the test is not there.
  const Record* at(const std::string& commit, const std::string& id) {
    const auto [found, is_new] = records_.try_emplace(commit);
    if (is_new) found->second = run_(commit, {{.path = file_}});
    const auto record = std::find_if(found->second.begin(), found->second.end(), [&](const Record& r) { return r.id == id; });
    return record == found->second.end() ? nullptr : &*record;
  }

 private:
  std::string file_;
  const RunAtCommit& run_;
  std::map<std::string, std::vector<Record>> records_;
};

}  // namespace

std::optional<CommitRange> commit_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos || dots == 0 || dots + 2 == text.size() || text[dots + 2] == '.') return std::nullopt;
  return CommitRange{std::string(text.substr(0, dots)), std::string(text.substr(dots + 2))};
}

void find_commits(const std::string& repository, const CommitRange& range, const RunAtCommit& run, const std::function<bool()>& stop,
                  std::vector<batch::Compared>& all) {
  std::map<std::string, Results> results;
  for (batch::Compared& c : all) {
    if (c.before == nullptr || c.after == nullptr || is_same(*c.before, *c.after)) continue;
    const c::History history(repository, files_taken_by(c.after->file), stop);
    Results& at = results.try_emplace(c.after->file, c.after->file, run).first->second;
    const auto look = [&](const std::string& commit) {
      const Record* r = at.at(commit, c.id());
      if (r == nullptr) return Found::kNothing;
      if (is_same(*r, *c.before)) return Found::kAsBefore;
      const bool is_known = r->outcome == batch::Outcome::kPassed || r->outcome == batch::Outcome::kFailed;
      return is_known || is_same(*r, *c.after) ? Found::kChanged : Found::kNothing;
    };
    std::vector<std::string> titles;
    for (const std::string& commit : history.first_changed(history.commit(range.before), history.commit(range.after), look)) {
      titles.push_back(history.title(commit));
    }
    c.since = fmt::format("{}{}", titles.size() > 1 ? "one of " : "", fmt::join(titles, ", "));
  }
}

}  // namespace lkmc
