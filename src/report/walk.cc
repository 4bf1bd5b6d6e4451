// SPDX-License-Identifier: Apache-2.0
#include "src/report/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <optional>
#include <type_traits>
#include <variant>

#include "src/report/cpp_tally.h"
#include "src/report/result.h"
#include "src/report/sections.h"
#include "src/report/story.h"
#include "src/report/text.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

// What the front end makes of an execution.
struct Judgement {
  struct Place {
    ThreadId thread;
    SourcePos pos;
    std::string text;
  };
  Shown shown;
  std::string shows;                // in words
  std::vector<std::string> ending;  // what is to be said at the end
  std::vector<Place> places{};      // as Walk::marks
  std::string condition{};
  std::optional<NamedState> final_state{};
};
// Or why it does not show what the trace says.
using Judged = std::variant<Judgement, std::string>;
using Judge = std::function<Judged(const Replayed&, const Witness&)>;

class Replayer {
 public:
  Replayer(const ReplayInput& input, const Program& program, const Names& names) : in_(input), program_(program), names_(names) {}

  std::variant<Walk, Refusal> run(const Judge& judge) {
    std::optional<std::variant<Replayed, Divergence>> result;
    // What the program grows by on the way has names only afterwards.
    for (std::size_t known = 0; known != program_.locations().size();) {
      known = program_.locations().size();
      result.emplace(replay(program_, in_.model, in_.facts, record_of(in_.trace, TraceWords(program_, names_))));
    }
    if (const auto* divergence = std::get_if<Divergence>(&*result)) return refusal(*divergence);
    const auto& replayed = std::get<Replayed>(*result);
    Witness witness(replayed.assignment());
    witness.registers = replayed.registers;
    witness.memory = replayed.memory;
    const Judged judged = judge(replayed, witness);
    if (const auto* wrong = std::get_if<std::string>(&judged)) return Refusal{in_.trace.path, 1, 1, *wrong};
    const auto& judgement = std::get<Judgement>(judged);
    const std::string difference = compare(witness, judgement);
    if (!difference.empty()) {
      return Refusal{in_.trace.path, 1, 1, fmt::format("the trace says something else of the execution: see {} in it", difference)};
    }
    return walk(witness, judgement);
  }

 private:
  [[nodiscard]] Refusal refusal(const Divergence& divergence) const {
    const bool has_event = divergence.event >= 0;
    const int recorded = has_event ? in_.trace.events[static_cast<std::size_t>(divergence.event)].line : 0;
    const bool is_known = divergence.pos.line > 0;
    return {.file = is_known ? names_.file(divergence.pos) : in_.trace.path,
            .line = is_known ? divergence.pos.line : std::max(recorded, 1),
            .column = std::max(divergence.pos.column, 1),
            .message = divergence_text(divergence, in_.trace, program_, names_)};
  }

  // Writes the trace once more.
  [[nodiscard]] std::string compare(const Witness& witness, const Judgement& judgement) const {
    const TraceSubject subject{.path = in_.trace.path,
                               .name = in_.trace.name,
                               .md5 = in_.md5,
                               .model = in_.trace.model,
                               .unroll = in_.trace.unroll,
                               .condition = judgement.condition,
                               .shows = judgement.shown,
                               .program = program_,
                               .names = names_,
                               .witness = witness,
                               .final_state = judgement.final_state};
    return first_difference(in_.trace.json, Json::parse(trace_text(subject)), in_.md5 == in_.trace.md5);
  }

  // --- the walk ---------------------------------------------------------------------------------------------------------

  [[nodiscard]] Walk walk(const Witness& w, const Judgement& judgement) const {
    Walk walk{.name = in_.trace.name,
              .kind = std::string(name_of(judgement.shown.kind)),
              .shows = judgement.shows,
              .file = in_.trace.path,
              .model = in_.trace.model};
    walk.is_violation = judgement.shown.kind != Shown::Kind::kWitness;
    for (ThreadId t = 0; t < program_.thread_count(); ++t) walk.threads.push_back(names_.thread(t));
    for (int e = 0; e < w.size() && w.event(e).is_initial(); ++e) {
      walk.locations.push_back(names_.location(w.event(e).location));
      walk.initial.push_back(value(w, e));
    }
    add_sources(w, judgement, walk);
    add_steps(w, walk);
    walk.ending = judgement.ending;
    for (const Judgement::Place& p : judgement.places) walk.marks.push_back({p.thread, file_of(p.pos, walk), p.pos.line, p.text});
    add_picture(w, walk);
    return walk;
  }

