// SPDX-License-Identifier: Apache-2.0
// C++ litmus tests as shared objects: compiled with the user's compiler against the headers that lkmc has built in.
//
// Headers and objects are kept in a cache folder, $XDG_CACHE_HOME/lkmc or ~/.cache/lkmc, under names made of the content
// of all they depend on: the source, the headers, the compiler's version and its flags. What a source includes itself is
// looked at again each time.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "src/kernel/command.h"

namespace lkmc::kernel {

struct CompileError {
  std::string message;      // `c++: not found`; empty if the compiler has said what is wrong
  bool is_stopped = false;  // the compiler was stopped, since it was asked to
};

// The object, and the files that it was made of besides lkmc's headers: the source, and the headers, as the compiler names them.
struct CompiledTest {
  std::string object;
  std::vector<std::string> files;
};

// `stop` is asked now and then while the compiler runs. What that has to say goes to stderr: as it is, or, if it is the API that does not accept how it is used, shortened to
// that.
[[nodiscard]] std::variant<CompiledTest, CompileError> compile(const std::string& source_file, const Stop& stop);

// The headers that the source includes, as the compiler names them, without lkmc's and the compiler's own. Nothing is compiled.
[[nodiscard]] std::variant<std::vector<std::string>, CompileError> included_files(const std::string& source_file, const Stop& stop);

}  // namespace lkmc::kernel
