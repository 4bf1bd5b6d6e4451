// SPDX-License-Identifier: Apache-2.0
// What a compiled test calls that is not its own.
//
// A C++ test may call anything. One that asks for the time, the environment or a file can show something else tomorrow, although
// neither it nor its compiler has changed; so a result is known for later only if all that the object imports is on a list of
// what always does the same: lkmc's own functions, those of the C++ runtime, and those of libc that work on memory.
#pragma once

#include <filesystem>

namespace lkmc::kernel {

[[nodiscard]] bool calls_only_known_functions(const std::filesystem::path& object);

}  // namespace lkmc::kernel
