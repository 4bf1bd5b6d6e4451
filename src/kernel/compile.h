// C++ litmus tests as shared objects: compiled with the user's compiler against the headers that lkmc has built in.
//
// Headers and objects are kept in a cache folder, $XDG_CACHE_HOME/lkmc or ~/.cache/lkmc, under names made of the content
// of all they depend on: the source, the headers, the compiler's version and its flags. What a source includes itself is
// looked at again each time. Where that folder cannot be written, it is one in $TMPDIR.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace lkmc::kernel {

// The cache folder: the first choice, whether or not it is there.
[[nodiscard]] std::filesystem::path cache_folder();

struct CompileError {
  std::string message;      // `c++: not found`; empty if the compiler has said what is wrong
  bool is_stopped = false;  // the compiler was stopped, since it was asked to
};

// Asked now and then while the compiler runs: whether to stop it.
using Stop = std::function<bool()>;

// The object, and the files that it was made of besides lkmc's headers: the source, and the headers, as the compiler names them.
struct CompiledTest {
  std::string object;
  std::vector<std::string> files;
};

// What the compiler has to say goes to stderr: as it is, or, if it is the API that does not accept how it is used, shortened to
// that.
[[nodiscard]] std::variant<CompiledTest, CompileError> compile(const std::string& source_file, const Stop& stop);

// The headers that the source includes, as the compiler names them, without lkmc's and the compiler's own. Nothing is compiled.
[[nodiscard]] std::variant<std::vector<std::string>, CompileError> included_files(const std::string& source_file, const Stop& stop);

}  // namespace lkmc::kernel
