// SPDX-License-Identifier: Apache-2.0
// The report for people: the verdict, then how it can come about, as a schedule that a kernel developer can follow.
#pragma once

#include <string>

#include "src/report/names.h"
#include "src/report/paint.h"
#include "src/report/result.h"

namespace lkmc {

struct TextOptions {
  Colour colour = Colour::kNever;
  bool states = false;  // list the final states
};

// Ends with an empty line, unless all of it is a few lines about a test without a condition.
[[nodiscard]] std::string text_report(const Result& result, const TextOptions& options);

// `P1 waits for the lock l at line 7, which P0 took at line 3 and never gives back`
[[nodiscard]] std::string waiting_text(const Names& names, const BlockedThread& blocked);

// `vm_area_struct.vm_flags is written by mprotect in vma.cc:7 and read (marked) by rmap in vma.cc:20`
[[nodiscard]] std::string race_text(const Names& names, const Event& first, const Event& second);
// `written by mprotect in vma.cc:7`
[[nodiscard]] std::string racing_text(const Names& names, const Event& access);

}  // namespace lkmc
