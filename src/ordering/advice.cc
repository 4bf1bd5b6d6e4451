// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/advice.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "src/explore/footprint.h"
#include "src/judge/lost_update.h"
#include "src/program/unfolding.h"

namespace lkmc {
namespace {

constexpr int kMaxMarked = 3;
constexpr int kMaxTried = 400;

// One access and how to mark it; the weaker markings have smaller ranks.
struct Option {
  Site site;
  Marking marking;
  int rank;
  const MarkableAccess* access;
};

bool races_there(const RacingSites& race, const Site& site) { return race.first == site || race.second == site; }

// What the compiler can do in one instruction, as READ_ONCE() and WRITE_ONCE() ask for.
bool is_word(const Program& program, const MarkableAccess& access) {
  return std::all_of(access.locations.begin(), access.locations.end(), [&](Location l) {
    const LocationInfo& info = program.locations()[static_cast<std::size_t>(l)];
    return info.bytes <= 8 && info.aligned;
  });
}

bool is_ghost(const Program& program, const MarkableAccess& access) {
  return std::any_of(access.locations.begin(), access.locations.end(),
                     [&](Location l) { return program.locations()[static_cast<std::size_t>(l)].is_ghost; });
}

// What is there to try against one race: markings of its own accesses, and order by any other.
std::vector<Option> options_for(const AdviceJob& job, const RacingSites& race) {
  std::vector<Option> options;
  for (const auto& [site, access] : job.accesses) {
    if (!job.can_be_edited(access.pos) || is_ghost(job.program, access)) continue;
    const bool is_plain = access.tag == Tag::kPlain;
    const bool is_word_sized = is_word(job.program, access);
    if (races_there(race, site) && is_plain) {
      if (is_word_sized) options.push_back({site, {.tag = Tag::kOnce}, 0, &access});
      if (!site.writes() && may_be_meant(job.program, site)) {
        options.push_back({site, {.tag = Tag::kPlain, .race_is_meant = true}, 1, &access});
      }
    }
    if (is_word_sized) options.push_back({site, {.tag = site.writes() ? Tag::kRelease : Tag::kAcquire}, 2, &access});
  }
  return options;
}

// Whether two accesses could be a release and an acquire that meet.
bool can_meet(const Option& a, const Option& b) {
  if (a.site.writes() == b.site.writes()) return false;
  const bool same_place =
      std::any_of(a.access->locations.begin(), a.access->locations.end(), [&](Location l) { return b.access->locations.contains(l); });
  const bool other_thread = std::any_of(a.access->threads.begin(), a.access->threads.end(),
                                        [&](ThreadId t) { return b.access->threads.size() > 1 || !b.access->threads.contains(t); });
  return same_place && other_thread;
}

// All choices of `size` options for different accesses, the weaker ones first, and before others those in which releases and
// acquires meet. Of three, only these, for others would be too many.
std::vector<std::vector<std::size_t>> choices(const std::vector<Option>& options, int size) {
  std::vector<std::vector<std::size_t>> all;
  std::vector<std::size_t> chosen;
  const auto meets = [&](const std::vector<std::size_t>& choice) {
    return std::all_of(choice.begin(), choice.end(), [&](std::size_t i) {
      return options[i].rank < 2 || std::any_of(choice.begin(), choice.end(),
                                                [&](std::size_t j) { return options[j].rank == 2 && can_meet(options[i], options[j]); });
    });
  };
  const auto add = [&](auto&& self, std::size_t from) -> void {
    if (chosen.size() == static_cast<std::size_t>(size)) {
      if (size <= 2 || meets(chosen)) all.push_back(chosen);
      return;
    }
    for (std::size_t i = from; i < options.size(); ++i) {
      if (!chosen.empty() && options[chosen.back()].site == options[i].site) continue;
      chosen.push_back(i);
      self(self, i + 1);
      chosen.pop_back();
    }
  };
  add(add, 0);
  const auto rank = [&](const std::vector<std::size_t>& choice) {
    return std::accumulate(choice.begin(), choice.end(), 0, [&](int sum, std::size_t i) { return sum + options[i].rank; });
  };
  std::stable_sort(all.begin(), all.end(),
                   [&](const auto& a, const auto& b) { return std::pair(rank(a), !meets(a)) < std::pair(rank(b), !meets(b)); });
  return all;
}

// Whether the two that race are updates one of which is lost.
bool loses_updates(const Findings& findings, const RacingSites& race) {
  return std::any_of(findings.lost_updates.begin(), findings.lost_updates.end(),
                     [&](const LostSites& sites) { return sites.contains(race.first) && sites.contains(race.second); });
}

// Tries markings, each once.
class Advisor {
 public:
  explicit Advisor(const AdviceJob& job) : job_(job) {}