  void add_sources(const Witness& w, const Judgement& judgement, Walk& walk) const {
    const auto add = [&](SourcePos pos) {
      const std::string_view text = pos.line > 0 ? names_.source(pos) : std::string_view();
      if (text.empty() || file_of(pos, walk) >= 0) return;
      Walk::Source& source = walk.sources.emplace_back(Walk::Source{names_.file(pos)});
      for (const std::string_view line : lines_of(text)) source.lines.push_back(litmus::printable(line, std::string::npos));
    };
    for (int e = 0; e < w.size(); ++e) add(w.event(e).pos);
    for (const Judgement::Place& place : judgement.places) add(place.pos);
    std::stable_partition(walk.sources.begin(), walk.sources.end(), [&](const Walk::Source& s) { return s.file == walk.file; });
  }

  // The index among the sources; -1 if it is none of them.
  [[nodiscard]] int file_of(SourcePos pos, const Walk& walk) const {
    if (pos.line <= 0) return -1;
    const std::string file = names_.file(pos);
    const auto found = std::find_if(walk.sources.begin(), walk.sources.end(), [&](const Walk::Source& s) { return s.file == file; });
    return found == walk.sources.end() ? -1 : static_cast<int>(found - walk.sources.begin());
  }

  void add_steps(const Witness& w, Walk& walk) const {
    const std::vector<lkmc::Step> steps = derive_schedule(w);
    const std::vector<StoryLine> lines = story_lines(names_, w, steps);
    const std::vector<Section> sections = sections_of(w);
    const std::vector<std::vector<int>> open = open_sections(sections, steps);
    std::vector<int> last;  // by accessed location: the write whose value is there
    for (std::size_t l = 0; l < walk.locations.size(); ++l) last.push_back(static_cast<int>(l));
    std::vector<std::vector<int>> buffers(walk.threads.size());
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const lkmc::Step& step = steps[i];
      const ThreadId thread = w.event(step.event).thread;
      std::vector<int>& buffer = buffers[static_cast<std::size_t>(thread)];
      if (step.action == lkmc::Step::Action::kBuffer) {
        buffer.push_back(step.write);
      } else if (step.write >= 0) {
        std::erase(buffer, step.write);
        for (int& l : last) {
          if (w.event(l).location == w.event(step.write).location && w.is_before(l, step.write)) l = step.write;
        }
      }
      Walk::Step& shown = walk.steps.emplace_back(Walk::Step{.thread = thread,
                                                             .place = lines[i].place,
                                                             .source = lines[i].source,
                                                             .effect = lines[i].effect,
                                                             .remark = lines[i].remark,
                                                             .access = lines[i].access,
                                                             .action = std::string(name_of(step.action)),
                                                             .event = step.event,
                                                             .write = step.write,
                                                             .file = file_of(w.event(step.event).pos, walk),
                                                             .line = w.event(step.event).pos.line,
                                                             .call = call_of(w.event(step.event))});
      for (const int l : last) shown.memory.push_back(value(w, l));
      for (const std::vector<int>& stores : buffers) {
        auto& texts = shown.buffers.emplace_back();
        for (const int store : stores) texts.push_back(access(w, store));
      }
      shown.sections.resize(walk.threads.size());
      for (const int s : open[i]) {
        const Section& section = sections[static_cast<std::size_t>(s)];
        shown.sections[static_cast<std::size_t>(section.thread)].push_back(section_text(names_, w, section));
      }
    }
    add_spans(w, sections, open, walk);
  }

  void add_spans(const Witness& w, const std::vector<Section>& sections, const std::vector<std::vector<int>>& open, Walk& walk) const {
    for (std::size_t s = 0; s < sections.size(); ++s) {
      const auto lasts = [&](const std::vector<int>& at) { return std::find(at.begin(), at.end(), static_cast<int>(s)) != at.end(); };
      const auto first = std::find_if(open.begin(), open.end(), lasts);
      if (first == open.end()) continue;  // it begins and ends in one step
      const auto end = std::find_if_not(first, open.end(), lasts);
      walk.spans.push_back({.thread = sections[s].thread,
                            .kind = std::string(name_of(sections[s].kind)),
                            .text = section_text(names_, w, sections[s]),
                            .first = static_cast<int>(first - open.begin()),
                            .last = static_cast<int>(std::min(end, open.end() - 1) - open.begin())});
    }
  }

  // `vma_start_read` of `static bool vma::series<Self>::vma_start_read(mm_struct*) [with Self = …]`.
  [[nodiscard]] std::string call_of(const Event& event) const {
    std::string_view name = event.pos.function != nullptr ? event.pos.function : "";
    if (name.find("<lambda") != std::string_view::npos) return {};
    name = name.substr(0, name.find('('));
    if (name.ends_with('>')) name = name.substr(0, name.find('<'));  // arguments of a template
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
    const auto begin = std::find_if_not(name.rbegin(), name.rend(), is_part).base();
    const std::string call(begin, name.end());
    return call == "operator" ? "" : call;
  }

  [[nodiscard]] std::string value(const Witness& w, int e) const { return names_.value_in(w.event(e).location, w.value(e)); }

  // `x = 1`
  [[nodiscard]] std::string access(const Witness& w, int e) const {
    return fmt::format("{} = {}", names_.location(w.event(e).location), value(w, e));
  }

  void add_picture(const Witness& w, Walk& walk) const {
    for (int e = 0; e < w.size(); ++e) {
      const Event& event = w.event(e);
      std::string label = event.is_access() ? access(w, e) : event.location >= 0 ? names_.location(event.location) : std::string();
      std::string name = fmt::format("{}{}{}{}", letters_of(event.kind), event.is_initial() ? "" : fmt::format("[{}]", name_of(event.tag)),
                                     label.empty() ? "" : " ", label);
      if (event.is_initial()) {
        label = "init: " + label;
      } else {
        label = fmt::format("{}: {} ({}){}{}", names_.place(event.pos), name_of(event.kind), name_of(event.tag), label.empty() ? "" : " ",
                            label);
      }
      walk.nodes.push_back({event.thread, std::move(label), std::move(name)});
      if (e > 0 && !event.is_initial() && w.event(e - 1).thread == event.thread) walk.edges.push_back({e - 1, e, "po"});
      if (w.source_of(e) >= 0) {
        walk.edges.push_back({w.source_of(e), e, "rf"});
        const int next = overwriter(w, w.source_of(e));
        if (next >= 0 && !w.graph.rmw.contains(e, next)) walk.edges.push_back({e, next, "fr"});
      }
      if (const int next = event.is_write() ? overwriter(w, e) : -1; next >= 0) walk.edges.push_back({e, next, "co"});
      const std::pair<const char*, const Relation*> relations[] = {
          {"addr", &w.graph.addr}, {"data", &w.graph.data}, {"ctrl", &w.graph.ctrl}, {"rmw", &w.graph.rmw}};
      for (const auto& [name, relation] : relations) {
        for_each_bit(relation->row(e), [&, name = name](int other) { walk.edges.push_back({e, other, name}); });
      }
    }
  }

  // How the literature calls events of a kind.
  [[nodiscard]] static std::string_view letters_of(EventKind kind) {
    switch (kind) {
      case EventKind::kRead:
        return "R";
      case EventKind::kWrite:
      case EventKind::kPoison:
        return "W";
      case EventKind::kFence:
      case EventKind::kSyncSrcu:
        return "F";
      case EventKind::kLockRead:
        return "LKR";
      case EventKind::kLockWrite:
        return "LKW";
      case EventKind::kUnlock:
        return "UL";
      case EventKind::kLockFail:
        return "LF";
      case EventKind::kReadLocked:
        return "RL";
      case EventKind::kReadUnlocked:
        return "RU";
    }
    return {};
  }

  // The next write in co; -1 if there is none.
  [[nodiscard]] static int overwriter(const Witness& w, int write) {
    const std::vector<int> writes = w.writes_in_order(w.event(write).location);
    const auto next = std::next(std::find(writes.begin(), writes.end(), write));
    return next == writes.end() ? -1 : *next;
  }

  const ReplayInput& in_;
  const Program& program_;
  const Names& names_;
};

