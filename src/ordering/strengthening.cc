// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/strengthening.h"

#include <charconv>
#include <numeric>
#include <span>
#include <sstream>

#include <fmt/format.h>

#include "src/host/embedded.h"

namespace lkmc {

std::span<const EmbeddedFile> embedded_costs();

namespace {

constexpr const char* kNames[] = {"once", "acquire", "release", "rmb", "wmb", "mb", "rmw-acquire", "rmw-release", "rmw-mb"};

// What the table calls it that an operation gets the tag.
std::string cost_name(Operation operation, Tag tag) {
  const bool is_rmw = operation == Operation::kRmw;
  switch (tag) {
    case Tag::kAcquire:
      return is_rmw ? "rmw-acquire" : "acquire";
    case Tag::kRelease:
      return is_rmw ? "rmw-release" : "release";
    case Tag::kMb:
      return is_rmw ? "rmw-mb" : "mb";
    case Tag::kRmb:
      return "rmb";
    case Tag::kWmb:
      return "wmb";
    default:
      return "once";
  }
}

// The tags that are stronger than the source's, for the same operation.
std::vector<Tag> stronger_tags(Operation operation, Tag tag) {
  switch (operation) {
    case Operation::kRead:
      if (tag == Tag::kPlain) return {Tag::kOnce, Tag::kAcquire};
      return tag == Tag::kOnce ? std::vector{Tag::kAcquire} : std::vector<Tag>{};
    case Operation::kWrite:
      if (tag == Tag::kPlain) return {Tag::kOnce, Tag::kRelease};
      return tag == Tag::kOnce ? std::vector{Tag::kRelease} : std::vector<Tag>{};
    case Operation::kRmw:
      if (tag == Tag::kOnce) return {Tag::kAcquire, Tag::kRelease, Tag::kMb};
      return tag == Tag::kAcquire || tag == Tag::kRelease ? std::vector{Tag::kMb} : std::vector<Tag>{};
    case Operation::kFence:
      return tag == Tag::kRmb || tag == Tag::kWmb || tag == Tag::kBarrier ? std::vector{Tag::kMb} : std::vector<Tag>{};
    case Operation::kAcquireIf:
      return {};
  }
  return {};
}

}  // namespace

std::variant<Costs, std::string> parse_costs(std::string_view text) {
  Costs costs;
  std::istringstream lines{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    std::string name;
    if (!(words >> name)) continue;
    int sum = 0;
    int columns = 0;
    for (int cost = 0; words >> cost; ++columns) sum += cost;
    if (columns == 0 || !words.eof()) return fmt::format("line {}: `{}` needs whole numbers", number, name);
    if (!costs.emplace(name, sum).second) return fmt::format("line {}: `{}` is there twice", number, name);
  }
  for (const char* name : kNames) {
    if (!costs.contains(name)) return fmt::format("there is no `{}`", name);
  }
  return costs;
}

const Costs& ordering_costs() {
  static const Costs costs = std::get<Costs>(parse_costs(embedded_costs().front().text));
  return costs;
}

std::vector<Strengthening> strengthenings_of(const Orderings& operations, const Costs& costs) {
  std::vector<Strengthening> changes;
  for (const auto& [site, operation] : operations) {
    for (const Tag tag : stronger_tags(site.operation, operation.tag)) {
      changes.push_back({.site = site, .tag = tag, .cost = 1 + costs.at(cost_name(site.operation, tag))});
    }
    const bool is_access = site.operation == Operation::kRead || site.operation == Operation::kWrite || site.operation == Operation::kRmw;
    if (!is_access) continue;
    for (const Tag fence : {Tag::kRmb, Tag::kWmb, Tag::kMb}) {
      changes.push_back({.site = site, .tag = fence, .is_fence_before = true, .cost = 1 + costs.at(cost_name(Operation::kFence, fence))});
    }
  }
  return changes;
}

std::string name_of(const Strengthening& change) {
  if (change.is_fence_before) return name_of_ordering(Operation::kFence, change.tag) + " before it";
  switch (change.site.operation) {
    case Operation::kRead:
      return change.tag == Tag::kAcquire ? "smp_load_acquire()" : "READ_ONCE()";
    case Operation::kWrite:
      return change.tag == Tag::kRelease ? "smp_store_release()" : "WRITE_ONCE()";
    case Operation::kRmw:
      return change.tag == Tag::kMb ? "the fully ordered form" : change.tag == Tag::kAcquire ? "its _acquire form" : "its _release form";
    default:
      return name_of_ordering(Operation::kFence, change.tag);
  }
}

}  // namespace lkmc
