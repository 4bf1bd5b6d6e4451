// SPDX-License-Identifier: Apache-2.0
#include "src/report/trace_reader.h"

#include <fmt/format.h>

#include <algorithm>

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

// No trace has more; each thread of a program is run for it.
constexpr std::size_t kMaxThreads = 256;
constexpr int kMaxUnroll = 10000;
// Keys of one object: to find one, nlohmann's ordered objects are searched from end to end. And how deep lists and objects may
// stand within each other: a trace needs four levels.
constexpr int kMaxKeys = 5000;
constexpr int kMaxLevels = 64;

// Thrown by Reader.
struct Wrong {
  std::string message;
};

[[noreturn]] void wrong(std::string message) { throw Wrong{std::move(message)}; }

class Reader {
 public:
  explicit Reader(Json json) { trace_.json = std::move(json); }

  Trace read() {
    const Json& json = trace_.json;
    if (!json.is_object() || !json.contains("lkmc_trace")) wrong("this is not a trace of lkmc");
    const int version = integer(json["lkmc_trace"], "lkmc_trace", 1, std::numeric_limits<int>::max());
    if (version > kTraceVersion) {
      wrong(fmt::format("a trace of version {}; this lkmc reads version {}", version, kTraceVersion));
    }
    if (version < kTraceVersion) {
      wrong(fmt::format("a trace of version {}, which cannot be replayed: lkmc check --trace writes version {}", version, kTraceVersion));
    }
    const Json& program = member(json, "program");
    if (!program.is_object()) wrong("program is not an object");
    trace_.path = text(member(program, "path", "program."), "program.path");
    trace_.name = text(member(program, "name", "program."), "program.name");
    trace_.md5 = text(member(program, "md5", "program."), "program.md5");
    trace_.model = text(member(json, "model"), "model");
    trace_.unroll = integer(member(json, "unroll"), "unroll", 0, kMaxUnroll);
    read_what_it_shows();
    read_outcomes();
    read_events();
    read_rf();
    read_co();
    return std::move(trace_);
  }

 private:
  static const Json& member(const Json& object, const std::string& key, const std::string& before = "") {
    const auto found = object.find(key);
    if (found == object.end()) wrong(before + key + " is missing");
    return *found;
  }

  static std::string text(const Json& json, const std::string& what) {
    if (!json.is_string()) wrong(what + " is not a string");
    return json.get<std::string>();
  }

  static int integer(const Json& json, const std::string& what, int least, int most) {
    if (json.is_number_integer() && (!json.is_number_unsigned() || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(most))) {
      const auto value = json.get<std::int64_t>();
      if (value >= least && value <= most) return static_cast<int>(value);
    }
    if (most == std::numeric_limits<int>::max()) wrong(fmt::format("{} is not a whole number of at least {}", what, least));
    wrong(fmt::format("{} is not a whole number from {} to {}", what, least, most));
  }

  static const Json& list(const Json& json, const std::string& what) {
    if (!json.is_array()) wrong(what + " is not a list");
    return json;
  }

