// Per-CPU variables. Each thread of a test runs on a CPU of its own, and is not preempted.
#pragma once

#include <linux/smp.h>

// A test may say that it has fewer CPUs, before it includes anything.
#ifndef LKMC_CPUS
#define LKMC_CPUS 8
#endif

// One for each CPU.
#define DEFINE_PER_CPU(type, name) type name[LKMC_CPUS]
#define DEFINE_PER_CPU_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU(type, name) extern type name[LKMC_CPUS]

// That of a CPU, of a variable or of what a pointer leads to: with DEFINE_PER_CPU() that is all of them, and with a pointer that is kept
// in a structure the first. Nothing of the type is computed.
#define LKMC_IS_ONE(var) __builtin_types_compatible_p(typeof(var), typeof((void)0, (var)))
#define LKMC_FIRST(var) ((typeof(__builtin_choose_expr(LKMC_IS_ONE(var), &(var), ((void)0, (var)))))&(var))
#define per_cpu(var, cpu) (LKMC_FIRST(var)[cpu])
#define per_cpu_ptr(ptr, cpu) (&per_cpu(*(ptr), cpu))
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())
#define raw_cpu_ptr(ptr) this_cpu_ptr(ptr)
#define LKMC_THIS_CPU(var) (LKMC_FIRST(var)[smp_processor_id()])
#define this_cpu_read(var) READ_ONCE(LKMC_THIS_CPU(var))
#define this_cpu_write(var, value) WRITE_ONCE(LKMC_THIS_CPU(var), value)
#define __this_cpu_read(var) LKMC_THIS_CPU(var)
#define __this_cpu_write(var, value) (LKMC_THIS_CPU(var) = (value))
// One instruction, which orders nothing and is not atomic to other CPUs.
#define this_cpu_add(var, value) this_cpu_write(var, this_cpu_read(var) + (value))
#define this_cpu_sub(var, value) this_cpu_add(var, -(value))
#define this_cpu_inc(var) this_cpu_add(var, 1)
#define this_cpu_dec(var) this_cpu_add(var, -1)
#define __this_cpu_inc(var) ((void)LKMC_THIS_CPU(var)++)
#define __this_cpu_dec(var) ((void)LKMC_THIS_CPU(var)--)
// CPUs without a thread have what they had at first.
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < LKMC_CPUS; (cpu)++)
