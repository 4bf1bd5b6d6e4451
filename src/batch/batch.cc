// SPDX-License-Identifier: Apache-2.0
#include "src/batch/batch.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <sstream>

#include "src/batch/lkmc_command.h"
#include "src/host/pool.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

// A compiler has no limit of its own, and lkmc check needs some time beside that of the exploration.
constexpr double kCompileSeconds = 600;
constexpr double kGrace = 20;
// How much more of time and memory a test gets that was inconclusive.
constexpr int kRetryFactor = 10;

bool is_litmus(std::string_view file) { return file.ends_with(".litmus"); }

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// The first line of `text` that says what is wrong, without the word `error`.
std::string first_error(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string first;
  for (std::string line; std::getline(lines, line);) {
    if (first.empty()) first = line;
    if (const std::size_t at = line.find("error: "); at != std::string::npos) return line.substr(at + std::strlen("error: "));
  }
  return first;
}

class Batch {
 public:
  Batch(const Options& options, const Expectations& expectations, std::vector<FoundFile> files, const Surroundings& surroundings)
      : options_(options), expectations_(expectations), surroundings_(surroundings), pool_(options.jobs) {
    for (FoundFile& file : files) files_.push_back(std::make_unique<File>(File{std::move(file), {}}));
    // What has to be compiled comes last: the others have their results by then.
    for (const auto& file : files_) {
      if (is_litmus(file->found.path) && file->found.error.empty()) add_test(*file, "", 1, {file->found.path});
    }
    for (const auto& file : files_) {
      if (!is_litmus(file->found.path) || !file->found.error.empty()) waiting_.push_back([this, f = file.get()] { list(*f); });
    }
  }

  std::vector<Record> run() {
    bool told = false;
    while (!pool_.is_idle() || (!waiting_.empty() && !is_over())) {
      while (!waiting_.empty() && pool_.has_room() && !is_over()) {
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        next();
      }
      if (surroundings_.interrupted && !told) {
        pool_.interrupt();
        told = true;
      }
      if (!pool_.is_idle()) pool_.wait();
      tell(nullptr);
    }
    std::vector<Record> records;
    for (const auto& file : files_) {
      // Of a file that was not compiled any more nobody knows the tests.
      if (file->tests.empty() && !file->is_listed && passes_filter(printable(file->found.path))) {
        records.push_back(record_of(*file, "", 1));
        records.back().message = why_not_run();
      }
      for (auto& test : file->tests) {
        if (test->outcome == Outcome::kNotRun && !options_.list) test->message = why_not_run();
        records.push_back(std::move(*test));
      }
    }
    return records;
  }

 private:
  struct File {
    FoundFile found;
    std::vector<std::unique_ptr<Record>> tests;
    bool is_listed = false;
  };

  [[nodiscard]] bool is_over() const { return surroundings_.interrupted || (options_.fail_fast && has_failed_); }
  [[nodiscard]] std::string why_not_run() const {
    return surroundings_.interrupted ? "the batch was interrupted" : "a test before it has failed";
  }

  [[nodiscard]] bool passes_filter(const std::string& id) const {
    return options_.filter.empty() || fnmatch(options_.filter.c_str(), id.c_str(), 0) == 0;
  }

  static Record record_of(const File& file, const std::string& name, int line) {
    const std::string path = printable(file.found.path);
    return {.id = name.empty() ? path : path + ':' + name,
            .file = file.found.path,
            .name = name.empty() ? file_name(path) : name,
            .line = line};
  }

  // Makes the record of a test, and puts it in the queue.
  void add_test(File& file, const std::string& name, int line, std::vector<std::string> made_of, std::string digest = {}) {
    Record record = record_of(file, name, line);
    record.files = std::move(made_of);
    record.digest = std::move(digest);
    if (!passes_filter(record.id)) return;
    Record* test = file.tests.emplace_back(std::make_unique<Record>(std::move(record))).get();
    ++known_;
    if (!options_.list) waiting_.push_back([this, test, name] { check(*test, name, 1); });
  }

  // A file whose tests cannot be known has one record that says so.
  void add_error(File& file, std::string message, std::string diagnostics, double seconds) {
    Record record = record_of(file, "", 1);
    if (!passes_filter(record.id)) return;
    record.outcome = Outcome::kError;
    record.message = std::move(message);
    record.diagnostics = std::move(diagnostics);
    record.seconds = seconds;
    ++known_;
    finish(*file.tests.emplace_back(std::make_unique<Record>(std::move(record))));
  }

  // --- the tests of a file in C++ or C ------------------------------------------------------------------------------------

  void list(File& file) {
    if (!file.found.error.empty()) {
      file.is_listed = true;
      return add_error(file, file.found.error, "", 0);
    }
    running_.push_back(printable(file.found.path));
    pool_.start({.words = lkmc_command("check", file.found.path, {"--list"}, options_, surroundings_),
                 .seconds = kCompileSeconds,
                 .bytes = {},
                 .done = [this, &file](CommandEnd end) { take_list(file, end); }});
  }

