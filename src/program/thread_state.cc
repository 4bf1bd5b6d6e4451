// SPDX-License-Identifier: Apache-2.0
// What decisions ask for, and how paths end.
#include "src/program/thread.h"

#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {

Word Thread::State::decide(PathNode node) {
  end_run_if_due();
  if (trial) {
    std::optional<Word> outcome;
    if (node.continuation == Continuation::kChoice) {
      outcome = trial->choice();
    } else if (node.continuation == Continuation::kValue) {
      if (const auto found = answers.values.find(node.expr); found != answers.values.end()) outcome = found->second;
    } else {
      outcome = known_truth(node.expr);
    }
    if (!outcome) end_trial(false);
    return *outcome;
  }
  const Continuation continuation = node.continuation;
  const ExprId expr = node.expr;
  const Word outcome = decide_for_good(std::move(node));
  answers.decisions.push_back(outcome);
  if (continuation == Continuation::kValue) answers.values.emplace(expr, outcome);
  if (continuation == Continuation::kChoice) answers.choices.emplace_back(static_cast<EventIndex>(events.size()), outcome);
  return outcome;
}

void Thread::State::end_trial(bool repeats) {
  if (!tried) tried = repeats;
  for (;;) fiber->suspend();
}

void Thread::State::end_run_if_due() {
  while ((tried || trial_to_come) && !is_unwound()) fiber->suspend();
}

Word Thread::State::decide_for_good(PathNode node) {
  if (replayed < replay.size()) {
    compare_with_recorded(node);
    computed.clear();
    locks.clear();
    objections.clear();
    checks.clear();
    marks.clear();
    comes_back_to.reset();
    return replay[replayed++];
  }
  if (refusal) stop(std::move(node));
  request = std::move(node);
  fiber->suspend();
  return answer;
}

std::optional<bool> Thread::State::known_truth(ExprId expr) const {
  const ExprPool::Question question = expressions.question_of(expr);
  const auto found = answers.truths.find({question.a, question.b});
  if (found == answers.truths.end()) return std::nullopt;
  return found->second != question.negated;
}

void Thread::State::learn(ExprId expr, bool truth) {
  const ExprPool::Question question = expressions.question_of(expr);
  answers.truths[{question.a, question.b}] = truth != question.negated;
}

void Thread::State::stop(PathNode node) {
  end_run_if_due();
  if (trial) end_trial(false);
  if (refusal) node = *refusal;
  // Who has started the thread has not stopped before, so this is another way than his.
  if (recall && !node.misbehaves) {
    const ExprId never = expressions.binary(BinaryOp::kEqual, recall->started, expressions.constant(0));
    (void)decide({.continuation = Continuation::kRequire, .expr = never});
    node = {.continuation = Continuation::kEnd};
  }
  if (!node.misbehaves && replayed < replay.size()) compare_with_recorded(node);
  node.observed = observed;
  request = std::move(node);
  // Only the destruction of the fiber resumes it, and that throws.
  for (;;) fiber->suspend();
}

void Thread::State::misbehave(SourcePos pos, std::string message) {
  stop({.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message), .misbehaves = true});
}

void Thread::State::compare_with_recorded(const PathNode& decision) {
  const PathNode& before = *recorded[replayed];
  const std::string suffix =
      ", so its code depends on something that lkmc does not track: time, randomness, a global or a static variable, a "
      "value that raw() gave";
  const auto differs = [&](SourcePos pos, const std::string& what) {
    misbehave(pos, "the thread behaved differently when it was run again: " + what + suffix);
  };
  const auto place = [](SourcePos pos) { return pos.line > 0 ? "in line " + std::to_string(pos.line) : std::string("somewhere"); };
  const auto begin = static_cast<std::size_t>(before.first_event);
  for (std::size_t i = 0; i < before.events.size() || begin + i < events.size(); ++i) {
    if (begin + i >= events.size()) {
      differs(decision.pos.line > 0 ? decision.pos : before.events[i].event.pos,
              "it did not do what it had done " + place(before.events[i].event.pos));
    }
    const ThreadEvent& now = events[begin + i];
    if (i >= before.events.size()) differs(now.event.pos, "it did here what it had not done before");
    const ThreadEvent& then = before.events[i];
    const bool same_statement = then.event.kind == now.event.kind && then.event.tag == now.event.tag &&
                                then.event.pos.line == now.event.pos.line && then.event.pos.column == now.event.pos.column;
    if (!same_statement) differs(now.event.pos, "it was here, where it had been " + place(then.event.pos));
    if (then.event.location != now.event.location) differs(now.event.pos, "it accessed another variable");
    if (then.value != now.value) differs(now.event.pos, "it stored another value");
    if (then.addr != now.addr || then.data != now.data || then.ctrl != now.ctrl) {
      differs(now.event.pos, "the access depended on other reads");
    }
  }
  if (before.continuation != decision.continuation || before.expr != decision.expr || before.pos.line != decision.pos.line ||
      before.outcomes != decision.outcomes) {
    const SourcePos last = decision.pos.line > 0 || events.empty() ? decision.pos : events.back().event.pos;
    differs(last,
            decision.continuation == Continuation::kEnd ? "it ended here, where it had gone on" : "it decided something else from here on");
  }
}

}  // namespace lkmc
