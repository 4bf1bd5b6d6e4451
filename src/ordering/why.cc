// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/why.h"

#include <algorithm>
#include <utility>

namespace lkmc {
namespace {

class Finder {
 public:
  explicit Finder(const WhyJob& job) : job_(job) {
    for (const auto& [site, ordering] : job.orderings) {
      if (without(site, ordering.tag) != ordering.tag) sites_.push_back(site);
    }
  }

  Why find() {
    Why why;
    for (;;) {
      Trial trial = job_.explore(MarkedProgram(job_.program, taken_away()));
      for (const auto& [what, example] : job_.baseline.wrong) trial.wrong.erase(what);
      if (trial.wrong.empty()) {
        why.complete = why.complete && trial.complete;
        return why;
      }
      bool is_news = false;
      for (auto& [what, example] : trial.wrong) {
        if (!example) continue;
        Forbidden forbidden{.what = what, .example = std::move(*example)};
        if (!is_wrong_with(forbidden.example, sites_)) forbidden.by = needed(forbidden.example);
        if (!forbidden.example.flag) forbidden.cycle = cut_by(forbidden.by, forbidden.example.witness);
        // Where putting the orderings back into the graph proves nothing, all of them are kept.
        const std::vector<Site>& keep = forbidden.by.empty() ? sites_ : forbidden.by;
        for (const Site& site : keep) is_news = kept_.insert(site).second || is_news;
        why.forbidden.push_back(std::move(forbidden));
      }
      if (is_news) continue;
      why.complete = false;
      return why;
    }
  }

 private:
  // The tag of an operation without its order. What is marked stays marked, so that it is not the compiler that is asked about.
  [[nodiscard]] static Tag without(const Site& site, Tag tag) {
    const bool is_access = site.operation == Operation::kRead || site.operation == Operation::kWrite;
    const std::vector<Tag> weaker = weaker_forms(site.operation, tag);
    if (weaker.empty()) return tag;
    if (!is_access) return weaker.front();
    return tag == Tag::kOnce ? tag : Tag::kOnce;
  }

  [[nodiscard]] Markings taken_away() const {
    Markings markings;
    for (const Site& site : sites_) {
      if (!kept_.contains(site)) markings.emplace(site, Marking{.tag = without(site, job_.orderings.at(site).tag)});
    }
    return markings;
  }

  // With these put back.
  [[nodiscard]] bool is_wrong_with(const Counterexample& example, const std::vector<Site>& sites) const {
    return still_wrong(example, job_.orderings, job_.model, job_.facts, [&](const Site& site, ThreadId, Tag tag) {
      return std::find(sites.begin(), sites.end(), site) == sites.end() ? tag : job_.orderings.at(site).tag;
    });
  }

  // Of those that are away, a set that forbids the example and of which none can be missed.
  [[nodiscard]] std::vector<Site> needed(const Counterexample& example) const {
    std::vector<Site> set;
    std::copy_if(sites_.begin(), sites_.end(), std::back_inserter(set), [&](const Site& s) { return !kept_.contains(s); });
    for (std::size_t i = 0; i < set.size();) {
      std::vector<Site> fewer = set;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (is_wrong_with(example, fewer)) {
        ++i;
      } else {
        set = std::move(fewer);
      }
    }
    return set;
  }

  // A cycle of which each step within a thread is kept in order by one of these, by what is kept already, or by a dependency.
  [[nodiscard]] std::vector<CycleStep> cut_by(const std::vector<Site>& by, const Witness& w) const {
    std::vector<Site> in_order(kept_.begin(), kept_.end());
    in_order.insert(in_order.end(), by.begin(), by.end());
    return cycle_of(w, [&](int from, int to) {
      return w.event(from).location == w.event(to).location || w.graph.addr.contains(from, to) || w.graph.data.contains(from, to) ||
             w.graph.ctrl.contains(from, to) || std::any_of(in_order.begin(), in_order.end(), [&](const Site& site) {
               return is_between(w, job_.orderings.at(site).pos, from, to);
             });
    });
  }

  const WhyJob& job_;
  std::vector<Site> sites_;  // that order something
  std::set<Site> kept_;
};

}  // namespace

bool is_between(const Witness& w, const SourcePos& pos, int from, int to) {
  for (int e = from; e <= to; ++e) {
    if (w.event(e).thread == w.event(from).thread && w.event(e).pos == pos) return true;
  }
  return false;
}

Why find_why(const WhyJob& job) { return Finder(job).find(); }

}  // namespace lkmc
