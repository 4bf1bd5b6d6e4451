// Which markings would remove the races of a test, for people and as JSON.
#pragma once

#include <functional>
#include <string>

#include "src/oracle/advice.h"

namespace lkmc {

struct AdviceNames {
  std::function<std::string(const SourcePos&)> place;  // `vma.c:7`
  std::function<std::string(const SourcePos&)> file;   // `vma.c`
};

[[nodiscard]] std::string advice_text(const AllAdvice& advice, const AdviceJob& job, const AdviceNames& names);
// A JSON object (docs/command-line.md).
[[nodiscard]] std::string advice_json(const AllAdvice& advice, const AdviceJob& job, const AdviceNames& names);

}  // namespace lkmc
