// SPDX-License-Identifier: Apache-2.0
#include "src/report/story.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <span>
#include <utility>
#include <vector>

#include "src/report/schedule.h"

namespace lkmc {
namespace {

constexpr std::size_t kMaxSource = 44;  // bytes of a statement that are shown in a column
constexpr std::size_t kAccess = 28;     // bytes of these that an access should have

class Narrator {
 public:
  Narrator(const Names& names, const Witness& witness) : names_(names), w_(witness) {}

  // The statement that the event stands in, as far as it is on the event's line.
  struct Source {
    std::string text;
    std::size_t access = 0;  // where in it the event is
  };
  [[nodiscard]] Source source(int event) const {
    const SourcePos pos = w_.event(event).pos;
    const std::string_view line = names_.source_line(pos);
    const auto column = std::min(static_cast<std::size_t>(std::max(pos.column, 1)) - 1, line.size());
    const std::size_t before = line.substr(0, column).find_last_of(";{}");
    const std::size_t begin = line.find_first_not_of(" \t", before == std::string_view::npos ? 0 : before + 1);
    if (begin == std::string_view::npos) return {};
    const std::size_t end = line.find(';', column);
    const std::string_view statement = line.substr(begin, end == std::string_view::npos ? end : end + 1 - begin);
    const std::string_view whole = statement.substr(0, statement.find_last_not_of(" \t\r") + 1);
    // The column of a call may be that of its bracket.
    std::size_t access = std::min(column > begin ? column - begin : 0, whole.size());
    const auto is_part_of_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    while (access > 0 && is_part_of_name(whole[access - 1])) --access;
    return {litmus::printable(whole, std::string::npos), litmus::printable(whole.substr(0, access), std::string::npos).size()};
  }

  [[nodiscard]] std::string effect(const Step& step) const {
    switch (step.action) {
      case Step::Action::kBuffer:
        return stored(step.write) + " goes into the store buffer";
      case Step::Action::kDrain:
        return stored(step.write) + " leaves the store buffer, all threads can see it";
      case Step::Action::kPerform:
        break;
    }
    const Event& e = w_.event(step.event);
    if (!e.is_access() || e.tag == Tag::kSrcuLock || e.tag == Tag::kSrcuUnlock) return marker(e);
    if (e.kind == EventKind::kRead) return read_text(step);
    if (e.kind == EventKind::kWrite) return stored(step.write);
    return lock_text(step);
  }

  // How many steps from here on are one free or allocation, which makes all that an object contains invalid; at least one.
  [[nodiscard]] std::size_t length(std::span<const Step> steps) const {
    const auto continues = [&](const Step& step) {
      return step.action == Step::Action::kPerform && w_.event(step.event).kind == EventKind::kPoison &&
             w_.event(step.event).pos == w_.event(steps[0].event).pos && w_.value(step.event) == w_.value(steps[0].event);
    };
    const auto end = std::find_if_not(steps.begin(), steps.end(), continues);
    return std::max<std::size_t>(1, static_cast<std::size_t>(end - steps.begin()));
  }

  [[nodiscard]] std::string effect(std::span<const Step> steps) const {
    if (w_.event(steps[0].event).kind != EventKind::kPoison) return effect(steps[0]);
    std::vector<std::string> locations;
    for (const Step& step : steps) locations.push_back(location(step.event));
    const bool freed = w_.value(steps[0].event) == Program::kFreed;
    return fmt::format("{}: {}", freed ? "freed, nobody may use them any more" : "allocated, they hold nothing yet",
                       fmt::join(locations, ", "));
  }

  // What is out of the ordinary about a step.
  [[nodiscard]] std::string remark(const Step& step) const {
    std::vector<std::string> remarks;
    if (!step.hidden.empty()) remarks.push_back(stores_text(step.hidden) + " is still in the store buffer");
    if (!step.overtaken.empty()) remarks.push_back("early: before " + overtaken_text(step.overtaken));
    if (step.action == Step::Action::kPerform && !step.unseen.empty()) {
      remarks.push_back(
          fmt::format("late: {} has not reached {} yet", stores_text(step.unseen), names_.thread(w_.event(step.event).thread)));
    }
    if (!step.beaten_by.empty()) remarks.push_back(stores_text(step.beaten_by) + " overwrites it all the same");
    return fmt::format("{}", fmt::join(remarks, "; "));
  }

