// SPDX-License-Identifier: Apache-2.0
// A program in which some operations are performed otherwise than the source has them: to try what that would change.
#pragma once

#include <compare>
#include <map>
#include <string>

#include "src/program/program.h"

namespace lkmc {

// Where the source has an operation.
struct Site {
  std::string file;
  int line = 0, column = 0;
  Operation operation = Operation::kRead;
  [[nodiscard]] bool writes() const { return operation == Operation::kWrite; }
  auto operator<=>(const Site&) const = default;
};
[[nodiscard]] Site site_of(Operation operation, const SourcePos& pos);
// Of a read or a write that is no part of a read-modify-write.
[[nodiscard]] Site site_of(EventKind kind, const SourcePos& pos);

using Markings = std::map<Site, Marking>;

class MarkedProgram final : public Program {
 public:
  // `program` must outlive this.
  MarkedProgram(const Program& program, Markings markings) : program_(program), markings_(std::move(markings)) {}

  [[nodiscard]] Marking marking(Operation operation, Tag tag, const SourcePos& pos) const override;

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return program_.locations(); }
  [[nodiscard]] int thread_count() const override { return program_.thread_count(); }
  void run(ThreadId id, Thread& thread) const override { program_.run(id, thread); }
  [[nodiscard]] bool may_write(ThreadId thread, Location location) const override { return program_.may_write(thread, location); }
  [[nodiscard]] bool names_what_it_writes() const override { return program_.names_what_it_writes(); }
  [[nodiscard]] std::vector<Word> possible_words() const override { return program_.possible_words(); }
  [[nodiscard]] int max_rounds() const override { return program_.max_rounds(); }
  [[nodiscard]] EventIndex max_events() const override { return program_.max_events(); }
  [[nodiscard]] int number_of_symbol(std::span<const PathRead> reads) const override { return program_.number_of_symbol(reads); }
  [[nodiscard]] bool outgrown() const override { return program_.outgrown(); }
  void grow() const override { program_.grow(); }
  [[nodiscard]] std::vector<Memory> memory() const override { return program_.memory(); }

 private:
  const Program& program_;
  Markings markings_;
};

}  // namespace lkmc
