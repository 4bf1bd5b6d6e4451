// SPDX-License-Identifier: Apache-2.0
#include "src/cli/program_text.h"

#include <variant>
#include <vector>

#include "src/cli/options.h"
#include "src/host/file.h"

namespace lkmc {

std::string text_of_program(const std::string& path, std::string_view text, const Stop& stop) {
  std::string all(text);
  if (!is_cpp(path)) return all;
  const auto headers = kernel::included_files(path, stop);
  const auto* files = std::get_if<std::vector<std::string>>(&headers);
  if (files == nullptr) return all + "\nits headers are not known";
  for (const std::string& file : *files) {
    const auto content = read_file(file);
    if (const auto* bytes = std::get_if<std::string>(&content)) all += *bytes;
  }
  return all;
}

}  // namespace lkmc
