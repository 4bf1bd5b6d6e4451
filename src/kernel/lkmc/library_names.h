// SPDX-License-Identifier: Apache-2.0
// Other names for functions of the C library that store or allocate, so that lkmc sees what they do (src/cpp/library.cc). It is compiled in
// front of a test: names can be given only to what is not declared yet.
#pragma once

#pragma redefine_extname memset lkmc_memset
#pragma redefine_extname memcpy lkmc_memcpy
#pragma redefine_extname memmove lkmc_memmove
#pragma redefine_extname mempcpy lkmc_mempcpy
#pragma redefine_extname bzero lkmc_bzero
#pragma redefine_extname strcpy lkmc_strcpy
#pragma redefine_extname strncpy lkmc_strncpy
#pragma redefine_extname stpcpy lkmc_stpcpy
#pragma redefine_extname strcat lkmc_strcat
#pragma redefine_extname strncat lkmc_strncat
#pragma redefine_extname sprintf lkmc_sprintf
#pragma redefine_extname snprintf lkmc_snprintf
#pragma redefine_extname vsprintf lkmc_vsprintf
#pragma redefine_extname vsnprintf lkmc_vsnprintf
#pragma redefine_extname malloc lkmc_malloc
#pragma redefine_extname calloc lkmc_calloc
#pragma redefine_extname realloc lkmc_realloc
#pragma redefine_extname aligned_alloc lkmc_aligned_alloc
#pragma redefine_extname strdup lkmc_strdup
#pragma redefine_extname strndup lkmc_strndup
#pragma redefine_extname free lkmc_free

// The compiler's own uses of them get these names only behind declarations.
#include <cstdio>
#include <cstdlib>
#include <cstring>
