// SPDX-License-Identifier: Apache-2.0
#include "src/report/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "src/host/digest.h"
#include "src/report/sections.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

// File names need not be UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// An object with each of its members, and each object in a list, on a line of its own.
std::string dump_in_lines(const Json& object) {
  std::string out = "{";
  for (const auto& [key, value] : object.items()) {
    out += fmt::format("{}\n {}: ", out.size() > 1 ? "," : "", dump(key));
    if (!value.is_array() || value.empty() || !value[0].is_object()) {
      out += dump(value);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) out += fmt::format("{}\n  {}", i == 0 ? '[' : ',', dump(value[i]));
    out += "\n ]";
  }
  return out + "\n}\n";
}

Json pairs_json(const Relation& relation) {
  Json pairs = Json::array();
  for (int a = 0; a < relation.size(); ++a) {
    for_each_bit(relation.row(a), [&](int b) { pairs.push_back({a, b}); });
  }
  return pairs;
}

// The whole number that the text is; nothing if it is anything else.
std::optional<Word> number(std::string_view text) {
  Word value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

class Writer {
 public:
  explicit Writer(const TraceSubject& subject) : s_(subject), w_(subject.witness), words_(subject.program, subject.names) {}

  Json write() const {
    Json json = {{"lkmc_trace", kTraceVersion},
                 {"program", {{"path", s_.path}, {"name", s_.name}, {"md5", s_.md5}}},
                 {"model", s_.model},
                 {"unroll", s_.unroll}};
    if (!s_.condition.empty()) json["condition"] = s_.condition;
    json["shows"] = lkmc::name_of(s_.shows.kind);
    if (s_.shows.kind == Shown::Kind::kFlag) json["flag"] = s_.shows.message;
    if (s_.shows.kind == Shown::Kind::kWitness && s_.condition.empty()) json["reached"] = s_.shows.message;
    if (s_.shows.kind == Shown::Kind::kViolation && s_.condition.empty()) json["violation"] = violation();
    json["outcomes"] = outcomes();
    json["events"] = events();
    json["rf"] = rf();
    json["co"] = co();
    json["addr"] = pairs_json(w_.graph.addr);
    json["data"] = pairs_json(w_.graph.data);
    json["ctrl"] = pairs_json(w_.graph.ctrl);
    json["rmw"] = pairs_json(w_.graph.rmw);
    const std::vector<Section> all = sections_of(w_);
    json["sections"] = Json::array();
    for (const Section& section : all) json["sections"].push_back(section_json(section));
    const std::vector<Step> steps = derive_schedule(w_);
    const std::vector<std::vector<int>> open = open_sections(all, steps);
    json["schedule"] = Json::array();
    for (std::size_t i = 0; i < steps.size(); ++i) json["schedule"].push_back(step_json(steps[i], open[i]));
    if (s_.final_state) json["final"] = final_state();
    if (s_.shows.kind == Shown::Kind::kDeadlock) json["deadlock"] = deadlock();
    return json;
  }

 private:
  void add_place(Json& json, SourcePos pos, const std::string& function) const {
    json["file"] = s_.names.file(pos);
    json["line"] = pos.line;
    json["column"] = pos.column;
    json["function"] = function;
  }

  [[nodiscard]] std::string function_of(const Event& event) const {
    return event.pos.function != nullptr ? event.pos.function : s_.names.thread(event.thread);
  }

  [[nodiscard]] Json violation() const {
    Json json = {{"message", s_.shows.message}};
    add_place(json, s_.shows.pos, s_.shows.pos.function != nullptr ? s_.shows.pos.function : "");
    return json;
  }

  [[nodiscard]] Json outcomes() const {
    Json json = Json::array();
    for (const std::vector<Word>& of_thread : w_.outcomes) {
      Json list = Json::array();
      for (const Word outcome : of_thread) list.push_back(words_.written(outcome));
      json.push_back(list);
    }
    return json;
  }

  [[nodiscard]] Json events() const {
    Json json = Json::array();
    for (int e = 0; e < w_.size(); ++e) json.push_back(event_json(e));
    return json;
  }

  [[nodiscard]] Json event_json(int e) const {
    const Event& event = w_.event(e);
    Json json = {{"id", e},
                 {"thread", event.is_initial() ? Json(nullptr) : Json(event.thread)},
                 {"kind", lkmc::name_of(event.kind)},
                 {"tag", lkmc::name_of(event.tag)}};
    if (event.location != kNoLocation) json["location"] = words_.location_name(event.location);
    if (event.is_access() || event.is_source()) json["value"] = words_.written(w_.value(e));
    if (!event.is_initial()) add_place(json, event.pos, function_of(event));
    return json;
  }

  [[nodiscard]] Json rf() const {
    Json json = Json::array();
    for (int e = 0; e < w_.size(); ++e) {
      if (w_.source_of(e) >= 0) json.push_back({w_.source_of(e), e});
    }
    return json;
  }

  [[nodiscard]] Json co() const {
    Json json = Json::object();
    for (Location l = 0; l < static_cast<Location>(s_.program.locations().size()); ++l) {
      if (const std::vector<int> writes = w_.writes_in_order(l); !writes.empty()) json[words_.location_name(l)] = writes;
    }
    return json;
  }

  [[nodiscard]] Json section_json(const Section& section) const {
    Json json = {{"thread", section.thread}, {"kind", lkmc::name_of(section.kind)}};
    if (section.location != kNoLocation) json["location"] = words_.location_name(section.location);
    if (section.shared) json["shared"] = true;
    json["from"] = section.from;
    json["to"] = section.to >= 0 ? Json(section.to) : Json(nullptr);
    json["function"] = function_of(w_.event(section.from));
    return json;
  }

  [[nodiscard]] static Json step_json(const Step& step, const std::vector<int>& held) {
    Json json = {{"action", lkmc::name_of(step.action)}, {"event", step.event}};
    if (step.write >= 0 && step.write != step.event) json["write"] = step.write;
    if (step.from_own_buffer) json["from_own_buffer"] = true;
    if (!step.overtaken.empty()) json["before"] = step.overtaken;
    if (!step.hidden.empty()) json["hidden"] = step.hidden;
    if (!step.unseen.empty()) json["unseen"] = step.unseen;
    if (!step.beaten_by.empty()) json["overwritten_by"] = step.beaten_by;
    if (!held.empty()) json["held"] = held;
    return json;
  }

  [[nodiscard]] Json final_state() const {
    Json registers = Json::object();
    for (const auto& [name, value] : s_.final_state->registers) registers[name] = words_.written(value);
    Json memory = Json::object();
    for (std::size_t l = 0; l < s_.final_state->memory.size(); ++l) {
      memory[words_.location_name(static_cast<Location>(l))] = words_.written(s_.final_state->memory[l]);
    }
    return {{"registers", registers}, {"memory", memory}};
  }

  [[nodiscard]] Json deadlock() const {
    Json json = Json::array();
    for (const BlockedThread& b : s_.shows.blocked) {
      Json& waiting = json.emplace_back(Json{{"thread", b.thread}, {"line", b.pos.line}});
      if (b.lock == kNoLocation) continue;
      waiting["lock"] = words_.location_name(b.lock);
      waiting["holders"] = Json::array();
      for (const LockHolder& h : b.holders) waiting["holders"].push_back({{"thread", h.thread}, {"line", h.pos.line}});
    }
    return json;
  }

  const TraceSubject& s_;
  const Witness& w_;
  TraceWords words_;
};

}  // namespace

