// A trace that has been replayed, ready to be shown step by step in any format.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "src/explore/replay.h"
#include "src/kernel/cpp_test.h"
#include "src/litmus/litmus.h"
#include "src/report/paint.h"
#include "src/report/trace_reader.h"

namespace lkmc {

// All texts, so that it can go from one process to another.
struct Walk {
  // What one step does, and how the world is after it.
  struct Step {
    int thread = 0;
    std::string place, source, effect, remark;    // as in StoryLine
    std::vector<std::string> memory{};              // by location: its value
    std::vector<std::vector<std::string>> buffers{};   // by thread: its store buffer, the oldest store first
    std::vector<std::vector<std::string>> sections{};  // by thread: the locks that it holds, and its RCU sections
  };
  // An event in a picture.
  struct Node {
    int thread = kInitThread;
    std::string label;
  };
  struct Edge {
    int from = 0;
    int to = 0;
    std::string relation;  // `rf`, `co`, `fr`, `addr`, `data`, `ctrl`, `rmw`; `po` between neighbours
  };

  std::string name;      // of the test
  std::string shows;     // what the execution shows: `violated: …`
  bool is_violation = false;
  std::vector<std::string> threads{};    // their names
  std::vector<std::string> locations{};  // names of those that are accessed
  std::vector<std::string> initial{};    // and their initial values
  std::vector<Step> steps{};
  std::vector<std::string> ending{};     // what is to be said at the end
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
[[nodiscard]] std::variant<Walk, Refusal> replay_trace(const ReplayInput& input, kernel::CppTest& test, const Names& names);

[[nodiscard]] nlohmann::ordered_json walk_json(const Walk& walk);
[[nodiscard]] Walk walk_from(const nlohmann::ordered_json& json);

// The story, with what each thread holds, and what it ends in.
[[nodiscard]] std::string walk_text(const Walk& walk, Colour colour);

}  // namespace lkmc
