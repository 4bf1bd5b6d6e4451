// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/why_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

class CycleText {
 public:
  CycleText(const Witness& witness, const std::vector<CycleStep>& cycle, const std::vector<Site>& by, const Orderings& orderings,
            const Names& names)
      : w_(witness), cycle_(cycle), by_(by), orderings_(orderings), names_(names) {}

  // One line for each access, with how it comes behind the one before; the first comes once more, at the end.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (std::size_t i = 0; i <= cycle_.size(); ++i) {
      const int event = cycle_[i % cycle_.size()].event;
      std::string line =
          fmt::format("{}: {} ({})", names_.thread(w_.event(event).thread), access(event), names_.place(w_.event(event).pos));
      if (i > 0) line += ", " + reason(cycle_[i - 1], event);
      out.push_back(std::move(line));
    }
    return out;
  }

 private:
  [[nodiscard]] std::string access(int event) const {
    const Event& e = w_.event(event);
    const std::string location = names_.location(e.location);
    switch (e.kind) {
      case EventKind::kLockRead:
      case EventKind::kLockWrite:
        return "takes " + location;
      case EventKind::kUnlock:
        return "gives back " + location;
      default:
        return fmt::format("{} {} = {}", e.is_read() ? "reads" : "stores", location, names_.value_in(e.location, w_.value(event)));
    }
  }

  [[nodiscard]] std::string reason(const CycleStep& from, int to) const {
    switch (from.to_next) {
      case Link::kReadsFrom:
        return "which is read from there";
      case Link::kOverwrites:
        return "which overwrites that";
      case Link::kReadsBefore:
        return "which comes later, since it overwrites what was read";
      case Link::kProgramOrder:
        break;
    }
    std::vector<std::string> kept;
    for (const Site& site : by_) {
      const Ordering& ordering = orderings_.at(site);
      if (is_between(w_, ordering.pos, from.event, to))
        kept.push_back(fmt::format("{} in {}", name_of_ordering(site.operation, ordering.tag), names_.place(ordering.pos)));
    }
    if (!kept.empty()) return fmt::format("after it by {}", fmt::join(kept, " and "));
    if (w_.graph.addr.contains(from.event, to)) return "after it by an address dependency";
    if (w_.graph.data.contains(from.event, to)) return "after it by a data dependency";
    if (w_.graph.ctrl.contains(from.event, to)) return "after it by a control dependency";
    return "behind it in the program";
  }

  const Witness& w_;
  const std::vector<CycleStep>& cycle_;
  const std::vector<Site>& by_;
  const Orderings& orderings_;
  const Names& names_;
};

std::vector<std::string> named(const std::vector<Site>& sites, const Orderings& orderings, const Names& names) {
  std::vector<std::string> texts;
  for (const Site& site : sites) {
    const Ordering& ordering = orderings.at(site);
    texts.push_back(fmt::format("{} in {}", name_of_ordering(site.operation, ordering.tag), names.place(ordering.pos)));
  }
  return texts;
}

std::string indented(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "    " + line + '\n';
  return out;
}

std::vector<std::string> changes_text(const std::vector<Strengthening>& changes, const Orderings& orderings, const Names& names) {
  std::vector<std::string> texts;
  for (const Strengthening& change : changes)
    texts.push_back(fmt::format("{} in {}", name_of(change), names.place(orderings.at(change.site).pos)));
  return texts;
}

}  // namespace

std::string why_text(const WhyReport& report, const Orderings& orderings, const Names& names) {
  std::string out;
  for (const NotForbidden& wrong : report.wrong) {
    out += fmt::format("Why this happens: {}\n", wrong.what);
    if (!wrong.would_forbid) {
      out += "  threads in turns do it, however strongly all is ordered\n";
      continue;
    }
    if (!wrong.cycle.empty()) {
      out +=
          "  a cycle of accesses that nothing forbids:\n" + indented(CycleText(wrong.witness, wrong.cycle, {}, orderings, names).lines());
    }
    out += fmt::format("  it would be forbidden by {}\n", fmt::join(changes_text(*wrong.would_forbid, orderings, names), ", and "));
  }
  for (const Forbidden& forbidden : report.why.forbidden) {
    out += fmt::format("Why this does not happen: {}\n", forbidden.what);
    if (!forbidden.cycle.empty()) {
      out += "  it would take a cycle of accesses:\n" +
             indented(CycleText(forbidden.example.witness, forbidden.cycle, forbidden.by, orderings, names).lines());
    }
    out += forbidden.by.empty() ? "  forbidden by the orderings together\n"
                                : fmt::format("  forbidden by {}\n", fmt::join(named(forbidden.by, orderings, names), ", and "));
  }
  if (!report.why.complete) return out + "Not all could be explored: there may be more.\n";
  if (report.why.forbidden.empty()) {
    out += report.wrong.empty() ? "Nothing would go wrong without any of the orderings.\n"
                                : "Nothing else would go wrong without any of the orderings.\n";
  }
  return out;
}

Json why_json(const WhyReport& report, const Orderings& orderings, const Names& names) {
  Json json{{"wrong", Json::array()}, {"forbidden", Json::array()}, {"complete", report.why.complete}};
  const auto lines = [&](const Witness& witness, const std::vector<CycleStep>& cycle, const std::vector<Site>& by) {
    return cycle.empty() ? std::vector<std::string>{} : CycleText(witness, cycle, by, orderings, names).lines();
  };
  for (const NotForbidden& wrong : report.wrong) {
    Json entry{{"what", wrong.what}, {"cycle", lines(wrong.witness, wrong.cycle, {})}};
    if (wrong.would_forbid) entry["would_forbid"] = changes_text(*wrong.would_forbid, orderings, names);
    json["wrong"].push_back(std::move(entry));
  }
  for (const Forbidden& forbidden : report.why.forbidden) {
    json["forbidden"].push_back({{"what", forbidden.what},
                                 {"cycle", lines(forbidden.example.witness, forbidden.cycle, forbidden.by)},
                                 {"by", named(forbidden.by, orderings, names)}});
  }
  return json;
}

}  // namespace lkmc
