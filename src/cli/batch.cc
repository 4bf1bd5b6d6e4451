// SPDX-License-Identifier: Apache-2.0
// `lkmc batch`: finds the tests, has them run, and writes the reports; `lkmc compare`: two of these beside each other.
#include "src/cli/batch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "src/batch/batch.h"
#include "src/batch/compare.h"
#include "src/batch/find.h"
#include "src/batch/formats.h"
#include "src/batch/pages.h"
#include "src/batch/patch.h"
#include "src/batch/progress.h"
#include "src/c/history.h"
#include "src/c/kernel_tree.h"
#include "src/cli/bisect.h"
#include "src/cli/cache.h"
#include "src/cli/check.h"
#include "src/cli/digest.h"
#include "src/cli/exit_status.h"
#include "src/cli/options.h"
#include "src/cli/output.h"
#include "src/host/cache_folder.h"
#include "src/host/digest.h"
#include "src/host/file.h"
#include "src/host/terminal.h"
#include "src/model/load.h"
#include "src/report/diagnostic.h"

namespace lkmc {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// The program that runs, even if its file has been replaced meanwhile.
constexpr const char* kThisProgram = "/proc/self/exe";

int complain(const std::string& text) {
  print_error(text);
  return kError;
}

int write(const std::string& file, const std::string& text) {
  const std::string error = write_file(file, text);
  return error.empty() ? kSuccess : complain(fmt::format("{}: error: {}\n", file, error));
}

}  // namespace

int write_reports(const std::vector<batch::WantedReport>& reports, const batch::Report& report) {
  int status = kSuccess;
  for (const batch::WantedReport& wanted : reports) {
    for (const batch::Format& format : batch::kFormats) {
      if (format.name == wanted.format) status = graver(status, write(wanted.file, format.write(report)));
    }
  }
  return status;
}

std::optional<batch::Results> read_batch(const std::string& file) {
  const auto text = read_file(file, kMaxResults);
  if (const auto* error = std::get_if<FileError>(&text)) {
    (void)complain(fmt::format("{}: error: {}\n", file, error->message));
    return std::nullopt;
  }
  auto results = batch::read_results(std::get<std::string>(text));
  if (const auto* error = std::get_if<batch::ResultsError>(&results)) {
    (void)complain(fmt::format("{}:{}:1: error: {}\n", file, error->line, error->message));
    return std::nullopt;
  }
  return std::get<batch::Results>(std::move(results));
}

namespace {

// The same, of a whole batch.
std::optional<std::vector<batch::Record>> read_whole_batch(const std::string& file) {
  auto results = read_batch(file);
  if (!results) return std::nullopt;
  if (results->part) {
    (void)complain(fmt::format("{}:1:1: error: these are the results of shard {}/{}; lkmc merge puts them together\n", file,
                               results->part->shard.index + 1, results->part->shard.count));
    return std::nullopt;
  }
  return std::move(results->records);
}

class BatchCommand {
 public:
  explicit BatchCommand(const batch::Options& options) : options_(options) {}

