// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/rehearsal.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "src/program/unfolding.h"

namespace lkmc::kernel {
namespace {

constexpr std::size_t kMostPaths = 400;
// So many paths are followed even where they do not try anything that is new by itself.
constexpr std::size_t kEnoughPaths = 40;
// Of the pointers that may be meant by one place in the code, so many are tried until one leads further.
constexpr int kMostPointers = 16;
// So many times a thread is begun anew until it has come to its end.
constexpr int kMostBeginnings = 20;

std::size_t mixed(std::size_t a, std::size_t b) {
  const std::size_t m = (a ^ b) * 0x9E3779B97F4A7C15U;
  return m ^ (m >> 29);
}

class Rehearsal {
 public:
  Rehearsal(const Program& program, ThreadId thread, const std::vector<Step>& steps, const WordsMet& met)
      : program_(program),
        words_(program.possible_words()),
        unfolding_(program, thread, RmwStyle::kTagged, Blocking::kIgnored),
        steps_(steps),
        met_(met) {}

  ControlFlow flow() {
    for (beginning_ = 0; beginning_ == 0 || (beginning_ < kMostBeginnings && !has_ended_); ++beginning_) follow(-1, 0, 0);
    beginning_ = 0;
    while (paths_.size() < kMostPaths) {
      std::deque<Turn>& from = !new_turns_.empty() ? new_turns_ : other_turns_;
      if (from.empty() || (new_turns_.empty() && paths_.size() >= kEnoughPaths)) break;
      const Turn turn = from.front();
      from.pop_front();
      if (is_of_use(turn)) follow(turn.path, turn.decision, turn.outcome);
    }
    if (!new_turns_.empty()) flow_.leave_open();
    flow_.finish();
    return std::move(flow_);
  }

 private:
  // Where a decision is made: the block, and how many were made before while the thread was there.
  using Place = std::pair<Point, int>;
  struct Decision {
    PathId node;
    Place place;
    Word outcome;
    std::size_t step;  // before it
    Point asked_at;    // if it is for a number: where, as in WordsMet; or 0
  };
  struct Turn {
    int path;
    std::size_t decision;
    Word outcome;
  };
  struct Pointers {
    int tried = 0;
    bool one_led_further = false;
  };

  [[nodiscard]] bool is_of_use(const Turn& turn) {
    const Decision& d = paths_[static_cast<std::size_t>(turn.path)][turn.decision];
    if (met_.contains({d.asked_at, turn.outcome})) return true;
    if (unfolding_.node(d.node).continuation == Continuation::kValue && unfolding_.node(d.node).wants_address) {
      Pointers& pointers = pointers_[d.place];
      return !pointers.one_led_further && pointers.tried++ < kMostPointers;
    }
    return true;
  }

  // What the expression is where all reads see what the memory holds at first.
  [[nodiscard]] std::optional<Word> initially(PathId path, ExprId expr) {
    std::vector<Location> read;
    std::vector<const PathNode*> way;
    for (PathId p = path; p >= 0; p = unfolding_.node(p).parent) way.push_back(&unfolding_.node(p));
    for (auto node = way.rbegin(); node != way.rend(); ++node) {
      for (const ThreadEvent& e : (*node)->events) read.push_back(e.event.location);
    }
    return unfolding_.expressions().evaluate(expr, [&](EventIndex index) -> std::optional<Word> {
      const Location location = read[static_cast<std::size_t>(index)];
      if (location == kNoLocation) return std::nullopt;
      return program_.locations()[static_cast<std::size_t>(location)].initial;
    });
  }

  // The outcomes of a decision, the likeliest first.
  [[nodiscard]] std::vector<Word> outcomes(PathId path, Point asked_at) {
    const PathNode& node = unfolding_.node(path);
    switch (node.continuation) {
      case Continuation::kBranch:
        return {0, 1};
      case Continuation::kChoice:
        return node.outcomes;
      case Continuation::kRequire:
        return {1};
      case Continuation::kValue: {
        // A bare number may be what memory is accessed by, so that one which cannot be might do harm.
        std::vector<Word> all;
        const auto first = initially(path, node.expr);
        if (first && (!node.wants_address || *first != 0)) all.push_back(*first);
        for (auto met = met_.lower_bound({asked_at, std::numeric_limits<Word>::min()}); met != met_.end() && met->first == asked_at;
             ++met) {
          if (std::find(all.begin(), all.end(), met->second) == all.end()) all.push_back(met->second);
        }
        if (node.wants_address) all.insert(all.end(), words_.begin() + 1, words_.end());
        if (all.empty()) all.push_back(0);
        return all;
      }
      default:
        return {};
    }
  }

  // Of the outcomes of the path's nth decision, which is made there. What was chosen less often is better, for all are wanted; but a loop
  // that ends only if several decisions fall in a certain way in the same round may never end by that.
  [[nodiscard]] Word choice(const std::vector<Word>& all, const Place& place, std::size_t n) {
    if (beginning_ == 1) return all.front();
    if (beginning_ == 2) return all.back();
    if (beginning_ > 2) return all[mixed(n, static_cast<std::size_t>(beginning_)) % all.size()];
    Word chosen = all.front();
    for (const Word w : all) {
      if (taken_[{place, w}] < taken_[{place, chosen}]) chosen = w;
    }
    return chosen;
  }

