// SPDX-License-Identifier: Apache-2.0
#include "src/batch/pages.h"

#include <fmt/format.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <utility>

#include "src/batch/lkmc_command.h"
#include "src/host/pool.h"

namespace lkmc::batch {
namespace {

namespace fs = std::filesystem;

// A compiler and a browser's page take some time beside that of the exploration.
constexpr double kGrace = 60;

// `litmus-mp.cc-reader`, with a number since that may stand for several.
std::string name_of_page(const Record& record, std::size_t number) {
  std::string name;
  for (const char c : record.id) name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' ? c : '-';
  constexpr std::size_t kLongest = 100;
  return fmt::format("{}-{}.html", name.size() > kLongest ? name.substr(name.size() - kLongest) : name, number);
}

class Pages {
 public:
  Pages(const std::string& folder, const Options& options, const Surroundings& surroundings)
      : folder_(folder), options_(options), surroundings_(surroundings), pool_(options.jobs) {}

  void make(std::vector<Record>& records) {
    for (std::size_t i = 0; i < records.size() && !surroundings_.interrupted; ++i) {
      if (records[i].outcome != Outcome::kFailed) continue;
      while (!pool_.has_room()) pool_.wait();
      trace(records[i], name_of_page(records[i], i + 1));
    }
    while (!pool_.is_idle()) pool_.wait();
  }

 private:
  void trace(Record& test, const std::string& page) {
    const std::string trace_file = (fs::path(folder_) / (page + ".json")).string();
    std::vector<std::string> more = {
        "--trace", trace_file, "--timeout", fmt::format("{}", options_.timeout), "--memory", std::to_string(options_.memory)};
    if (!test.file.ends_with(".litmus")) more.insert(more.end(), {"--test", test.name});
    pool_.start({.words = lkmc_command("check", test.file, std::move(more), options_, surroundings_),
                 .seconds = 2 * options_.timeout + kGrace,
                 .bytes = {},
                 .done = [this, &test, page, trace_file](const CommandEnd&) {
                   if (!surroundings_.interrupted && fs::exists(trace_file)) replay(test, page, trace_file);
                 }});
  }

  void replay(Record& test, const std::string& page, const std::string& trace_file) {
    std::vector<std::string> words = {surroundings_.lkmc, "replay", "--format", "html", "--timeout", fmt::format("{}", options_.timeout)};
    const std::vector<std::string> tree = tree_options(test.file, options_, surroundings_);
    words.insert(words.end(), tree.begin(), tree.end());
    words.insert(words.end(), {"--", trace_file});
    pool_.start({.words = std::move(words),
                 .seconds = 2 * options_.timeout + kGrace,
                 .bytes = {},
                 .done = [this, &test, page, trace_file](const CommandEnd& end) {
                   std::error_code error;
                   fs::remove(trace_file, error);
                   if (end.out.empty()) return;
                   std::ofstream out(fs::path(folder_) / page, std::ios::binary);
                   out << end.out;
                   out.close();
                   if (out) test.page = page;
                 }});
  }

  const std::string& folder_;
  const Options& options_;
  const Surroundings& surroundings_;
  Pool pool_;
};

}  // namespace

std::string folder_of_pages(const std::string& report) { return fs::path(report).replace_extension(".pages").string(); }

void make_pages(std::vector<Record>& records, const std::string& folder, const Options& options, const Surroundings& surroundings) {
  Pages(folder, options, surroundings).make(records);
}

}  // namespace lkmc::batch
