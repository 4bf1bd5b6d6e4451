// Checks the files one after the other. A file that is wrong is diagnosed, and the next one is checked all the same.
#include "src/cli/check.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <variant>

#include <fmt/format.h>

#include "src/cli/check_c.h"
#include "src/cli/check_cpp.h"
#include "src/cli/check_test.h"
#include "src/cli/exit_status.h"
#include "src/cli/file.h"
#include "src/cli/kcsan.h"
#include "src/cli/terminal.h"
#include "src/model/load.h"
#include "src/report/diagnostic.h"
#include "src/report/litmus_tally.h"

namespace lkmc {
namespace {

std::string model_error_text(const ModelError& error) {
  if (error.line <= 0) return fmt::format("{}: error: {}\n", error.file, error.message);
  return diagnostic_text({error.file, error.line, error.column, error.message, error.source_line});
}

class Check {
 public:
  Check(const CheckOptions& options, const Model& model, const std::optional<KcsanProfile>& kcsan)
      : facts_(model), context_{options, model, facts_, kcsan, catch_interrupt(), colour_of_stdout()} {}

  int run() {
    const std::vector<std::string>& files = context_.options.files;
    int status = kSuccess;
    for (std::size_t i = 0; i < files.size(); ++i) {
      status = graver(status, check(files[i]));
      if (context_.interrupted) {
        const std::size_t left = files.size() - i - 1;
        if (left > 0) complain(fmt::format("lkmc: interrupted: {} files were not checked\n", left));
        return graver(status, kInconclusive);
      }
    }
    return status;
  }

 private:
  int check(const std::string& file) const {
    if (is_cpp(file) && is_file(file)) return check_cpp(file, context_);
    if (is_c(file) && is_file(file)) return check_c(file, context_);
    return check_litmus(file);
  }

  int check_litmus(const std::string& file) const {
    const auto start = std::chrono::steady_clock::now();
    const auto content = read_test(file);
    if (const auto* error = std::get_if<FileError>(&content)) {
      complain(fmt::format("{}: error: {}\n", file, error->message));
      return kError;
    }
    const std::string& text = std::get<std::string>(content);
    const auto parsed = parse_litmus(file, text, {.unroll = context_.options.unroll});
    if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) {
      complain(diagnostic_text(*diagnostic));
      return kError;
    }
    const LitmusTest& program = *std::get<std::unique_ptr<LitmusTest>>(parsed);
    const LitmusNames names(program, file, text);
    const Test test{.file = file,
                    .text = text,
                    .shown_as = file,
                    .program = program,
                    .names = names,
                    .new_tally = [&](const Keep& keep) { return std::make_unique<LitmusTally>(program, keep); },
                    .diagnose = [&](const std::set<Mistake>& mistakes) {
                      const litmus::Source source(file, text);
                      std::string all;
                      for (const Mistake& m : mistakes) all += diagnostic_text(source.diagnose(m.pos, m.message));
                      return all;
                    },
                    .prepare_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
    const Format format = context_.options.format == Format::kDefault ? Format::kHerd : context_.options.format;
    const TestReport report = check_test(test, format, context_.deadline(), context_);
    std::fwrite(report.out.data(), 1, report.out.size(), stdout);
    complain(report.err);
    if (context_.options.trace.empty() || report.status == kError) return report.status;
    return graver(report.status, write_trace(file, context_.options, report.trace));
  }

  const ModelFacts facts_;
  const CheckContext context_;
};

}  // namespace

int run_check(const CheckOptions& options) {
  const auto model = load_model(options.model);
  if (const auto* error = std::get_if<ModelError>(&model)) {
    complain(model_error_text(*error));
    return kError;
  }
  std::optional<KcsanProfile> kcsan;
  if (!options.kcsan.empty()) {
    const auto loaded = load_kcsan_profile(options.kcsan);
    if (const auto* error = std::get_if<std::string>(&loaded)) {
      complain(*error);
      return kError;
    }
    kcsan = std::get<KcsanProfile>(loaded);
  }
  const int status = Check(options, std::get<Model>(model), kcsan).run();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  complain("lkmc: error: cannot write to stdout\n");
  return kError;
}

}  // namespace lkmc
