// What decides which way a thread goes: the scopes of control dependencies in C++ code, learned from its paths.
//
// A C++ test is run, not read, and its `if` is the language's own. What tells where control goes are calls that the compiler
// puts in front of every basic block (-fsanitize-coverage=trace-pc): a *point* is such a place together with the calls that led
// there. Before a thread is explored, it is rehearsed with all the ways that its decisions on values could go (rehearsal.cc), and
// the points in their order make its control-flow graph. As in any compiler's textbook, what depends on a branch stands
// between the point where the ways part and its immediate post-dominator, where they have met again.
//
// Where ways part, the code looks at plain variables: at the `bool` that a value was turned into, but also at one that a
// function returned or that was set long before. Which decisions the choice goes back to is learned from the paths too: the
// latest decisions whose outcomes tell the choice on every path, or, where there are none, those that change it when nothing
// else is changed. The same holds for plain numbers that become values.
//
// Ways that no rehearsal has found only make scopes end earlier: what is not known never forbids an execution.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "src/program/expr.h"

namespace lkmc::kernel {

// 0 is none.
using Point = std::uint64_t;

// What a thread did on a path, as far as control is concerned.
struct Step {
  enum class Kind : std::uint8_t {
    kArrival,   // at a point
    kDecision,  // on a value; `word` is the outcome
    kNumber,    // the plain number `word` becomes a value
  };
  Kind kind;
  Point point;           // of a decision or a number: told apart from others in the same block
  Word word = 0;
  bool is_open = false;  // of a decision: whether it could go the other way here
};
// The n-th decision or number of a block.
[[nodiscard]] Point numbered(Point block, int n);

class ControlFlow {
 public:
  // A path from the start of the thread; `complete` if it is one to the thread's end.
  void add_path(std::vector<Step> path, bool complete);
  // To be called when all paths are added, before the questions.
  void finish();

  // Where the ways that part at a point meet again; 0 if that is the thread's end, nothing if it is not known.
  [[nodiscard]] std::optional<Point> join_of(Point point) const;
  // What decides which way a point, or which number a number, goes.
  struct Cause {
    std::vector<Point> decisions{};
    bool latest_only = true;  // the latest of them on the path, not all
  };
  // Null if nothing does.
  [[nodiscard]] const Cause* cause_of(Point point) const;
  // Whether a loop that the decision stands in can also end by itself, as one that counts does.
  [[nodiscard]] bool is_in_counting_loop(Point block) const;

 private:
  struct Node {
    Point point = 0;
    std::vector<int> next{};
    int join = kExit;
  };
  static constexpr int kExit = 0;

  // One time that a thread came to a choice.
  struct Visit {
    const std::vector<Step>* path;
    std::size_t decisions;  // before it on the path
    int ordinal;            // how often the path has been here
    Word choice;
  };
  [[nodiscard]] int node_of(Point point);
  void find_joins();
  void find_causes();
  void find_counting_loops();
  [[nodiscard]] static Cause cause_of_choice(const std::vector<Visit>& visits);

  std::vector<Node> nodes_{Node{}};  // kExit first
  std::unordered_map<Point, int> index_;
  std::vector<std::vector<Step>> paths_;
  std::unordered_map<Point, Cause> causes_;
  std::vector<bool> counts_;
};

}  // namespace lkmc::kernel
