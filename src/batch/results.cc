// SPDX-License-Identifier: Apache-2.0
#include "src/batch/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace lkmc::batch {

std::variant<Results, ResultsError> read_results(std::string_view text) {
  Results results;
  std::set<std::string> ids;
  std::size_t wanted = 0;
  int number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const Json json = Json::parse(text.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    ++number;
    try {
      if (number == 1) {
        if (json.at("lkmc_batch") != 1) return ResultsError{1, "results of another version of lkmc batch"};
        wanted = json.at("tests");
        results.model = json.value("model", "");
        results.seconds = json.value("seconds", 0.0);
        if (json.contains("shard")) {
          const Json& shard = json.at("shard");
          results.part = {{shard.at("index").get<std::uint32_t>() - 1, shard.at("of").get<std::uint32_t>()},
                          shard.at("batch").get<std::string>()};
        }
        continue;
      }
      Record r{.id = json.at("test"), .file = json.at("file"), .name = json.at("name"), .line = json.at("line")};
      const std::string outcome = json.at("outcome");
      const auto known = std::find_if(std::begin(kOutcomes), std::end(kOutcomes), [&](Outcome o) { return to_string(o) == outcome; });
      if (known == std::end(kOutcomes)) return ResultsError{number, "an outcome that is not known: " + outcome};
      r.outcome = *known;
      r.result = json.value("result", "");
      r.expected = json.value("expected", "");
      r.message = json.value("message", "");
      r.diagnostics = json.value("diagnostics", "");
      r.seconds = json.at("seconds");
      r.is_cached = json.value("cached", false);
      if (json.contains("details")) r.details = json["details"];
      if (!ids.insert(r.id).second) return ResultsError{number, "the test is there twice"};
      results.records.push_back(std::move(r));
    } catch (const Json::exception&) {
      return ResultsError{number,
                          number == 1 ? "these are no results of lkmc batch --report jsonl=FILE" : "this is not the result of a test"};
    }
  }
  if (number == 0) return ResultsError{1, "the file is empty"};
  if (results.records.size() != wanted) {
    return ResultsError{number, fmt::format("of {} tests only {} are there: the file is cut off", wanted, results.records.size())};
  }
  return results;
}

std::variant<Results, std::string> merge_results(std::vector<NamedResults> parts) {
  std::map<std::uint32_t, const NamedResults*> by_index;
  for (const NamedResults& p : parts) {
    const auto refuse = [&](const std::string& why) { return fmt::format("{}:1:1: error: {}\n", p.file, why); };
    const auto& part = p.results.part;
    if (!part) return refuse("these are not the results of a shard (lkmc batch --shard)");
    const auto& first = *parts.front().results.part;
    if (part->shard.count != first.shard.count) {
      return refuse(fmt::format("this is one of {} shards, {} one of {}", part->shard.count, parts.front().file, first.shard.count));
    }
    if (part->batch != first.batch) return refuse(fmt::format("this is of another batch than {}", parts.front().file));
    if (const auto [known, is_new] = by_index.try_emplace(part->shard.index, &p); !is_new) {
      return refuse(fmt::format("shard {}/{} is there already ({})", part->shard.index + 1, part->shard.count, known->second->file));
    }
  }
  const std::uint32_t count = parts.front().results.part->shard.count;
  for (std::uint32_t index = 0; index < count; ++index) {
    if (!by_index.contains(index)) return fmt::format("lkmc: error: shard {}/{} is missing\n", index + 1, count);
  }
  Results whole{.records = {}, .model = parts.front().results.model};
  for (NamedResults& part : parts) {
    std::move(part.results.records.begin(), part.results.records.end(), std::back_inserter(whole.records));
    whole.seconds = std::max(whole.seconds, part.results.seconds);
  }
  std::ranges::stable_sort(whole.records, {}, &Record::file);
  return whole;
}

}  // namespace lkmc::batch
