// SPDX-License-Identifier: Apache-2.0
#include "tests/explore/exploration.h"

#include <doctest/doctest.h>

#include <variant>

#include "tests/reference/enumerator.h"
#include "tests/reference/test_program.h"

namespace lkmc::explore_test {

void Findings::add(const Findings& other) {
  executions += other.executions;
  repeated += other.repeated;
  for (const std::string& key : other.keys) {
    if (!keys.insert(key).second) ++repeated;
  }
  states.insert(other.states.begin(), other.states.end());
  lines.insert(other.lines.begin(), other.lines.end());
  satisfying += other.satisfying;
  deadlocks.insert(other.deadlocks.begin(), other.deadlocks.end());
  for (const std::string& key : other.deadlock_keys) {
    if (!deadlock_keys.insert(key).second) ++repeated;
  }
  failures.insert(other.failures.begin(), other.failures.end());
}

bool Recorder::on_execution(const Execution& execution) {
  const FinalState state{execution.registers, execution.memory};
  if (!test_.accepted_by_filter(state)) return false;
  if (execution.is_repeat) return true;
  ++findings_.executions;
  const Assignment& a = execution.assignment;
  if (!findings_.keys.insert(reference::execution_key(a.skeleton().graph.events, a.rf(), a.co())).second) {
    ++findings_.repeated;
  }
  std::vector<Word> words(execution.registers.begin(), execution.registers.end());
  words.resize(static_cast<std::size_t>(test_.register_slots()));
  words.insert(words.end(), execution.memory.begin(), execution.memory.end());
  findings_.states.insert(reference::with_symbols_renamed(std::move(words)));
  findings_.lines.insert(test_.state_line(state));
  findings_.satisfying += test_.satisfies(state) ? 1 : 0;
  return true;
}

void Recorder::on_deadlock(const Deadlock& deadlock) {
  std::vector<Findings::Blocked> blocked;
  for (const BlockedThread& b : deadlock.blocked) {
    const LockHolder holder = b.holders.empty() ? LockHolder{kInitThread, {}} : b.holders.front();
    blocked.push_back({b.thread, b.pos.line, b.lock, holder.thread, holder.pos.line});
  }
  findings_.deadlocks.insert(std::move(blocked));
  const Assignment& a = deadlock.assignment;
  if (!findings_.deadlock_keys.insert(reference::execution_key(a.skeleton().graph.events, a.rf(), a.co())).second) {
    ++findings_.repeated;
  }
}

bool Recorder::on_failure(const Failure& failure) {
  findings_.failures.insert("P" + std::to_string(failure.thread) + ':' + std::to_string(failure.pos.line) + ": " + failure.message);
  return true;
}

Exploration run_explorer(const LitmusTest& test, const Model& model, const ModelFacts& facts, const RunOptions& options) {
  std::vector<std::unique_ptr<Recorder>> recorders;
  std::vector<Visitor*> visitors;
  for (int i = 0; i < options.jobs; ++i) {
    recorders.push_back(std::make_unique<Recorder>(test));
    visitors.push_back(recorders.back().get());
  }
  Exploration exploration;
  ExploreOptions explore_options;
  explore_options.jobs = options.jobs;
  explore_options.timeout = options.timeout;
  explore_options.shard = options.shard;
  exploration.statistics = explore(test, model, facts, explore_options, visitors);
  for (const auto& recorder : recorders) exploration.findings.add(recorder->findings());
  return exploration;
}

Exploration run_explorer(std::string_view text, std::string_view model, const RunOptions& options) {
  const auto test = parse_litmus("test.litmus", text, {.unroll = options.unroll});
  if (const auto* diagnostic = std::get_if<Diagnostic>(&test)) {
    FAIL(diagnostic->line << ":" << diagnostic->column << ": " << diagnostic->message << "\n" << text);
  }
  const auto loaded = load_model(model);
  REQUIRE(std::holds_alternative<Model>(loaded));
  const Model& m = std::get<Model>(loaded);
  const ModelFacts facts(m);
  return run_explorer(*std::get<std::unique_ptr<LitmusTest>>(test), m, facts, options);
}

std::string litmus_text(const std::vector<std::string>& bodies) {
  reference::TestProgram program{.name = "test", .locations = {}, .threads = {}};
  for (const char* name : {"x", "y", "z"}) program.locations.push_back({name, "int", ""});
  for (const char* name : {"l", "m"}) program.locations.push_back({name, "spinlock_t", ""});
  for (const std::string& body : bodies) program.threads.push_back({{.head = body}});
  return to_litmus(program);
}

}  // namespace lkmc::explore_test
