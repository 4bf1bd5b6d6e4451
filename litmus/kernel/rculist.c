// include/linux/rculist.h: who goes through a list finds entries that are complete, and none that is gone, while others add and remove.
// The pointers to the next entry are the ones that readers follow: those that add publish them with a release, and who
// removes leaves the pointer of the removed entry, and waits for a grace period before it is freed.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define __list_add_valid(new, prev, next) true
#define __list_del_entry_valid(entry) true

#include KERNEL(include/linux/list.h, __list_del_entry)
#include KERNEL(include/linux/rculist.h, list_next_rcu, check_arg_count_one, __list_check_rcu, __list_add_rcu, list_add_rcu, \
	list_add_tail_rcu, list_del_rcu, list_replace_rcu, list_entry_rcu, list_for_each_entry_rcu)

struct item {
	struct list_head list;
	int data;
	int freed;
};

static LIST_HEAD(list);
static struct item old = { .data = 1 }, new;

static void has_one_entry(void)
{
	list_add_rcu(&old.list, &list);
}

static void walk(void)
{
	struct item *item;

	rcu_read_lock();
	list_for_each_entry_rcu(item, &list, list) {
		CHECK_INVARIANT(item->data, "an entry is complete");
		CHECK_INVARIANT(!READ_ONCE(item->freed), "an entry is there as long as somebody looks at it");
		EXISTS("the old entry is found", item == &old);
		EXISTS("the new entry is found", item == &new);
	}
	rcu_read_unlock();
}

static void add(void)
{
	new.data = 2;
	list_add_rcu(&new.list, &list);
}

static void remove(void)
{
	list_del_rcu(&old.list);
	synchronize_rcu();
	WRITE_ONCE(old.freed, 1);
}

static void replace(void)
{
	new.data = 2;
	list_replace_rcu(&old.list, &new.list);
	synchronize_rcu();
	WRITE_ONCE(old.freed, 1);
}

static struct lkmc_case cases[] = {
	{
		.name = "walk_and_add",
		.setup = has_one_entry,
		.threads = { THREAD(walk), THREAD(add) },
		.expect = { HOLDS, REACHABLE("the old entry is found"), REACHABLE("the new entry is found") },
	},
	{
		.name = "walk_and_remove",
		.setup = has_one_entry,
		.threads = { THREAD(walk), THREAD(remove) },
		.expect = { HOLDS, REACHABLE("the old entry is found"), UNREACHABLE("the new entry is found") },
	},
	{
		.name = "walk_and_replace",
		.setup = has_one_entry,
		.threads = { THREAD(walk), THREAD(replace) },
		.expect = { HOLDS, REACHABLE("the old entry is found"), REACHABLE("the new entry is found") },
	},
	{}
};
