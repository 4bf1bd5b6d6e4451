// SPDX-License-Identifier: Apache-2.0
// Gives a parsed model its meaning: resolves names, inlines functions, tells sets from relations, and builds the nodes.
//
// Names are resolved as in herd7: a definition hides what had its name before, for what follows it; what was defined
// earlier keeps the older meaning. So `let addr = carry-dep ; addr` is no recursion, and the prelude's `rfi` stays what
// it was when a model redefines `rf`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/model.h"
#include "src/model/source.h"

namespace lkmc::cat {

// Finds what `include "name"` in the file `from` means; nothing if there is no such file.
using IncludeReader = std::function<std::optional<Source>(const std::string& from, const std::string& name)>;

// The model of `files`, read one after the other (a bell file, then the cat file that gives the model its name).
// Throws ModelError.
[[nodiscard]] Model elaborate(std::vector<Source> files, const IncludeReader& include);

}  // namespace lkmc::cat
