// SPDX-License-Identifier: Apache-2.0
// Which commit of a repository has changed something.
#include "src/c/history.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "src/c/tree.h"

namespace lkmc::c {
namespace {

namespace fs = std::filesystem;

// A repository that is gone with it. Commits are called by their subjects.
class Repository {
 public:
  Repository() {
    std::string name = (fs::temp_directory_path() / "history-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder_ = name;
    git("init --quiet --initial-branch=main");
  }
  ~Repository() { fs::remove_all(folder_); }

  void git(const std::string& words) const {
    const std::string as = "git -C '" + folder_ + "' -c user.name=A -c user.email=a@example.org -c commit.gpgsign=false ";
    REQUIRE(std::system((as + words).c_str()) == 0);
  }
  void commit(const std::string& file, const std::string& subject) const {
    REQUIRE(std::system(("echo '" + subject + "' >>'" + folder_ + '/' + file + "'").c_str()) == 0);
    git("add .");
    git("commit --quiet --message '" + subject + "'");
  }
  [[nodiscard]] History history(std::vector<std::string> files = {"lock.c"}) const {
    return {folder_, std::move(files), [] { return false; }};
  }
  // The subjects of the commits that may have changed it, and how many were looked at.
  [[nodiscard]] std::vector<std::string> first_changed(const std::string& before, const std::string& after,
                                                       const std::function<History::Found(const std::string& subject)>& look,
                                                       int* looks = nullptr) const {
    const History history = this->history();
    std::vector<std::string> subjects;
    const auto subject = [&](const std::string& commit) {
      const std::string title = history.title(commit);
      const std::size_t from = title.find('"') + 1;
      return title.substr(from, title.rfind('"') - from);
    };
    for (const std::string& commit : history.first_changed(history.commit(before), history.commit(after), [&](const std::string& commit) {
           if (looks != nullptr) ++*looks;
           return look(subject(commit));
         })) {
      subjects.push_back(subject(commit));
    }
    return subjects;
  }

 private:
  std::string folder_;
};

using Found = History::Found;
using Subjects = std::vector<std::string>;

// Ten commits of the file, each followed by one of another file, and a tag for each.
void make_line(const Repository& r) {
  for (int i = 0; i < 10; ++i) {
    r.commit("lock.c", "lock " + std::to_string(i));
    r.commit("other.c", "other " + std::to_string(i));
    r.git("tag v" + std::to_string(i));
  }
}

TEST_CASE("the commit that has changed it is found, and few are looked at") {
  const Repository r;
  make_line(r);
  for (int first = 1; first < 10; ++first) {
    CAPTURE(first);
    int looks = 0;
    const auto look = [&](const std::string& subject) { return subject.back() - '0' >= first ? Found::kChanged : Found::kAsBefore; };
    CHECK(r.first_changed("v0", "v9", look, &looks) == Subjects{"lock " + std::to_string(first)});
    CHECK(looks <= 5);  // of nine that are left there may be five behind the one in the middle, then three, two, one
  }
}

TEST_CASE("where nothing is found at a commit, it may be that one") {
  const Repository r;
  make_line(r);
  const auto look = [](const std::string& subject) {
    const int i = subject.back() - '0';
    return i == 4 || i == 5 ? Found::kNothing : i >= 6 ? Found::kChanged : Found::kAsBefore;
  };
  Subjects found = r.first_changed("v0", "v9", look);
  std::sort(found.begin(), found.end());
  CHECK(found == Subjects{"lock 4", "lock 5", "lock 6"});
}

TEST_CASE("a commit of a branch that was merged") {
  const Repository r;
  r.commit("lock.c", "base");
  r.git("tag base");
  r.git("checkout --quiet -b topic");
  r.commit("lock.c", "topic 1");
  r.commit("lock.c", "topic 2");
  r.git("checkout --quiet main");
  r.commit("new.c", "main 1");
  r.git("merge --quiet --no-ff --message merge topic");
  r.commit("lock.c", "later");
  const auto look = [](const std::string& subject) {
    return subject == "topic 1" || subject == "base" ? Found::kAsBefore : Found::kChanged;
  };
  CHECK(r.first_changed("base", "main", look) == Subjects{"topic 2"});
}

TEST_CASE("no commit touches the files") {
  const Repository r;
  r.commit("lock.c", "lock");
  r.git("tag before");
  r.commit("other.c", "other");
  CHECK(r.first_changed("before", "main", [](const std::string&) { return Found::kChanged; }).empty());
}

TEST_CASE("what git says is the error") {
  const Repository r;
  r.commit("lock.c", "lock");
  CHECK_THROWS_AS((void)r.history().commit("no-such-tag"), Error);
  CHECK_THROWS_AS((void)r.history().commit("--all"), Error);
  CHECK_THROWS_AS((void)History("/nowhere", {}, [] { return false; }).commit("main"), Error);
}

}  // namespace
}  // namespace lkmc::c
