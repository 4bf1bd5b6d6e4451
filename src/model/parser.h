// SPDX-License-Identifier: Apache-2.0
// Reads cat and bell files.
//
// The language is that of herd7's models. Operators, from loosest to tightest: `|`, `;`, `\`, `&`, `*` (product),
// `~`, then the postfix `+ * ? ^-1`, then application. A `*` is a product if an operand follows it and a closure
// otherwise, as in herd7, so that `r* ; s` needs no brackets and `A * B` is what it looks like.
// Constructs that compute over elements or choose between executions (`match`, `forall`, `with … from`, `++`, `fun`,
// procedures) are not supported; they are named in the error.
#pragma once

#include "src/model/ast.h"
#include "src/model/source.h"

namespace lkmc::cat {

// The result has marks into `source`, which must outlive it. Throws ModelError.
[[nodiscard]] CatFile parse_cat(const Source& source);

}  // namespace lkmc::cat
