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
constexpr int kMaxRounds = 16;                   // of weeding out; what is left is right after each
constexpr std::size_t kMaxCombinations = 1'024;  // of the values of the reads that one value comes from

// Whether a thread that is given any address does no harm: it is a name, and not a place in the memory of this process.
bool follows_any_address(const Program& program) {
  return std::ranges::all_of(program.memory(), [](const Program::Memory& m) { return is_name(m.begin); });
}

// Whether the path has decided what is not so if the reads have these values.
template <class Values>
bool contradicts(const Unfolding& unfolding, PathId path, const Values& values) {
  for (; unfolding.node(path).parent >= 0; path = unfolding.node(path).parent) {
    const PathNode& decision = unfolding.node(unfolding.node(path).parent);
    if (decision.continuation == Continuation::kChoice) continue;
    const auto value = unfolding.expressions().evaluate(decision.expr, values);
    if (!value) continue;
    const Word outcome = unfolding.node(path).outcome;
    if (decision.continuation == Continuation::kValue ? *value != outcome : (*value != 0) != (outcome != 0)) return true;
  }
  return false;
}

}  // namespace

Footprint::Footprint(const Program& program, RmwStyle style, Blocking blocking, int max_rounds)
    : program_(program),
      is_cut_(max_rounds < program.max_rounds()),
      weeds_out_(follows_any_address(program)),
      nodes_(at(program.thread_count())),
      plain_(at(program.thread_count())),
      contents_(program.locations().size(), Content{.words = {}, .unknown = true}) {
  std::vector<Unfolding> threads;
  for (ThreadId t = 0; t < program.thread_count(); ++t) threads.emplace_back(program, t, style, blocking, Bound{.max_rounds = max_rounds});
  int rounds = 0;
  do {
    before_ = std::exchange(contents_, std::vector<Content>(contents_.size()));
    gather(threads);
  } while (weeds_out_ && contents_ != before_ && ++rounds < kMaxRounds);
}

// What the locations may hold if the addresses are computed from what they held before.
void Footprint::gather(std::vector<Unfolding>& threads) {
  for (std::size_t l = 0; l < contents_.size(); ++l) contents_[l].words.insert(program_.locations()[l].initial);
  std::vector<bool> unknown(nodes_.size(), false);
  do {
    grew_ = false;
    for (ThreadId t = 0; t < program_.thread_count(); ++t) {
      if (unknown[at(t)] || walk(t, threads[at(t)])) continue;
      nodes_[at(t)].clear();
      unknown[at(t)] = grew_ = true;
      for (Location l = 0; at(l) < contents_.size(); ++l) {
        if (program_.may_write(t, l)) contents_[at(l)] = {.words = {}, .unknown = true};
      }
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
  return program_.may_write(thread, location) && any_behind(thread, after, at(location));
}

bool Footprint::any_behind(ThreadId thread, Place after, std::size_t what) const {
  const std::vector<Node>& nodes = nodes_[at(thread)];
  if (after == kUnknown || nodes.empty()) return true;
  const Place back = nodes[at(after)].back;
  const auto& next = nodes[at(back >= 0 ? back : after)].next;
  return std::any_of(next.begin(), next.end(), [&](const auto& n) { return nodes[at(n.second)].written[what]; });
}

bool Footprint::may_write_plainly(ThreadId thread, Location location) const {
  return nodes_[at(thread)].empty() || plain_[at(thread)].contains(location);
}

bool Footprint::walk(ThreadId thread, Unfolding& unfolding) {
  std::vector<Node>& nodes = nodes_[at(thread)];
  nodes.clear();
  std::vector<PathId> ahead{unfolding.root()};
  for (std::size_t paths = 1; !ahead.empty(); ++paths) {
    if (paths > kMaxPaths) return false;
    const PathId path = ahead.back();
    ahead.pop_back();
    nodes.resize(std::max(nodes.size(), at(path) + 1));
    nodes[at(path)].written.assign(contents_.size() + 1, false);
    for (const ThreadEvent& e : unfolding.node(path).events) {
      if (!e.event.is_source()) continue;
      nodes[at(path)].written[at(e.event.location)] = true;
      if (e.event.tag == Tag::kPlain) plain_[at(thread)].insert(e.event.location);
      note(unfolding, path, e);
    }
    if (unfolding.node(path).continuation == Continuation::kBound) {
      nodes[at(path)].written.assign(contents_.size() + 1, is_cut_);
      nodes[at(path)].written.back() = true;
    }
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
        for (std::size_t l = 0; l <= contents_.size(); ++l) {
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
  const PathNode& node = unfolding.node(path);
  const ExprPool& expressions = unfolding.expressions();
  const auto anything = [&]() -> std::optional<std::vector<Word>> {
    if (!node.wants_address || !weeds_out_) return std::nullopt;
    std::vector<Word> words = program_.possible_words();
    if (const auto read = expressions.as_read(node.expr)) {
      std::erase_if(words, [&](Word word) {
        return contradicts(unfolding, path, [&](EventIndex r) { return r == *read ? std::optional(word) : std::nullopt; });
      });
    }
    return words;
  };
  // All combinations of what the reads may see.
  std::vector<std::map<EventIndex, Word>> seen(1);
  for (const EventIndex read : expressions.reads_of(node.expr)) {
    const Content& content = (node.wants_address && weeds_out_ ? before_ : contents_)[at(event_of(unfolding, path, read).event.location)];
    if (content.unknown || seen.size() * content.words.size() > kMaxCombinations) return anything();
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
    const auto known = [&](EventIndex read) {
      const auto word = words.find(read);
      return word == words.end() ? std::nullopt : std::optional(word->second);
    };
    if (!contradicts(unfolding, path, known)) outcomes.insert(expressions.evaluate(node.expr, known).value());
  }
  return std::vector<Word>(outcomes.begin(), outcomes.end());
}

}  // namespace lkmc
