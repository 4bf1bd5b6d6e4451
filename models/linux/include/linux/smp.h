// Which CPU a thread runs on: the first of a test on CPU 0, and so on.
#pragma once

#include <linux/compiler.h>

int lkmc_thread_number(void);
#define smp_processor_id() lkmc_thread_number()
#define raw_smp_processor_id() lkmc_thread_number()
