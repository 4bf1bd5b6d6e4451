// SPDX-License-Identifier: Apache-2.0
// Runs the functions of a C file on the fiber of a lkmc::Thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/c/code.h"
#include "src/c/memory.h"
#include "src/program/thread.h"

namespace lkmc::c {

enum class Phase : std::uint8_t {
  kSetup,  // what is in memory before the threads run
  kThread,
  kFinally,  // looks at what the threads have left
};

// One variable of one activation of a function, whose address a thread has given away.
struct LocalKey {
  ThreadId thread;
  int function;
  int local;
  int ordinal;  // of the activation on the path
  friend auto operator<=>(const LocalKey&, const LocalKey&) = default;
};

// What the functions are run for.
class Host {
 public:
  virtual ~Host() = default;
  // Where the outcome of exists() or the value of observe() goes; 1 goes to the next slot.
  [[nodiscard]] virtual int slot(Special what, const std::string& name, ThreadId thread) = 0;
  // The number of the object that all threads know this variable by; nothing if they don't.
  [[nodiscard]] virtual std::optional<std::int64_t> shared_local(const LocalKey& key) = 0;
  // Asks for one. What is explored now is explored again when it is there.
  virtual void share_local(const LocalKey& key) = 0;
  // The test cannot be explored.
  virtual void give_up(const SourcePos& pos, const std::string& why) = 0;
  // A pointer is stored where others may find it.
  virtual void may_be_pointed_to(Word address) = 0;
};

struct Job {
  const Code& code;
  const Memory& memory;
  Host& host;
  ThreadId id;
  Phase phase;
};

void interpret(const Job& job, int function, Thread& thread);

}  // namespace lkmc::c
