// SPDX-License-Identifier: Apache-2.0
#include "src/batch/lkmc_command.h"

namespace lkmc::batch {

std::vector<std::string> tree_options(const std::string& file, const Options& options, const Surroundings& surroundings) {
  std::vector<std::string> words;
  if (!file.ends_with(".c") || options.tree.empty()) return words;
  words.insert(words.end(), {"--tree", options.tree});
  if (surroundings.patches_tree) words.insert(words.end(), {"--patch", options.patch});
  return words;
}

std::vector<std::string> lkmc_command(const char* name, const std::string& file, std::vector<std::string> more, const Options& options,
                                      const Surroundings& surroundings) {
  std::vector<std::string> words = {surroundings.lkmc, name,          "--format", "json",
                                    "--model",         options.model, "--unroll", std::to_string(options.unroll)};
  const std::vector<std::string> tree = tree_options(file, options, surroundings);
  words.insert(words.end(), tree.begin(), tree.end());
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {"--", file});
  return words;
}

}  // namespace lkmc::batch
