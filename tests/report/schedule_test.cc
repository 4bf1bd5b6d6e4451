// SPDX-License-Identifier: Apache-2.0
// Schedules: which reorderings the story of an execution is told with.
#include "src/report/schedule.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "src/report/names.h"
#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

using Action = Step::Action;

// `P1 buffer 10, P1 perform 11, …`: threads and lines.
std::string outline(const Witness& w, const std::vector<Step>& steps) {
  std::string text;
  for (const Step& s : steps) {
    const Event& e = w.event(s.event);
    text += text.empty() ? "" : ", ";
    text += thread_name(e.thread) + (s.action == Action::kBuffer ? " buffer " : s.action == Action::kDrain ? " drain " : " ");
    text += std::to_string(e.pos.line);
  }
  return text;
}

struct Story {
  Checked checked;
  std::vector<Step> steps;

  [[nodiscard]] const Witness& witness() const { return *checked.witness(); }
  [[nodiscard]] std::string outline() const { return report_test::outline(witness(), steps); }
  [[nodiscard]] int line(int event) const { return witness().event(event).pos.line; }
  [[nodiscard]] const Step& at_line(int line_number) const {
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return line(s.event) == line_number; });
    REQUIRE(found != steps.end());
    return *found;
  }
};

Story story_of(std::string_view text, const std::string& model = "lkmm") {
  Story story{check(text, {.model = model}), {}};
  REQUIRE(story.checked.witness() != nullptr);
  story.steps = derive_schedule(story.witness());
  return story;
}

// Replays a story on a machine with one memory and a store buffer for each thread; says what does not work out.
std::string replay(const Witness& w, const std::vector<Step>& steps) {
  const auto at = [](int index) { return static_cast<std::size_t>(index); };
  std::vector<int> memory(w.memory.size(), -1);  // by location: the write that it holds
  std::vector<bool> buffered(at(w.size()), false);
  std::vector<bool> done(at(w.size()), false);
  for (int e = 0; e < w.size(); ++e) {
    if (w.event(e).is_initial()) memory[at(w.event(e).location)] = e;
  }
  for (const Step& s : steps) {
    const Event& e = w.event(s.event);
    if (e.tag == Tag::kSrcuLock || e.tag == Tag::kSrcuUnlock || !e.is_access()) continue;
    const std::string here = "line " + std::to_string(e.pos.line) + ": ";
    if (done[at(s.event)]) return here + "takes effect twice";
    if (s.action == Action::kBuffer) {
      if (buffered[at(s.event)]) return here + "goes into the store buffer twice";
      buffered[at(s.event)] = true;
      continue;
    }
    if ((s.action == Action::kDrain) != buffered[at(s.event)]) return here + "leaves a store buffer that it is not in";
    if (e.is_read() && s.from_own_buffer && !buffered[at(w.source_of(s.event))]) return here + "reads what is not in the buffer";
    if (e.is_read() && !s.from_own_buffer && s.unseen.empty() && memory[at(e.location)] != w.source_of(s.event)) {
      return here + "reads another store than the last";
    }
    if (s.write >= 0 && s.beaten_by.empty()) memory[at(e.location)] = s.write;
    done[at(s.event)] = true;
    if (s.write >= 0) done[at(s.write)] = true;
  }
  for (int e = 0; e < w.size(); ++e) {
    const bool counts = w.event(e).is_access() && w.event(e).tag != Tag::kSrcuLock && w.event(e).tag != Tag::kSrcuUnlock;
    if (counts && !w.event(e).is_initial() && !done[at(e)]) return "line " + std::to_string(w.event(e).pos.line) + ": is left out";
  }
  return {};
}

void check_replay(const Story& story) { CHECK(replay(story.witness(), story.steps) == ""); }

TEST_CASE("store buffering is a store that waits in a store buffer") {
  const Story story = story_of(kStoreBuffering);
  CHECK(story.outline() == "P1 buffer 10, P1 11, P0 5, P0 6, P1 drain 10");
  REQUIRE(story.at_line(6).hidden.size() == 1);
  CHECK(story.line(story.at_line(6).hidden[0]) == 10);
  check_replay(story);
}