  void take_list(File& file, const CommandEnd& end) {
    std::erase(running_, printable(file.found.path));
    if (surroundings_.interrupted && has_failed(end)) return;
    file.is_listed = true;
    if (const std::string wrong = fault(end, kCompileSeconds); !wrong.empty()) return add_error(file, wrong, end.err, end.seconds);
    if (end.status != 0) return add_error(file, first_error(end.err), end.err, end.seconds);
    std::istringstream lines(end.out);
    for (std::string line; std::getline(lines, line);) {
      const Json test = Json::parse(line, nullptr, false);
      if (!test.is_object()) continue;
      add_test(file, test.value("name", ""), test.value("line", 1), test.value("files", std::vector<std::string>{}),
               test.value("digest", ""));
    }
  }

  // --- a test -------------------------------------------------------------------------------------------------------------

  // An interrupt may kill a process before it has got so far as to end by itself.
  static bool has_failed(const CommandEnd& end) { return end.status != 0 || end.signal != 0; }

  // How a process ended that did not end by itself; empty if it did.
  static std::string fault(const CommandEnd& end, double seconds) {
    if (!end.not_started.empty()) return "cannot start a process: " + end.not_started;
    if (end.too_late) return fmt::format("killed after {:.0f} s", seconds);
    if (end.too_much) return "killed for how much it printed";
    if (end.signal != 0) return fmt::format("killed by a signal: {}", strsignal(end.signal));
    return {};
  }

  void check(Record& test, const std::string& name, int factor) {
    if (factor == 1 && recall(test)) return explain(test, name);
    running_.push_back(test.id);
    const double seconds = options_.timeout * factor;
    const std::uint64_t mebibytes = static_cast<std::uint64_t>(options_.memory) * static_cast<std::uint64_t>(factor);
    start("check", {}, test, name, seconds, mebibytes,
          [this, &test, name, factor, seconds](const CommandEnd& end) { take_result(test, name, factor, seconds, end); });
  }

  void start(const char* command_name, std::vector<std::string> more, const Record& test, const std::string& name, double seconds,
             std::uint64_t mebibytes, std::function<void(const CommandEnd&)> done) {
    more.insert(more.end(), {"--timeout", fmt::format("{}", seconds), "--memory", std::to_string(mebibytes)});
    if (!name.empty()) more.insert(more.end(), {"--test", name});
    // A C++ test is limited by lkmc itself, since its compiler needs more than the test.
    const auto bytes = is_litmus(test.file) ? std::optional(mebibytes << 20) : std::nullopt;
    pool_.start({.words = lkmc_command(command_name, test.file, std::move(more), options_, surroundings_),
                 .seconds = 2 * seconds + kGrace,
                 .bytes = bytes,
                 .done = std::move(done)});
  }

  void take_result(Record& test, const std::string& name, int factor, double seconds, const CommandEnd& end) {
    std::erase(running_, test.id);
    test.seconds += end.seconds;
    test.diagnostics = end.err;
    test.details = Json::parse(end.out, nullptr, false);
    if (surroundings_.interrupted && has_failed(end)) {
      test.details = {};
      return finish(test);  // as not run
    }
    const std::string wrong = fault(end, 2 * seconds + kGrace);
    const bool has_result = wrong.empty() && test.details.is_object();
    const bool ran_out = wrong.empty() && !has_result && end.status == 3;
    if (!has_result) test.details = {};
    if (has_result) {
      judge(test);
    } else if (ran_out) {
      ran_out_of_time(test);
    } else {
      test.outcome = Outcome::kError;
      test.message = wrong.empty() ? first_error(end.err) : wrong;
    }
    if (test.outcome == Outcome::kInconclusive && options_.retry_inconclusive && factor == 1 && !is_over()) {
      waiting_.push_back([this, &test, name] { check(test, name, kRetryFactor); });
      return;
    }
    if (has_result || ran_out) remember(test);
    explain(test, name);
  }

  static void ran_out_of_time(Record& test) {
    test.outcome = Outcome::kInconclusive;
    test.message = "the time ran out";
  }

  void judge(Record& test) const {
    const auto from_file = expectations_.find(test.id);
    const std::string comment = is_litmus(test.file) && speaks_of_lkmm() ? result_comment(surroundings_.read(test.file)) : "";
    if (from_file != expectations_.end()) {
      batch::judge(test, Source::kFile, from_file->second);
    } else {
      batch::judge(test, comment.empty() ? Source::kNone : Source::kComment, comment);
    }
  }

  // --- what is known from before --------------------------------------------------------------------------------------------

  void keep(const std::string& key, const Json& found, Kept kept) const {
    surroundings_.remember(key, found.dump(-1, ' ', false, Json::error_handler_t::replace), kept);
  }

  // What is known under the key, if it has these members.
  [[nodiscard]] std::optional<Json> known(const std::string& key, Kept kept, std::initializer_list<const char*> members) const {
    const auto found = surroundings_.recall(key, kept);
    Json json = found ? Json::parse(*found, nullptr, false) : Json();
    const bool is_whole = json.is_object() && std::ranges::all_of(members, [&](const char* member) { return json.contains(member); });
    return is_whole ? std::optional(std::move(json)) : std::nullopt;
  }

