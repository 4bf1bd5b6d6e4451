// A replayed trace as a graph for graphviz, and as a page for a browser.
#pragma once

#include <string>

#include "src/report/walk.h"

namespace lkmc {

// The threads from top to bottom, with rf, co, fr and dependencies between their events.
[[nodiscard]] std::string walk_dot(const Walk& walk);

// One file that needs nothing else: the steps, and the state of the machine after each, with buttons and keys to move.
[[nodiscard]] std::string walk_html(const Walk& walk);

}  // namespace lkmc
