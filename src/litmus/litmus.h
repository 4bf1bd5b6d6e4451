// SPDX-License-Identifier: Apache-2.0
// The front end for herd7's C litmus tests in the dialect of the Linux kernel.
//
// parse_litmus() turns the text of a `.litmus` file into a Program whose threads the explorer runs, and which judges
// and prints final states as herd7 does. The parsers are listed in parser.h, the kernel's primitives in primitives.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "src/litmus/ast.h"
#include "src/litmus/condition.h"
#include "src/litmus/source.h"
#include "src/program/program.h"

namespace lkmc {

using litmus::Quantifier;

struct LitmusOptions {
  int unroll = 8;  // rounds of a loop before a path is given up
};

struct FinalState {
  std::span<const Word> registers;  // by slot, the number passed to Thread::observe; slots are shared by all threads
  std::span<const Word> memory;     // by location
};

// Immutable once made; may be run by several workers at once.
class LitmusTest final : public Program {
 public:
  LitmusTest(litmus::ParsedTest test, LitmusOptions options);
  LitmusTest(const LitmusTest&) = delete;
  LitmusTest& operator=(const LitmusTest&) = delete;

  // --- the program ----------------------------------------------------------------------------------------
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return test_.symbols.locations; }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(test_.threads.size()); }
  void run(ThreadId id, Thread& thread) const override;
  [[nodiscard]] int max_rounds() const override { return options_.unroll; }
  // True to the source where it names the location; true for all locations where it writes through a pointer.
  [[nodiscard]] bool may_write(ThreadId id, Location location) const override;
  [[nodiscard]] bool names_what_it_writes() const override { return true; }
  // herd7's number: see solver_variables.h.
  [[nodiscard]] int number_of_symbol(std::span<const PathRead> reads) const override;

  // --- the test -------------------------------------------------------------------------------------------
  [[nodiscard]] const std::string& name() const { return test_.name; }
  [[nodiscard]] Quantifier kind() const { return test_.condition.quantifier; }
  [[nodiscard]] bool has_filter() const { return test_.condition.has_filter; }
  // Number of slots: every register that the condition, the filter or `locations` names has one.
  [[nodiscard]] int register_slots() const { return test_.register_slots; }
  // `0:r1` for the register observed in a slot.
  [[nodiscard]] const std::string& slot_name(int slot) const { return slot_names_[static_cast<std::size_t>(slot)]; }
  // What is right in the file, but probably not meant.
  [[nodiscard]] std::span<const Diagnostic> remarks() const { return test_.remarks; }
  // What is printed of a state, in the order in which it is printed.
  [[nodiscard]] std::span<const litmus::Term> observed() const { return test_.condition.observed; }

  // --- final states ---------------------------------------------------------------------------------------
  // The proposition inside the quantifier.
  [[nodiscard]] bool satisfies(const FinalState& state) const;
  // Executions that the `filter` does not accept count for nothing. True where there is no filter.
  [[nodiscard]] bool accepted_by_filter(const FinalState& state) const;
  // `1:r0=0; [x]=2;`, empty if nothing is observed.
  [[nodiscard]] std::string state_line(const FinalState& state) const;
  // `exists (1:r0=1 /\ 1:r1=0)`
  [[nodiscard]] const std::string& condition_text() const { return condition_text_; }
  // A number, or the name of the location at an address.
  [[nodiscard]] std::string value_text(Word value) const { return printer_.value(value); }

 private:
  litmus::ParsedTest test_;
  LitmusOptions options_;
  litmus::Printer printer_;
  std::string condition_text_;
  std::vector<std::string> slot_names_;
};

// Never throws for bad input; the first mistake is reported. `file_name` is only used in the diagnostic.
[[nodiscard]] std::variant<std::unique_ptr<LitmusTest>, Diagnostic> parse_litmus(std::string_view file_name, std::string_view text,
                                                                                 LitmusOptions options = {});

}  // namespace lkmc