std::string_view name_of(Shown::Kind kind) {
  switch (kind) {
    case Shown::Kind::kWitness:
      return "witness";
    case Shown::Kind::kViolation:
      return "violation";
    case Shown::Kind::kDeadlock:
      return "deadlock";
    case Shown::Kind::kFlag:
      return "flag";
  }
  return {};
}

std::string_view name_of(Step::Action action) {
  switch (action) {
    case Step::Action::kPerform:
      return "perform";
    case Step::Action::kBuffer:
      return "buffer";
    case Step::Action::kDrain:
      return "drain";
  }
  return {};
}

Shown::Kind shown_by(const LitmusTest& test, bool is_execution) {
  if (!is_execution) return Shown::Kind::kDeadlock;
  return test.kind() == Quantifier::kExists ? Shown::Kind::kWitness : Shown::Kind::kViolation;
}

NamedState final_state_of(const LitmusTest& test, const Witness& witness) {
  NamedState state{{}, witness.memory};
  for (std::size_t slot = 0; slot < witness.registers.size(); ++slot) {
    state.registers.emplace_back(test.slot_name(static_cast<int>(slot)), witness.registers[slot]);
  }
  return state;
}

Json trace_json(const TraceSubject& subject) { return Writer(subject).write(); }

std::string trace_text(const TraceSubject& subject) { return dump_in_lines(trace_json(subject)); }

