// lib/llist.c, one thread that takes the first entry beside one that adds: what is taken is complete, and no entry is lost or taken twice.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/llist.h, struct llist_head, struct llist_node, llist_entry, llist_add_batch, llist_add)
#include KERNEL(lib/llist.c, llist_add_batch, llist_del_first)

struct work {
	struct llist_node node;
	int data;
};

static struct llist_head list;
static struct work old, new;
static struct llist_node *taken;

static void one_is_there(void)
{
	old.data = 1;
	(void)llist_add(&old.node, &list);
}

static void take_first(void)
{
	struct llist_node *node = llist_del_first(&list);

	CHECK_INVARIANT(llist_entry(node, struct work, node)->data, "a taken entry is complete");
	taken = node;
}

static void add(void)
{
	new.data = 2;
	(void)llist_add(&new.node, &list);
}

static void the_other_is_left(void)
{
	CHECK_INVARIANT(list.first == (taken == &old.node ? &new.node : &old.node), "who is not taken is there");
	CHECK_INVARIANT(!list.first->next, "who is taken is not there");
	EXISTS("the old entry is taken", taken == &old.node);
	EXISTS("the new entry is taken", taken == &new.node);
}

static struct lkmc_case cases[] = {
	{
		.name = "one_is_taken_and_one_is_added",
		.setup = one_is_there,
		.threads = { THREAD(take_first), THREAD(add) },
		.finally = the_other_is_left,
		.expect = { HOLDS, REACHABLE("the old entry is taken"), REACHABLE("the new entry is taken") },
	},
	{}
};
