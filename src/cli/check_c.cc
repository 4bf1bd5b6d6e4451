// SPDX-License-Identifier: Apache-2.0
#include "src/cli/check_c.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <variant>

#include "src/c/c_file.h"
#include "src/c/c_test.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/host/digest.h"
#include "src/host/file.h"
#include "src/report/cpp_names.h"
#include "src/report/cpp_tally.h"

namespace lkmc {
namespace {

using Clock = std::chrono::steady_clock;

class CCheck {
 public:
  CCheck(const std::string& file, const CheckContext& context)
      : file_(file), context_(context), options_(context.options), deadline_(context.deadline()) {}

  int run() {
    const auto start = Clock::now();
    const Stop stop = [this] { return context_.interrupted || (deadline_ && Clock::now() >= *deadline_); };
    const auto content = read_test(file_);
    if (const auto* error = std::get_if<FileError>(&content)) return complain_of({{}, error->message});
    text_ = std::get<std::string>(content);
    try {
      const auto parsed =
          c::read_c_file(file_, text_, c::KernelTree(options_.tree, options_.patch, stop), stop, options_.format == Format::kJson);
      text_ += parsed->taken();
      prepare_seconds_ = std::chrono::duration<double>(Clock::now() - start).count();
      return options_.list ? list(*parsed) : check(*parsed);
    } catch (const c::Error& error) {
      return complain_of(error);
    } catch (const c::Stopped&) {
      print_error(fmt::format("{}:1:1: inconclusive: {} while it was being read\n", file_,
                              context_.interrupted ? "it was interrupted" : "the time ran out (--timeout gives more)"));
      return kInconclusive;
    }
  }

 private:
  int complain_of(const c::Error& error, const std::string& test = {}) const {
    print_error(error_text(error, file_, test));
    return kError;
  }

  int list(const c::CFile& parsed) const {
    for (const c::TestCase& test : parsed.cases())
      print(listed_test(file_, {test.name, test.pos.line, {file_}, parsed.digest()}, context_));
    return kSuccess;
  }

  int check(const c::CFile& parsed) {
    int status = kSuccess;
    std::string names;
    bool found = false;
    for (const c::TestCase& test : parsed.cases()) {
      names += (names.empty() ? "" : ", ") + test.name;
      if (context_.interrupted || (!options_.test.empty() && test.name != options_.test)) continue;
      found = true;
      status = graver(status, check(parsed, test));
    }
    if (!found && !context_.interrupted) return complain_of({{}, fmt::format("there is no test {}; there are: {}", options_.test, names)});
    if (options_.trace.empty() || status == kError) return status;
    return graver(status, write_trace(file_, options_, trace_ ? std::optional(trace_->text) : std::nullopt));
  }

  int check(const c::CFile& parsed, const c::TestCase& test_case) {
    const c::CTest program(parsed, test_case, options_.unroll);
    if (program.failure()) return complain_of(*program.failure(), test_case.name);
    const CppNames names(program);
    const Test test{.file = file_,
                    .text = text_,
                    .shown_as = test_case.name,
                    .program = program,
                    .names = names,
                    .new_tally = [&](const Keep& keep) { return std::make_unique<CppTally>(program, keep); },
                    .diagnose =
                        [&](const std::set<Mistake>& mistakes) {
                          return error_text({mistakes.begin()->pos, mistakes.begin()->message}, file_, test_case.name);
                        },
                    .prepare_seconds = std::exchange(prepare_seconds_, 0),
                    .digest = context_.part ? md5(text_) : "",
                    .full_digest = parsed.digest()};
    const TestReport report = check_test(test, options_.format == Format::kDefault ? Format::kText : options_.format, deadline_, context_);
    if (program.failure()) return complain_of(*program.failure(), test_case.name);
    context_.out(report.out);
    print_error(report.err);
    if (report.trace && (!trace_ || (report.status == kViolation && trace_->status != kViolation))) trace_ = {report.status, *report.trace};
    return report.status;
  }

  const std::string& file_;
  const CheckContext& context_;
  const CheckOptions& options_;
  const std::optional<Clock::time_point> deadline_;
  std::string text_;            // of the file and what it takes
  double prepare_seconds_ = 0;  // of the file, told of its first test
  struct FoundTrace {
    int status;  // of the test
    std::string text;
  };
  std::optional<FoundTrace> trace_;  // of the first violated test; until there is one, of the first with something to show
};

}  // namespace

std::string error_text(const c::Error& error, const std::string& file, const std::string& test) {
  if (error.message.empty()) return {};
  const std::string where = test.empty() ? "" : test + ": ";
  const std::string place = error.pos.file != nullptr ? c::shown_path(error.pos.file) : error.file.empty() ? file : error.file;
  return fmt::format("{}:{}:{}: error: {}{}\n", place, std::max(error.pos.line, 1), std::max(error.pos.column, 1), where, error.message);
}

int check_c(const std::string& file, const CheckContext& context) { return CCheck(file, context).run(); }

}  // namespace lkmc
