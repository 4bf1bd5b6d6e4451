#include "src/kernel/footprint.h"

namespace lkmc::kernel {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A thread with more paths may write anything, and a location with more values hold anything.
constexpr std::size_t kMaxPaths = 2'000;
constexpr std::size_t kMaxWords = 32;

// The event of a path by its place in the thread.
const ThreadEvent& event_of(const Unfolding& unfolding, PathId path, EventIndex index) {
  while (index < unfolding.node(path).first_event) path = unfolding.node(path).parent;
  return unfolding.node(path).events[at(index - unfolding.node(path).first_event)];
}

}  // namespace

Footprint::Footprint(const Program& program)
    : program_(program),
      written_(at(program.thread_count())),
      unknown_(at(program.thread_count())),
      contents_(program.locations().size()) {
  for (std::size_t l = 0; l < contents_.size(); ++l) contents_[l].words.insert(program.locations()[l].initial);
  do {
    grew_ = false;
    for (ThreadId t = 0; t < program.thread_count(); ++t) {
      if (unknown_[at(t)] || walk(t)) continue;
      unknown_[at(t)] = grew_ = true;
      for (Content& content : contents_) content.unknown = true;
    }
  } while (grew_);
}

bool Footprint::may_write(ThreadId thread, Location location) const {
  return unknown_[at(thread)] || written_[at(thread)].contains(location);
}

bool Footprint::walk(ThreadId thread) {
  Unfolding unfolding(program_, thread, RmwStyle::kTagged, Blocking::kIgnored);
  std::vector<PathId> ahead{unfolding.root()};
  while (!ahead.empty()) {
    if (unfolding.path_count() > kMaxPaths) return false;
    const PathId path = ahead.back();
    ahead.pop_back();
    for (const ThreadEvent& e : unfolding.node(path).events) {
      if (!e.event.is_write()) continue;
      written_[at(thread)].insert(e.event.location);
      note(unfolding, path, e);
    }
    const auto next = outcomes(unfolding, path);
    if (!next || unfolding.misbehaviour() != nullptr) return false;
    for (const Word outcome : *next) ahead.push_back(unfolding.child(path, outcome));
  }
  return true;
}

void Footprint::note(const Unfolding& unfolding, PathId path, const ThreadEvent& event) {
  Content& content = contents_[at(event.event.location)];
  if (content.unknown) return;
  if (const auto word = unfolding.expressions().constant_value(event.value)) {
    grew_ |= content.words.insert(*word).second;
  } else if (const auto read = unfolding.expressions().as_read(event.value)) {  // a copy
    const Content& from = contents_[at(event_of(unfolding, path, *read).event.location)];
    for (const Word word : from.words) grew_ |= content.words.insert(word).second;
    grew_ |= from.unknown && !content.unknown;
    content.unknown |= from.unknown;
  } else if (!content.unknown) {
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
  if (const auto read = unfolding.expressions().as_read(unfolding.node(path).expr)) {
    const Content& content = contents_[at(event_of(unfolding, path, *read).event.location)];
    if (!content.unknown) return std::vector<Word>(content.words.begin(), content.words.end());
  }
  return std::nullopt;
}

}  // namespace lkmc::kernel
