// SPDX-License-Identifier: Apache-2.0
// Text of others within Markdown.
#pragma once

#include <string>

namespace lkmc::batch {

// In a line of a table.
[[nodiscard]] std::string markdown_text(const std::string& text);
// Lines of text, folded away below a title.
[[nodiscard]] std::string markdown_details(const std::string& title, const std::string& text);

}  // namespace lkmc::batch
