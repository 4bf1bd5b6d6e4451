// SPDX-License-Identifier: Apache-2.0
// What decides which way a thread goes: the scopes of control dependencies in C++ code, learned from its paths.
//
// A C++ test is run, not read, and its `if` is the language's own. What tells where control goes are calls that the compiler
// puts in front of every basic block (-fsanitize-coverage=trace-pc): a *point* is such a place together with the calls that led
// there. Before a thread is explored, it is rehearsed with the ways that its decisions on values could go (rehearsal.h), and
// the points in their order make its control-flow graph. As in any compiler's textbook, what depends on a branch stands
// between the point where the ways part and its immediate post-dominator, where they have met again.
//
// Where ways part, the code looks at plain variables: at the `bool` that a value was turned into just before, but also at one
// that a function returned or that was set long ago. Which decisions the choice goes back to, the variables tell (variable_flow.h).
// Where they are not known, it is found as by an experiment: a path is compared with one on which a single decision was turned
// round. If a choice then falls differently at the same place, that decision is a cause of it. Two paths are at the same place if
// the choices on the way there that still govern it were the same (the "execution index" of Xin, Sumner and Zhang, PLDI 2008). The
// same holds for plain numbers that become values.
//
// What the rehearsal has not found only makes scopes end earlier: what is not known never forbids an execution. Nor does it allow one
// unnoticed: a thread that goes a way which is not known (it may have gone on by a number that no rehearsal could guess) is rehearsed
// once more, and all is explored anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
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
    kOther,     // what an operation does is decided, such as whether a trylock succeeds; likewise
    kNumber,    // the plain number `word` becomes a value
    kAsked,     // the thread goes on by the number that a value is
  };
  Kind kind;
  Point point;  // of a decision or a number: that of the call that makes it
  Word word = 0;
  bool is_open = false;  // of a decision: whether it could go the other way here, as all others can
};
// The n-th of several things in a block.
[[nodiscard]] Point numbered(Point block, int n);

class ControlFlow {
 public:
  // A path from the start of the thread; `complete` if it is one to the thread's end.
  void add_path(std::vector<Step> steps, bool complete);
  // There are decisions of which the paths do not have all outcomes.
  void leave_open() { is_open_ = true; }
  // To be called when all paths are added, before the questions.
  void finish();

  // Whether anything that a thread decides can govern anything.
  [[nodiscard]] bool has_causes() const { return !causes_.empty(); }
  // Whether that is so of numbers.
  [[nodiscard]] bool has_caused_numbers() const { return has_caused_numbers_; }
  // Whether a thread may go ways that are not known.
  [[nodiscard]] bool is_open() const { return is_open_; }
  // Whether a thread is known to come to a point from the one before, which is kBeginning at first.
  static constexpr Point kBeginning = 1;
  [[nodiscard]] bool knows(Point before, Point point) const;
  // Whether ways part at a point.
  [[nodiscard]] bool parts(Point point) const;
  // Where they meet again; 0 if that is the thread's end, nothing if it is not known.
  [[nodiscard]] std::optional<Point> join_of(Point point) const;
  // Whether rounds of a loop may begin at a point: at its head, or where it goes on behind a decision.
  [[nodiscard]] bool begins_rounds(Point point) const { return in_loops_.contains(point); }
  [[nodiscard]] bool has_loops() const { return !in_loops_.empty(); }
  // What decides which way a point, or which number a number, goes.
  struct Cause {
    std::vector<Point> decisions{};
    bool latest_only = true;  // the latest of them on the path, not all
  };
  // Null if nothing does.
  [[nodiscard]] const Cause* cause_of(Point point) const;

 private:
  static constexpr int kExit = 0;
  static constexpr int kUnknown = -1;
  struct Node {
    Point point = 0;
    std::vector<int> next{};
    int join = kUnknown;
  };
  struct Path {
    std::vector<Step> steps;
    bool complete;
  };
  // A step of a path that chooses between ways or numbers.
  struct Choice {
    Point point;
    Word word;
    std::size_t step;     // behind those that it may go back to
    std::uint64_t index;  // the same on another path if it is at the same place there
    Step::Kind kind = Step::Kind::kArrival;
    bool is_open = false;
  };
  struct Reading {
    std::vector<Choice> choices, decisions;
    std::unordered_map<std::uint64_t, Word> by_index;
  };

  [[nodiscard]] int node_of(Point point);
  void find_joins();
  void find_loops();
  [[nodiscard]] Reading read(const Path& path) const;
  void compare(const Reading& path, const Reading& other);
  void find_how_much_counts(const std::vector<Reading>& readings);

  std::vector<Node> nodes_{Node{.join = kExit}};  // kExit first
  std::unordered_map<Point, int> index_;
  std::unordered_set<Point> in_loops_;  // where rounds may begin
  std::vector<Path> paths_;
  std::unordered_map<Point, Cause> causes_;
  bool has_caused_numbers_ = false;
  bool is_open_ = false;
};

}  // namespace lkmc::kernel