 private:
  [[nodiscard]] std::string location(int event) const { return names_.location(w_.event(event).location); }
  [[nodiscard]] std::string place(int event) const { return names_.place(w_.event(event).pos); }

  [[nodiscard]] std::string stored(int write) const {
    return fmt::format("{} = {}", location(write), names_.value_in(w_.event(write).location, w_.value(write)));
  }

  // `P0's x = 1 (line 7)`
  [[nodiscard]] std::string store_of(int write) const {
    return fmt::format("{}'s {} ({})", names_.thread(w_.event(write).thread), stored(write), place(write));
  }

  [[nodiscard]] int written_by(int unit) const {
    int write = unit;
    for_each_bit(w_.graph.rmw.row(unit), [&](int w) { write = w; });
    return write;
  }

  [[nodiscard]] std::string stores_text(const std::vector<int>& units) const {
    std::vector<std::string> texts;
    for (const int unit : units) texts.push_back(store_of(written_by(unit)));
    return fmt::format("{}", fmt::join(texts, " and "));
  }

  [[nodiscard]] std::string overtaken_text(const std::vector<int>& units) const {
    std::vector<std::string> texts;
    for (const int unit : units) {
      const Event& e = w_.event(unit);
      texts.push_back(fmt::format("the {} of {} in {}", e.is_read() ? "load" : "store", location(unit), place(unit)));
    }
    return fmt::format("{}", fmt::join(texts, " and "));
  }

  [[nodiscard]] std::string origin(const Step& step) const {
    const int source = w_.source_of(step.event);
    const Event& writer = w_.event(source);
    if (writer.is_initial()) return "the initial value";
    const std::string line = place(source);
    if (step.from_own_buffer) return fmt::format("from its own store buffer, {}", line);
    if (writer.thread == w_.event(step.event).thread) return fmt::format("its own, {}", line);
    return fmt::format("from {}, {}", names_.thread(writer.thread), line);
  }

  [[nodiscard]] std::string read_text(const Step& step) const {
    std::string text = fmt::format("reads {} = {} ({})", location(step.event),
                                   names_.value_in(w_.event(step.event).location, w_.value(step.event)), origin(step));
    if (step.write >= 0) text += ", stores " + stored(step.write);
    return text;
  }

  [[nodiscard]] std::string lock_text(const Step& step) const {
    const std::string lock = location(step.event);
    const int source = w_.source_of(step.event);
    switch (w_.event(step.event).kind) {
      case EventKind::kLockRead:
        return fmt::format("takes the lock {} ({})", lock, released_by(source));
      case EventKind::kUnlock:
        return "releases the lock " + lock;
      case EventKind::kLockFail:
      case EventKind::kReadLocked:
        return fmt::format("finds the lock {} taken by {}, {}", lock, names_.thread(w_.event(source).thread), place(source));
      case EventKind::kReadUnlocked:
        return fmt::format("finds the lock {} free ({})", lock, released_by(source));
      default:
        return {};
    }
  }

  [[nodiscard]] std::string released_by(int source) const {
    const Event& e = w_.event(source);
    if (e.is_initial()) return "never taken before";
    return fmt::format("released by {}, {}", names_.thread(e.thread), place(source));
  }

