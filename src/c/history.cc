// SPDX-License-Identifier: Apache-2.0
#include "src/c/history.h"

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "src/c/tree.h"

namespace lkmc::c {

History::History(std::string repository, std::vector<std::string> files, Stop stop)
    : repository_(std::move(repository)), files_(std::move(files)), stop_(std::move(stop)) {}

std::string History::git(std::vector<std::string> words) const {
  words.insert(words.begin(), {"git", "-C", repository_});
  CommandResult result = run_command(words, Captured::kOutAndErr, stop_);
  if (result.is_stopped) throw Stopped{};
  while (!result.output.empty() && result.output.back() == '\n') result.output.pop_back();
  if (!result.succeeded) throw Error{{}, result.output.empty() ? repository_ + ": git has failed" : repository_ + ": " + result.output};
  return std::move(result.output);
}

std::string History::commit(const std::string& revision) const {
  try {
    return git({"rev-parse", "--verify", "--quiet", "--end-of-options", revision + "^{commit}"});
  } catch (const Error&) {
    throw Error{{}, repository_ + " is no git repository that has the revision " + revision};
  }
}

std::string History::title(const std::string& commit) const { return git({"log", "-1", "--abbrev=12", "--format=%h (\"%s\")", commit}); }

std::vector<std::string> History::between(const std::vector<std::string>& before, const std::string& after) const {
  std::vector<std::string> words = {"rev-list", "--bisect-all", after};
  for (const std::string& commit : before) words.push_back('^' + commit);
  words.emplace_back("--");
  words.insert(words.end(), files_.begin(), files_.end());
  std::istringstream lines(git(std::move(words)));
  std::vector<std::string> commits;
  for (std::string line; std::getline(lines, line);) commits.push_back(line.substr(0, line.find(' ')));
  return commits;
}

std::vector<std::string> History::first_changed(const std::string& before, const std::string& after,
                                                const std::function<Found(const std::string& commit)>& look) const {
  std::vector<std::string> as_before = {before};
  std::string changed = after;
  std::set<std::string> nothing;
  while (true) {
    std::vector<std::string> left = between(as_before, changed);
    const auto next = std::find_if(left.begin(), left.end(), [&](const std::string& c) { return c != changed && !nothing.contains(c); });
    if (next == left.end()) return left;
    switch (look(*next)) {
      case Found::kAsBefore:
        as_before.push_back(*next);
        break;
      case Found::kChanged:
        changed = *next;
        break;
      case Found::kNothing:
        nothing.insert(*next);
        break;
    }
  }
}

}  // namespace lkmc::c
