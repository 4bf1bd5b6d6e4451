// SPDX-License-Identifier: Apache-2.0
// Checks the files one after the other. A file that is wrong is diagnosed, and the next one is checked all the same.
#include "src/cli/check.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "src/cli/check_c.h"
#include "src/cli/check_cpp.h"
#include "src/cli/check_test.h"
#include "src/cli/digest.h"
#include "src/cli/exit_status.h"
#include "src/cli/kcsan.h"
#include "src/cli/output.h"
#include "src/host/digest.h"
#include "src/host/file.h"
#include "src/host/terminal.h"
#include "src/model/load.h"
#include "src/report/diagnostic.h"
#include "src/report/litmus_tally.h"

namespace lkmc {
namespace {

class Check {
 public:
  Check(const CheckOptions& options, const Model& model, std::optional<KcsanProfile> kcsan,
        const std::function<void(std::string_view)>& out)
      : facts_(model),
        asked_{.kcsan = std::move(kcsan),
               .advice = options.advise,
               .barriers = options.analysis == Analysis::kBarriers,
               .stronger = stronger_models(options),
               .repair = options.analysis == Analysis::kRepair,
               .why = options.why},
        context_{options, model, facts_, asked_, catch_interrupt({SIGINT}), colour_of_stdout(), out, part_of(options, model)} {}

  int run() {
    const std::vector<std::string>& files = context_.options.files;
    int status = kSuccess;
    for (std::size_t i = 0; i < files.size(); ++i) {
      status = graver(status, check(files[i]));
      if (context_.interrupted) {
        const std::size_t left = files.size() - i - 1;
        if (left > 0) print_error(fmt::format("lkmc: interrupted: {} files were not checked\n", left));
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
      print_error(fmt::format("{}: error: {}\n", file, error->message));
      return kError;
    }
    const std::string& text = std::get<std::string>(content);
    const auto parsed = parse_litmus(file, text, {.unroll = context_.options.unroll});
    if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) {
      print_error(diagnostic_text(*diagnostic));
      return kError;
    }
    const LitmusTest& program = *std::get<std::unique_ptr<LitmusTest>>(parsed);
    for (const Diagnostic& remark : program.remarks()) print_error(diagnostic_text(remark, Severity::kWarning));
    if (context_.options.list) {
      print(listed_test(file, {program.name(), 1, {file}, md5(text)}, context_));
      return kSuccess;
    }
    const LitmusNames names(program, file, text);
    const Test test{.file = file,
                    .text = text,
                    .shown_as = file,
                    .program = program,
                    .names = names,
                    .new_tally = [&](const Keep& keep) { return std::make_unique<LitmusTally>(program, keep); },
                    .diagnose =
                        [&](const std::set<Mistake>& mistakes) {
                          const litmus::Source source(file, text);
                          std::string all;
                          for (const Mistake& m : mistakes) all += diagnostic_text(source.diagnose(m.pos, m.message));
                          return all;
                        },
                    .prepare_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                    .digest = context_.part ? md5(text) : "",
                    .full_digest = md5(text)};
    const Format format = context_.options.format == Format::kDefault ? Format::kHerd : context_.options.format;
    const TestReport report = check_test(test, format, context_.deadline(), context_);
    context_.out(report.out);
    print_error(report.err);
    if (context_.options.trace.empty() || report.status == kError) return report.status;
    return graver(report.status, write_trace(file, context_.options, report.trace));
  }

  static std::optional<Part> part_of(const CheckOptions& options, const Model& model) {
    if (options.shard.is_whole()) return std::nullopt;
    return Part{.shard = options.shard, .lkmc = digest_of_lkmc(), .program = {}, .model = digest_of(model)};
  }

  // The built-in ones, if it is to be said which machines need an ordering.
  static std::vector<StrongerModel> stronger_models(const CheckOptions& options) {
    std::vector<StrongerModel> models;
    if (options.analysis != Analysis::kBarriers || options.model != "lkmm") return models;
    for (const auto& [name, label] : {std::pair("sc", "SC"), std::pair("tso", "TSO"), std::pair("lkmm-hw", "weak")}) {
      Model model = std::get<Model>(load_model(name));
      ModelFacts facts(model);
      models.push_back({label, std::move(model), std::move(facts)});
    }
    return models;
  }

  const ModelFacts facts_;
  const Asked asked_;
  const CheckContext context_;
};

}  // namespace

std::string model_error_text(const ModelError& error) {
  if (error.line <= 0) return fmt::format("{}: error: {}\n", error.file, error.message);
  return diagnostic_text({error.file, error.line, error.column, error.message, error.source_line});
}

int run_check(const CheckOptions& options) {
  return run_check(options, [](std::string_view text) { print(text); });
}

int run_check(const CheckOptions& options, const std::function<void(std::string_view)>& out) {
  const auto model = load_model(options.model);
  if (const auto* error = std::get_if<ModelError>(&model)) {
    print_error(model_error_text(*error));
    return kError;
  }
  std::optional<KcsanProfile> kcsan;
  if (!options.kcsan.empty()) {
    const auto loaded = load_kcsan_profile(options.kcsan);
    if (const auto* error = std::get_if<std::string>(&loaded)) {
      print_error(*error);
      return kError;
    }
    kcsan = std::get<KcsanProfile>(loaded);
  }
  return Check(options, std::get<Model>(model), std::move(kcsan), out).run();
}

}  // namespace lkmc
