// SPDX-License-Identifier: Apache-2.0
// A repair as an edit of the source: which words to replace, and the diff to show.
//
// Calls are edited by their names: READ_ONCE(), WRITE_ONCE(), rcu_dereference(), the atomic operations; fences are put before
// the statement. What stands there in another form, a plain access above all, has to be edited by hand, and is listed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/ordering/strengthening.h"

namespace lkmc {

struct SourceEdit {
  std::string text;                    // of the file, edited
  std::vector<Strengthening> by_hand;  // what is left to do
};

// `changes` are all in this file.
[[nodiscard]] SourceEdit edit_source(std::string_view text, const std::vector<Strengthening>& changes);

// How to get from one text to the other, as patch(1) wants it; empty if they are the same. Meant for few changes, none of them large.
[[nodiscard]] std::string unified_diff(std::string_view file, std::string_view before, std::string_view after);

}  // namespace lkmc
