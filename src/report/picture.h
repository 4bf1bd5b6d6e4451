// SPDX-License-Identifier: Apache-2.0
// A replayed trace as a graph for graphviz, and as a page for a browser.
#pragma once

#include <span>
#include <string>

#include "src/host/embedded.h"
#include "src/report/walk.h"

namespace lkmc {

// The threads from top to bottom, with rf, co, fr and dependencies between their events.
[[nodiscard]] std::string walk_dot(const Walk& walk);

// One file that needs nothing else (src/report/page): the threads side by side, the state of the machine after each step, the
// source, and the execution graph.
[[nodiscard]] std::string walk_html(const Walk& walk);

// The files of src/report/page.
[[nodiscard]] std::span<const EmbeddedFile> embedded_page();

}  // namespace lkmc
