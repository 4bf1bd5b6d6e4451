// SPDX-License-Identifier: Apache-2.0
#include "src/report/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace lkmc {
namespace {

// A string of graphviz.
std::string dot_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string_view colour_of(std::string_view relation) {
  if (relation == "rf") return "red";
  if (relation == "co") return "blue";
  if (relation == "fr") return "orange";
  if (relation == "po") return "black";
  return "gray40";
}

// The walk as JSON that may stand in a script: nothing in it ends the script or begins a comment.
std::string script_json(const Walk& walk) {
  const std::string json = walk_json(walk).dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  for (const char c : json) out += c == '<' ? "\\u003c" : std::string(1, c);
  return out;
}

std::string_view part_of_page(std::string_view name) {
  const auto files = embedded_page();
  return std::find_if(files.begin(), files.end(), [&](const EmbeddedFile& file) { return file.name == name; })->text;
}

}  // namespace

std::string walk_dot(const Walk& walk) {
  std::string out = fmt::format("digraph {} {{\n  label={};\n  labelloc=t;\n  node [shape=box, fontname=monospace];\n", dot_text(walk.name),
                                dot_text(walk.name + ": " + walk.shows));
  const auto nodes_of = [&](int thread) {
    for (std::size_t n = 0; n < walk.nodes.size(); ++n) {
      if (walk.nodes[n].thread == thread) out += fmt::format("    e{} [label={}];\n", n, dot_text(walk.nodes[n].label));
    }
  };
  nodes_of(kInitThread);
  for (std::size_t t = 0; t < walk.threads.size(); ++t) {
    out += fmt::format("  subgraph cluster_{} {{\n    label={};\n", t, dot_text(walk.threads[t]));
    nodes_of(static_cast<int>(t));
    out += "  }\n";
  }
  for (const Walk::Edge& e : walk.edges) {
    const bool is_po = e.relation == "po";
    out += fmt::format("  e{} -> e{} [color={}, {}];\n", e.from, e.to, colour_of(e.relation),
                       is_po ? "weight=10" : fmt::format("label={}, constraint=false", e.relation));
  }
  return out + "}\n";
}

std::string walk_html(const Walk& walk) {
  std::string out;
  std::string_view rest = part_of_page("replay.html");
  const std::pair<std::string_view, std::string> parts[] = {{"@STYLE@\n", std::string(part_of_page("replay.css"))},
                                                            {"@WALK@", script_json(walk)},
                                                            {"@SCRIPT@\n", std::string(part_of_page("replay.js"))}};
  for (const auto& [mark, text] : parts) {
    const std::size_t at = rest.find(mark);
    out += std::string(rest.substr(0, at)) + text;
    rest.remove_prefix(at + mark.size());
  }
  return out + std::string(rest);
}

}  // namespace lkmc