TEST_CASE("message passing is an early load, where nothing keeps the loads in order") {
  const Story story = story_of(kMessagePassing);
  CHECK(story.outline() == "P1 11, P0 5, P0 6, P1 10");
  REQUIRE(story.at_line(11).overtaken.size() == 1);
  CHECK(story.line(story.at_line(11).overtaken[0]) == 10);
  check_replay(story);
}

TEST_CASE("with the loads in order, message passing is stores that leave the store buffer out of order") {
  const Story story = story_of(with(kMessagePassing, "\tint r1", "\tsmp_rmb();\n\tint r1"));
  CHECK(story.outline() == "P0 buffer 5, P0 6, P1 10, P1 11, P1 12, P0 drain 5");
  check_replay(story);
}

TEST_CASE("load buffering is an early store") {
  const Story story = story_of(kLoadBuffering);
  CHECK(story.outline() == "P1 11, P0 5, P0 6, P1 10");
  REQUIRE(story.at_line(11).overtaken.size() == 1);
  CHECK(story.line(story.at_line(11).overtaken[0]) == 10);
  check_replay(story);
}

TEST_CASE("independent reads in order are a store that reaches one thread late") {
  const Story story = story_of(kIndependentReads);
  int late = 0;
  for (const Step& s : story.steps) {
    CHECK(s.overtaken.empty());
    CHECK(s.action == Action::kPerform);
    late += s.unseen.empty() ? 0 : 1;
  }
  CHECK(late == 1);
  check_replay(story);
}

TEST_CASE("two threads' stores in order, with the first ones winning") {
  const Story story = story_of(R"(C 2+2W
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	smp_wmb();
	WRITE_ONCE(*y, 2);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	smp_wmb();
	WRITE_ONCE(*x, 2);
}
exists (x=1 /\ y=1)
)");
  CHECK(story.outline() == "P0 5, P0 6, P0 7, P1 11, P1 12, P1 13");
  REQUIRE(story.at_line(13).beaten_by.size() == 1);
  CHECK(story.line(story.at_line(13).beaten_by[0]) == 5);
}

TEST_CASE("a thread sees its own store before it leaves the store buffer") {
  const Story story = story_of(R"(C SB+rfi
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	int r1 = READ_ONCE(*x);
	int r0 = READ_ONCE(*y);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	int r1 = READ_ONCE(*y);
	int r0 = READ_ONCE(*x);
}
exists (0:r0=0 /\ 1:r0=0 /\ 0:r1=1 /\ 1:r1=1)
)",
                               "tso");
  CHECK(story.outline() == "P1 buffer 11, P1 12, P1 13, P0 5, P0 6, P0 7, P1 drain 11");
  CHECK(story.at_line(12).from_own_buffer);
  check_replay(story);
}

TEST_CASE("under sequential consistency every story is an interleaving") {
  const Story story = story_of(with(kMessagePassing, "1:r0=1 /\\ 1:r1=0", "1:r0=0 /\\ 1:r1=1"), "sc");
  for (const Step& s : story.steps) {
    CHECK(s.action == Action::kPerform);
    CHECK(s.overtaken.empty());
    CHECK(s.unseen.empty());
  }
  check_replay(story);
}

TEST_CASE("an atomic operation is one step") {
  const Story story = story_of(R"(C xchg
{}
P0(int *x)
{
	int r0 = xchg(x, 1);
}
P1(int *x)
{
	int r0 = xchg(x, 2);
}
exists (0:r0=2 /\ 1:r0=0)
)");
  CHECK(story.outline() == "P1 9, P0 5");
  CHECK(story.at_line(5).write != story.at_line(5).event);
  check_replay(story);
}

TEST_CASE("the stories of a corpus replay") {
  const char* corpus = std::getenv("LKMC_CORPUS");
  if (corpus == nullptr) {
    MESSAGE("LKMC_CORPUS is not set");
    return;
  }
  int stories = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".litmus") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const Checked checked = check(std::string(std::istreambuf_iterator<char>(in), {}), {.max_executions = 200});
    const Witness* witness = checked.witness();
    if (witness == nullptr) continue;
    ++stories;
    const std::string wrong = replay(*witness, derive_schedule(*witness));
    CHECK_MESSAGE(wrong == "", entry.path().string());
  }
  CHECK(stories > 0);
}

}  // namespace
}  // namespace lkmc::report_test
