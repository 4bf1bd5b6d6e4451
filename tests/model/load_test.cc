// SPDX-License-Identifier: Apache-2.0
// Finding models: built-in ones, files, the bell beside them, and what they include.
#include "src/model/load.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace lkmc {
namespace {

namespace fs = std::filesystem;

// A folder of files for one test.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "lkmc-load-test-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  fs::path path_;
};

Model loaded(const std::string& name) {
  auto result = load_model(name);
  if (const auto* e = std::get_if<ModelError>(&result)) FAIL(e->file, ":", e->line, ": ", e->message);
  return std::get<Model>(std::move(result));
}
ModelError error_of(const std::string& name) {
  auto result = load_model(name);
  REQUIRE(std::holds_alternative<ModelError>(result));
  return std::get<ModelError>(result);
}

TEST_CASE("every built-in model loads and has coherence and atomicity") {
  CHECK(built_in_models().size() == 5);
  for (const std::string_view name : built_in_models()) {
    CAPTURE(name);
    const Model m = loaded(std::string(name));
    CHECK_FALSE(m.name.empty());
    CHECK(m.rmw_style == RmwStyle::kTagged);
    int coherence = 0;
    int atomicity = 0;
    for (const Axiom& axiom : m.axioms) {
      CHECK_FALSE(axiom.name.empty());
      CHECK(axiom.node >= 0);
      coherence += axiom.name == "coherence" && axiom.test == Axiom::Test::kAcyclic ? 1 : 0;
      atomicity += axiom.name == "atomic" && axiom.test == Axiom::Test::kEmpty ? 1 : 0;
    }
    CHECK(coherence == 1);
    CHECK(atomicity == 1);
    CHECK(built_in_model_text(name).has_value());
  }
  CHECK_FALSE(built_in_model_text("common").has_value());
}

TEST_CASE("a name that is neither a model nor a file") {
  const ModelError error = error_of("no-such-model");
  CHECK(error.file == "no-such-model");
  CHECK(error.line == 0);
  CHECK(error.message == "no built-in model (lkmm, lkmm-hw, sc, tso, pso) and no file that can be read");
  const Folder folder;
  CHECK(error_of(folder.path()).line == 0);
  CHECK(error_of(folder.path()).message == "it is a directory");
  CHECK(error_of("/dev/zero").message == "it is a pipe or a device, not a regular file");
  CHECK(error_of(folder.write("large.cat", "acyclic po" + std::string(1 << 20, ' '))).message == "it is larger than 1 MiB: not a model");
}

TEST_CASE("a bell file beside the model is read first") {
  const Folder folder;
  folder.write("old.bell", "\"bell\"\nenum Accesses = 'once || 'acquire\nlet Once = Once | IW\nflag ~empty Once as f\n");
  const Model m = loaded(folder.write("old.cat", "\"cat\"\ninclude \"lock.cat\"\nempty Once as once\n"));
  CHECK(m.name == "cat");
  CHECK(m.rmw_style == RmwStyle::kFenced);
  REQUIRE(m.axioms.size() >= 2);
  CHECK(m.axioms.front().name == "f");
  CHECK(m.axioms.back().name == "once");
  CHECK(m.axioms.front().node == m.axioms.back().node);
}

TEST_CASE("an error in the bell names the bell") {
  const Folder folder;
  const std::string bell = folder.write("m.bell", "\"bell\"\n\nlet a = nonsense\n");
  const ModelError error = error_of(folder.write("m.cat", "acyclic po"));
  CHECK(error.file == bell);
  CHECK(error.line == 3);
  CHECK(error.column == 9);
  CHECK(error.source_line == "let a = nonsense");
}

TEST_CASE("files are included from beside the one that includes them") {
  const Folder folder;
  folder.write("parts/a.cat", "let a = rf include \"b.cat\"");
  folder.write("parts/b.cat", "\"another title\" let b = a | co");
  const Model m = loaded(folder.write("m.cat", "\"title\" include \"parts/a.cat\" acyclic b as x"));
  CHECK(m.name == "title");
  CHECK(m.axioms.size() == 1);
}

TEST_CASE("of a lock.cat beside the model counts what does not build rf and co") {
  const Folder folder;
  folder.write("lock.cat", R"(
include "cross.cat"
let Everything = M | LKR | LKW | UL | LF | RL | RU
flag ~empty [M \ IW] ; loc ; [LKW] as odd-accesses
let pair p = p ++ 0
let choices = let one e = map pair ((LKW * {e}) & loc) in map one LF
with rf-lf from cross(choices)
let rf = rf | rf-lf
let co = (co | (co^-1 ; co))+
let Acquire = Acquire | LKR
let R = R | LKR
let M = R | W
flag ~empty UL as unlocks
show co
)");
  const std::string path = folder.write("m.cat", "include \"lock.cat\" empty Acquire as x acyclic po | rf | co as y empty R as z");
  const Model own = loaded(path);
  std::vector<std::string> names;
  for (const Axiom& a : own.axioms) names.push_back(a.name);
  CHECK(names == std::vector<std::string>{"odd-accesses", "unlocks", "x", "y", "z"});
  folder.write("lock.cat", "let Acquire = Acquire | LKR");
  const Model plain = loaded(path);
  // rf, co and R are what they are everywhere.
  REQUIRE(plain.axioms.size() == 3);
  const Model without = loaded(folder.write("plain/m.cat", "empty Acquire | LKR as x acyclic po | rf | co as y empty R as z"));
  CHECK(plain.nodes.size() == without.nodes.size());
  folder.write("lock.cat", "flag ~empty nothing as f");
  CHECK(error_of(path).message.find("nothing") != std::string::npos);
}

TEST_CASE("missing includes, and includes that go round in circles") {
  const Folder folder;
  ModelError error = error_of(folder.write("m.cat", "\"m\"\n  include \"none.cat\"\n"));
  CHECK(error.line == 2);
  CHECK(error.column == 3);
  CHECK(error.message == "cannot find the file \"none.cat\"");
  const std::string a = folder.write("a.cat", "include \"b.cat\"");
  const std::string b = folder.write("b.cat", "let x = po\ninclude \"a.cat\"");
  error = error_of(a);
  CHECK(error.file == b);
  CHECK(error.line == 2);
  CHECK(error.message == "\"a.cat\" includes itself");
}

TEST_CASE("an error in an included file shows that file") {
  const Folder folder;
  const std::string part = folder.write("part.cat", "let ok = po\nlet bad = po | R\n");
  const ModelError error = error_of(folder.write("m.cat", "include \"part.cat\""));
  CHECK(error.file == part);
  CHECK(error.line == 2);
  CHECK(error.source_line == "let bad = po | R");
}

TEST_CASE("one file may be included twice") {
  const Folder folder;
  folder.write("p.cat", "let r = po | r0");
  const Model m = loaded(folder.write("m.cat", "let r0 = rf include \"p.cat\" let r0 = co include \"p.cat\" acyclic r"));
  CHECK(m.axioms.size() == 1);
}

}  // namespace
}  // namespace lkmc