  // Markings are tried besides those of `base`.
  Advice advise(const RacingSites& race, const Markings& base) {
    Advice advice{.race = race, .hides = {}, .repairs = {}, .loses_updates = loses_updates(job_.findings, race)};
    const std::vector<Option> options = options_for(job_, race);
    for (int size = 1; size <= kMaxMarked && !advice.repairs; ++size) {
      for (const std::vector<std::size_t>& choice : choices(options, size)) {
        if (advice.tried >= kMaxTried) {
          advice.gave_up = true;
          return advice;
        }
        Markings markings = base;
        for (const std::size_t i : choice) markings.insert_or_assign(options[i].site, options[i].marking);
        ++advice.tried;
        const Findings& findings = try_out(markings);
        if (!findings.complete) advice.gave_up = true;
        if (!findings.complete || findings.races.contains(race) || !is_no_worse(findings)) continue;
        Suggestion suggestion{std::move(markings), findings, loses_updates(findings, race)};
        if (findings.wrong.empty() && !suggestion.loses_updates) {
          advice.repairs = std::move(suggestion);
          break;
        }
        if (!advice.hides) advice.hides = std::move(suggestion);
      }
    }
    return advice;
  }

 private:
  const Findings& try_out(const Markings& markings) {
    const auto [found, is_new] = tried_.try_emplace(key_of(markings));
    if (is_new) found->second = job_.explore(MarkedProgram(job_.program, markings));
    return found->second;
  }
  // Whether there is nothing wrong that was not so before.
  [[nodiscard]] bool is_no_worse(const Findings& findings) const {
    return std::includes(job_.findings.races.begin(), job_.findings.races.end(), findings.races.begin(), findings.races.end()) &&
           std::includes(job_.findings.wrong.begin(), job_.findings.wrong.end(), findings.wrong.begin(), findings.wrong.end());
  }
  using Key = std::vector<std::tuple<Site, Tag, bool>>;
  static Key key_of(const Markings& markings) {
    Key key;
    for (const auto& [site, marking] : markings) key.emplace_back(site, marking.tag, marking.race_is_meant);
    return key;
  }

  const AdviceJob& job_;
  std::map<Key, Findings> tried_;
};

// --- where data_race() is right ---------------------------------------------------------------------------------------------

// More nodes of a thread's unfolding than these are not looked at.
constexpr int kMaxNodesToLookAt = 20'000;

// Looks at all that a thread does with the value of a read.
class UseOfRead {
 public:
  UseOfRead(const Program& program, ThreadId thread, const Site& site)
      : site_(site),
        footprint_(program, RmwStyle::kTagged, Blocking::kIgnored),
        unfolding_(program, thread, RmwStyle::kTagged, Blocking::kIgnored) {}

  bool is_harmless() { return walk(unfolding_.root(), {}); }

 private:
  // A read at the site, and what the path has done with it since.
  struct Followed {
    EventIndex read;
    Location location;
    bool decided = false;  // something has been decided by its value
    bool again = false;    // and the location was read again since
  };

  bool walk(PathId path, std::vector<Followed> followed) {
    if (++nodes_ > kMaxNodesToLookAt) return false;
    const PathNode node = unfolding_.node(path);
    for (std::size_t i = 0; i < node.events.size(); ++i) {
      const ThreadEvent& e = node.events[i];
      const EventIndex index = node.first_event + static_cast<EventIndex>(i);
      for (Followed& f : followed) {
        if (uses(e.data, f.read) || uses(e.addr, f.read)) return false;
        if (e.event.is_read() && e.event.location == f.location) f.again = f.again || f.decided;
        const bool is_access = (e.event.kind == EventKind::kRead || e.event.kind == EventKind::kWrite) && !e.event.in_rmw;
        if (is_access && !f.again && uses(e.ctrl, f.read)) return false;
      }
      if (e.event.kind == EventKind::kRead && site_of(e.event.kind, e.event.pos) == site_) followed.push_back({index, e.event.location});
    }
    for (const Claim& check : node.checks) {
      const std::vector<EventIndex> reads = unfolding_.expressions().reads_of(check.condition);
      // A property of the value is more than a hint, and so is one that is checked only where the value says so.
      if (std::any_of(followed.begin(), followed.end(),
                      [&](const Followed& f) { return uses(reads, f.read) || (f.decided && !f.again); })) {
        return false;
      }
    }
    const auto decides = [&](const Followed& f) { return uses(unfolding_.expressions().reads_of(node.expr), f.read); };
    switch (node.continuation) {
      case Continuation::kEnd:
        return std::none_of(followed.begin(), followed.end(), [&](const Followed& f) {
          return std::any_of(node.observed.begin(), node.observed.end(),
                             [&](ExprId e) { return e != kUnobserved && uses(unfolding_.expressions().reads_of(e), f.read); });
        });
      case Continuation::kBranch: {
        std::vector<Followed> decided = followed;
        for (Followed& f : decided) f.decided = f.decided || decides(f);
        return walk(unfolding_.child(path, 0), decided) && walk(unfolding_.child(path, 1), decided);
      }
      case Continuation::kRequire:
        return std::none_of(followed.begin(), followed.end(), decides) && walk(unfolding_.child(path, 1), followed);
      case Continuation::kValue:
      case Continuation::kChoice: {
        std::optional<std::vector<Word>> outcomes = node.outcomes;
        if (node.continuation == Continuation::kValue) {
          if (std::any_of(followed.begin(), followed.end(), decides)) return false;
          outcomes = footprint_.outcomes_of_value(unfolding_, path);
        }
        if (!outcomes) return false;
        for (const Word word : *outcomes) {
          if (!walk(unfolding_.child(path, word), followed)) return false;
        }
        return true;
      }
      case Continuation::kFailed:
        // A property of the value is more than a hint.
        return std::none_of(followed.begin(), followed.end(), [](const Followed& f) { return f.decided && !f.again; });
      default:
        return true;
    }
  }
  static bool uses(const std::vector<EventIndex>& reads, EventIndex read) { return std::binary_search(reads.begin(), reads.end(), read); }

