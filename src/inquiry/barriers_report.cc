// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/barriers_report.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/kcsan/code.h"
#include "src/ordering/comments.h"
#include "src/ordering/source_call.h"
#include "src/report/story.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::kRead:
      return "read";
    case Operation::kWrite:
      return "write";
    case Operation::kRmw:
      return "rmw";
    case Operation::kAcquireIf:
      return "acquire-if";
    case Operation::kFence:
      return "fence";
  }
  return {};
}

// What kernel code calls the place it stands in: the function, or the thread of a litmus file.
std::string place_of_code(const Ordering& ordering, const Names& names) {
  if (const std::string function = kcsan::plain_name(ordering.pos.function); !function.empty()) return function;
  std::string threads;
  for (const ThreadId t : ordering.threads) threads += (threads.empty() ? "" : ", ") + names.thread(t);
  return threads;
}

Json site_json(const Site& site, const BarriersJob& job, const Names& names) {
  const Ordering& ordering = job.orderings.at(site);
  const auto call = call_at(names.source_line(ordering.pos), ordering.pos.column);
  return {{"file", std::filesystem::path(names.file(ordering.pos)).lexically_normal().string()},
          {"line", ordering.pos.line},
          {"column", ordering.pos.column},
          {"in", place_of_code(ordering, names)},
          {"operation", name_of(site.operation)},
          {"ordering", name_of_ordering(site.operation, ordering.tag)},
          {"call", call ? call->name : ""}};
}

// `smp_store_release() in foo()`, as comments of the kernel name what a barrier pairs with.
std::string kernel_name(const Json& site) {
  const std::string call = site["call"];
  const std::string in = site["in"];
  return fmt::format("{} in {}()", call.empty() ? site["ordering"].get<std::string>() : call + "()", in);
}

std::string joined(const std::vector<std::string>& words, std::string_view separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

// Of a place as site_json() writes it.
std::string text_of(const Json& site) {
  return fmt::format("{}:{}:{}: {} in {}", site["file"].get<std::string>(), site["line"].get<int>(), site["column"].get<int>(),
                     site["ordering"].get<std::string>(), site["in"].get<std::string>());
}

std::string key_of(const Json& site) {
  return fmt::format("{}:{:06}:{:06}:{}", site["file"].get<std::string>(), site["line"].get<int>(), site["column"].get<int>(),
                     site["operation"].get<std::string>());
}

// How strong a machine must be to do without, the strongest that cannot first.
int rank_of(const std::string& strength) {
  const std::vector<std::string> order{"SC", "TSO", "weak", "LKMM only"};
  return static_cast<int>(std::find(order.begin(), order.end(), strength) - order.begin());
}

}  // namespace

Json barriers_json(const BarriersReport& report, const BarriersJob& job, const Names& names) {
  const Painter paint(Colour::kNever);
  Json orderings = Json::array();
  for (const auto& [site, found] : report.orderings) {
    Json json = site_json(site, job, names);
    json["source"] = names.source_line(job.orderings.at(site).pos);
    json["comment"] = pairing_comment(names, job.orderings.at(site).pos);
    json["needed_for"] = found.needed_for;
    json["complete"] = found.complete;
    json["enough"] = Json::array();
    for (const Tag form : found.enough) json["enough"].push_back(name_of_form(site.operation, form));
    if (!found.needed_for.empty()) {
      if (!job.others.empty()) json["strength"] = found.strength.empty() ? "LKMM only" : found.strength;
      json["pairs_with"] = Json::array();
      for (const Site& other : found.pairs_with) json["pairs_with"].push_back(site_json(other, job, names));
    }
    if (found.example) json["story"] = story(names, found.example->witness, paint);
    orderings.push_back(std::move(json));
  }
  Json sets = Json::array();
  for (const std::vector<Site>& set : report.one_of) {
    sets.push_back(Json::array());
    for (const Site& site : set) sets.back().push_back(site_json(site, job, names));
  }
  std::vector<std::string> wrong;
  for (const auto& [what, example] : job.baseline.wrong) wrong.push_back(what);
  return {{"wrong_before", wrong}, {"complete", job.baseline.complete}, {"orderings", orderings}, {"one_of", sets}};
}

struct BarriersTable::Row {
  Json site;
  std::map<std::string, std::vector<std::string>> needed_for{};  // by what goes wrong: the tests
  std::map<std::string, int> enough{};                           // forms that do, by how many tests say so
  int tests = 0;                                                 // that meet it and need it
  std::string strength{};
  std::map<std::string, Json> pairs_with{};
  std::string story{}, story_of{};
  bool complete = true;

  [[nodiscard]] bool is_needed() const { return !needed_for.empty(); }
  // The forms that do in all tests that need it.
  [[nodiscard]] std::vector<std::string> weakest() const {
    std::vector<std::string> forms;
    for (const auto& [form, times] : enough) {
      if (times == tests) forms.push_back(form);
    }
    return forms;
  }
  // `data-race [lookup-detach, slab-free]`; without the tests if there is only one.
  [[nodiscard]] std::string needs(bool name_tests) const {
    std::vector<std::string> words;
    for (const auto& [what, of] : needed_for) words.push_back(name_tests ? fmt::format("{} [{}]", what, joined(of, ", ")) : what);
    return joined(words, "; ");
  }
};

BarriersTable::BarriersTable() = default;
BarriersTable::~BarriersTable() = default;