  int run() {
    if (const int status = prepare(); status != kSuccess) return status;
    const auto start = Clock::now();
    std::vector<batch::Record> records =
        range_ ? run_tests_at(range_->after, batch::find_files(options_.paths)) : run_tests(files_to_run());
    if (records.empty() && !part_) {
      return complain(options_.filter.empty() ? fmt::format("lkmc: error: there is no test in {}\n", fmt::join(options_.paths, ", "))
                                              : fmt::format("lkmc: error: no test fits --filter {}\n", options_.filter));
    }
    if (options_.list) return list(records);
    if (!options_.patch.empty()) {
      auto after = options_.tree.empty() ? run_patched(records) : run_on_patched_tree(records);
      if (const auto* error = std::get_if<batch::PatchError>(&after)) return complain(error->message);
      before_ = std::exchange(records, std::get<std::vector<batch::Record>>(std::move(after)));
    }
    if (range_) before_ = run_tests_at(range_->before, batch::find_files(options_.paths));
    const bool compares = !options_.patch.empty() || !options_.baseline.empty() || range_;
    auto comparison = compares ? batch::compare(before_, records) : std::vector<batch::Compared>();
    if (range_) {
      const auto run = [this](const std::string& commit, std::vector<batch::FoundFile> files) {
        return run_tests_at(commit, std::move(files));
      };
      try {
        find_commits(
            options_.tree, *range_, run, [this] { return interrupted_.load(); }, comparison);
      } catch (const c::Error& error) {
        return complain(fmt::format("lkmc: error: {}\n", error.message));
      } catch (const c::Stopped&) {
        return complain("lkmc: error: interrupted while it looked for commits\n");
      }
    }
    const batch::Report report{.records = records,
                               .model = options_.model,
                               .seconds = std::chrono::duration<double>(Clock::now() - start).count(),
                               .part = part_,
                               .pages = fs::path(pages_).filename().string(),
                               .comparison = comparison};
    forget_what_is_uncertain();
    print(batch::text_report(report));
    const int status = compares ? batch::exit_status(comparison, options_.reachable_is_worse) : batch::exit_status(records);
    const int written =
        options_.write_expectations.empty() ? kSuccess : write(options_.write_expectations, batch::expectations_text(report.records));
    return graver(graver(status, written), write_reports(options_.reports, report));
  }

 private:
  // What can be wrong before the first test runs.
  int prepare() {
    for (const batch::WantedReport& wanted : options_.reports) {
      if (wanted.format != "html") continue;
      // From wherever the tests run.
      pages_ = fs::absolute(batch::folder_of_pages(wanted.file)).string();
      std::error_code error;
      fs::create_directories(pages_, error);
      if (error) return complain(fmt::format("{}: error: {}\n", pages_, error.message()));
    }
    const auto model = load_model(options_.model);
    if (const auto* error = std::get_if<ModelError>(&model)) return complain(model_error_text(*error));
    model_digest_ = digest_of(std::get<Model>(model));
    lkmc_digest_ = digest_of_lkmc();
    if (!options_.patch.empty() && !options_.tree.empty()) {
      try {
        const c::KernelTree applies(options_.tree, options_.patch, [] { return false; });
      } catch (const c::Error& error) {
        return complain(fmt::format("{}:1:1: error: {}\n", options_.patch, error.message));
      }
    } else if (!options_.patch.empty()) {
      for (const std::string& path : options_.paths) {
        const std::string normal = fs::path(path).lexically_normal().string();
        if (!normal.starts_with('/') && !normal.starts_with("..")) continue;
        return complain(fmt::format("lkmc: error: --patch is for tests below the current folder, not {}\n", path));
      }
    }
    if (!options_.bisect.empty()) {
      const auto wrong = [&](std::string_view what) { return complain(fmt::format("lkmc: error: --bisect{}\n", what)); };
      range_ = commit_range(options_.bisect);
      if (!range_) return wrong(fmt::format(": {} is no range of commits A..B", options_.bisect));
      if (options_.tree.empty()) return wrong(" needs --tree, a git repository");
      std::error_code error;
      if (!fs::is_directory(options_.tree, error)) return wrong(": --tree names a repository, without a revision");
      if (!options_.patch.empty() || !options_.baseline.empty() || !options_.shard.is_whole()) {
        return wrong(": does not go with --patch, --baseline or --shard");
      }
      try {
        const c::History history(options_.tree, {}, [this] { return interrupted_.load(); });
        for (std::string* revision : {&range_->before, &range_->after}) *revision = history.commit(*revision);
      } catch (const c::Error& e) {
        return complain(fmt::format("lkmc: error: {}\n", e.message));
      }
    }
    if (!options_.baseline.empty()) {
      auto results = read_whole_batch(options_.baseline);
      if (!results) return kError;
      before_ = std::move(*results);
    }
    if (options_.expectations.empty()) return kSuccess;
    const auto text = read_file(options_.expectations);
    if (const auto* error = std::get_if<FileError>(&text)) {
      return complain(fmt::format("{}: error: {}\n", options_.expectations, error->message));
    }
    auto read = batch::read_expectations(std::get<std::string>(text));
    if (const auto* error = std::get_if<batch::ExpectationError>(&read)) {
      return complain(fmt::format("{}:{}:1: error: {}\n", options_.expectations, error->line, error->message));
    }
    expectations_ = std::get<batch::Expectations>(std::move(read));
    return kSuccess;
  }