Judged judge_deadlock(const Replayed& replayed, const Names& names) {
  if (!replayed.blocked || replayed.blocked->empty()) return "the threads that wait in the trace could go on";
  Judgement judgement{.shown = {.kind = Shown::Kind::kDeadlock, .blocked = *replayed.blocked}, .shows = "deadlock", .ending = {}};
  for (const BlockedThread& b : *replayed.blocked) {
    judgement.ending.push_back(waiting_text(names, b));
    judgement.places.push_back({b.thread, b.pos, judgement.ending.back()});
  }
  return judgement;
}

Judged judge_flag(const Replayed& replayed, const std::string& flag, const Model& model) {
  const std::vector<std::string> flags = flag_names(model, replayed.flags);
  if (replayed.at_bound || replayed.at_failure || std::find(flags.begin(), flags.end(), flag) == flags.end()) {
    return fmt::format("the execution does not raise the flag {}", flag);
  }
  const std::string shows = flag == "data-race" ? "data race" : "flag: " + flag;
  return Judgement{.shown = {.kind = Shown::Kind::kFlag, .message = flag}, .shows = shows, .ending = {shows}};
}

Judged judge_litmus(const ReplayInput& in, const LitmusTest& test, const Names& names, const Replayed& replayed, const Witness& witness) {
  const auto with_condition = [&](Judged judged) {
    if (auto* judgement = std::get_if<Judgement>(&judged)) judgement->condition = test.condition_text();
    return judged;
  };
  const Shown::Kind kind = in.trace.shows;
  if (kind == Shown::Kind::kDeadlock) return with_condition(judge_deadlock(replayed, names));
  if (kind == Shown::Kind::kFlag) return with_condition(judge_flag(replayed, in.trace.message, in.model));
  const FinalState state{witness.registers, witness.memory};
  const bool wanted = test.kind() != Quantifier::kForall;
  if (kind != shown_by(test, true) || replayed.at_bound || replayed.at_failure || !test.accepted_by_filter(state) ||
      test.satisfies(state) != wanted) {
    return fmt::format("the execution is no {} of {}", name_of(kind), test.condition_text());
  }
  const bool is_witness = kind == Shown::Kind::kWitness;
  return Judgement{.shown = {.kind = kind},
                   .shows = fmt::format("{} is {}", test.condition_text(), is_witness ? "reachable" : "violated"),
                   .ending = {"Final state: " + test.state_line(state)},
                   .condition = test.condition_text(),
                   .final_state = final_state_of(test, witness)};
}

