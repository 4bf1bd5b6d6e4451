// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/barriers.h"

#include <algorithm>

namespace lkmc {
namespace {

// Whether the form `a` is weaker than `b`, both of one operation.
bool is_weaker(Tag a, Tag b) {
  const auto rank = [](Tag tag) { return tag == Tag::kNone || tag == Tag::kPlain ? 0 : tag == Tag::kOnce ? 1 : 2; };
  return rank(a) < rank(b);
}

class Finder {
 public:
  explicit Finder(const BarriersJob& job) : job_(job) {}

  BarriersReport find() {
    BarriersReport report;
    for (const auto& [site, ordering] : job_.orderings) {
      if (!weaker_forms(site.operation, ordering.tag).empty()) report.orderings.emplace(site, judge(site, ordering));
    }
    for (auto& [site, found] : report.orderings) {
      if (found.example && !is_marking(site)) found.pairs_with = partners(site, *found.example, report);
    }
    report.one_of = together(report);
    return report;
  }

 private:
  [[nodiscard]] static Marking weakened(Tag tag) { return {.tag = tag}; }

  // What is wrong with the markings and was not so without.
  [[nodiscard]] Trial try_out(const std::function<Trial(const Program&)>& explore, const Markings& markings) const {
    Trial trial = explore(MarkedProgram(job_.program, markings));
    for (const auto& [what, example] : job_.baseline.wrong) trial.wrong.erase(what);
    return trial;
  }

  [[nodiscard]] OrderingReport judge(const Site& site, const Ordering& ordering) const {
    OrderingReport report;
    std::vector<Tag> failing;
    for (const Tag form : weaker_forms(site.operation, ordering.tag)) {
      const bool is_settled = std::any_of(report.enough.begin(), report.enough.end(), [&](Tag t) { return is_weaker(t, form); });
      if (is_settled) continue;
      const Markings markings{{site, weakened(form)}};
      Trial trial = try_out(job_.explore, markings);
      report.complete = report.complete && (trial.complete || !trial.wrong.empty());
      if (trial.wrong.empty()) {
        report.enough.push_back(form);
        continue;
      }
      // That a plain access in the place of an acquire races tells less than what goes wrong with a marked one.
      const bool tells_more = form == Tag::kOnce && (site.operation == Operation::kRead || site.operation == Operation::kWrite);
      if (!report.needed_for.empty() && !tells_more) continue;
      report.needed_for.clear();
      report.example.reset();
      for (auto& [what, example] : trial.wrong) {
        report.needed_for.insert(what);
        if (example && !report.example) report.example = std::move(example);
      }
      report.strength = strength_of(markings);
    }
    return report;
  }

  [[nodiscard]] std::string strength_of(const Markings& markings) const {
    for (const OtherModel& other : job_.others) {
      const Trial trial = try_out(other.explore, markings);
      if (!trial.wrong.empty()) return other.label;
    }
    return {};
  }

  // Whether it is an access that is marked and orders nothing else.
  [[nodiscard]] bool is_marking(const Site& site) const {
    return (site.operation == Operation::kRead || site.operation == Operation::kWrite) && job_.orderings.at(site).tag == Tag::kOnce;
  }
  // An ordering without its order: an access stays marked if it is more than that.
  [[nodiscard]] Tag unordered(const Site& site) const {
    const bool is_access = site.operation == Operation::kRead || site.operation == Operation::kWrite;
    return is_access && !is_marking(site) ? Tag::kOnce : without(site);
  }
  // The weakest form of an ordering.
  [[nodiscard]] Tag without(const Site& site) const { return weaker_forms(site.operation, job_.orderings.at(site).tag).front(); }

  // Whether the example, found without `site`, is wrong with `site` in the threads for which `is_back` says so and without `other`.
  [[nodiscard]] bool is_wrong_with(const Site& site, const Counterexample& example, const std::function<bool(ThreadId)>& is_back,
                                   const Site* other) const {
    return still_wrong(example, job_.orderings, job_.model, job_.facts, [&](const Site& s, ThreadId thread, Tag tag) {
      if (s == site && is_back(thread)) return job_.orderings.at(site).tag;
      return other != nullptr && s == *other ? unordered(*other) : tag;
    });
  }

  [[nodiscard]] std::vector<Site> partners(const Site& site, const Counterexample& example, const BarriersReport& report) const {
    std::set<ThreadId> threads;
    for (const Event& e : example.witness.graph.events) {
      if (!e.is_initial() && e.pos.line > 0 && site_of(site.operation, e.pos) == site) threads.insert(e.thread);
    }
    const auto everywhere = [](ThreadId) { return true; };
    // Where the graph cannot tell whether an acquire was one, putting it back proves nothing.
    if (is_wrong_with(site, example, everywhere, nullptr)) return {};
    std::vector<Site> found, markings;
    const bool pairs_with_itself = threads.size() > 1 && std::all_of(threads.begin(), threads.end(), [&](ThreadId t) {
                                     return is_wrong_with(
                                         site, example, [&](ThreadId thread) { return thread == t; }, nullptr);
                                   });
    if (pairs_with_itself) found.push_back(site);
    for (const auto& [other, its_report] : report.orderings) {
      if (other == site || its_report.needed_for.empty()) continue;
      const bool is_elsewhere = std::any_of(example.witness.graph.events.begin(), example.witness.graph.events.end(), [&](const Event& e) {
        return !e.is_initial() && !threads.contains(e.thread) && e.pos.line > 0 && site_of(other.operation, e.pos) == other;
      });
      if (is_elsewhere && is_wrong_with(site, example, everywhere, &other)) (is_marking(other) ? markings : found).push_back(other);
    }
    return found.empty() ? markings : found;
  }

  [[nodiscard]] std::vector<std::vector<Site>> together(const BarriersReport& report) const {
    std::vector<Site> spare;
    for (const auto& [site, found] : report.orderings) {
      if (found.needed_for.empty() && found.complete) spare.push_back(site);
    }
    const auto holds_without = [&](const std::vector<Site>& sites) {
      Markings markings;
      for (const Site& s : sites) markings.emplace(s, weakened(without(s)));
      return try_out(job_.explore, markings).wrong.empty();
    };
    std::vector<std::vector<Site>> sets;
    while (spare.size() > 1 && !holds_without(spare)) {
      // Of those whose absence is noticed, the smallest set in the sense that each of them counts.
      std::vector<Site> set = spare;
      for (std::size_t i = 0; i < set.size();) {
        std::vector<Site> fewer = set;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        if (fewer.empty() || holds_without(fewer)) {
          ++i;
        } else {
          set = std::move(fewer);
        }
      }
      spare.erase(std::find(spare.begin(), spare.end(), set.front()));
      sets.push_back(std::move(set));
    }
    return sets;
  }

  const BarriersJob& job_;
};

}  // namespace

BarriersReport find_needed(const BarriersJob& job) { return Finder(job).find(); }

}  // namespace lkmc