  // All files, or every Nth of them: the first shard has the first one.
  [[nodiscard]] std::vector<batch::FoundFile> files_to_run() {
    std::vector<batch::FoundFile> files = batch::find_files(options_.paths);
    const Shard& shard = options_.shard;
    if (shard.is_whole()) return files;
    std::string asked = fmt::format("{} {} {} {} {} {} {}\n", lkmc_digest_, model_digest_, options_.unroll, options_.timeout,
                                    options_.memory, options_.retry_inconclusive, options_.filter);
    std::vector<batch::FoundFile> ours;
    for (std::size_t i = 0; i < files.size(); ++i) {
      asked += files[i].path + '\n';
      if (i % shard.count == shard.index) ours.push_back(std::move(files[i]));
    }
    part_ = {shard, md5(asked)};
    return ours;
  }

  // What names a result in the cache. Besides what the test depends on that is lkmc, and what the model is called in it.
  [[nodiscard]] std::string named(const std::string& key, batch::Kept kept) {
    std::string name = md5(fmt::format("{}\n{}\n{}", lkmc_digest_, options_.model, key));
    if (kept == batch::Kept::kUntilTheEnd) until_the_end_.insert(name);
    return name;
  }

  // A batch that has come to its end has not to be gone on with.
  void forget_what_is_uncertain() {
    if (interrupted_) return;
    for (const std::string& name : until_the_end_) cache_.remove(name);
  }

  // Of these files, the tests in C at a commit of the kernel tree.
  [[nodiscard]] std::vector<batch::Record> run_tests_at(const std::string& commit, std::vector<batch::FoundFile> files) {
    std::erase_if(files, [](const batch::FoundFile& f) { return !is_c(f.path); });
    batch::Options options = options_;
    options.tree += '@' + commit;
    return run_tests_as(options, std::move(files), false);
  }

  [[nodiscard]] std::vector<batch::Record> run_tests(std::vector<batch::FoundFile> files, bool patches_tree = false) {
    return run_tests_as(options_, std::move(files), patches_tree);
  }

  [[nodiscard]] std::vector<batch::Record> run_tests_as(const batch::Options& options, std::vector<batch::FoundFile> files,
                                                        bool patches_tree) {
    batch::ProgressPrinter progress(isatty(STDERR_FILENO) != 0);
    const batch::Surroundings surroundings{
        .lkmc = kThisProgram,
        .read =
            [](const std::string& path) {
              const auto content = read_test(path);
              const auto* text = std::get_if<std::string>(&content);
              return text == nullptr ? std::string() : *text;
            },
        .interrupted = interrupted_,
        .patches_tree = patches_tree,
        .on_progress =
            [&](const batch::Progress& p) {
              if (!options_.list) progress.show(p);
            },
        .digest = [&](const std::string& text) { return digest_of_results(md5(text), model_digest_, options_.unroll); },
        .recall = [&](const std::string& key, batch::Kept kept) { return cache_.find(named(key, kept)); },
        .remember = [&](const std::string& key, const std::string& found, batch::Kept kept) { cache_.store(named(key, kept), found); }};
    std::vector<batch::Record> records = batch::run(options, expectations_, std::move(files), surroundings);
    if (!pages_.empty() && !options_.list) batch::make_pages(records, pages_, options, surroundings);
    return records;
  }

  using Patched = std::variant<std::vector<batch::Record>, batch::PatchError>;

