// SPDX-License-Identifier: Apache-2.0
#include "src/cli/output.h"

#include <cstdio>

#include "src/cli/exit_status.h"
#include "src/host/terminal.h"
#include "src/report/printable.h"

namespace lkmc {

Colour colour_of_stdout() { return is_stdout_coloured() ? Colour::kOnTerminal : Colour::kNever; }

void print(std::string_view text) {
  const std::string shown = printable(text, colour_of_stdout());
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  std::fflush(stdout);
}

void print_error(std::string_view text) {
  std::fflush(stdout);
  const std::string shown = printable(text);
  std::fwrite(shown.data(), 1, shown.size(), stderr);
}

int status_after_output(int status) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::ferror(stderr) == 0) return status;
  std::fputs("lkmc: error: cannot write the output\n", stderr);
  return kError;
}

}  // namespace lkmc