  [[nodiscard]] std::string marker(const Event& e) const {
    switch (e.tag) {
      case Tag::kMb:
        return "full barrier";
      case Tag::kRmb:
        return "read barrier";
      case Tag::kWmb:
        return "write barrier";
      case Tag::kBarrier:
        return "compiler barrier";
      case Tag::kBeforeAtomic:
      case Tag::kAfterAtomic:
        return "barrier beside an atomic operation";
      case Tag::kAfterSpinlock:
      case Tag::kAfterUnlockLock:
        return "barrier after taking a lock";
      case Tag::kAfterSrcuReadUnlock:
        return "barrier after an SRCU read-side critical section";
      case Tag::kRcuLock:
        return "enters an RCU read-side critical section";
      case Tag::kRcuUnlock:
        return "leaves the RCU read-side critical section";
      case Tag::kSyncRcu:
        return "a grace period has ended";
      case Tag::kSrcuLock:
        return "enters an SRCU read-side critical section of " + names_.location(e.location);
      case Tag::kSrcuUnlock:
        return "leaves the SRCU read-side critical section of " + names_.location(e.location);
      case Tag::kSyncSrcu:
        return "a grace period of " + names_.location(e.location) + " has ended";
      case Tag::kNone:
        return "nothing here that orders";
      default:
        return "fence";
    }
  }

  const Names& names_;
  const Witness& w_;
};

}  // namespace

std::vector<StoryLine> story_lines(const Names& names, const Witness& witness, const std::vector<Step>& steps) {
  const Narrator narrator(names, witness);
  std::vector<StoryLine> lines;
  std::size_t told = 0;  // the steps that the lines so far speak of
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Step& step = steps[i];
    const Event& e = witness.event(step.event);
    const auto rest = std::span(steps).subspan(i);
    const bool is_told = i < told;
    if (!is_told) told = i + narrator.length(rest);
    auto [source, access] = narrator.source(step.event);
    lines.push_back({.thread = names.thread(e.thread),
                     .place = names.place(e.pos),
                     .source = std::move(source),
                     .effect = narrator.effect(rest.first(is_told ? 1 : told - i)),
                     .remark = narrator.remark(step),
                     .is_told = is_told,
                     .access = access,
                     .pos = e.pos});
  }
  return lines;
}

namespace {

// A statement that fits into its column, with what matters of it.
std::string shortened(const std::string& statement, std::size_t access) {
  if (statement.size() <= kMaxSource || access + kAccess <= kMaxSource) return litmus::printable(statement, kMaxSource);
  return "..." + litmus::printable(std::string_view(statement).substr(access), kMaxSource - 3);
}

}  // namespace

std::vector<std::string> formatted(const std::vector<StoryLine>& lines, const Painter& paint) {
  std::size_t thread_width = 3;
  std::size_t place_width = 8;
  std::size_t width = 0;
  std::vector<std::string> sources;
  for (const StoryLine& line : lines) {
    sources.push_back(shortened(line.source, line.access));
    thread_width = std::max(thread_width, line.thread.size());
    place_width = std::max(place_width, line.place.size());
    width = std::max(width, sources.back().size());
  }
  std::vector<std::string> out;
  for (const StoryLine& line : lines) {
    const std::string& source = sources[out.size()];
    std::string& text = out.emplace_back(fmt::format("{:>4}  {:<{}} {:<{}} {:<{}}  {}", out.size() + 1, line.thread, thread_width,
                                                     line.place, place_width, source, width, line.effect));
    if (!line.remark.empty()) text += ' ' + paint(Paint::kNote, '[' + line.remark + ']');
  }
  return out;
}

std::string story(const Names& names, const Witness& witness, const Painter& paint, const std::optional<StoryEnd>& end) {
  std::vector<Step> steps = derive_schedule(witness);
  if (end) {
    int first = 0;
    while (first < witness.size() && witness.event(first).thread != end->thread) ++first;
    const auto is_before_end = [&](const Step& step) {
      return witness.event(step.event).thread == end->thread && step.event < first + end->events;
    };
    const auto last = std::find_if(steps.rbegin(), steps.rend(), is_before_end);
    if (last != steps.rend()) steps.erase(last.base(), steps.end());
  }
  std::vector<StoryLine> lines = story_lines(names, witness, steps);
  std::erase_if(lines, [](const StoryLine& line) { return line.is_told; });
  std::string out;
  for (const std::string& line : formatted(lines, paint)) out += line + '\n';
  return out;
}

}  // namespace lkmc
