// SPDX-License-Identifier: Apache-2.0
#include "src/c/c_file.h"

#include <algorithm>
#include <map>
#include <utility>

#include "src/c/clang.h"
#include "src/c/interpreter.h"
#include "src/c/memory.h"
#include "src/c/run_alone.h"
#include "src/host/digest.h"

namespace lkmc::c {
namespace {

// The file as it is before any set-up: its variables with their initial values.
class Initial final : public Program, private Host {
 public:
  Initial(const Code& code, const Layouts& layouts) : code_(code), memory_(code, layouts, all_globals(code)) {}

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return memory_.locations(); }
  [[nodiscard]] int thread_count() const override { return 1; }
  void run(ThreadId, Thread& thread) const override {
    auto& host = const_cast<Initial&>(*this);
    c::interpret({code_, memory_, host, kInitThread, Phase::kSetup}, code_.initialise, thread);
  }
  [[nodiscard]] const c::Memory& objects() const { return memory_; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  [[nodiscard]] int slot(Special, const std::string&, ThreadId) override { return 0; }
  [[nodiscard]] std::optional<std::int64_t> shared_local(const LocalKey&) override { return std::nullopt; }
  void share_local(const LocalKey&) override {}
  void may_be_pointed_to(Word) override {}
  void give_up(const SourcePos& pos, const std::string& why) override { failure_ = Error{pos, why}; }

  static std::set<int> all_globals(const Code& code) {
    std::set<int> all;
    for (std::size_t g = 0; g < code.globals.size(); ++g) all.insert(static_cast<int>(g));
    return all;
  }

  const Code& code_;
  const c::Memory memory_;
  std::optional<Error> failure_;
};

// What a table of tests contains, by the names of its parts.
class TableReader {
 public:
  TableReader(const c::Memory& objects, const Layout& layout, const std::vector<Word>& words) : objects_(objects) {
    for (std::size_t i = 0; i < words.size(); ++i) words_[layout.cells[i].name] = words[i];
  }

  [[nodiscard]] Word word(const std::string& part) const {
    const auto found = words_.find(part);
    return found == words_.end() ? 0 : found->second;
  }
  // Empty where there is none.
  [[nodiscard]] std::string text(const std::string& part) const {
    const c::Memory::Object* object = object_at(part);
    return object != nullptr ? object->text : std::string();
  }
  [[nodiscard]] std::optional<int> function(const std::string& part) const {
    const c::Memory::Object* object = object_at(part);
    return object != nullptr && object->function >= 0 ? std::optional(object->function) : std::nullopt;
  }

