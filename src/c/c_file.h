// SPDX-License-Identifier: Apache-2.0
// A C file with tests, read and taken apart.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/c/kernel_tree.h"
#include "src/c/lower.h"
#include "src/c/memory.h"
#include "src/program/self_checking_test.h"

namespace lkmc::c {

// One `struct lkmc_case` of the file (models/linux/include/lkmc/test.h).
struct TestCase {
  struct Thread {
    std::string name;
    int function;
  };
  std::string name;
  SourcePos pos;
  std::optional<int> setup{}, finally{};  // functions
  std::vector<Thread> threads{};
  std::vector<Expectation> expectations{};
};

class CFile {
 public:
  // Throws Error if something in the file has no meaning.
  CFile(std::string path, std::string taken, std::string digest, std::shared_ptr<const Tree> tree);

  [[nodiscard]] const std::string& path() const { return path_; }
  // What was taken from the kernel tree.
  [[nodiscard]] const std::string& taken() const { return taken_; }
  // Of all that the tests depend on; empty if it was not wanted, or is not known.
  [[nodiscard]] const std::string& digest() const { return digest_; }
  [[nodiscard]] const Code& code() const { return lowered_.code; }
  [[nodiscard]] const std::vector<TestCase>& cases() const { return cases_; }
  [[nodiscard]] const Layouts& layouts() const { return layouts_; }
  // The globals that the functions may come to, directly or by what they point to before any thread runs.
  [[nodiscard]] std::set<int> globals_of(const std::vector<int>& functions) const;
  // What a global contains, by its cells.
  [[nodiscard]] const std::vector<Word>& initial(int global) const { return initial_[static_cast<std::size_t>(global)]; }

 private:
  void read_cases();

  std::string path_, taken_, digest_;
  std::shared_ptr<const Tree> tree_;
  Types types_;
  Lowered lowered_;
  Layouts layouts_;
  std::vector<std::vector<Word>> initial_;
  std::vector<TestCase> cases_;
};

// Reads the file, with what it takes from the kernel tree. Throws Error; without a message where clang has said what is wrong. Throws
// Stopped.
[[nodiscard]] std::unique_ptr<const CFile> read_c_file(const std::string& path, std::string_view text, const KernelTree& tree,
                                                       const Stop& stop, bool wants_digest = false);

}  // namespace lkmc::c
