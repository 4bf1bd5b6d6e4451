// SPDX-License-Identifier: Apache-2.0
#include "src/kcsan/profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "src/host/embedded.h"

namespace lkmc {

// Generated from models/kcsan.
[[nodiscard]] std::span<const EmbeddedFile> embedded_kcsan_profiles();

namespace {

constexpr std::string_view kExtension = ".config";
constexpr std::string_view kPrefix = "CONFIG_";

// What the compiler is, and whether it tells compound accesses from others (HAVE_KCSAN_COMPILER and below in lib/Kconfig.kcsan).
constexpr std::string_view kGcc = "CC_IS_GCC";
constexpr std::string_view kCompound = "CC_HAS_TSAN_COMPOUND_READ_BEFORE_WRITE";

bool is_about_kcsan(std::string_view name) { return name == "KCSAN" || name.starts_with("KCSAN_"); }

struct Setting {
  bool value;
  int line;
  int column;
};
// By name, without the prefix.
using Settings = std::map<std::string, Setting, std::less<>>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// One line of a .config: what it sets, if it is about KCSAN and of the kind yes or no.
std::optional<ProfileError> read_line(std::string_view line, int number, Settings& settings) {
  const std::string_view content = trimmed(line);
  const int column = content.empty() ? 1 : static_cast<int>(content.data() - line.data()) + 1;
  std::string_view name;
  bool value = false;
  if (content.starts_with('#')) {
    constexpr std::string_view kOff = " is not set";
    const std::string_view comment = trimmed(content.substr(1));
    if (!comment.starts_with(kPrefix) || !comment.ends_with(kOff)) return std::nullopt;
    name = comment.substr(0, comment.size() - kOff.size());
  } else if (!content.empty()) {
    const std::size_t equals = content.find('=');
    if (equals == std::string_view::npos || !content.starts_with(kPrefix)) {
      return ProfileError{number, column, "expected CONFIG_NAME=VALUE or # CONFIG_NAME is not set"};
    }
    name = content.substr(0, equals);
    const std::string_view text = content.substr(equals + 1);
    if (text != "y" && text != "n") {
      const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
      if (!name.starts_with("CONFIG_KCSAN") || is_number) return std::nullopt;
      return ProfileError{number, column + static_cast<int>(equals) + 1, fmt::format("{} is y or n", name)};
    }
    value = text == "y";
  } else {
    return std::nullopt;
  }
  name.remove_prefix(kPrefix.size());
  if (is_about_kcsan(name) || name == kGcc || name == kCompound) settings[std::string(name)] = {value, number, column};
  return std::nullopt;
}

class Resolver {
 public:
  explicit Resolver(const Settings& settings) : settings_(settings) {}

  // The value of an option that can be set only where `possible` holds, which `needs` tells in words.
  bool option(std::string_view name, bool initial, bool possible = true, std::string_view needs = "") {
    const auto found = settings_.find(name);
    if (found == settings_.end()) return possible && initial;
    if (possible) return found->second.value;
    if (found->second.value && !error_) {
      error_ = {found->second.line, found->second.column, fmt::format("CONFIG_{} needs {}", name, needs)};
    }
    return false;
  }
  [[nodiscard]] const std::optional<ProfileError>& error() const { return error_; }

 private:
  const Settings& settings_;
  std::optional<ProfileError> error_;
};

}  // namespace

std::vector<std::string> kcsan_profile_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_kcsan_profiles()) {
    names.emplace_back(file.name.substr(0, file.name.size() - kExtension.size()));
  }
  return names;
}

std::string_view kcsan_profile_text(std::string_view name) {
  for (const EmbeddedFile& file : embedded_kcsan_profiles()) {
    if (file.name.substr(0, file.name.size() - kExtension.size()) == name) return file.text;
  }
  return {};
}

std::variant<KcsanProfile, ProfileError> parse_kcsan_profile(std::string_view name, std::string_view text) {
  Settings settings;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    if (auto error = read_line(text.substr(at, end - at), ++number, settings)) return *error;
    at = end + 1;
  }
  const bool is_of_kcsan = std::any_of(settings.begin(), settings.end(), [](const auto& s) { return is_about_kcsan(s.first); });
  if (!is_of_kcsan) return ProfileError{1, 1, "no option of KCSAN: CONFIG_KCSAN=y is missing"};
  Resolver resolve(settings);
  if (!resolve.option("KCSAN", true)) {
    return ProfileError{settings.at("KCSAN").line, settings.at("KCSAN").column, "KCSAN is switched off"};
  }
  constexpr std::string_view kNotStrict = "that CONFIG_KCSAN_STRICT is not set";
  KcsanProfile p{.name = std::string(name)};
  p.strict = resolve.option("KCSAN_STRICT", false);
  p.weak_memory = resolve.option("KCSAN_WEAK_MEMORY", true, p.strict, "CONFIG_KCSAN_STRICT=y");
  p.value_change_only = resolve.option("KCSAN_REPORT_VALUE_CHANGE_ONLY", true, !p.strict, kNotStrict);
  p.plain_writes_atomic = resolve.option("KCSAN_ASSUME_PLAIN_WRITES_ATOMIC", true, !p.strict, kNotStrict);
  p.ignore_atomics = resolve.option("KCSAN_IGNORE_ATOMICS", false, !p.strict, kNotStrict);
  p.permissive = resolve.option("KCSAN_PERMISSIVE", false, p.value_change_only, "CONFIG_KCSAN_REPORT_VALUE_CHANGE_ONLY=y");
  p.report_unknown_origin = resolve.option("KCSAN_REPORT_RACE_UNKNOWN_ORIGIN", true);
  p.has_compound = resolve.option(kCompound, !resolve.option(kGcc, false));
  if (resolve.error()) return *resolve.error();
  return p;
}

}  // namespace lkmc
