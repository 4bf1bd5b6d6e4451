// SRCU. The checker knows what it does with the structure.
#pragma once

#include <linux/rcupdate.h>

struct srcu_struct {
	int readers;
};
int srcu_read_lock(struct srcu_struct *ssp);
void srcu_read_unlock(struct srcu_struct *ssp, int idx);
int srcu_down_read(struct srcu_struct *ssp);
void srcu_up_read(struct srcu_struct *ssp, int idx);
void synchronize_srcu(struct srcu_struct *ssp);
void synchronize_srcu_expedited(struct srcu_struct *ssp);
void smp_mb__after_srcu_read_unlock(void);
#define DEFINE_SRCU(name) struct srcu_struct name
#define DEFINE_STATIC_SRCU(name) static struct srcu_struct name
