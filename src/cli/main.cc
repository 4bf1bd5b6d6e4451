// The entry point of lkmc: reads the command line and calls the command.
#include <cstdio>

#include "src/cli/check.h"
#include "src/cli/exit_status.h"
#include "src/cli/options.h"

int main(int argc, char** argv) {
  using namespace lkmc;
  const Command command = parse_command_line(argc, argv);
  if (const auto* check = std::get_if<CheckOptions>(&command)) return run_check(*check);
  if (const auto* barriers = std::get_if<BarriersOptions>(&command)) return run_barriers(*barriers);
  if (const auto* repair = std::get_if<RepairOptions>(&command)) return run_repair(*repair);
  if (const auto* replay = std::get_if<ReplayOptions>(&command)) return run_replay(*replay);
  if (const auto* models = std::get_if<ModelsOptions>(&command)) return run_models(*models);
  const Answer& answer = std::get<Answer>(command);
  std::fputs(answer.text.c_str(), answer.status == kSuccess ? stdout : stderr);
  return answer.status;
}