  static void word(const Json& json, const std::string& what) {
    const bool fits =
        json.is_number_integer() &&
        (!json.is_number_unsigned() || json.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Word>::max()));
    if (!fits && !json.is_string()) wrong(what + " is not a value");
  }

  [[nodiscard]] int event_id(const Json& json, const std::string& what) const {
    if (trace_.events.empty()) wrong(what + " names an event, but there are none");
    return integer(json, what, 0, static_cast<int>(trace_.events.size()) - 1);
  }

  void read_what_it_shows() {
    const std::string shows = text(member(trace_.json, "shows"), "shows");
    bool known = false;
    for (const auto kind : {Shown::Kind::kWitness, Shown::Kind::kViolation, Shown::Kind::kDeadlock, Shown::Kind::kFlag}) {
      if (name_of(kind) != shows) continue;
      trace_.shows = kind;
      known = true;
    }
    if (!known) wrong(fmt::format("shows is \"{}\", which is not known", shows));
    if (trace_.json.contains("condition")) (void)text(trace_.json["condition"], "condition");
    if (trace_.shows == Shown::Kind::kFlag) trace_.message = text(member(trace_.json, "flag"), "flag");
    if (trace_.shows == Shown::Kind::kWitness && !trace_.json.contains("condition")) {
      trace_.message = text(member(trace_.json, "reached"), "reached");
    }
    if (trace_.shows == Shown::Kind::kViolation && !trace_.json.contains("condition")) {
      const Json& violation = member(trace_.json, "violation");
      if (!violation.is_object()) wrong("violation is not an object");
      trace_.message = text(member(violation, "message", "violation."), "violation.message");
    }
  }

  void read_outcomes() const {
    const Json& outcomes = list(member(trace_.json, "outcomes"), "outcomes");
    if (outcomes.size() > kMaxThreads) wrong(fmt::format("outcomes has more than {} threads", kMaxThreads));
    for (std::size_t t = 0; t < outcomes.size(); ++t) {
      const std::string name = fmt::format("outcomes[{}]", t);
      list(outcomes[t], name);
      for (std::size_t i = 0; i < outcomes[t].size(); ++i) word(outcomes[t][i], fmt::format("{}[{}]", name, i));
    }
  }

  void read_events() {
    const Json& events = list(member(trace_.json, "events"), "events");
    for (std::size_t e = 0; e < events.size(); ++e) {
      const std::string name = fmt::format("events[{}]", e);
      if (!events[e].is_object()) wrong(name + " is not an object");
      trace_.events.push_back(read_event(events[e], static_cast<int>(e), name + '.'));
      const Trace::Access& access = trace_.events.back();
      if (e > 0 && access.event.thread < trace_.events[e - 1].event.thread) {
        wrong(name + " is out of order: first come the initial writes, then thread after thread");
      }
    }
  }

  [[nodiscard]] Trace::Access read_event(const Json& json, int id, const std::string& name) const {
    if (integer(member(json, "id", name), name + "id", 0, std::numeric_limits<int>::max()) != id) {
      wrong(fmt::format("{}id is not {}, its place in the list", name, id));
    }
    Trace::Access access;
    const Json& thread = member(json, "thread", name);
    const int threads = static_cast<int>(trace_.json["outcomes"].size());
    if (!thread.is_null()) access.event.thread = integer(thread, name + "thread", 0, std::max(threads - 1, 0));
    const auto kind = kind_named(text(member(json, "kind", name), name + "kind"));
    const auto tag = tag_named(text(member(json, "tag", name), name + "tag"));
    if (!kind) wrong(name + "kind is not known");
    if (!tag) wrong(name + "tag is not known");
    access.event.kind = *kind;
    access.event.tag = *tag;
    if (thread.is_null() && (*kind != EventKind::kWrite || *tag != Tag::kPlain)) {
      wrong(name + "thread is null, but this is no initial write");
    }
    if (*kind == EventKind::kFence) {
      if (json.contains("location")) wrong(name + "location: a fence has none");
    } else {
      access.location = text(member(json, "location", name), name + "location");
    }
    const Event event{.kind = *kind};
    if (event.is_access()) word(member(json, "value", name), name + "value");
    if (json.contains("line")) access.line = integer(json["line"], name + "line", 0, std::numeric_limits<int>::max());
    return access;
  }

  void read_rf() const {
    const Json& rf = list(member(trace_.json, "rf"), "rf");
    for (std::size_t i = 0; i < rf.size(); ++i) {
      const std::string name = fmt::format("rf[{}]", i);
      if (list(rf[i], name).size() != 2) wrong(name + " is not a pair");
      for (const Json& e : rf[i]) (void)event_id(e, name);
    }
  }

  void read_co() const {
    const Json& co = member(trace_.json, "co");
    if (!co.is_object()) wrong("co is not an object");
    for (const auto& [location, writes] : co.items()) {
      for (const Json& e : list(writes, "co." + location)) (void)event_id(e, "co." + location);
    }
  }

  Trace trace_;
};

// The line and column of a byte.
TraceError error_at(std::string_view text, std::size_t byte, std::string message) {
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const std::size_t line_start = before.rfind('\n');
  return {.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1,
          .column = static_cast<int>(before.size() - (line_start == std::string_view::npos ? 0 : line_start + 1)) + 1,
          .message = std::move(message)};
}

// Parses the text, which may throw what Json::parse() throws. An object may have more keys than a trace can, or be nested more
// deeply: then it says Wrong before it has taken long.
Json parse_bounded(std::string_view text) {
  std::vector<int> keys;  // of each object and list that is open
  const auto look = [&](int, Json::parse_event_t event, Json&) {
    using Seen = Json::parse_event_t;
    if (event == Seen::object_start || event == Seen::array_start) keys.push_back(0);
    if (event == Seen::object_end || event == Seen::array_end) keys.pop_back();
    if (keys.size() > kMaxLevels || (event == Seen::key && ++keys.back() > kMaxKeys)) wrong("this is not a trace of lkmc");
    return true;
  };
  return Json::parse(text, look);
}

bool is_about_place(const std::string& key) { return key == "file" || key == "line" || key == "md5"; }

}  // namespace

std::variant<Trace, TraceError> read_trace(std::string_view text) {
  Json json;
  try {
    json = parse_bounded(text);
  } catch (const Json::parse_error& error) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return TraceError{1, 1, "the file is empty"};
    if (error.byte > text.size()) return error_at(text, text.size(), "the trace is cut off here");
    return error_at(text, error.byte - 1, "this is not JSON");
  } catch (const Json::exception&) {  // a number that is too large
    return TraceError{1, 1, "this is not JSON"};
  } catch (const Wrong& error) {
    return TraceError{1, 1, error.message};
  }
  try {
    return Reader(std::move(json)).read();
  } catch (const Wrong& error) {
    return TraceError{1, 1, error.message};
  }
}

