#include "src/report/walk.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
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
  Shown shown;
  std::string shows;                // in words
  std::vector<std::string> ending;  // what is to be said at the end
  std::string condition{};
  std::optional<NamedState> final_state{};
};
// Or why it does not show what the trace says.
using Judged = std::variant<Judgement, std::string>;
using Judge = std::function<Judged(const Replayed&, const Witness&)>;

class Replayer {
 public:
  Replayer(const ReplayInput& input, const Program& program, const Names& names)
      : in_(input), program_(program), names_(names) {}

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
    Walk walk{.name = in_.trace.name, .shows = judgement.shows};
    walk.is_violation = judgement.shown.kind != Shown::Kind::kWitness;
    for (ThreadId t = 0; t < program_.thread_count(); ++t) walk.threads.push_back(names_.thread(t));
    for (int e = 0; e < w.size() && w.event(e).is_initial(); ++e) {
      walk.locations.push_back(names_.location(w.event(e).location));
      walk.initial.push_back(names_.value(w.value(e)));
    }
    add_steps(w, walk);
    walk.ending = judgement.ending;
    add_picture(w, walk);
    return walk;
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
                                                             .remark = lines[i].remark});
      for (const int l : last) shown.memory.push_back(names_.value(w.value(l)));
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
  }

  // `x = 1`
  [[nodiscard]] std::string access(const Witness& w, int e) const {
    return fmt::format("{} = {}", names_.location(w.event(e).location), names_.value(w.value(e)));
  }

  void add_picture(const Witness& w, Walk& walk) const {
    for (int e = 0; e < w.size(); ++e) {
      const Event& event = w.event(e);
      std::string label = event.is_access()     ? access(w, e)
                          : event.location >= 0 ? names_.location(event.location)
                                                : std::string();
      if (event.is_initial()) {
        label = "init: " + label;
      } else {
        label = fmt::format("{}: {} ({}){}{}", names_.place(event.pos), name_of(event.kind), name_of(event.tag),
                            label.empty() ? "" : " ", label);
      }
      walk.nodes.push_back({event.thread, std::move(label)});
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
  for (const BlockedThread& b : *replayed.blocked) judgement.ending.push_back(waiting_text(names, b));
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

Judged judge_litmus(const ReplayInput& in, const LitmusTest& test, const Names& names, const Replayed& replayed,
                    const Witness& witness) {
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
Judged judge_cpp(const ReplayInput& in, const kernel::CppTest& test, const Names& names, const Replayed& replayed) {
  if (in.trace.shows == Shown::Kind::kDeadlock) return judge_deadlock(replayed, names);
  CppTally tally(test, data_race_flag(in.model));
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
    return Judgement{.shown = {.kind = Shown::Kind::kFlag, .message = in.trace.message}, .shows = "data race", .ending = {"data race"}};
  }
  std::vector<const Violation*> found = tally.violations();
  std::erase_if(found, [&](const Violation* v) {
    return in.trace.shows != Shown::Kind::kViolation || v->report.message != in.trace.message;
  });
  if (!found.empty()) {
    // One property may fail in several places.
    const Json& violation = in.trace.json.at("violation");
    const int line = violation.contains("line") && violation["line"].is_number_integer() ? violation["line"].get<int>() : 0;
    const auto same_line = std::find_if(found.begin(), found.end(), [&](const Violation* v) { return v->report.pos.line == line; });
    const SourcePos pos = (same_line == found.end() ? found.front() : *same_line)->report.pos;
    const std::string what = fmt::format("violated: {} ({}:{})", in.trace.message, names.file(pos), pos.line);
    return Judgement{.shown = {.kind = Shown::Kind::kViolation, .message = in.trace.message, .pos = pos},
                     .shows = what,
                     .ending = {what}};
  }
  return fmt::format("the execution does not violate \"{}\"", in.trace.message);
}

// --- JSON -----------------------------------------------------------------------------------------------------------------

Json step_json(const Walk::Step& s) {
  return {{"thread", s.thread}, {"place", s.place},   {"source", s.source},   {"effect", s.effect},
          {"remark", s.remark}, {"memory", s.memory}, {"buffers", s.buffers}, {"sections", s.sections}};
}

}  // namespace

std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, const LitmusTest& test, const Names& names) {
  return Replayer(input, test, names).run([&](const Replayed& replayed, const Witness& witness) {
    return judge_litmus(input, test, names, replayed, witness);
  });
}

std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, kernel::CppTest& test, const Names& names) {
  return Replayer(input, test, names).run([&](const Replayed& replayed, const Witness&) {
    return judge_cpp(input, test, names, replayed);
  });
}

Json walk_json(const Walk& walk) {
  Json steps = Json::array();
  for (const Walk::Step& s : walk.steps) steps.push_back(step_json(s));
  Json nodes = Json::array();
  for (const Walk::Node& n : walk.nodes) nodes.push_back({{"thread", n.thread}, {"label", n.label}});
  Json edges = Json::array();
  for (const Walk::Edge& e : walk.edges) edges.push_back({{"from", e.from}, {"to", e.to}, {"relation", e.relation}});
  return {{"name", walk.name},           {"shows", walk.shows},     {"violation", walk.is_violation},
          {"threads", walk.threads},     {"locations", walk.locations}, {"initial", walk.initial},
          {"steps", steps},              {"ending", walk.ending},   {"nodes", nodes},
          {"edges", edges}};
}

Walk walk_from(const Json& json) {
  Walk walk;
  json.at("name").get_to(walk.name);
  json.at("shows").get_to(walk.shows);
  json.at("violation").get_to(walk.is_violation);
  json.at("threads").get_to(walk.threads);
  json.at("locations").get_to(walk.locations);
  json.at("initial").get_to(walk.initial);
  json.at("ending").get_to(walk.ending);
  for (const Json& s : json.at("steps")) {
    Walk::Step& step = walk.steps.emplace_back();
    s.at("thread").get_to(step.thread);
    s.at("place").get_to(step.place);
    s.at("source").get_to(step.source);
    s.at("effect").get_to(step.effect);
    s.at("remark").get_to(step.remark);
    s.at("memory").get_to(step.memory);
    s.at("buffers").get_to(step.buffers);
    s.at("sections").get_to(step.sections);
  }
  for (const Json& n : json.at("nodes")) {
    walk.nodes.push_back({n.at("thread").get<int>(), n.at("label").get<std::string>()});
  }
  for (const Json& e : json.at("edges")) {
    walk.edges.push_back({e.at("from").get<int>(), e.at("to").get<int>(), e.at("relation").get<std::string>()});
  }
  return walk;
}

std::string walk_text(const Walk& walk, Colour colour) {
  const Painter paint(colour);
  std::vector<StoryLine> lines;
  for (const Walk::Step& s : walk.steps) {
    lines.push_back({walk.threads[static_cast<std::size_t>(s.thread)], s.place, s.source, s.effect, s.remark});
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
