// SPDX-License-Identifier: Apache-2.0
#include "src/explore/footprint.h"

#include <algorithm>
#include <utility>

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A thread with more paths may write anything, and a location with more values hold anything.
constexpr std::size_t kMaxPaths = 2'000;
constexpr std::size_t kMaxWords = 32;
constexpr std::size_t kMaxCombinations = 1'024;  // of the values of the reads that one value comes from

}  // namespace

Footprint::Footprint(const Program& program, RmwStyle style, Blocking blocking, int max_rounds)
    : program_(program), style_(style), blocking_(blocking), max_rounds_(max_rounds), nodes_(at(program.thread_count())), plain_(at(program.thread_count())), contents_(program.locations().size()) {
  for (std::size_t l = 0; l < contents_.size(); ++l) contents_[l].words.insert(program.locations()[l].initial);
  std::vector<bool> unknown(nodes_.size(), false);
  do {
    grew_ = false;
    for (ThreadId t = 0; t < program.thread_count(); ++t) {
      if (unknown[at(t)] || walk(t)) continue;
      nodes_[at(t)].clear();
      unknown[at(t)] = grew_ = true;
      for (Content& content : contents_) content.unknown = true;
    }
  } while (grew_);
}

Footprint::Place Footprint::next(ThreadId thread, Place place, Word outcome) const {
  if (place == kUnknown || nodes_[at(thread)].empty()) return kUnknown;
  if (nodes_[at(thread)][at(place)].back >= 0) return place;
  const auto& next = nodes_[at(thread)][at(place)].next;
  const auto found = next.find(outcome);
  return found == next.end() ? kUnknown : found->second;
}

bool Footprint::may_write(ThreadId thread, Place after, Location location) const {
  if (!program_.may_write(thread, location)) return false;
  const std::vector<Node>& nodes = nodes_[at(thread)];
  if (after == kUnknown || nodes.empty()) return true;
  const Place back = nodes[at(after)].back;
  const auto& next = nodes[at(back >= 0 ? back : after)].next;
  return std::any_of(next.begin(), next.end(), [&](const auto& n) { return nodes[at(n.second)].written[at(location)]; });
}

bool Footprint::may_write_plainly(ThreadId thread, Location location) const {
  return nodes_[at(thread)].empty() || plain_[at(thread)].contains(location);
}

bool Footprint::walk(ThreadId thread) {
  Unfolding unfolding(program_, thread, style_, blocking_, {.max_rounds = max_rounds_});
  std::vector<Node>& nodes = nodes_[at(thread)];
  nodes.clear();
  std::vector<PathId> ahead{unfolding.root()};
  while (!ahead.empty()) {
    if (unfolding.path_count() > kMaxPaths) return false;
    const PathId path = ahead.back();
    ahead.pop_back();
    nodes.resize(std::max(nodes.size(), at(path) + 1));
    nodes[at(path)].written.assign(contents_.size(), false);
    for (const ThreadEvent& e : unfolding.node(path).events) {
      if (!e.event.is_source()) continue;
      nodes[at(path)].written[at(e.event.location)] = true;
      if (e.event.tag == Tag::kPlain) plain_[at(thread)].insert(e.event.location);
      note(unfolding, path, e);
    }
    // What it would do in more rounds is not known.
    if (unfolding.node(path).continuation == Continuation::kBound) nodes[at(path)].written.assign(contents_.size(), true);
    nodes[at(path)].back = unfolding.node(path).comes_back_to;
    if (nodes[at(path)].back >= 0) continue;
    const auto outcomes_here = outcomes(unfolding, path);
    if (!outcomes_here || unfolding.misbehaviour() != nullptr) return false;
    for (const Word outcome : *outcomes_here) {
      const PathId child = unfolding.child(path, outcome);
      nodes[at(path)].next.emplace(outcome, child);
      ahead.push_back(child);
    }
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t p = nodes.size(); p-- > 0;) {  // most paths have smaller numbers than those that go on from them
      const Node& followed = nodes[p].back >= 0 ? nodes[at(nodes[p].back)] : nodes[p];
      for (const auto& [outcome, child] : followed.next) {
        for (std::size_t l = 0; l < contents_.size(); ++l) {
          if (!nodes[at(child)].written[l] || nodes[p].written[l]) continue;
          nodes[p].written[l] = changed = true;
        }
      }
    }
  }
  return true;
}

void Footprint::note(const Unfolding& unfolding, PathId path, const ThreadEvent& event) {
  Content& content = contents_[at(event.event.location)];
  if (content.unknown) return;
  // What is computed may be anything: values that are known to be there do not tell of those that only justify themselves.
  if (const auto word = unfolding.expressions().constant_value(event.value)) {
    grew_ |= content.words.insert(*word).second;
  } else if (const auto read = unfolding.expressions().as_read(event.value)) {  // a copy
    const Content& from = contents_[at(event_of(unfolding, path, *read).event.location)];
    for (const Word word : from.words) grew_ |= content.words.insert(word).second;
    grew_ |= from.unknown && !content.unknown;
    content.unknown |= from.unknown;
  } else {
    content.unknown = grew_ = true;
  }
  if (content.words.size() > kMaxWords && !content.unknown) content.unknown = grew_ = true;
  if (content.unknown) content.words.clear();
}

std::optional<std::vector<Word>> Footprint::outcomes(const Unfolding& unfolding, PathId path) const {
  const PathNode& node = unfolding.node(path);
  switch (node.continuation) {
    case Continuation::kBranch:
      return std::vector<Word>{0, 1};
    case Continuation::kValue:
      return outcomes_of_value(unfolding, path);
    case Continuation::kChoice:
      return node.outcomes;
    case Continuation::kRequire:
      return std::vector<Word>{1};
    default:
      return std::vector<Word>{};
  }
}

std::optional<std::vector<Word>> Footprint::outcomes_of_value(const Unfolding& unfolding, PathId path) const {
  const ExprPool& expressions = unfolding.expressions();
  const ExprId expr = unfolding.node(path).expr;
  const std::vector<EventIndex> reads = expressions.reads_of(expr);
  // All combinations of what the reads may see.
  std::vector<std::map<EventIndex, Word>> seen(1);
  for (const EventIndex read : reads) {
    const Content& content = contents_[at(event_of(unfolding, path, read).event.location)];
    if (content.unknown || seen.size() * content.words.size() > kMaxCombinations) return std::nullopt;
    std::vector<std::map<EventIndex, Word>> more;
    for (const auto& before : seen) {
      for (const Word word : content.words) {
        more.push_back(before);
        more.back().emplace(read, word);
      }
    }
    seen = std::move(more);
  }
  std::set<Word> outcomes;
  for (const auto& words : seen) {
    outcomes.insert(expressions.evaluate(expr, [&](EventIndex read) { return std::optional(words.at(read)); }).value());
  }
  return std::vector<Word>(outcomes.begin(), outcomes.end());
}

}  // namespace lkmc