  // Follows a path, up to the decision that is turned round and as far as that goes behind it, and goes on to an end.
  void follow(int from, std::size_t turned, Word outcome) {
    std::vector<Decision> path;
    std::map<Place, std::vector<Word>> before;  // how the decisions fell there, in their order
    if (from >= 0) {
      const auto& old = paths_[static_cast<std::size_t>(from)];
      path.assign(old.begin(), old.begin() + static_cast<std::ptrdiff_t>(turned));
      path.push_back(old[turned]);
      path.back().outcome = outcome;
      for (const Decision& d : old) before[d.place].push_back(d.outcome);
    }
    std::map<Place, std::size_t> met;
    for (const Decision& d : path) ++met[d.place];
    PathId at = path.empty() ? unfolding_.root() : unfolding_.child(path.back().node, path.back().outcome);
    Place place = path.empty() ? Place{} : path.back().place;
    std::size_t arrivals = path.empty() ? 0 : arrivals_until_[path.back().node];
    for (;;) {
      // Where it asks for a number, others than those that are tried may come.
      const Point asked_at = !steps_.empty() && steps_.back().kind == Step::Kind::kAsked ? steps_.back().point : 0;
      if (asked_at != 0) flow_.leave_open();
      const std::vector<Word> all = outcomes(at, asked_at);
      if (all.empty()) break;
      std::size_t now = 0;
      Point block = 0;
      for (const Step& s : steps_) {
        if (s.kind != Step::Kind::kArrival) continue;
        ++now;
        block = s.point;
      }
      place = {block, now == arrivals ? place.second + 1 : 0};
      arrivals = now;
      arrivals_until_[at] = now;
      const std::size_t n = met[place]++;
      const auto known = before.find(place);
      Word chosen = all.front();
      const bool is_number = unfolding_.node(at).continuation == Continuation::kValue;
      // What was decided there on the other path may have been something else.
      if (known != before.end() && n < known->second.size() &&
          (is_number || std::find(all.begin(), all.end(), known->second[n]) != all.end())) {
        chosen = known->second[n];
      } else if (!is_number) {
        chosen = choice(all, place, path.size());
      }
      ++taken_[{place, chosen}];
      path.push_back({at, place, chosen, steps_.size(), asked_at});
      at = unfolding_.child(at, chosen);
    }
    const bool complete = unfolding_.node(at).continuation == Continuation::kEnd;
    if (unfolding_.node(at).continuation == Continuation::kBound) flow_.leave_open();
    has_ended_ = has_ended_ || complete;
    if (complete) {
      for (const Decision& d : path) pointers_[d.place].one_led_further = true;
    }
    flow_.add_path(with_all_decisions(path), complete);
    const int number = static_cast<int>(paths_.size());
    for (std::size_t i = from < 0 ? 0 : turned + 1; i < path.size(); ++i) {
      for (const Word w : outcomes(path[i].node, path[i].asked_at)) {
        if (w == path[i].outcome) continue;
        const bool is_new = turned_.insert({path[i].place, w}).second;
        (is_new ? new_turns_ : other_turns_).push_back({number, i, w});
      }
    }
    paths_.push_back(std::move(path));
  }

  // What the thread has written down, and the decisions that it does not know of.
  [[nodiscard]] std::vector<Step> with_all_decisions(const std::vector<Decision>& path) const {
    std::vector<Step> all;
    auto next = path.begin();
    for (std::size_t i = 0; i <= steps_.size(); ++i) {
      for (; next != path.end() && next->step == i; ++next) {
        const bool is_known = i < steps_.size() && steps_[i].kind == Step::Kind::kDecision &&
                              std::next(next) == std::find_if(next, path.end(), [&](const Decision& d) { return d.step != i; });
        if (!is_known) {
          all.push_back({.kind = Step::Kind::kOther,
                         .point = numbered(~next->place.first, next->place.second),
                         .word = next->outcome,
                         .is_open = true});
        }
      }
      if (i < steps_.size()) all.push_back(steps_[i]);
    }
    return all;
  }

  const Program& program_;
  std::vector<Word> words_;
  Unfolding unfolding_;
  const std::vector<Step>& steps_;
  const WordsMet& met_;
  ControlFlow flow_;
  std::vector<std::vector<Decision>> paths_;
  std::deque<Turn> new_turns_, other_turns_;
  std::set<std::pair<Place, Word>> turned_;
  std::map<std::pair<Place, Word>, int> taken_;
  std::map<Place, Pointers> pointers_;
  std::map<PathId, std::size_t> arrivals_until_;
  int beginning_ = 0;
  bool has_ended_ = false;
};

}  // namespace

ControlFlow rehearse(const Program& program, ThreadId thread, const std::vector<Step>& steps, const WordsMet& met) {
  return Rehearsal(program, thread, steps, met).flow();
}

}  // namespace lkmc::kernel