  const Site& site_;
  Footprint footprint_;
  Unfolding unfolding_;
  int nodes_ = 0;
};

}  // namespace

// --- accesses ---------------------------------------------------------------------------------------------------------------

bool AccessCollector::on_execution(const Execution& execution) {
  const EventGraph& graph = execution.assignment.skeleton().graph;
  note(graph);
  for (const DataRace& race : data_races(execution, race_flag_)) {
    const Event& a = graph.event(race.first);
    const Event& b = graph.event(race.second);
    // What races with a free is an error of memory, which no marking changes.
    if (a.kind == EventKind::kPoison || b.kind == EventKind::kPoison) continue;
    RacingSites sites(site_of(a.kind, a.pos), site_of(b.kind, b.pos));
    if (sites.second < sites.first) std::swap(sites.first, sites.second);
    notes_.races.insert(std::move(sites));
  }
  const auto site = [&](int event) { return site_of(graph.event(event).kind, graph.event(event).pos); };
  for (const LostUpdate& l : lost_updates(execution)) {
    notes_.lost_updates.insert({site(l.lost.read), site(l.lost.write), site(l.overwriting.read), site(l.overwriting.write)});
  }
  return inner_.on_execution(execution);
}

bool AccessCollector::on_failure(const Failure& failure) {
  note(failure.assignment.skeleton().graph);
  return inner_.on_failure(failure);
}

void AccessCollector::on_restart() {
  notes_ = {};
  inner_.on_restart();
}

void AccessCollector::note(const EventGraph& graph) {
  for (int i = 0; i < graph.size(); ++i) {
    const Event& e = graph.event(i);
    const bool can_be_marked = (e.kind == EventKind::kRead || e.kind == EventKind::kWrite) && !e.in_rmw && !e.is_initial() &&
                               (e.tag == Tag::kPlain || e.tag == Tag::kOnce) && e.pos.line > 0 &&
                               (e.form == Form::kAccess || e.form == Form::kCompound);
    if (!can_be_marked) continue;
    MarkableAccess& access = notes_.accesses.try_emplace(site_of(e.kind, e.pos), MarkableAccess{.pos = e.pos, .tag = e.tag}).first->second;
    access.threads.insert(e.thread);
    access.locations.insert(e.location);
  }
}

void AccessNotes::add(const AccessNotes& other) {
  for (const auto& [site, access] : other.accesses) {
    MarkableAccess& known = accesses.try_emplace(site, access).first->second;
    known.threads.insert(access.threads.begin(), access.threads.end());
    known.locations.insert(access.locations.begin(), access.locations.end());
  }
  races.insert(other.races.begin(), other.races.end());
  lost_updates.insert(other.lost_updates.begin(), other.lost_updates.end());
}

bool may_be_meant(const Program& program, const Site& read) {
  for (ThreadId t = 0; t < program.thread_count(); ++t) {
    if (!UseOfRead(program, t, read).is_harmless()) return false;
  }
  return true;
}

AllAdvice advise(const AdviceJob& job) {
  Advisor advisor(job);
  AllAdvice all;
  Markings together;
  int repaired = 0;
  const auto add = [&](const Suggestion& repair) {
    ++repaired;
    for (const auto& [site, marking] : repair.markings) {
      Marking& chosen = together.try_emplace(site, marking).first->second;
      if (marking.tag == Tag::kAcquire || marking.tag == Tag::kRelease) chosen = marking;
    }
  };
  for (const RacingSites& race : job.findings.races) {
    all.races.push_back(advisor.advise(race, {}));
    if (all.races.back().repairs) add(*all.races.back().repairs);
  }
  // What is wrong may come from another race. Then it takes the repair of that one as well.
  for (Advice& a : all.races) {
    if (a.repairs || together.empty()) continue;
    a.repairs = advisor.advise(a.race, together).repairs;
    if (a.repairs) add(*a.repairs);
  }
  if (repaired > 1) all.together = Suggestion{together, job.explore(MarkedProgram(job.program, together))};
  return all;
}

}  // namespace lkmc
