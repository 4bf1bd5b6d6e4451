// SPDX-License-Identifier: Apache-2.0
// What a test takes from a kernel tree: `#include KERNEL(mm/memory.c, lock_vma_under_rcu)`.
//
// Such a line names a file of the tree and what is wanted of it (cut.h). It is replaced by nothing: the preprocessor includes
// what has been cut out, in which every line is where it is in the kernel's file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/c/cut.h"
#include "src/c/tree.h"
#include "src/host/command.h"

namespace lkmc::c {

struct Taking {
  SourcePos pos;
  int last_line;     // where it ends, which is what the preprocessor calls its line
  std::string file;  // of the tree
  std::vector<Wanted> wanted;
};

// All that a test takes; throws Error if such a line cannot be read.
[[nodiscard]] std::vector<Taking> takings_of(std::string_view test);

// A folder, or `FOLDER@REVISION` of a git repository, perhaps with a patch, or a series in an mbox, on top.
class KernelTree {
 public:
  // Throws Error if the patch does not apply. `stop` is asked while other programs run: then Stopped is thrown.
  KernelTree(std::string place, std::string patch_file, Stop stop);

  [[nodiscard]] bool is_given() const { return !folder_.empty(); }
  struct Taken {
    std::string folder;  // for the compiler to include from
    std::string text;    // all of it
  };
  // Puts all that is taken into a folder. Throws Error if something is not there.
  [[nodiscard]] Taken cut_out(const std::vector<Taking>& takings) const;

 private:
  // The content of a file; nothing if there is none.
  [[nodiscard]] std::optional<std::string> read(const std::string& file) const;
  [[nodiscard]] std::optional<std::string> read_unpatched(const std::string& file) const;
  [[nodiscard]] std::string place() const { return revision_.empty() ? folder_ : folder_ + '@' + revision_; }
  void apply_patch();
  [[nodiscard]] CommandResult run(const std::vector<std::string>& words) const;

  std::string folder_, revision_, patch_file_;
  Stop stop_;
  // The files that the patch touches, as they are then; gone with the tree.
  struct Folder {
    Folder() = default;
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string path{};
  };
  Folder patched_;
};

// What a file is called in reports: those that lkmc has put somewhere by their names in the tree or among the headers.
[[nodiscard]] std::string shown_path(std::string_view path);

}  // namespace lkmc::c
