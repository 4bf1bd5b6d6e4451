// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/litmus.h"

#include "src/litmus/check.h"
#include "src/litmus/interpreter.h"
#include "src/litmus/lexer.h"
#include "src/litmus/parser.h"
#include "src/litmus/solver_variables.h"
#include "src/litmus/spin.h"

namespace lkmc {

LitmusTest::LitmusTest(litmus::ParsedTest test, LitmusOptions options)
    : test_(std::move(test)),
      options_(options),
      printer_(test_.symbols),
      condition_text_(printer_.condition(test_.condition)),
      slot_names_(static_cast<std::size_t>(test_.register_slots)) {
  for (std::size_t thread = 0; thread < test_.threads.size(); ++thread) {
    for (const litmus::Register& reg : test_.threads[thread].registers) {
      if (reg.slot >= 0) slot_names_[static_cast<std::size_t>(reg.slot)] = std::to_string(thread) + ':' + reg.name;
    }
  }
}

void LitmusTest::run(ThreadId id, Thread& thread) const {
  litmus::interpret(test_.threads[static_cast<std::size_t>(id)], *this, test_.symbols.integers, thread);
}

bool LitmusTest::may_write(ThreadId id, Location location) const {
  return test_.threads[static_cast<std::size_t>(id)].may_write[static_cast<std::size_t>(location)];
}

int LitmusTest::number_of_symbol(std::span<const PathRead> reads) const {
  return litmus::solver_variable(test_.threads, reads).value_or(Program::number_of_symbol(reads));
}

bool LitmusTest::satisfies(const FinalState& state) const {
  return litmus::holds(test_.condition.proposition, {state.registers, state.memory});
}

bool LitmusTest::accepted_by_filter(const FinalState& state) const {
  return !test_.condition.has_filter || litmus::holds(test_.condition.filter, {state.registers, state.memory});
}

std::string LitmusTest::state_line(const FinalState& state) const {
  return printer_.state(test_.condition.observed, {state.registers, state.memory});
}

std::variant<std::unique_ptr<LitmusTest>, Diagnostic> parse_litmus(std::string_view file_name, std::string_view text,
                                                                   LitmusOptions options) {
  try {
    const litmus::Source source(file_name, text);
    litmus::LexedFile file = litmus::lex(source);
    litmus::Cursor cursor(source, file.tokens);
    litmus::ParsedTest test;
    test.name = std::move(file.test_name);
    const auto presets = litmus::parse_initial_state(cursor, test.symbols);
    litmus::parse_threads(cursor, presets, test);
    test.symbols.settle_types();
    litmus::parse_condition(cursor, test);
    litmus::check_test(test, cursor);
    litmus::compute_writes(test);
    for (litmus::ThreadCode& thread : test.threads) litmus::mark_waiting_loops(thread.body);
    return std::make_unique<LitmusTest>(std::move(test), options);
  } catch (litmus::ParseError& error) {
    return std::move(error.diagnostic);
  }
}

}  // namespace lkmc
