/*
 * Memory put by, in a process whose address space ends soon.
 */
#include "base/reserve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
test_without_a_limit_there_is_none(void **state)
{
	(void)state;
	assert_false(reserve_matters());
	reserve_put_by();
	free(reserve_malloc(1));
	assert_false(reserve_is_spent());
	assert_true(reserve_refill());
}

/* In a child; the line that failed is its exit code. */
#define CHECK(what)                                                            \
	if (!(what))                                                           \
	_exit(__LINE__)

#define MUCH ((size_t)65536)

/* All of malloc()'s, in a list. */
static void **
use_up(void)
{
	void **list = NULL;

	for (size_t size = MUCH; size >= sizeof(void *); size /= 2) {
		void **one;

		while ((one = malloc(size)) != NULL) {
			*one = list;
			list = one;
		}
	}
	return list;
}

static void
give_back(void **list)
{
	while (list != NULL) {
		void **next = *list;

		free(list);
		list = next;
	}
}

/* How often a little can still be had. */
static size_t
ask_often(size_t size)
{
	size_t times = 0;

	while (reserve_malloc(size) != NULL)
		times++;
	return times;
}

static void
run_out(void)
{
	void **all;

	CHECK(reserve_matters());
	reserve_put_by();
	all = use_up();
	CHECK(reserve_malloc(MUCH) == NULL);
	CHECK(!reserve_is_spent());
	CHECK(reserve_malloc(RESERVE_LITTLE_MAX) != NULL);
	CHECK(reserve_is_spent());
	CHECK(ask_often(RESERVE_LITTLE_MAX) > 200);
	CHECK(!reserve_refill());
	give_back(all);
	CHECK(reserve_is_spent());
	CHECK(reserve_malloc(MUCH) == NULL); /* though there is some again */
	CHECK(reserve_refill() && !reserve_is_spent());
	CHECK(reserve_malloc(MUCH) != NULL);
	_exit(0);
}

static void
test_it_is_for_those_who_ask_for_little(void **state)
{
	struct rlimit limit = {256 << 20, 256 << 20};
	pid_t child;
	int status;

	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip(); /* its own addresses are more than any limit */
#endif
	child = fork();
	if (child == 0) {
		CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
		run_out();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_without_a_limit_there_is_none),
	    cmocka_unit_test(test_it_is_for_those_who_ask_for_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
