// include/linux/refcount.h and kref.h: the last one to put a reference, and nobody else, destroys the object, after all
// that the others have done with it; and a reference is not taken once there is none. What destroys it are marked writes:
// refcount_dec_and_test() has smp_acquire__after_ctrl_dep() behind a relaxed read, and a control dependency orders no plain write for LKMM.
// The last test shows that.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/refcount_types.h, refcount_t)
#include KERNEL(include/linux/refcount.h, REFCOUNT_INIT, REFCOUNT_MAX, REFCOUNT_SATURATED, \
	enum refcount_saturation_type, refcount_set, refcount_read, __refcount_add_not_zero, __refcount_add, \
	__refcount_inc_not_zero, refcount_inc_not_zero, __refcount_inc, refcount_warn_saturate, refcount_inc, \
	__refcount_sub_and_test, __refcount_dec_and_test, refcount_dec_and_test)
#include KERNEL(include/linux/kref.h, struct kref, kref_init, kref_get, kref_put, kref_get_unless_zero)

void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	lkmc_check(0, "the count is saturated");
}

static struct object {
	struct kref refs;
	int data;
	int destroyed;
} object;

static void two_references(void)
{
	kref_init(&object.refs);
	kref_get(&object.refs);
}

static void destroy(struct kref *refs)
{
	struct object *o = container_of(refs, struct object, refs);

	WRITE_ONCE(o->destroyed, o->destroyed + 1);
	WRITE_ONCE(o->data, 0);
}

static void write_and_put(void)
{
	object.data = 1;
	kref_put(&object.refs, destroy);
}

static void destroy_plainly(struct kref *refs)
{
	container_of(refs, struct object, refs)->data = 0;
}

static void write_and_put_plainly(void)
{
	object.data = 1;
	kref_put(&object.refs, destroy_plainly);
}

static void just_put_plainly(void)
{
	kref_put(&object.refs, destroy_plainly);
}

static void just_put(void)
{
	kref_put(&object.refs, destroy);
}

static void get_and_put(void)
{
	if (!kref_get_unless_zero(&object.refs))
		return;
	kref_put(&object.refs, destroy);
}

static void destroyed_once(void)
{
	CHECK_INVARIANT(object.destroyed == 1, "the object is destroyed once");
	CHECK_INVARIANT(object.data == 0, "it is destroyed after all else");
}

static struct lkmc_case cases[] = {
	{
		.name = "the_last_put_destroys",
		.setup = two_references,
		.threads = { THREAD(write_and_put), THREAD(just_put) },
		.finally = destroyed_once,
		.expect = { HOLDS },
	},
	{
		.name = "no_reference_to_what_is_gone",
		.setup = two_references,
		.threads = { THREAD(just_put), NAMED_THREAD("other", just_put), THREAD(get_and_put) },
		.finally = destroyed_once,
		.expect = { HOLDS },
	},
	{
		.name = "plain_destruction",
		.setup = two_references,
		.threads = { THREAD(write_and_put_plainly), THREAD(just_put_plainly) },
		.expect = { RACES },
	},
	{}
};
