// A C++ litmus test as a program of which it is not known what its threads cannot write (Program::may_write).
#pragma once

#include <vector>

#include "src/kernel/cpp_test.h"

namespace lkmc::kernel_test {

class WithoutFootprint final : public Program {
 public:
  explicit WithoutFootprint(const kernel::CppTest& test) : test_(test) {}
  [[nodiscard]] std::span<const LocationInfo> locations() const override { return test_.locations(); }
  [[nodiscard]] int thread_count() const override { return test_.thread_count(); }
  void run(ThreadId id, Thread& thread) const override { test_.run(id, thread); }
  [[nodiscard]] std::vector<Word> possible_words() const override { return test_.possible_words(); }
  [[nodiscard]] EventIndex max_events() const override { return test_.max_events(); }
  [[nodiscard]] bool outgrown() const override { return test_.outgrown(); }
  void grow() const override { test_.grow(); }

 private:
  const kernel::CppTest& test_;
};

}  // namespace lkmc::kernel_test
