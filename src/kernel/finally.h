// finally(), run on symbols: what it finds depends on what the threads have left, and many executions leave different things.
//
// So its code is run once for each of its paths, like that of a thread (see src/program/unfolding.h), with a symbol for each
// location and for each captured variable; for an execution it is then only worked out where these have values.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "src/kernel/cpp_test.h"
#include "src/program/unfolding.h"

namespace lkmc::kernel {

// Used by one worker.
class Finally {
 public:
  // `test` must outlive this, and must not grow as long as this is used.
  explicit Finally(const CppTest& test);
  ~Finally();

  // How finally() ends, given what the threads of an execution have left: kEnd, or kFailed. Adds what it observes to
  // `registers`, by slot. Valid until the next call.
  [[nodiscard]] const PathNode& look(std::span<const Word> memory, std::vector<Word>& registers);

 private:
  class Code;
  // By the number of the read, on one path: what it reads.
  [[nodiscard]] const std::vector<Location>& read_on(PathId path);

  std::unique_ptr<const Code> code_;
  Unfolding unfolding_;
  std::vector<std::vector<Location>> read_on_;  // by path
};

}  // namespace lkmc::kernel
