// lib/llist.c, lock-less lists: what is written to an entry before it is added is seen by who takes it off, and no entry is lost. What
// one thread takes with llist_del_first() another does not get with llist_del_all(). (Beside llist_add(): litmus/kernel-rounds.)
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/llist.h, struct llist_head, struct llist_node, llist_entry, llist_add_batch, \
	llist_add, llist_del_all)
#include KERNEL(lib/llist.c, llist_add_batch, llist_del_first)

struct work {
	struct llist_node node;
	int data;
};

static struct llist_head list;
static struct work first, second;
static struct llist_node *taken, *rest;

static void add_first(void)
{
	first.data = 1;
	llist_add(&first.node, &list);
}

static void add_second(void)
{
	second.data = 2;
	llist_add(&second.node, &list);
}

static void take_all(void)
{
	struct llist_node *node = llist_del_all(&list);

	for (; node; node = node->next)
		CHECK_INVARIANT(llist_entry(node, struct work, node)->data != 0, "a taken entry is initialised");
}

static void take_first(void)
{
	taken = llist_del_first(&list);
}

static void take_the_rest(void)
{
	rest = llist_del_all(&list);
}

static void both_are_there(void)
{
	CHECK_INVARIANT(list.first && list.first->next && !list.first->next->next, "no entry is lost");
}

static void two_are_there(void)
{
	(void)llist_add(&first.node, &list);
	(void)llist_add(&second.node, &list);
}

static void each_is_taken_once(void)
{
	CHECK_INVARIANT(!list.first, "the list is empty");
	CHECK_INVARIANT(taken ? taken == &second.node && rest == &first.node : rest == &second.node, "each entry is taken once");
	EXISTS("the first is taken alone", taken);
	EXISTS("the first is taken with the rest", !taken);
}

static struct lkmc_case cases[] = {
	{
		.name = "what_was_written_is_seen",
		.threads = { THREAD(add_first), THREAD(add_second), THREAD(take_all) },
		.expect = { HOLDS },
	},
	{
		.name = "no_entry_is_lost",
		.threads = { THREAD(add_first), THREAD(add_second) },
		.finally = both_are_there,
		.expect = { HOLDS },
	},
	{
		.name = "each_is_taken_once",
		.setup = two_are_there,
		.threads = { THREAD(take_first), THREAD(take_the_rest) },
		.finally = each_is_taken_once,
		.expect = { HOLDS, REACHABLE("the first is taken alone"), REACHABLE("the first is taken with the rest") },
	},
	{}
};
