// SPDX-License-Identifier: Apache-2.0
// The built-in models are the files of models/, under the names that `--model` takes.
#include "src/model/embedded.h"

#include <doctest/doctest.h>

#include <algorithm>

TEST_CASE("built-in models are named relative to models/ and ordered by name") {
  const auto models = lkmc::embedded_models();
  CHECK(std::ranges::is_sorted(models, {}, &lkmc::EmbeddedFile::name));
  for (const lkmc::EmbeddedFile& model : models) {
    CAPTURE(model.name);
    CHECK_FALSE(model.name.starts_with("models/"));
    CHECK(model.name.ends_with(".cat"));
    CHECK_FALSE(model.text.empty());
  }
}
