#include "src/kernel/rehearsal.h"

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

#include "src/program/unfolding.h"

namespace lkmc::kernel {
namespace {

constexpr int kMostPaths = 128;
constexpr std::size_t kMostRuns = 4096;
// What a number may be that a thread goes on by; others are tried only if the exploration comes to them.
constexpr Word kNumbers[] = {0, 1, 2, 3, -1};

class Rehearsal {
 public:
  Rehearsal(const Program& program, ThreadId thread, const std::vector<Step>& steps)
      : words_(program.possible_words()), unfolding_(program, thread, RmwStyle::kTagged, Blocking::kIgnored), steps_(steps) {}

  ControlFlow flow() {
    follow(unfolding_.root());
    while (paths_ < kMostPaths && unfolding_.path_count() < kMostRuns) {
      // Outcomes that were never tried come first.
      auto next = std::find_if(left_.begin(), left_.end(), [&](const Way& w) { return tried_[w.key] == 0; });
      if (next == left_.end()) next = left_.begin();
      if (next == left_.end()) break;
      const Way way = *next;
      left_.erase(next);
      ++tried_[way.key];
      follow(unfolding_.child(way.from, way.key.outcome));
    }
    flow_.finish();
    return std::move(flow_);
  }

 private:
  // A decision is told by the block that it is made in, and how many were made there before.
  struct Key {
    Point block;
    int ordinal;
    Word outcome;
    auto operator<=>(const Key&) const = default;
  };
  struct Way {
    PathId from;
    Key key;
  };

  std::vector<Word> outcomes(const PathNode& node) const {
    switch (node.continuation) {
      case Continuation::kBranch:
        return {0, 1};
      case Continuation::kValue:
        return node.wants_address ? words_ : std::vector<Word>(std::begin(kNumbers), std::end(kNumbers));
      case Continuation::kChoice:
        return node.outcomes;
      case Continuation::kRequire:
        return {1};
      default:
        return {};
    }
  }

  // Goes on to the end, where it can by outcomes that are new, otherwise by those that were taken least.
  void follow(PathId path) {
    Point block = 0;
    int ordinal = 0;
    for (;;) {
      const PathNode& node = unfolding_.node(path);
      const std::vector<Word> all = outcomes(node);
      if (all.empty()) {
        flow_.add_path(steps_, node.continuation == Continuation::kEnd);
        ++paths_;
        return;
      }
      const auto last = std::find_if(steps_.rbegin(), steps_.rend(), [](const Step& s) { return s.kind == Step::Kind::kArrival; });
      const Point now = last == steps_.rend() ? 0 : last->point;
      ordinal = now == block ? ordinal + 1 : 0;
      block = now;
      std::vector<Key> keys;
      for (const Word outcome : all) keys.push_back({block, ordinal, outcome});
      const auto chosen = std::min_element(keys.begin(), keys.end(), [&](const Key& a, const Key& b) { return tried_[a] < tried_[b]; });
      for (const Key& key : keys) {
        if (key != *chosen) left_.push_back({path, key});
      }
      ++tried_[*chosen];
      path = unfolding_.child(path, chosen->outcome);
    }
  }

  std::vector<Word> words_;
  Unfolding unfolding_;
  const std::vector<Step>& steps_;
  ControlFlow flow_;
  std::deque<Way> left_;
  std::map<Key, int> tried_;
  int paths_ = 0;
};

}  // namespace

ControlFlow rehearse(const Program& program, ThreadId thread, const std::vector<Step>& steps) {
  return Rehearsal(program, thread, steps).flow();
}

}  // namespace lkmc::kernel