std::optional<std::string> trace_of(const Result& result) {
  const Finding* chosen = nullptr;
  for (const Finding& f : result.findings) {
    if (f.witness != nullptr && (chosen == nullptr || (chosen->is_expected && !f.is_expected))) chosen = &f;
  }
  if (chosen == nullptr) return std::nullopt;
  TraceSubject subject{.path = result.file,
                       .name = result.name,
                       .md5 = md5(result.text),
                       .model = result.model,
                       .unroll = result.unroll,
                       .condition = result.condition ? result.condition->text : "",
                       .shows = {.message = chosen->message, .pos = chosen->pos, .blocked = chosen->blocked},
                       .program = *result.program,
                       .names = result.names,
                       .witness = *chosen->witness};
  const bool is_of_condition = chosen->kind == Finding::Kind::kReached || chosen->kind == Finding::Kind::kViolation;
  if (result.condition && is_of_condition) subject.final_state = result.condition->witness_state;
  switch (chosen->kind) {
    case Finding::Kind::kViolation:
      subject.shows.kind = Shown::Kind::kViolation;
      break;
    case Finding::Kind::kDeadlock:
      subject.shows.kind = Shown::Kind::kDeadlock;
      break;
    case Finding::Kind::kRace:
      subject.shows.message = kDataRace;
      [[fallthrough]];
    case Finding::Kind::kFlag:
      subject.shows.kind = Shown::Kind::kFlag;
      break;
    case Finding::Kind::kReached:
      subject.shows.kind = Shown::Kind::kWitness;
      break;
  }
  return trace_text(subject);
}

TraceWords::TraceWords(const Program& program, const Names& names) : program_(program), memory_(program.memory()) {
  for (Location l = 0; l < static_cast<Location>(program.locations().size()); ++l) {
    const std::string name = names.location(l);
    std::string unique = name;
    for (int n = 2; !locations_.emplace(unique, l).second; ++n) unique = fmt::format("{} ({})", name, n);
    location_names_.push_back(unique);
  }
}

std::optional<Location> TraceWords::location_named(const std::string& name) const {
  const auto found = locations_.find(name);
  return found == locations_.end() ? std::nullopt : std::optional(found->second);
}

Json TraceWords::written(Word word) const {
  if (const auto location = program_.location_at(word)) return '&' + location_name(*location);
  if (const auto symbol = Program::symbol_number(word)) return fmt::format("S{}", *symbol);
  for (const Program::Memory& m : memory_) {
    if (word >= m.begin && word - m.begin < m.size) return fmt::format("{}+{}", m.name, word - m.begin);
  }
  return word;
}

std::optional<Word> TraceWords::read(const Json& json) const {
  if (json.is_number_integer()) return json.get<Word>();
  if (!json.is_string()) return std::nullopt;
  const auto& text = json.get_ref<const std::string&>();
  if (text.starts_with('&')) {
    const auto location = location_named(text.substr(1));
    return location ? std::optional(program_.address(*location)) : std::nullopt;
  }
  if (text.starts_with('S')) {
    const auto symbol = number(std::string_view(text).substr(1));
    if (!symbol || *symbol < 0 || *symbol > std::numeric_limits<int>::max()) return std::nullopt;
    return Program::symbol(static_cast<int>(*symbol));
  }
  const std::size_t plus = std::min(text.rfind('+'), text.size());
  for (const Program::Memory& m : memory_) {
    if (m.name != text.substr(0, plus)) continue;
    const auto offset = number(std::string_view(text).substr(std::min(plus + 1, text.size())));
    if (offset && *offset >= 0 && *offset < m.size) return m.begin + *offset;
  }
  return std::nullopt;
}

}  // namespace lkmc
