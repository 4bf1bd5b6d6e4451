// SPDX-License-Identifier: Apache-2.0
// What the threads are in the middle of: the locks that they hold, and RCU and SRCU read-side critical sections.
#pragma once

#include <string>
#include <vector>

#include "src/report/names.h"
#include "src/report/schedule.h"
#include "src/report/witness.h"

namespace lkmc {

struct Section {
  enum class Kind : std::uint8_t { kLock, kRcu, kSrcu } kind;
  ThreadId thread;
  Location location;  // of the lock or srcu_struct; kNoLocation for RCU
  bool shared;        // a lock that others may hold, too
  int from;           // the event that begins it: its own step, or its read's
  int to;             // the event that ends it; -1 if none does
};

// In the order of the events that begin them.
[[nodiscard]] std::vector<Section> sections_of(const Witness& witness);

// By step: the indices of the sections that have begun and not ended when it is done. A section begins and ends when its
// event takes effect, so a lock whose spin_unlock() still is in the store buffer is held.
[[nodiscard]] std::vector<std::vector<int>> open_sections(const std::vector<Section>& sections, const std::vector<Step>& steps);

// `lock`, `rcu`, `srcu`: the values of `kind` in docs/trace-format.md.
[[nodiscard]] std::string_view name_of(Section::Kind kind);

// `holds l (since line 5)`
[[nodiscard]] std::string section_text(const Names& names, const Witness& witness, const Section& section);

}  // namespace lkmc
