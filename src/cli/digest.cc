// SPDX-License-Identifier: Apache-2.0
#include "src/cli/digest.h"

#include <fmt/format.h>

#include <variant>

#include "src/host/digest.h"
#include "src/host/file.h"

namespace lkmc {
namespace {

constexpr std::size_t kMaxProgram = std::size_t{1} << 30;

std::string text_of(const std::string& file, std::size_t max_bytes = kMaxFile) {
  const auto content = read_file(file, max_bytes);
  const auto* text = std::get_if<std::string>(&content);
  return text != nullptr ? *text : "it cannot be read";
}

}  // namespace

std::string digest_of_lkmc() { return md5(text_of("/proc/self/exe", kMaxProgram)); }

std::string digest_of(const Model& model) {
  std::string text = fmt::format("{} {}\n", model.name, static_cast<int>(model.rmw_style));
  for (const Node& n : model.nodes) text += fmt::format("{} {} {} {}\n", static_cast<int>(n.op), n.a, n.b, n.index);
  for (const Fixpoint& f : model.fixpoints) text += fmt::format("{} = {}\n", fmt::join(f.variables, " "), fmt::join(f.bodies, " "));
  for (const Axiom& a : model.axioms) {
    text += fmt::format("{} {} {} {} {}\n", static_cast<int>(a.test), a.negated, a.is_flag, a.node, a.name);
  }
  return md5(text);
}

std::string digest_of_results(const std::string& test, const std::string& model, int unroll) {
  return md5(fmt::format("{} {} {}", test, model, unroll));
}

std::string digest_of_files(const std::vector<std::string>& files) {
  std::string digests;
  for (const std::string& file : files) digests += md5(text_of(file));
  return md5(digests);
}

}  // namespace lkmc