 private:
  [[nodiscard]] const c::Memory::Object* object_at(const std::string& part) const {
    const auto pointer = pointer_at(word(part));
    return pointer ? objects_.object(pointer->object) : nullptr;
  }
  const c::Memory& objects_;
  std::map<std::string, Word> words_;
};

}  // namespace

CFile::CFile(std::string path, std::string taken, std::string digest, std::shared_ptr<const Tree> tree)
    : path_(std::move(path)),
      taken_(std::move(taken)),
      digest_(std::move(digest)),
      tree_(std::move(tree)),
      types_(tree_->root),
      lowered_(lower(*tree_, types_)),
      layouts_(lowered_.code, types_) {
  read_cases();
}

std::set<int> CFile::globals_of(const std::vector<int>& functions) const {
  std::set<int> globals, seen;
  std::vector<int> waiting = functions;
  const auto point_to = [&](Word word) {
    const auto pointer = pointer_at(word);
    if (!pointer) return;
    const auto count = static_cast<std::int64_t>(code().globals.size());
    if (pointer->object < count) {
      globals.insert(static_cast<int>(pointer->object));
    } else {
      waiting.push_back(static_cast<int>(pointer->object - count));
    }
  };
  for (std::set<int> followed; !waiting.empty();) {
    const int f = waiting.back();
    waiting.pop_back();
    if (!seen.insert(f).second) continue;
    for (const auto& block : code().functions[static_cast<std::size_t>(f)]->blocks) {
      for (const Instruction& i : block->code) {
        if (i.op == Op::kGlobal) globals.insert(i.index);
        if (i.op == Op::kFunction || (i.op == Op::kCall && i.index >= 0)) waiting.push_back(i.index);
      }
    }
    for (bool more = true; more;) {
      more = false;
      const std::set<int> known = globals;
      for (const int g : known) {
        if (!followed.insert(g).second) continue;
        for (const Word word : initial(g)) point_to(word);
        more = true;
      }
    }
  }
  return globals;
}

void CFile::read_cases() {
  const Initial program(lowered_.code, layouts_);
  const auto ran = run_alone(program);
  if (program.failure()) throw *program.failure();
  if (const auto* error = std::get_if<Error>(&ran)) throw *error;
  const auto& words = std::get<std::vector<Word>>(ran);
  for (std::size_t g = 0; g < code().globals.size(); ++g) {
    const c::Memory::Object& object = program.objects().objects()[g];
    auto& contents = initial_.emplace_back();
    if (object.layout == nullptr) continue;
    const auto first = words.begin() + object.first;
    contents.assign(first, first + static_cast<std::ptrdiff_t>(object.layout->cells.size()));
  }
  for (const CaseTable& table : lowered_.tables) {
    const auto global = static_cast<std::size_t>(table.global);
    const TableReader in(program.objects(), *layouts_.globals[global], initial_[global]);
    for (std::size_t i = 0; i < table.positions.size(); ++i) {
      const std::string element = '[' + std::to_string(i) + ']';
      TestCase test{.name = in.text(element + ".name"), .pos = table.positions[i]};
      if (test.name.empty()) continue;
      test.setup = in.function(element + ".setup");
      test.finally = in.function(element + ".finally");
      for (int t = 0;; ++t) {
        const std::string thread = element + ".threads[" + std::to_string(t) + ']';
        const auto function = in.function(thread + ".run");
        if (!function) break;
        test.threads.push_back({in.text(thread + ".name"), *function});
      }
      if (test.threads.empty()) throw Error{test.pos, "the test " + test.name + " has no thread"};
      for (int e = 0;; ++e) {
        const std::string expected = element + ".expect[" + std::to_string(e) + ']';
        const Word kind = in.word(expected + ".kind");
        if (kind == 0) break;
        test.expectations.push_back({static_cast<Expectation::Kind>(kind - 1), in.text(expected + ".name")});
      }
      cases_.push_back(std::move(test));
    }
  }
  if (cases_.empty()) throw Error{{}, "there is no test in the file: a variable of type struct lkmc_case[] lists them (<lkmc/test.h>)"};
}

std::unique_ptr<const CFile> read_c_file(const std::string& path, std::string_view text, const KernelTree& tree, const Stop& stop,
                                         bool wants_digest) {
  std::vector<std::string> folders;
  std::string taken;
  if (const std::vector<Taking> takings = takings_of(text); !takings.empty()) {
    if (!tree.is_given()) {
      throw Error{takings.front().pos, "it takes " + takings.front().file +
                                           " from a kernel tree: --tree or the environment variable LKMC_TREE says where that is"};
    }
    KernelTree::Taken all = tree.cut_out(takings);
    folders.push_back(std::move(all.folder));
    taken = std::move(all.text);
  }
  auto result = parse_with_clang(path, folders, stop, wants_digest);
  if (const auto* error = std::get_if<Error>(&result)) throw *error;
  auto& parsed = std::get<ParsedFile>(result);
  // Comments, too: reports show lines of the source.
  if (!parsed.digest.empty()) parsed.digest = Digest().add(parsed.digest).add(text).add(taken).text();
  const std::shared_ptr<const Tree> tree_of_file = std::move(parsed.tree);
  try {
    return std::make_unique<const CFile>(path, std::move(taken), std::move(parsed.digest), tree_of_file);
  } catch (Error& error) {
    // The names of files go with the tree.
    if (error.pos.file != nullptr) error.file = shown_path(std::exchange(error.pos.file, nullptr));
    throw;
  }
}

}  // namespace lkmc::c