  // A complete result is that whatever the limits were; another one is one of its limits.
  [[nodiscard]] std::string key_of(const Record& test, const std::string& digest, Kept kept) const {
    const std::string key = test.id + '\n' + digest;
    if (kept == Kept::kForGood) return key;
    return key + fmt::format("\n{} {} {}", options_.timeout, options_.memory, options_.retry_inconclusive);
  }

  // Whether the test need not be run: it is as it was, and so is all else that its result depends on.
  bool recall(Record& test) const {
    if (!options_.cache) return false;
    if (is_litmus(test.file)) test.digest = surroundings_.digest(surroundings_.read(test.file));
    if (test.digest.empty()) return false;
    for (const Kept kept : {Kept::kForGood, Kept::kUntilTheEnd}) {
      const auto found = known(key_of(test, test.digest, kept), kept, {"details", "diagnostics"});
      if (!found) continue;
      test.details = (*found)["details"];
      test.diagnostics = (*found)["diagnostics"];
      test.is_cached = true;
      if (test.details.is_object()) {
        judge(test);
      } else {
        ran_out_of_time(test);
      }
      return true;
    }
    return false;
  }

  // `lkmc check` says itself what the result depends on. What has ended without one has done so for its time.
  void remember(const Record& test) const {
    const std::string digest = test.details.is_object() ? test.details.value("digest", "") : test.digest;
    if (!options_.cache || digest.empty()) return;
    const bool is_complete = test.details.is_object() && test.details.value("complete", false);
    const Kept kept = is_complete ? Kept::kForGood : Kept::kUntilTheEnd;
    keep(key_of(test, digest, kept), {{"details", test.details}, {"diagnostics", printable(test.diagnostics)}}, kept);
  }

  // --- why a test has failed ------------------------------------------------------------------------------------------------

  [[nodiscard]] std::string key_of_explanation(const std::string& digest, const Record& test, Kept kept) const {
    return key_of(test, digest, kept) + (kept == Kept::kForGood ? "\nwhy" : fmt::format("\nwhy {}", options_.explain));
  }

  // Finishes the test; if it has failed, with the answers of `lkmc repair --why` among its details.
  void explain(Record& test, const std::string& name) {
    if (test.outcome != Outcome::kFailed || options_.explain == 0 || surroundings_.interrupted) return finish(test);
    has_failed_ = true;
    const std::string digest = test.details.value("digest", "");
    for (const Kept kept : {Kept::kForGood, Kept::kUntilTheEnd}) {
      const auto found =
          options_.cache && !digest.empty() ? known(key_of_explanation(digest, test, kept), kept, {"why", "repair"}) : std::nullopt;
      if (!found) continue;
      test.details.update(*found);
      return finish(test);
    }
    running_.push_back(test.id);
    start("repair", {"--why"}, test, name, options_.explain, static_cast<std::uint64_t>(options_.memory),
          [this, &test](const CommandEnd& end) { take_explanation(test, end); });
  }

  void take_explanation(Record& test, const CommandEnd& end) {
    std::erase(running_, test.id);
    const Json said = Json::parse(end.out, nullptr, false);
    Json answers{{"why", {{"complete", false}}}, {"repair", {{"complete", false}}}};
    bool is_complete = said.is_object();
    for (const char* key : {"why", "repair"}) {
      if (said.is_object() && said.contains(key)) answers[key] = said[key];
      is_complete = is_complete && answers[key].value("complete", false);
    }
    const std::string digest = said.is_object() ? said.value("digest", "") : "";
    test.details.update(answers);
    const Kept kept = is_complete ? Kept::kForGood : Kept::kUntilTheEnd;
    if (options_.cache && !digest.empty() && !surroundings_.interrupted) keep(key_of_explanation(digest, test, kept), answers, kept);
    finish(test);
  }

  // A comment says what the Linux-kernel memory model allows; of the other built-in models it says nothing.
  [[nodiscard]] bool speaks_of_lkmm() const { return options_.model != "sc" && options_.model != "tso" && options_.model != "pso"; }

  void finish(const Record& test) {
    ++done_;
    has_failed_ = has_failed_ || test.outcome == Outcome::kFailed || test.outcome == Outcome::kError;
    tell(&test);
  }

  void tell(const Record* last) const {
    if (surroundings_.on_progress) surroundings_.on_progress({.done = done_, .known = known_, .last = last, .running = running_});
  }

  const Options& options_;
  const Expectations& expectations_;
  const Surroundings& surroundings_;
  std::vector<std::unique_ptr<File>> files_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::string> running_;
  std::size_t done_ = 0, known_ = 0;
  bool has_failed_ = false;
  Pool pool_;  // last: what it runs refers to the rest
};

}  // namespace

std::vector<Record> run(const Options& options, const Expectations& expectations, std::vector<FoundFile> files,
                        const Surroundings& surroundings) {
  return Batch(options, expectations, std::move(files), surroundings).run();
}

}  // namespace lkmc::batch
