// SPDX-License-Identifier: Apache-2.0
// A trace that has been replayed, ready to be shown step by step in any format.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/explore/replay.h"
#include "src/litmus/litmus.h"
#include "src/program/self_checking_test.h"
#include "src/report/paint.h"
#include "src/report/trace_reader.h"

namespace lkmc {

// All texts, so that it can go from one process to another.
struct Walk {
  // What one step does, and how the world is after it.
  struct Step {
    int thread = 0;
    std::string place, source, effect, remark;  // as in StoryLine
    std::size_t access = 0;                     // likewise
    std::string action{};                       // `perform`, `buffer`, `drain`, as in a trace
    int event = 0, write = -1;                  // nodes, as in lkmc::Step
    int file = -1, line = 0;                    // of `sources`; -1 if there is nothing to show
    std::string call{};                         // the function that it happens in, without its parameters; empty in the thread's own code
    std::vector<std::string> memory{};          // by location: its value
    std::vector<std::vector<std::string>> buffers{};   // by thread: its store buffer, the oldest store first
    std::vector<std::vector<std::string>> sections{};  // by thread: the locks that it holds, and its RCU sections
  };
  // While a thread holds a lock or is in a section of RCU.
  struct Span {
    int thread = 0;
    std::string kind;  // as in a trace: `lock`, `rcu`, `srcu`
    std::string text;  // `holds l (since line 5)`
    int first = 0;     // the steps that it begins in and that it lasts to, counted from 0
    int last = 0;
  };
  // A file that something happens in.
  struct Source {
    std::string file;
    std::vector<std::string> lines{};
  };
  // A line that what is shown is about.
  struct Mark {
    int thread = kInitThread;  // who is there; nobody if it is a property that is checked at the end
    int file = -1, line = 0;   // of `sources`
    std::string text;
  };
  // An event in a picture.
  struct Node {
    int thread = kInitThread;
    std::string label;
    std::string name;  // as in the literature: `W[release] y = 1`
  };
  struct Edge {
    int from = 0;
    int to = 0;
    std::string relation;  // `rf`, `co`, `fr`, `addr`, `data`, `ctrl`, `rmw`; `po` between neighbours
  };

  std::string name;   // of the test
  std::string kind;   // `witness`, `violation`, `deadlock`, `flag`, as in a trace
  std::string shows;  // what the execution shows: `violated: …`
  std::string file;   // of the program
  std::string model;
  bool is_violation = false;
  std::vector<std::string> threads{};    // their names
  std::vector<std::string> locations{};  // names of those that are accessed
  std::vector<std::string> initial{};    // and their initial values
  std::vector<Step> steps{};
  std::vector<Span> spans{};
  std::vector<Source> sources{};      // that of the program first, if something happens in it
  std::vector<std::string> ending{};  // what is to be said at the end
  std::vector<Mark> marks{};          // where the property is violated, the threads wait or the accesses race
  std::vector<Node> nodes{};
  std::vector<Edge> edges{};
};

// Why there is nothing to show, and where.
struct Refusal {
  std::string file;
  int line = 1;
  int column = 1;
  std::string message;
};

struct ReplayInput {
  const Trace& trace;
  std::string md5;  // of the program's file as it is now
  const Model& model;
  const ModelFacts& facts;
};

[[nodiscard]] std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, const LitmusTest& test, const Names& names);
[[nodiscard]] std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, SelfCheckingTest& test, const Names& names);

[[nodiscard]] nlohmann::ordered_json walk_json(const Walk& walk);
[[nodiscard]] Walk walk_from(const nlohmann::ordered_json& json);

// The story, with what each thread holds, and what it ends in.
[[nodiscard]] std::string walk_text(const Walk& walk, Colour colour);

}  // namespace lkmc
