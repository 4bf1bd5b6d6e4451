// SPDX-License-Identifier: Apache-2.0
#include "src/cli/kcsan.h"

#include <fmt/format.h>

#include "src/host/file.h"

namespace lkmc {

std::variant<KcsanProfile, std::string> load_kcsan_profile(const std::string& name) {
  std::string text(kcsan_profile_text(name));
  if (text.empty()) {
    if (!is_file(name)) {
      return fmt::format("lkmc: error: --kcsan {}: no such file, and no profile; there are: {}\n", name,
                         fmt::join(kcsan_profile_names(), ", "));
    }
    const auto content = read_file(name);
    if (const auto* error = std::get_if<FileError>(&content)) return fmt::format("{}: error: {}\n", name, error->message);
    text = std::get<std::string>(content);
  }
  const auto profile = parse_kcsan_profile(name, text);
  if (const auto* error = std::get_if<ProfileError>(&profile)) {
    return fmt::format("{}:{}:{}: error: {}\n", name, error->line, error->column, error->message);
  }
  return std::get<KcsanProfile>(profile);
}

}  // namespace lkmc
