// SPDX-License-Identifier: Apache-2.0
// A configuration of KCSAN, as read from lines of a kernel's .config.
//
// What the options mean is said in lib/Kconfig.kcsan of the kernel. Options that say how much is sampled (the number of
// watchpoints, delays, skips, the rate limit) mean nothing to an oracle that asks what can be reported at all, and are
// read over. Of what is not KCSAN's, only the compiler matters: clang makes one access of `x++`, gcc does not. Read over
// is also KCSAN_INTERRUPT_WATCHER: it lets interrupts in while a watchpoint is up, and a litmus test has none.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lkmc {

struct KcsanProfile {
  std::string name;
  bool strict = false;
  bool weak_memory = false;
  bool value_change_only = true;
  bool plain_writes_atomic = true;
  bool ignore_atomics = false;
  bool permissive = false;
  bool report_unknown_origin = true;
  bool has_compound = true;  // the compiler tells `x++` from a read and a write
};

// What is wrong with a configuration, and where; line and column count from 1.
struct ProfileError {
  int line = 1;
  int column = 1;
  std::string message;
};

// The names of the built-in profiles: the files of models/kcsan.
[[nodiscard]] std::vector<std::string> kcsan_profile_names();
// The text of a built-in profile; empty if there is none of this name.
[[nodiscard]] std::string_view kcsan_profile_text(std::string_view name);

// Options that the text does not mention have the defaults that Kconfig gives them, and so have those that another one
// rules out; an error if the text sets one of the latter all the same.
[[nodiscard]] std::variant<KcsanProfile, ProfileError> parse_kcsan_profile(std::string_view name, std::string_view text);

}  // namespace lkmc
