// SPDX-License-Identifier: Apache-2.0
#include "src/cpp/load.h"

#include <dlfcn.h>

namespace lkmc::kernel {

std::string load_tests(const std::string& shared_object) {
  if (dlopen(shared_object.c_str(), RTLD_NOW | RTLD_LOCAL) != nullptr) return {};
  const char* error = dlerror();
  return error != nullptr ? error : "cannot be loaded";
}

}  // namespace lkmc::kernel
