// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/advice_inquiry.h"

#include <vector>

#include "src/inquiry/advice_report.h"
#include "src/ordering/advice.h"

namespace lkmc {
namespace {

// What is wrong besides races: also a condition that the test says can be reached, and that is not. What `exists` asks for
// does not count as wrong.
Findings findings_of(const Result& result, const AccessNotes& notes) {
  Findings findings{.races = notes.races, .lost_updates = notes.lost_updates, .wrong = {}, .complete = result.complete()};
  for (const Finding* v : result.of(Finding::Kind::kViolation)) findings.wrong.insert("violated: " + v->message);
  if (result.deadlock() != nullptr) findings.wrong.insert("deadlock");
  for (const Expected& e : result.expectations) {
    if (!e.opposite.empty() && e.met == Verdict::kViolated) findings.wrong.insert(e.opposite + ", which is not expected");
  }
  return findings;
}

class AdviceInquiry final : public Inquiry {
 public:
  explicit AdviceInquiry(std::size_t race_flag) : race_flag_(race_flag) {}

  [[nodiscard]] std::string_view key() const override { return "advice"; }

  [[nodiscard]] std::unique_ptr<Visitor> watch(Visitor& inner) override { return watch_into(inner, notes_); }

  [[nodiscard]] Reply answer(const Evidence& evidence) override {
    const Test& test = evidence.explorer.test();
    const AdviceJob job{.program = test.program,
                        .accesses = notes_.accesses,
                        .findings = findings_of(evidence.result, notes_),
                        .can_be_edited = [&](const SourcePos& pos) { return !test.names.source_line(pos).empty(); },
                        .explore =
                            [&](const Program& program) {
                              AccessNotes notes;
                              const Watch watch = [&](Visitor& inner) { return watch_into(inner, notes); };
                              const Explored then = evidence.explorer.explore(
                                  program, evidence.under, {.deadline = evidence.deadline, .cancelled = &evidence.interrupted}, {watch});
                              return findings_of(evidence.explorer.result_of(then, evidence.under.model), notes);
                            }};
    const AllAdvice advice = advise(job);
    return {.out = evidence.json ? advice_json(advice, job, test.names) : advice_text(advice, job, test.names)};
  }

 private:
  // Adds what it has noted when it ends.
  class Collector final : public AccessCollector {
   public:
    Collector(Visitor& inner, std::size_t race_flag, AccessNotes& sum) : AccessCollector(inner, race_flag), sum_(sum) {}
    Collector(const Collector&) = delete;
    Collector& operator=(const Collector&) = delete;
    ~Collector() override { sum_.add(notes()); }

   private:
    AccessNotes& sum_;
  };

  [[nodiscard]] std::unique_ptr<Visitor> watch_into(Visitor& inner, AccessNotes& notes) const {
    return std::make_unique<Collector>(inner, race_flag_, notes);
  }

  std::size_t race_flag_;
  AccessNotes notes_;
};

}  // namespace

std::unique_ptr<Inquiry> advice_inquiry(std::size_t race_flag) { return std::make_unique<AdviceInquiry>(race_flag); }

}  // namespace lkmc