// The same judge as that of `lkmc check`.
Judged judge_cpp(const ReplayInput& in, const SelfCheckingTest& test, const Names& names, const Replayed& replayed) {
  if (in.trace.shows == Shown::Kind::kDeadlock) return judge_deadlock(replayed, names);
  CppTally tally(test, {.race_flag = data_race_flag(in.model)});
  replayed.tell(tally);
  if (in.trace.shows == Shown::Kind::kWitness) {
    const auto reached = tally.reached();
    const auto times = reached.find(in.trace.message);
    if (times == reached.end() || times->second == 0) return fmt::format("the execution does not reach \"{}\"", in.trace.message);
    const std::string what = fmt::format("reached: {}", in.trace.message);
    return Judgement{.shown = {.kind = Shown::Kind::kWitness, .message = in.trace.message}, .shows = what, .ending = {what}};
  }
  if (in.trace.shows == Shown::Kind::kFlag) {
    if (in.trace.message != "data-race") return judge_flag(replayed, in.trace.message, in.model);
    if (tally.races().empty()) return "the execution has no data race";
    Judgement judgement{.shown = {.kind = Shown::Kind::kFlag, .message = in.trace.message}, .shows = "data race", .ending = {}};
    for (const FoundRace* race : tally.races()) {
      judgement.ending.push_back("data race: " + race_text(names, race->first, race->second));
      for (const Event* access : {&race->first, &race->second}) {
        judgement.places.push_back({access->thread, access->pos, names.location(access->location) + " is " + racing_text(names, *access)});
      }
    }
    return judgement;
  }
  std::vector<const Violation*> found = tally.violations();
  std::erase_if(found,
                [&](const Violation* v) { return in.trace.shows != Shown::Kind::kViolation || v->charge.message != in.trace.message; });
  if (!found.empty()) {
    // One property may fail in several places.
    const Json& violation = in.trace.json.at("violation");
    const int line = violation.contains("line") && violation["line"].is_number_integer() ? violation["line"].get<int>() : 0;
    const auto same_line = std::find_if(found.begin(), found.end(), [&](const Violation* v) { return v->charge.pos.line == line; });
    const SourcePos pos = (same_line == found.end() ? found.front() : *same_line)->charge.pos;
    const std::string what = fmt::format("violated: {} ({}:{})", in.trace.message, names.file(pos), pos.line);
    return Judgement{.shown = {.kind = Shown::Kind::kViolation, .message = in.trace.message, .pos = pos},
                     .shows = what,
                     .ending = {what},
                     .places = {{kInitThread, pos, what}}};
  }
  return fmt::format("the execution does not violate \"{}\"", in.trace.message);
}

}  // namespace

