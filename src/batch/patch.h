// SPDX-License-Identifier: Apache-2.0
// A copy of the current folder with a patch applied, to run tests in.
#pragma once

#include <set>
#include <string>
#include <variant>

namespace lkmc::batch {

struct PatchedCopy {
  std::string folder;             // below $TMPDIR; remove_copy() removes it
  std::set<std::string> changed;  // paths below the folder: changed, added or removed
  bool has_new_files = false;
};

struct PatchError {
  std::string message;  // whole lines
};

// Copies all regular files below the current folder but those in folders whose names begin with a dot, and applies the patch with
// `git apply`: a diff, or the mails of a series (mbox), one after the other. A hunk that does not apply is named in the error.
[[nodiscard]] std::variant<PatchedCopy, PatchError> patched_copy(const std::string& patch);
void remove_copy(const PatchedCopy& copy);

}  // namespace lkmc::batch
