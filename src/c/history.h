// SPDX-License-Identifier: Apache-2.0
// The commits of a kernel tree's git repository, and which of them has changed what a test shows.
//
// git chooses the commit to try next (git-rev-list(1), --bisect-all), so that merges are searched as git bisect does. Nothing of the
// repository is changed: neither its work tree nor its references.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "src/host/command.h"

namespace lkmc::c {

class History {
 public:
  // `files`: of the tree; commits that touch none of them change nothing. Throws Error where git has something to say, and Stopped if
  // `stop` says so.
  History(std::string repository, std::vector<std::string> files, Stop stop);

  // The commit that a revision names, in full.
  [[nodiscard]] std::string commit(const std::string& revision) const;
  // `1234567890ab ("its subject")`, as the kernel's mails name commits.
  [[nodiscard]] std::string title(const std::string& commit) const;

  // What is found at a commit.
  enum class Found : std::uint8_t { kAsBefore, kChanged, kNothing };
  // Those that may be the first to have changed it: one, or more where nothing is found at some; none if no commit touches the files.
  // It is as before at `before`, and changed at `after`.
  [[nodiscard]] std::vector<std::string> first_changed(const std::string& before, const std::string& after,
                                                       const std::function<Found(const std::string& commit)>& look) const;

 private:
  // Behind `before`, up to `after`: the one first that halves them best.
  [[nodiscard]] std::vector<std::string> between(const std::vector<std::string>& before, const std::string& after) const;
  [[nodiscard]] std::string git(std::vector<std::string> words) const;

  std::string repository_;
  std::vector<std::string> files_;
  Stop stop_;
};

}  // namespace lkmc::c
