// SPDX-License-Identifier: Apache-2.0
// The entry point of lkmc: reads the command line and calls the command.
#include <new>
#include <string_view>

#include <unistd.h>

#include "src/cli/check.h"
#include "src/cli/exit_status.h"
#include "src/cli/options.h"
#include "src/cli/output.h"

namespace lkmc {
namespace {

int run(const Command& command) {
  if (const auto* check = std::get_if<CheckOptions>(&command)) return run_check(*check);
  if (const auto* barriers = std::get_if<BarriersOptions>(&command)) return run_barriers(*barriers);
  if (const auto* repair = std::get_if<RepairOptions>(&command)) return run_repair(*repair);
  if (const auto* batch = std::get_if<batch::Options>(&command)) return run_batch(*batch);
  if (const auto* compare = std::get_if<CompareOptions>(&command)) return run_compare(*compare);
  if (const auto* merge = std::get_if<MergeOptions>(&command)) return run_merge(*merge);
  if (const auto* cache = std::get_if<CacheOptions>(&command)) return run_cache(*cache);
  if (const auto* replay = std::get_if<ReplayOptions>(&command)) return run_replay(*replay);
  if (const auto* models = std::get_if<ModelsOptions>(&command)) return run_models(*models);
  const Answer& answer = std::get<Answer>(command);
  answer.status == kSuccess ? print(answer.text) : print_error(answer.text);
  return answer.status;
}

}  // namespace
}  // namespace lkmc

int main(int argc, char** argv) {
  using namespace lkmc;
  std::set_new_handler([] {
    static constexpr std::string_view kText = "lkmc: error: out of memory\n";
    if (write(STDERR_FILENO, kText.data(), kText.size()) < 0) _exit(kError);
    _exit(kError);
  });
  return status_after_output(run(parse_command_line(argc, argv)));
}
