// SPDX-License-Identifier: Apache-2.0
// Finds the text of a model and of what it includes, and turns what goes wrong into a value.
#include "src/model/load.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "src/model/elaborate.h"
#include "src/model/embedded.h"
#include "src/model/source.h"

namespace lkmc {
namespace {

namespace fs = std::filesystem;

// A larger file is no model, and a device may have no end.
constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 20;

constexpr std::array<std::string_view, 5> kBuiltInModels = {"lkmm", "lkmm-hw", "sc", "tso", "pso"};

std::optional<std::string_view> embedded_text(std::string_view file) {
  for (const EmbeddedFile& embedded : embedded_models()) {
    if (embedded.name == file) return embedded.text;
  }
  return std::nullopt;
}

std::optional<cat::Source> read_embedded(const std::string&, const std::string& name) {
  const auto text = embedded_text(name);
  if (!text) return std::nullopt;
  return cat::Source{name, std::string(*text)};
}

// Why a file can be no model by its kind or size; empty if it may be one, or does not exist.
std::string why_no_model(const fs::path& path) {
  std::error_code ignored;
  const auto type = fs::status(path, ignored).type();
  if (type == fs::file_type::directory) return "it is a directory";
  if (type == fs::file_type::not_found || type == fs::file_type::none) return {};
  if (type != fs::file_type::regular) return "it is a pipe or a device, not a regular file";
  return fs::file_size(path, ignored) > kMaxBytes ? "it is larger than 1 MiB: not a model" : "";
}

std::optional<cat::Source> read_file(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored) || !why_no_model(path).empty()) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return cat::Source{path.string(), std::string(std::istreambuf_iterator<char>(in), {})};
}

std::optional<cat::Source> read_beside(const std::string& from, const std::string& name) {
  // Normalised, so that a circle of includes through `..` comes back to the name that it started from.
  return read_file((fs::path(from).parent_path() / name).lexically_normal());
}

std::variant<Model, ModelError> load(std::vector<cat::Source> files, const cat::IncludeReader& include) {
  try {
    return cat::elaborate(std::move(files), include);
  } catch (const ModelError& error) {
    return error;
  }
}

}  // namespace

std::span<const std::string_view> built_in_models() { return kBuiltInModels; }

std::optional<std::string_view> built_in_model_text(std::string_view name) {
  for (const std::string_view known : kBuiltInModels) {
    if (known == name) return embedded_text(std::string(name) + ".cat");
  }
  return std::nullopt;
}

std::variant<Model, ModelError> load_model(std::string_view name_or_path) {
  if (const auto text = built_in_model_text(name_or_path)) {
    return load({{std::string(name_or_path) + ".cat", std::string(*text)}}, read_embedded);
  }
  const fs::path path(name_or_path);
  std::vector<cat::Source> files;
  if (auto bell = read_file(fs::path(path).replace_extension(".bell")); bell && path.extension() == ".cat") {
    files.push_back(std::move(*bell));
  }
  auto cat = read_file(path);
  if (!cat) {
    if (std::string why = why_no_model(path); !why.empty()) return ModelError{std::string(name_or_path), 0, 0, std::move(why), ""};
    std::string known;
    for (const std::string_view name : kBuiltInModels) known += (known.empty() ? "" : ", ") + std::string(name);
    return ModelError{std::string(name_or_path), 0, 0, "no built-in model (" + known + ") and no file that can be read", ""};
  }
  files.push_back(std::move(*cat));
  return load(std::move(files), read_beside);
}

std::variant<Model, ModelError> load_model_text(std::string_view file, std::string_view text) {
  return load({{std::string(file), std::string(text)}}, read_beside);
}

}  // namespace lkmc
