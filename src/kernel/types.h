// SPDX-License-Identifier: Apache-2.0
// The kernel's names of integer types (include/uapi/asm-generic/int-ll64.h): 64 bits are a long long, on every machine.
#pragma once

namespace lkmc {

using s8 = signed char;
using u8 = unsigned char;
using s16 = short;
using u16 = unsigned short;
using s32 = int;
using u32 = unsigned int;
using s64 = long long;
using u64 = unsigned long long;

}  // namespace lkmc