std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, const LitmusTest& test, const Names& names) {
  return Replayer(input, test, names).run([&](const Replayed& replayed, const Witness& witness) {
    return judge_litmus(input, test, names, replayed, witness);
  });
}

std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, SelfCheckingTest& test, const Names& names) {
  return Replayer(input, test, names).run([&](const Replayed& replayed, const Witness&) {
    return judge_cpp(input, test, names, replayed);
  });
}

// --- JSON -----------------------------------------------------------------------------------------------------------------

// Each member with its key, once for both directions.
template <class T, class U>
concept Is = std::is_same_v<std::remove_const_t<T>, U>;

static void each_member(Is<Walk::Step> auto& s, const auto& f) {
  f("thread", s.thread), f("place", s.place), f("source", s.source), f("effect", s.effect), f("remark", s.remark);
  f("access", s.access);
  f("action", s.action), f("event", s.event), f("write", s.write), f("file", s.file), f("line", s.line), f("call", s.call);
  f("memory", s.memory), f("buffers", s.buffers), f("sections", s.sections);
}
static void each_member(Is<Walk::Span> auto& s, const auto& f) {
  f("thread", s.thread), f("kind", s.kind), f("text", s.text), f("first", s.first), f("last", s.last);
}
static void each_member(Is<Walk::Source> auto& s, const auto& f) { f("file", s.file), f("lines", s.lines); }
static void each_member(Is<Walk::Mark> auto& m, const auto& f) {
  f("thread", m.thread), f("file", m.file), f("line", m.line), f("text", m.text);
}
static void each_member(Is<Walk::Node> auto& n, const auto& f) { f("thread", n.thread), f("label", n.label), f("name", n.name); }
static void each_member(Is<Walk::Edge> auto& e, const auto& f) { f("from", e.from), f("to", e.to), f("relation", e.relation); }
static void each_member(Is<Walk> auto& w, const auto& f) {
  f("name", w.name), f("kind", w.kind), f("shows", w.shows), f("file", w.file), f("model", w.model), f("violation", w.is_violation);
  f("threads", w.threads), f("locations", w.locations), f("initial", w.initial), f("steps", w.steps), f("spans", w.spans);
  f("ending", w.ending), f("marks", w.marks), f("sources", w.sources), f("nodes", w.nodes), f("edges", w.edges);
}

// For the library to find.
template <class T>
static auto to_json(Json& json, const T& object) -> decltype(each_member(object, [](const char*, const auto&) {})) {
  each_member(object, [&](const char* key, const auto& member) { json[key] = member; });
}
template <class T>
static auto from_json(const Json& json, T& object) -> decltype(each_member(object, [](const char*, auto&) {})) {
  each_member(object, [&](const char* key, auto& member) { json.at(key).get_to(member); });
}

Json walk_json(const Walk& walk) { return walk; }
Walk walk_from(const Json& json) { return json.get<Walk>(); }

std::string walk_text(const Walk& walk, Colour colour) {
  const Painter paint(colour);
  std::vector<StoryLine> lines;
  for (const Walk::Step& s : walk.steps) {
    lines.push_back({walk.threads[static_cast<std::size_t>(s.thread)], s.place, s.source, s.effect, s.remark, false, s.access});
  }
  std::string out = fmt::format("{}: replayed: {}\n\n", paint(Paint::kStrong, walk.name),
                                paint(walk.is_violation ? Paint::kBad : Paint::kGood, walk.shows));
  const std::vector<std::string> texts = formatted(lines, paint);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    out += texts[i] + '\n';
    const auto& sections = walk.steps[i].sections[static_cast<std::size_t>(walk.steps[i].thread)];
    if (!sections.empty()) out += fmt::format("      {}\n", paint(Paint::kNote, fmt::format("{}", fmt::join(sections, ", "))));
  }
  for (const std::string& line : walk.ending) out += "  " + line + '\n';
  return out + '\n';
}

}  // namespace lkmc
