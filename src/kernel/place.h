// SPDX-License-Identifier: Apache-2.0
// A location in shared memory that only the kernel's primitives access: a lock, an srcu_struct.
#pragma once

#include "src/kernel/shared.h"

namespace lkmc::kernel {

class Place {
 public:
  LKMC_INLINE Place() : location_(Run::current("a lock").new_location(this, Run::LocationKind::kLock)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  // For Thread, with the dependencies of the pointer that led here.
  [[nodiscard]] Value address() const { return Run::current("a lock").address(location_, this); }
  [[nodiscard]] Location location() const { return location_; }

 private:
  Location location_;
};

}  // namespace lkmc::kernel
