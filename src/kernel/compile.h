// C++ litmus tests as shared objects: compiled with the user's compiler against the headers that lkmc has built in.
//
// Headers and objects are kept in a cache folder, $XDG_CACHE_HOME/lkmc or ~/.cache/lkmc, under names made of the content
// of all they depend on: the source, the headers, the compiler's version and its flags. What a source includes itself is
// looked at again each time.
#pragma once

#include <string>
#include <variant>

namespace lkmc::kernel {

struct CompileError {
  std::string message;         // `c++: not found`; empty if the compiler has said what is wrong
};

// The path of the shared object. What the compiler has to say goes to stderr: as it is, or, if it is the API that does not accept how
// it is used, shortened to that.
[[nodiscard]] std::variant<std::string, CompileError> compile(const std::string& source_file);

}  // namespace lkmc::kernel
