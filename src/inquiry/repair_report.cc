// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/repair_report.h"

#include <filesystem>
#include <map>
#include <vector>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/ordering/source_call.h"
#include "src/ordering/source_edit.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

struct Edited {
  std::string diff;
  std::vector<Strengthening> by_hand;
};

// The file of a place, as a diff should name it.
std::string file_of(const Names& names, const SourcePos& pos) { return std::filesystem::path(names.file(pos)).lexically_normal().string(); }

std::string place_of(const Names& names, const SourcePos& pos) { return fmt::format("{}:{}", file_of(names, pos), pos.line); }

// The changes as edits of the files that they are in.
Edited edited(const std::vector<Strengthening>& changes, const RepairJob& job, const Names& names, const SourceText& source) {
  std::map<std::string, std::vector<Strengthening>> by_file;
  for (const Strengthening& change : changes) by_file[file_of(names, job.operations.at(change.site).pos)].push_back(change);
  Edited out;
  for (const auto& [file, of_file] : by_file) {
    const auto text = source(job.operations.at(of_file.front().site).pos);
    if (!text) {
      out.by_hand.insert(out.by_hand.end(), of_file.begin(), of_file.end());
      continue;
    }
    const SourceEdit edit = edit_source(*text, of_file);
    out.diff += unified_diff(file, *text, edit.text);
    out.by_hand.insert(out.by_hand.end(), edit.by_hand.begin(), edit.by_hand.end());
  }
  return out;
}

int cost_of(const std::vector<Strengthening>& changes) {
  int cost = 0;
  for (const Strengthening& change : changes) cost += change.cost;
  return cost;
}

}  // namespace

std::string repair_text(const Repair& repair, const RepairJob& job, const Names& names, const SourceText& source) {
  if (repair.wrong.empty()) return repair.gave_up ? "not all executions could be explored: no repair\n" : "nothing is wrong: no repair\n";
  std::string out = fmt::format("wrong: {}\n", fmt::join(repair.wrong, "; "));
  if (!repair.not_by_ordering.empty()) {
    out += fmt::format("no ordering repairs it: {} also where every access is ordered as strongly as can be; the threads interleave so\n",
                       fmt::join(repair.not_by_ordering, "; "));
  }
  if (!repair.changes && repair.not_by_ordering.size() == repair.wrong.size()) return out;
  if (!repair.changes) {
    return out + fmt::format("no repair found ({} sets of changes looked at, {} explored)\n", repair.sets, repair.explorations);
  }
  out += fmt::format("{} (cost {}; {} sets of changes looked at, {} explored):\n",
                     repair.not_by_ordering.empty() ? "repair" : "repair of the rest", cost_of(*repair.changes), repair.sets,
                     repair.explorations);
  for (const Strengthening& change : *repair.changes) {
    const SourcePos pos = job.operations.at(change.site).pos;
    out += fmt::format("  {}: {}: {}\n", place_of(names, pos), name_of(change), trimmed(names.source_line(pos)));
  }
  const Edited edit = edited(*repair.changes, job, names, source);
  out += edit.diff;
  for (const Strengthening& change : edit.by_hand) {
    out += fmt::format("to be edited by hand: {}: {}\n", place_of(names, job.operations.at(change.site).pos), name_of(change));
  }
  return out;
}

Json repair_json(const Repair& repair, const RepairJob& job, const Names& names, const SourceText& source) {
  Json json{{"wrong", repair.wrong}, {"not_by_ordering", repair.not_by_ordering}, {"found", repair.changes.has_value()},
            {"sets", repair.sets},   {"explorations", repair.explorations},       {"complete", !repair.gave_up}};
  if (!repair.changes) return json;
  json["cost"] = cost_of(*repair.changes);
  json["changes"] = Json::array();
  for (const Strengthening& change : *repair.changes) {
    const SourcePos pos = job.operations.at(change.site).pos;
    json["changes"].push_back({{"file", file_of(names, pos)},
                               {"line", pos.line},
                               {"column", pos.column},
                               {"change", name_of(change)},
                               {"source", names.source_line(pos)}});
  }
  json["diff"] = edited(*repair.changes, job, names, source).diff;
  return json;
}

}  // namespace lkmc
