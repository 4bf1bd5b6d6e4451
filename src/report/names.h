// Names of events in reports and traces.
#pragma once

#include <string>
#include <string_view>

#include "src/litmus/litmus.h"

namespace lkmc {

// `read`, `lock-read`, …: the values of `kind` in docs/trace-format.md.
[[nodiscard]] std::string_view name_of(EventKind kind);
// `once`, `acquire`, …: the values of `tag` there.
[[nodiscard]] std::string_view name_of(Tag tag);
// `P0`, or `init`.
[[nodiscard]] std::string thread_name(ThreadId thread);
// `x`, `a[2]`
[[nodiscard]] const std::string& location_name(const LitmusTest& test, Location location);
// A number, `&x` for an address, or `S8` for a value out of thin air.
[[nodiscard]] std::string value_name(const LitmusTest& test, Word value);

}  // namespace lkmc