RecordedExecution record_of(const Trace& trace, const TraceWords& words) {
  RecordedExecution record;
  record.blocking = trace.shows == Shown::Kind::kDeadlock ? Blocking::kExplored : Blocking::kIgnored;
  record.may_fail = trace.shows == Shown::Kind::kViolation;
  for (const Json& of_thread : trace.json["outcomes"]) {
    auto& outcomes = record.outcomes.emplace_back();
    for (const Json& outcome : of_thread) outcomes.push_back(words.read(outcome));
  }
  for (std::size_t e = 0; e < trace.events.size(); ++e) {
    const Trace::Access& access = trace.events[e];
    RecordedEvent event = access.event;
    event.location = access.location.empty() && event.kind == EventKind::kFence ? kNoLocation : words.location_named(access.location);
    const Json& json = trace.json["events"][e];
    if (json.contains("value")) event.value = words.read(json["value"]);
    record.events.push_back(event);
  }
  for (const Json& pair : trace.json["rf"]) record.rf.emplace_back(pair[0].get<int>(), pair[1].get<int>());
  for (const auto& [location, writes] : trace.json["co"].items()) record.co.push_back(writes.get<std::vector<int>>());
  return record;
}

std::string first_difference(const Json& recorded, const Json& now, bool same_source) {
  if (now.is_object() && recorded.is_object()) {
    for (const auto& [key, value] : now.items()) {
      if (key == "column" || key == "function" || (!same_source && is_about_place(key))) continue;
      const auto found = recorded.find(key);
      if (found == recorded.end()) return key;
      if (const std::string inner = first_difference(*found, value, same_source); !inner.empty()) {
        return inner == "." ? key : key + (inner[0] == '[' ? "" : ".") + inner;
      }
    }
    return {};
  }
  if (now.is_array() && recorded.is_array() && now.size() == recorded.size()) {
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (const std::string inner = first_difference(recorded[i], now[i], same_source); !inner.empty()) {
        return fmt::format("[{}]{}{}", i, inner[0] == '[' || inner == "." ? "" : ".", inner == "." ? "" : inner);
      }
    }
    return {};
  }
  return recorded == now ? "" : ".";
}

std::string event_text(EventKind kind, Tag tag, const std::string& location) {
  std::string text = fmt::format("{} ({})", name_of(kind), name_of(tag));
  return location.empty() ? text : text + " of " + location;
}

std::string divergence_text(const Divergence& d, const Trace& trace, const Program& program, const Names& names) {
  const TraceWords words(program, names);
  const auto recorded = [&](int e) {
    const Trace::Access& access = trace.events[static_cast<std::size_t>(e)];
    const std::string text = event_text(access.event.kind, access.event.tag, access.location);
    if (access.event.thread == kInitThread) return "the initial value of " + access.location;
    return access.line > 0 ? fmt::format("{} in line {}", text, access.line) : text;
  };
  const auto actual = [&] {
    return event_text(d.actual->kind, d.actual->tag, d.actual->location == kNoLocation ? "" : words.location_name(d.actual->location));
  };
  const std::string thread = d.thread == kInitThread ? "" : names.thread(d.thread);
  const auto value_in_trace = [&] {
    const Json& value = trace.json["events"][static_cast<std::size_t>(d.event)]["value"];
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  switch (d.kind) {
    case Divergence::Kind::kThreads:
      return fmt::format("the program has {} threads, the trace {}", program.thread_count(), trace.json["outcomes"].size());
    case Divergence::Kind::kEvent:
      return fmt::format("{} does a {} here, in the trace a {}", thread, actual(), recorded(d.event));
    case Divergence::Kind::kEnds:
      return fmt::format("{} ends here, in the trace it goes on with a {}", thread, recorded(d.event));
    case Divergence::Kind::kMore:
      return fmt::format("{} goes on with a {} here, in the trace it ends before", thread, actual());
    case Divergence::Kind::kDecision:
      return fmt::format("{} takes another path from here on than in the trace", thread);
    case Divergence::Kind::kInitial:
      if (d.event < 0) return "the threads access more locations than in the trace";
      return fmt::format("the threads do not access {}, or the trace has it twice",
                         trace.events[static_cast<std::size_t>(d.event)].location);
    case Divergence::Kind::kValue: {
      const Json value = words.written(*d.value);
      const std::string now = value.is_string() ? value.get<std::string>() : value.dump();
      if (d.thread == kInitThread) return fmt::format("{} is {}, in the trace {}", recorded(d.event), now, value_in_trace());
      return fmt::format("the {} of {} has the value {}, in the trace {}", actual(), thread, now, value_in_trace());
    }
    case Divergence::Kind::kSource:
      return fmt::format("the {} cannot read from what the trace says: {}", actual(), recorded(d.other));
    case Divergence::Kind::kOrder:
      return fmt::format("the {} cannot overwrite what the trace says: {}", actual(), recorded(d.other));
    case Divergence::Kind::kUnordered:
      return "the trace does not say of each read what it reads from, and of all writes in which order they overwrite each other";
    case Divergence::Kind::kForbidden:
      return fmt::format("the model {} does not allow the execution", trace.model);
  }
  return {};
}

}  // namespace lkmc