  // The tests with the kernel tree patched: those in C are run again, the others are as before.
  [[nodiscard]] Patched run_on_patched_tree(const std::vector<batch::Record>& before) {
    std::vector<batch::FoundFile> files = batch::find_files(options_.paths);
    std::erase_if(files, [](const batch::FoundFile& f) { return !is_c(f.path); });
    std::map<std::string, std::vector<batch::Record>> by_file;
    for (batch::Record& r : run_tests(std::move(files), true)) by_file[r.file].push_back(std::move(r));
    for (const batch::Record& r : before) {
      if (!is_c(r.file)) by_file[r.file].push_back(r);
    }
    return joined(std::move(by_file));
  }

  static std::vector<batch::Record> joined(std::map<std::string, std::vector<batch::Record>> by_file) {
    std::vector<batch::Record> all;
    for (auto& [file, records] : by_file) std::move(records.begin(), records.end(), std::back_inserter(all));
    return all;
  }

  // The tests with the patch: those that it touches are run in a copy of the current folder, the others are as before.
  [[nodiscard]] Patched run_patched(const std::vector<batch::Record>& before) {
    auto made = batch::patched_copy(options_.patch);
    if (auto* error = std::get_if<batch::PatchError>(&made)) return std::move(*error);
    const auto& copy = std::get<batch::PatchedCopy>(made);
    const fs::path here = fs::current_path();
    fs::current_path(copy.folder);
    // A new file may be found in another one's place by an #include, and models include each other.
    const bool all = copy.has_new_files || std::any_of(copy.changed.begin(), copy.changed.end(), [](const std::string& file) {
                       return file.ends_with(".cat") || file.ends_with(".bell");
                     });
    const auto is_touched = [&](const std::string& file) { return copy.changed.contains(fs::path(file).lexically_normal().string()); };
    std::set<std::string> untouched;  // files
    for (const batch::Record& r : before) {
      const bool known = !r.files.empty() && r.outcome != batch::Outcome::kNotRun;
      if (!all && known && std::none_of(r.files.begin(), r.files.end(), is_touched)) untouched.insert(r.file);
    }
    std::vector<batch::FoundFile> files = batch::find_files(options_.paths);
    std::map<std::string, std::vector<batch::Record>> by_file;
    std::erase_if(files, [&](const batch::FoundFile& f) { return untouched.contains(f.path); });
    for (batch::Record& r : run_tests(std::move(files))) by_file[r.file].push_back(std::move(r));
    for (const batch::Record& r : before) {
      if (untouched.contains(r.file)) by_file[r.file].push_back(r);
    }
    fs::current_path(here);
    batch::remove_copy(copy);
    return joined(std::move(by_file));
  }

  static int list(const std::vector<batch::Record>& records) {
    std::string out;
    for (const batch::Record& r : records) {
      if (r.outcome == batch::Outcome::kError) {
        print_error(r.diagnostics.empty() ? fmt::format("{}: error: {}\n", r.id, r.message) : r.diagnostics);
      } else {
        out += r.id + '\n';
      }
    }
    print(out);
    return batch::count(records, batch::Outcome::kError) > 0 ? kError : kSuccess;
  }

  const batch::Options& options_;
  const std::atomic<bool>& interrupted_ = catch_interrupt({SIGINT, SIGTERM});
  batch::Expectations expectations_;
  std::string model_digest_, lkmc_digest_;
  std::string pages_;  // the folder for the pages of the HTML report; empty if none is wanted
  ResultCache cache_{cache_folder()};
  std::set<std::string> until_the_end_;     // names of results: see Kept
  std::optional<CommitRange> range_;        // of --bisect, in full
  std::optional<batch::PartOfBatch> part_;  // if it is a shard
  std::vector<batch::Record> before_;       // of an earlier batch, or without the patch
};

}  // namespace

int run_compare(const CompareOptions& options) {
  const auto before = read_whole_batch(options.before);
  const auto after = read_whole_batch(options.after);
  if (!before || !after) return kError;
  const auto all = batch::compare(*before, *after);
  print(options.markdown ? batch::comparison_markdown(all) : batch::comparison_text(all));
  return batch::exit_status(all, options.reachable_is_worse);
}

int run_batch(const batch::Options& options) { return BatchCommand(options).run(); }

}  // namespace lkmc
