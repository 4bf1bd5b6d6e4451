// SPDX-License-Identifier: Apache-2.0
// C++ litmus tests as shared objects: compiled with the user's compiler against the headers that lkmc has built in.
//
// Headers and objects are kept in a cache folder (cache.h), an object under a name made of all that it depends on: what the
// preprocessor makes of the source, which is asked each time, and the compiler with its flags.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "src/host/command.h"

namespace lkmc::kernel {

struct CompileError {
  std::string message;      // `c++: not found`; empty if the compiler has said what is wrong
  bool is_stopped = false;  // the compiler was stopped, since it was asked to
};

// The object, and the files that it was made of besides lkmc's headers: the source, and the headers, as the compiler names them.
struct CompiledTest {
  std::string object;
  std::vector<std::string> files;
  // Of all that the results of its tests depend on; empty if nobody knows that: it calls functions such as getenv(), or somebody has
  // written to a file meanwhile.
  std::string digest;
};

// `stop` is asked now and then while the compiler runs. What that has to say goes to stderr: as it is, or, if it is the API that does not
// accept how it is used, shortened to that.
[[nodiscard]] std::variant<CompiledTest, CompileError> compile(const std::string& source_file, const Stop& stop);

// The headers that the source includes, as the compiler names them, without lkmc's and the compiler's own. Nothing is compiled.
[[nodiscard]] std::variant<std::vector<std::string>, CompileError> included_files(const std::string& source_file, const Stop& stop);

}  // namespace lkmc::kernel
