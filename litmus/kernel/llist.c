// lib/llist.c, lock-less lists: what is written to an entry before it is added is seen by who takes it off, no entry is lost,
// and only one thread at a time may delete single entries, as the comment in include/linux/llist.h says.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/llist.h, struct llist_head, struct llist_node, llist_entry, llist_add_batch, \
	llist_del_first, llist_add, llist_del_all)
#include KERNEL(lib/llist.c, llist_add_batch, llist_del_first)

struct work {
	struct llist_node node;
	int data;
};

static struct llist_head list;
static struct work first, second;

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

static void take_one(void)
{
	struct llist_node *node = llist_del_first(&list);

	if (node)
		CHECK_INVARIANT(llist_entry(node, struct work, node)->data != 0, "a taken entry is initialised");
}

static void both_are_there(void)
{
	CHECK_INVARIANT(list.first && list.first->next && !list.first->next->next, "no entry is lost");
}

// Two deleters: one finds the list as it was, although entries have gone and come back.
static void fill(void)
{
	list.first = &first.node;
	first.node.next = &second.node;
}

static int deleted_second;

static void delete_one(void)
{
	llist_del_first(&list);
}

static void delete_both_and_add_one(void)
{
	struct llist_node *a = llist_del_first(&list);
	struct llist_node *b = llist_del_first(&list);

	if (b == &second.node)
		deleted_second = 1;
	if (a == &first.node && b)
		llist_add(a, &list);
}

static void nothing_comes_back(void)
{
	CHECK_INVARIANT(!(deleted_second && list.first == &second.node), "what was deleted is not in the list");
}

static struct lkmc_case cases[] = {
	{
		.name = "what_was_written_is_seen",
		.threads = { THREAD(add_first), THREAD(add_second), THREAD(take_all) },
		.expect = { HOLDS },
	},
	{
		.name = "one_deleter",
		.threads = { THREAD(add_first), THREAD(add_second), THREAD(take_one) },
		.expect = { HOLDS },
	},
	{
		.name = "no_entry_is_lost",
		.threads = { THREAD(add_first), THREAD(add_second) },
		.finally = both_are_there,
		.expect = { HOLDS },
	},
	{
		.name = "two_deleters",
		.setup = fill,
		.threads = { THREAD(delete_one), THREAD(delete_both_and_add_one) },
		.finally = nothing_comes_back,
		.expect = { VIOLATED("what was deleted is not in the list") },
	},
	{}
};
