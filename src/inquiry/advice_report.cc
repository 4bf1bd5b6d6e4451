// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/advice_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "src/kcsan/code.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kLostUpdate =
    "lost update: both threads read the variable and write what they make of it, and one may overwrite the other's";

// What to write in the source for it.
std::string wording(const Site& site, const Marking& marking, bool was_plain) {
  if (marking.race_is_meant) return "data_race()";
  if (marking.tag == Tag::kOnce) return site.writes() ? "WRITE_ONCE()" : "READ_ONCE()";
  const std::string ordered = site.writes() ? "smp_store_release()" : "smp_load_acquire()";
  return was_plain ? ordered : (site.writes() ? "a release such as " : "an acquire such as ") + ordered;
}

class AdviceReport {
 public:
  AdviceReport(const AdviceJob& job, const Names& names) : job_(job), names_(names) {}

  [[nodiscard]] std::string text(const Advice& a) const {
    std::string out = fmt::format("Advice on the race between the {} and the {}:\n", place(a.race.first), place(a.race.second));
    if (a.hides) {
      out += fmt::format("  {}: the race is gone, but this marking hides a real bug: {}\n", text(a.hides->markings),
                         fmt::join(wrong(*a.hides), "; "));
    }
    if (a.repairs) return out + fmt::format("  {}: {}\n", text(a.repairs->markings), outcome(a.repairs->findings));
    const std::string all = a.gave_up ? "none of those that were tried" : "no marking of up to three accesses";
    return out + fmt::format("  {} {} ({} tried){}\n", all, a.hides ? "mends this" : "removes the race", a.tried,
                             a.loses_updates ? "; it takes an atomic operation, or a lock" : "");
  }
  [[nodiscard]] std::string text(const Suggestion& together) const {
    return fmt::format("All of this together, {}: {}\n", text(together.markings), outcome(together.findings));
  }

  [[nodiscard]] Json json(const Advice& a) const {
    Json json{{"accesses", {place_json(a.race.first), place_json(a.race.second)}},
              {"tried", a.tried},
              {"complete", !a.gave_up},
              {"loses_updates", a.loses_updates}};
    if (a.hides) json["hides_a_bug"] = this->json(*a.hides);
    if (a.repairs) json["repairs"] = this->json(*a.repairs);
    return json;
  }
  [[nodiscard]] Json json(const Suggestion& s) const {
    Json json{{"mark", Json::array()}, {"races_left", s.findings.races.size()}, {"wrong", wrong(s)}};
    for (const auto& [site, marking] : s.markings) {
      json["mark"].push_back(place_json(site));
      json["mark"].back()["as"] = wording(site, marking, job_.accesses.at(site).tag == Tag::kPlain);
    }
    return json;
  }

 private:
  [[nodiscard]] static std::set<std::string> wrong(const Suggestion& s) {
    std::set<std::string> all = s.findings.wrong;
    if (s.loses_updates) all.insert(kLostUpdate);
    return all;
  }
  // Of a site; that of an RMW is no access that could be marked.
  [[nodiscard]] SourcePos position(const Site& site) const {
    const auto found = job_.accesses.find(site);
    return found != job_.accesses.end() ? found->second.pos
                                        : SourcePos{.line = site.line, .column = site.column, .file = site.file.c_str()};
  }
  // `write in vma.c:7 (vma_start_write)`
  [[nodiscard]] std::string place(const Site& site) const { return (site.writes() ? "write in " : "read in ") + bare_place(site); }
  [[nodiscard]] std::string bare_place(const Site& site) const {
    const SourcePos pos = position(site);
    const std::string function = kcsan::plain_name(pos.function);
    return full_place(names_, pos) + (function.empty() ? "" : " (" + function + ")");
  }
  [[nodiscard]] std::string text(const Markings& markings) const {
    std::string out;
    for (const auto& [site, marking] : markings) {
      const std::string what = wording(site, marking, job_.accesses.at(site).tag == Tag::kPlain);
      out += fmt::format("{}{} in {}", out.empty() ? "" : ", ", what, bare_place(site));
    }
    return out;
  }
  [[nodiscard]] static std::string outcome(const Findings& then) {
    const std::size_t n = then.races.size();
    const std::string races = n == 0 ? "no race is left" : fmt::format("the race is gone, {} other{} left", n, n == 1 ? " is" : "s are");
    if (!then.wrong.empty()) return fmt::format("{}, but: {}", races, fmt::join(then.wrong, "; "));
    return races + (then.complete ? ", and nothing else is wrong" : "; not all was explored");
  }
  [[nodiscard]] Json place_json(const Site& site) const {
    const SourcePos pos = position(site);
    return {{"file", names_.file(pos)},
            {"line", pos.line},
            {"column", pos.column},
            {"function", kcsan::plain_name(pos.function)},
            {"access", site.writes() ? "write" : "read"}};
  }

  const AdviceJob& job_;
  const Names& names_;
};

}  // namespace

std::string advice_text(const AllAdvice& advice, const AdviceJob& job, const Names& names) {
  const AdviceReport report(job, names);
  std::string out;
  for (const Advice& a : advice.races) out += report.text(a);
  if (advice.together) out += report.text(*advice.together);
  if (advice.races.empty()) out += "No race, no advice.\n";
  return out;
}

std::string advice_json(const AllAdvice& advice, const AdviceJob& job, const Names& names) {
  const AdviceReport report(job, names);
  Json json{{"races", Json::array()}};
  for (const Advice& a : advice.races) json["races"].push_back(report.json(a));
  if (advice.together) json["together"] = report.json(*advice.together);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lkmc
