// What a test in C says to lkmc. It looks like KUnit: functions, and a table of the tests that are made of them.
//
//	static struct message { int data; bool ready; } m;
//
//	static void writer(void) { WRITE_ONCE(m.data, 1); smp_store_release(&m.ready, true); }
//	static void reader(void)
//	{
//		if (smp_load_acquire(&m.ready))
//			CHECK_INVARIANT(READ_ONCE(m.data) == 1, "ready means there is data");
//	}
//
//	static struct lkmc_case cases[] = {
//		{ .name = "message_passing", .threads = { THREAD(writer), THREAD(reader) }, .expect = { HOLDS } },
//	};
//
// Before each test, all static variables have the values that they are initialised with.
#pragma once

#include <linux/bug.h>
#include <linux/compiler.h>

struct lkmc_thread {
	const char *name;
	void (*run)(void);
};

struct lkmc_expectation {
	int kind;
	const char *name;
};

struct lkmc_case {
	const char *name;
	void (*setup)(void);             // runs before the threads
	struct lkmc_thread threads[8];
	void (*finally)(void);           // looks at what the threads have left, and must not write
	struct lkmc_expectation expect[8];
};

#define THREAD(function) { #function, function }
#define NAMED_THREAD(name, function) { name, function }

// What a test is expected to show. Without expectations it passes if no property is violated, and no data race and no deadlock
// is found; with them, if all are met and nothing else is wrong.
#define HOLDS { 1 }
#define VIOLATED(message) { 2, message }
#define RACES { 3 }
#define DEADLOCKS { 4 }
#define REACHABLE(name) { 5, name }
#define UNREACHABLE(name) { 6, name }

// A property of every execution that gets here.
#define CHECK_INVARIANT(condition, message) lkmc_check(!!(condition), message)

// Whether some execution gets here with the condition true; in `finally`, of all.
void lkmc_reached(const char *name, int condition);
#define EXISTS(name, condition) lkmc_reached(name, !!(condition))

// Makes the value part of the final state that --states lists.
void lkmc_observe(const char *name, unsigned long value);
#define OBSERVE(name, value) lkmc_observe(name, (unsigned long)(value))
