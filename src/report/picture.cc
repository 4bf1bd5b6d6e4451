#include "src/report/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// The walk as JSON that may stand in a script: nothing in it ends the script or begins a comment.
std::string script_json(const Walk& walk) {
  const std::string json = walk_json(walk).dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  for (const char c : json) out += c == '<' ? "\\u003c" : std::string(1, c);
  return out;
}

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>@TITLE@</title>
<style>
body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { padding: .15em .7em; text-align: left; vertical-align: top; }
td.source, td.value { font-family: monospace; white-space: pre; }
#steps tr { cursor: pointer; }
#steps tr.done { color: #000; }
#steps tr { color: #999; }
#steps tr.now { background: #ffe9a8; color: #000; }
.remark { color: #06707f; }
button { font: inherit; padding: .2em .9em; }
</style>
</head>
<body>
<h1></h1>
<p id="shows"></p>
<p><button id="first">first (g)</button> <button id="previous">previous (p)</button>
<button id="next">next (n)</button> <button id="last">last (G)</button> <span id="at"></span></p>
<table id="steps"></table>
<h2>After this step</h2>
<table id="memory"></table>
<table id="threads"></table>
<div id="ending"></div>
<script>
const walk = @WALK@;
let at = 0;
const part = id => document.getElementById(id);
function cell(row, text, kind) {
  const c = row.appendChild(document.createElement(kind && kind.startsWith('th') ? 'th' : 'td'));
  c.textContent = text;
  if (kind) c.className = kind;
  return c;
}
function show() {
  const rows = part('steps').rows;
  for (let i = 0; i < rows.length; ++i) rows[i].className = i + 1 === at ? 'now' : i < at ? 'done' : '';
  part('at').textContent = 'step ' + at + ' of ' + walk.steps.length;
  const step = at > 0 ? walk.steps[at - 1] : null;
  const memory = part('memory');
  memory.textContent = '';
  const names = memory.insertRow(), values = memory.insertRow();
  walk.locations.forEach((name, l) => {
    cell(names, name, 'th');
    cell(values, step ? step.memory[l] : walk.initial[l], 'value');
  });
  const threads = part('threads');
  threads.textContent = '';
  const head = threads.insertRow();
  ['thread', 'store buffer', 'locks and sections'].forEach(text => cell(head, text, 'th'));
  walk.threads.forEach((name, t) => {
    const row = threads.insertRow();
    cell(row, name);
    cell(row, step ? step.buffers[t].join(', ') : '', 'value');
    cell(row, step ? step.sections[t].join(', ') : '');
  });
  part('ending').textContent = at === walk.steps.length ? walk.ending.join('\n') : '';
}
function go(step) { at = Math.max(0, Math.min(walk.steps.length, step)); show(); }
document.querySelector('h1').textContent = walk.name;
part('shows').textContent = walk.shows;
walk.steps.forEach((step, i) => {
  const row = part('steps').insertRow();
  row.onclick = () => go(i + 1);
  cell(row, i + 1);
  cell(row, walk.threads[step.thread]);
  cell(row, step.place);
  cell(row, step.source, 'source');
  cell(row, step.effect);
  cell(row, step.remark ? '[' + step.remark + ']' : '', 'remark');
});
const moves = { g: () => go(0), p: () => go(at - 1), n: () => go(at + 1), G: () => go(walk.steps.length) };
part('first').onclick = moves.g;
part('previous').onclick = moves.p;
part('next').onclick = moves.n;
part('last').onclick = moves.G;
document.onkeydown = event => { if (moves[event.key]) moves[event.key](); };
show();
</script>
</body>
</html>
)";

}  // namespace

std::string walk_dot(const Walk& walk) {
  std::string out = fmt::format("digraph {} {{\n  label={};\n  labelloc=t;\n  node [shape=box, fontname=monospace];\n",
                                dot_text(walk.name), dot_text(walk.name + ": " + walk.shows));
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
  std::string_view rest = kPage;
  const std::pair<std::string_view, std::string> parts[] = {{"@TITLE@", escaped(walk.name)}, {"@WALK@", script_json(walk)}};
  for (const auto& [mark, text] : parts) {
    const std::size_t at = rest.find(mark);
    out += std::string(rest.substr(0, at)) + text;
    rest.remove_prefix(at + mark.size());
  }
  return out + std::string(rest);
}

}  // namespace lkmc
