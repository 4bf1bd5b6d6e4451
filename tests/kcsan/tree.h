// SPDX-License-Identifier: Apache-2.0
// Any program as the simulator runs it: the paths of its threads, from their unfoldings.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/program/unfolding.h"
#include "tests/kcsan/program.h"

namespace lkmc::kcsan_test {

// The accesses of a program by numbers: where they are, of which thread and variable, and of which kind.
class AccessNames {
 public:
  int number(const std::string& name) { return numbers_.try_emplace(name, static_cast<int>(numbers_.size()) + 1).first->second; }
  [[nodiscard]] std::string name(int number) const;

 private:
  std::map<std::string, int> numbers_;
};
[[nodiscard]] std::string access_name(ThreadId thread, Location location, bool write, bool compound, bool assertion, const SourcePos& pos);

// Has no grace periods, no SRCU, and of the bit operations only atomic ones. As clang instruments it.
class TreeSource final : public Source {
 public:
  // Both must outlive this.
  TreeSource(const Program& program, AccessNames& names);
  ~TreeSource() override;

  [[nodiscard]] std::size_t thread_count() const override { return threads_.size(); }
  [[nodiscard]] const std::vector<Variable>& variables() const override { return variables_; }
  [[nodiscard]] Instruction at(std::size_t thread, std::size_t place) const override;
  [[nodiscard]] int line(std::size_t thread, std::size_t place) const override;
  [[nodiscard]] bool is_end(std::size_t thread, std::size_t place) const override;
  [[nodiscard]] std::vector<std::size_t> next(std::size_t thread, std::size_t place, const Registers& registers) const override;
  [[nodiscard]] Word stored(std::size_t thread, std::size_t place, const Registers& registers, Word old) const override;
  [[nodiscard]] bool is_address(Word word) const override;
  void forget(std::size_t thread, std::size_t place, Registers& registers) const override;

 private:
  struct ThreadTree;
  std::vector<std::unique_ptr<ThreadTree>> threads_;
  std::vector<Variable> variables_;
  const Program& program_;
};

}  // namespace lkmc::kcsan_test
