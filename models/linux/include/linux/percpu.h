// Per-CPU variables. Each thread of a test runs on a CPU of its own, and is not preempted.
#pragma once

#include <linux/smp.h>

#define LKMC_CPUS 8
// One for each CPU.
#define DEFINE_PER_CPU(type, name) type name[LKMC_CPUS]
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU(type, name) extern type name[LKMC_CPUS]

#define per_cpu_ptr(ptr, cpu) (&(*(ptr))[cpu])
#define per_cpu(name, cpu) ((name)[cpu])
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())
#define raw_cpu_ptr(ptr) this_cpu_ptr(ptr)
#define this_cpu_read(name) READ_ONCE((name)[smp_processor_id()])
#define this_cpu_write(name, value) WRITE_ONCE((name)[smp_processor_id()], value)
#define __this_cpu_read(name) ((name)[smp_processor_id()])
#define __this_cpu_write(name, value) ((name)[smp_processor_id()] = (value))
