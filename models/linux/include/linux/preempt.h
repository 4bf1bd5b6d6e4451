// Threads are not preempted, and there are no interrupts.
#pragma once

#include <linux/compiler.h>

#define preempt_disable() ((void)0)
#define preempt_enable() ((void)0)
#define preempt_disable_notrace() ((void)0)
#define preempt_enable_notrace() ((void)0)
#define preemptible() 1
#define in_interrupt() 0
#define in_nmi() 0
#define irqs_disabled() 0
#define local_irq_save(flags) ((void)((flags) = 0))
#define local_irq_restore(flags) ((void)(flags))
#define local_irq_disable() ((void)0)
#define local_irq_enable() ((void)0)
#define local_bh_disable() ((void)0)
#define local_bh_enable() ((void)0)
