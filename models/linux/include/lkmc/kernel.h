// Takes declarations from the kernel tree that --tree names: functions, variables, macros, and structures, perhaps with some
// of their members only. They stand where the line stands, verbatim.
//
//	#include KERNEL(lib/llist.c, llist_add_batch)
//	#include KERNEL(include/linux/mm_types.h, struct vm_area_struct { vm_start vm_end vm_mm })
#pragma once

#define __KERNEL__ 1

#define KERNEL(file, ...) LKMC_TAKEN(__LINE__, file)
#define LKMC_TAKEN(line, file) <line/file>