void BarriersTable::add(const Json& result) {
  const std::string test = result["name"];
  const Json& barriers = result["barriers"];
  tests_.push_back(test);
  if (!barriers["wrong_before"].empty()) {
    remarks_.push_back(fmt::format("{}: is wrong as it is ({}): what else goes wrong counts", test,
                                   joined(barriers["wrong_before"].get<std::vector<std::string>>(), "; ")));
  }
  if (!barriers["complete"]) remarks_.push_back(fmt::format("{}: inconclusive: not all executions were explored", test));
  for (const Json& set : barriers["one_of"]) {
    std::vector<std::string> words;
    for (const Json& site : set) words.push_back(text_of(site));
    remarks_.push_back(fmt::format("{}: one of these must stay: {}", test, joined(words, "; ")));
  }
  for (const Json& ordering : barriers["orderings"]) {
    const std::string key = key_of(ordering);
    auto row = std::lower_bound(rows_.begin(), rows_.end(), key, [](const Row& r, const std::string& k) { return key_of(r.site) < k; });
    if (row == rows_.end() || key_of(row->site) != key) row = rows_.insert(row, Row{.site = ordering});
    row->complete = row->complete && ordering["complete"].get<bool>();
    if (ordering["needed_for"].empty()) continue;
    ++row->tests;
    for (const std::string what : ordering["needed_for"]) row->needed_for[what].push_back(test);
    for (const std::string form : ordering["enough"]) ++row->enough[form];
    for (const Json& other : ordering["pairs_with"]) row->pairs_with.emplace(key_of(other), other);
    const std::string strength = ordering.value("strength", "");
    if (!strength.empty() && (row->strength.empty() || rank_of(strength) < rank_of(row->strength))) row->strength = strength;
    if (row->story.empty() && ordering.contains("story")) {
      row->story = ordering["story"];
      row->story_of = test;
    }
  }
}

std::string BarriersTable::text(bool with_stories) const {
  std::string out;
  for (const Row& row : rows_) {
    out += fmt::format("{}\n    {}\n", text_of(row.site), row.site["source"].get<std::string>());
    if (!row.is_needed()) {
      out += row.complete ? "    not needed by these tests\n" : "    inconclusive: not all executions were explored\n";
      continue;
    }
    out += fmt::format("    needed{}: {}\n", row.strength.empty() ? "" : " (" + row.strength + ")", row.needs(tests_.size() > 1));
    if (const auto forms = row.weakest(); !forms.empty()) out += fmt::format("    would do: {}\n", joined(forms, "; or "));
    for (const auto& [key, other] : row.pairs_with) {
      out += fmt::format("    pairs with {}\n", key == key_of(row.site) ? "itself, in another thread" : text_of(other));
    }
    if (with_stories && !row.story.empty()) out += fmt::format("    without it ({}):\n{}", row.story_of, row.story);
  }
  for (const std::string& remark : remarks_) out += remark + '\n';
  if (rows_.empty()) out += "no orderings\n";
  return out;
}

std::string BarriersTable::markdown() const {
  std::string out = "| place | in | ordering | needed for | by | would do | pairs with |\n| --- | --- | --- | --- | --- | --- | --- |\n";
  for (const Row& row : rows_) {
    std::vector<std::string> others;
    for (const auto& [key, other] : row.pairs_with) {
      others.push_back(key == key_of(row.site) ? "itself" : fmt::format("{}:{}", other["in"].get<std::string>(), other["line"].get<int>()));
    }
    const std::string needs = row.is_needed() ? row.needs(tests_.size() > 1) : row.complete ? "not needed by these tests" : "inconclusive";
    out += fmt::format("| {}:{} | {} | {} | {} | {} | {} | {} |\n", row.site["file"].get<std::string>(), row.site["line"].get<int>(),
                       row.site["in"].get<std::string>(), row.site["ordering"].get<std::string>(), needs, row.strength,
                       joined(row.weakest(), "; or "), joined(others, "; "));
  }
  for (const std::string& remark : remarks_) out += "\n- " + remark;
  return out + (remarks_.empty() ? "" : "\n");
}

std::string BarriersTable::comments() const {
  std::string out;
  for (const Row& row : rows_) {
    if (!row.is_needed() || row.pairs_with.empty()) continue;
    const std::string comment = row.site["comment"];
    const std::string place = fmt::format("{}:{}", row.site["file"].get<std::string>(), row.site["line"].get<int>());
    std::vector<std::string> right, missing;
    for (const auto& [key, other] : row.pairs_with) {
      const std::string in = other["in"];
      (comment.find(in) != std::string::npos ? right : missing).push_back(kernel_name(other));
    }
    if (comment.empty()) {
      out += fmt::format("{}: {} has no comment that says what it pairs with: /* Pairs with {}. */\n", place,
                         row.site["ordering"].get<std::string>(), joined(missing, ", "));
    } else if (right.empty()) {
      out += fmt::format("{}: the comment says \"{}\", but {} pairs with {}\n", place, comment, row.site["ordering"].get<std::string>(),
                         joined(missing, ", "));
    } else if (!missing.empty()) {
      out += fmt::format("{}: the comment says \"{}\"; {} also pairs with {}\n", place, comment, row.site["ordering"].get<std::string>(),
                         joined(missing, ", "));
    }
  }
  return out;
}

std::string BarriersTable::json() const {
  Json out{{"tests", tests_}, {"orderings", Json::array()}, {"remarks", remarks_}};
  for (const Row& row : rows_) {
    Json json = row.site;
    json["needed_for"] = row.needed_for;
    json["enough"] = row.weakest();
    json["complete"] = row.complete;
    json["strength"] = row.strength;
    json["pairs_with"] = Json::array();
    for (const auto& [key, other] : row.pairs_with) json["pairs_with"].push_back(other);
    json["story"] = row.story;
    out["orderings"].push_back(std::move(json));
  }
  return out.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace lkmc
