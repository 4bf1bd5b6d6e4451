// SPDX-License-Identifier: Apache-2.0
#include "src/c/kernel_tree.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <utility>

#include "src/host/cache_folder.h"
#include "src/host/command.h"
#include "src/host/digest.h"
#include "src/host/file.h"

namespace lkmc::c {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMarker = "KERNEL";

// The words of what stands in the parentheses; commas and braces are words of their own.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (const char c : text) {
    if (c == ',' || c == '{' || c == '}' || c == ';') {
      finish();
      words.emplace_back(1, c);
    } else if (std::isspace(static_cast<unsigned char>(c)) != 0 || c == '\\') {
      finish();
    } else {
      word += c;
    }
  }
  finish();
  return words;
}

// Not a path that leads out of it.
bool is_in_tree(const std::string& file) { return !file.starts_with('/') && file.find("..") == std::string::npos; }

Taking taking_of(std::string_view text, const SourcePos& pos, int last_line) {
  const std::vector<std::string> words = words_of(text);
  Taking taking{.pos = pos, .last_line = last_line, .file = {}, .wanted = {}};
  bool in_members = false;
  for (const std::string& word : words) {
    if (taking.file.empty()) {
      taking.file = word;
    } else if (word == "{" || word == "}") {
      in_members = word == "{";
    } else if (word == "," && !in_members) {
      taking.wanted.emplace_back();
    } else if (word == "," || word == ";") {
      continue;
    } else if (taking.wanted.empty()) {
      throw Error{pos, "a comma is missing behind " + taking.file};
    } else if (in_members) {
      taking.wanted.back().members.push_back(word);
    } else {
      std::string& name = taking.wanted.back().name;
      name += (name.empty() ? "" : " ") + word;
    }
  }
  if (taking.wanted.empty()) throw Error{pos, "KERNEL(FILE, NAME, …) says what is taken from the file"};
  return taking;
}

}  // namespace

std::vector<Taking> takings_of(std::string_view test) {
  std::vector<Taking> takings;
  int line = 1;
  for (std::size_t begin = 0; begin < test.size();) {
    const int first_line = line;
    std::size_t end = begin;
    // A backslash at its end continues a line.
    while (end < test.size() && (test[end] != '\n' || (end > begin && test[end - 1] == '\\'))) line += test[end++] == '\n' ? 1 : 0;
    const std::string_view text = test.substr(begin, end - begin);
    const int last_line = line++;
    begin = end + 1;
    std::istringstream words{std::string(text)};
    std::string directive, rest;
    words >> directive;
    if (directive != "#include") continue;
    std::getline(words, rest, '(');
    rest.erase(0, rest.find_first_not_of(" \t"));
    if (rest.substr(0, kMarker.size()) != kMarker) continue;
    const SourcePos pos{.line = first_line, .column = 1};
    const std::size_t open = text.find('('), close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos) throw Error{pos, "KERNEL( has no )"};
    takings.push_back(taking_of(text.substr(open + 1, close - open - 1), pos, last_line));
  }
  return takings;
}

namespace {

fs::path folder_to_work_in() {
  auto folder = work_folder();
  if (auto* wrong = std::get_if<std::string>(&folder)) throw Error{{}, std::move(*wrong)};
  return std::get<fs::path>(std::move(folder));
}

}  // namespace

KernelTree::KernelTree(std::string place, std::string patch_file, Stop stop)
    : folder_(std::move(place)), patch_file_(std::move(patch_file)), stop_(std::move(stop)) {
  const std::size_t at = folder_.rfind('@');
  std::error_code error;
  if (at != std::string::npos && !fs::exists(folder_, error)) {
    revision_ = folder_.substr(at + 1);
    folder_.resize(at);
  }
  if (!patch_file_.empty() && is_given()) apply_patch();
}

CommandResult KernelTree::run(const std::vector<std::string>& words) const {
  CommandResult result = run_command(words, Captured::kOut, stop_);
  if (result.is_stopped) throw Stopped{};
  return result;
}

