// SPDX-License-Identifier: Apache-2.0
// Lists and prints the built-in models.
#include <algorithm>

#include <fmt/format.h>

#include "src/cli/check.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/model/embedded.h"
#include "src/model/load.h"

namespace lkmc {
namespace {

// The text with the built-in files that it includes in their place, so that it can be saved, changed and used.
std::string with_includes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    const EmbeddedFile* included = nullptr;
    for (const EmbeddedFile& file : embedded_models()) {
      if (line.starts_with(fmt::format("include \"{}\"", file.name))) included = &file;
    }
    out += included == nullptr ? std::string(line) : with_includes(included->text);
  }
  return out;
}

}  // namespace

int run_models(const ModelsOptions& options) {
  if (options.print.empty()) {
    for (const std::string_view name : built_in_models()) {
      const auto model = load_model(name);
      const auto* loaded = std::get_if<Model>(&model);
      print(fmt::format("{:<9}{}{}\n", name, loaded != nullptr ? loaded->name : "", name == built_in_models()[0] ? " (the default)" : ""));
    }
    return kSuccess;
  }
  if (const auto text = built_in_model_text(options.print)) {
    print(with_includes(*text));
    return kSuccess;
  }
  print_error(fmt::format("lkmc: error: there is no built-in model {}\n", options.print));
  return kError;
}

}  // namespace lkmc