std::optional<std::string> KernelTree::read_unpatched(const std::string& file) const {
  if (revision_.empty()) return content_of(fs::path(folder_) / file);
  CommandResult result = run({"git", "-C", folder_, "show", revision_ + ':' + file});
  return result.succeeded ? std::optional(std::move(result.output)) : std::nullopt;
}

std::optional<std::string> KernelTree::read(const std::string& file) const {
  if (!patched_.path.empty()) {
    if (auto content = content_of(fs::path(patched_.path) / file)) return content;
  }
  return read_unpatched(file);
}

// The files that the patch touches are copied to a folder, and changed there.
void KernelTree::apply_patch() {
  const auto patch = content_of(patch_file_);
  if (!patch) throw Error{{}, "cannot read the patch " + patch_file_};
  const fs::path cache = folder_to_work_in();
  const fs::path folder = cache / ("patch-" + Digest().add(*patch).add(place()).text() + '-' + std::to_string(getpid()));
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  std::istringstream lines(*patch);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("--- a/")) continue;
    const std::string file = line.substr(6, line.find_first_of("\t\r") - 6);
    const auto content = is_in_tree(file) ? read_unpatched(file) : std::nullopt;
    if (!content) continue;
    fs::create_directories((folder / file).parent_path(), error);
    if (!write_whole(folder / file, *content)) throw Error{{}, "cannot write to " + folder.string()};
  }
  patched_.path = folder.string();
  const CommandResult result = run({"patch", "--batch", "--forward", "--strip=1", "--no-backup-if-mismatch", "--directory=" + patched_.path,
                                    "--input=" + fs::absolute(patch_file_, error).string()});
  if (!result.succeeded) {
    std::string said = result.output;
    while (!said.empty() && said.back() == '\n') said.pop_back();
    std::replace(said.begin(), said.end(), '\n', ';');
    throw Error{{}, "the patch " + patch_file_ + " does not apply to " + place() + (said.empty() ? "" : ": " + said)};
  }
}

KernelTree::Folder::~Folder() {
  std::error_code error;
  if (!path.empty()) fs::remove_all(path, error);
}

KernelTree::Taken KernelTree::cut_out(const std::vector<Taking>& takings) const {
  std::vector<std::pair<fs::path, std::string>> files;
  Digest digest;
  for (const Taking& taking : takings) {
    const auto content = is_in_tree(taking.file) ? read(taking.file) : std::nullopt;
    if (!content) throw Error{taking.pos, "there is no " + taking.file + " in " + place()};
    auto result = cut(*content, taking.wanted);
    if (const auto* missing = std::get_if<NotThere>(&result)) {
      throw Error{taking.pos, taking.file + " of " + place() + " has no " + missing->name + "; has it moved?"};
    }
    std::string& text = std::get<std::string>(result);
    // The compiler calls the file by its name in the tree. The first line of a kernel file is a comment, so it is free.
    const std::size_t end = text.find('\n');
    if (end != std::string::npos && text.find_first_not_of(' ') >= end) text.replace(0, end, "#line 2 \"" + taking.file + '"');
    // The place in the test makes it unique: the same file may be taken from twice.
    const fs::path path = fs::path(std::to_string(taking.last_line)) / taking.file;
    digest.add(path.string()).add(text);
    files.emplace_back(path, std::move(text));
  }
  const fs::path cache = folder_to_work_in();
  const fs::path folder = cache / ("tree-" + digest.text());
  std::error_code error;
  mark_as_used(folder);
  for (const auto& [path, text] : files) {
    fs::create_directories((folder / path).parent_path(), error);
    if (!write_whole(folder / path, text)) throw Error{{}, "cannot write to " + folder.string()};
  }
  Taken taken{.folder = folder.string(), .text = {}};
  for (const auto& [path, text] : files) taken.text += text;
  return taken;
}

std::string shown_path(std::string_view path) {
  std::string_view rest = path_in_cache(path);
  if (rest.empty()) return std::string(path);
  const bool is_of_tree = rest.starts_with("tree-");
  for (int folders = is_of_tree ? 2 : 1; folders > 0; --folders) rest.remove_prefix(std::min(rest.find('/') + 1, rest.size()));
  return std::string(rest);
}

}  // namespace lkmc::c
