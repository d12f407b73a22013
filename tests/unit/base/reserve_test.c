/*
 * Memory put by, in a process whose address space ends soon.
 */
#include "base/reserve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define MIB ((size_t)1024 * 1024)

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

static void *used; /* 64 MiB of it */

/* Takes addresses until none are left. */
static void
use_up(void)
{
	for (size_t size = 64 * MIB; size >= 4096; size /= 2)
		for (;;) {
			void *at = mmap(NULL, size, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

			if (at == MAP_FAILED)
				break;
			if (used == NULL)
				used = at;
		}
}

/* In a child; the line that failed is its exit code. */
#define CHECK(what)                                                            \
	if (!(what))                                                           \
	_exit(__LINE__)

#define MUCH (RESERVE_LITTLE_MAX + 1)

static void
run_out(void)
{
	void *one, *another;

	CHECK(reserve_matters());
	reserve_put_by();
	use_up();
	while (malloc(16) != NULL)
		continue;
	CHECK(reserve_malloc(MUCH) == NULL);
	CHECK(!reserve_is_spent());
	one = reserve_malloc(RESERVE_LITTLE_MAX);
	CHECK(one != NULL && reserve_is_spent());
	another = reserve_realloc(one, RESERVE_LITTLE_MAX / 2);
	CHECK(another != NULL);
	CHECK(reserve_malloc(MUCH) == NULL); /* though there is some again */
	use_up();
	while (malloc(16) != NULL)
		continue;
	CHECK(reserve_malloc(16) == NULL);
	CHECK(!reserve_refill() && reserve_is_spent());
	CHECK(munmap(used, 64 * MIB) == 0);
	CHECK(reserve_refill() && !reserve_is_spent());
	one = reserve_malloc(MUCH);
	CHECK(one != NULL);
	_exit(0);
}

static void
test_it_is_for_those_who_ask_for_little(void **state)
{
	struct rlimit limit = {256 * MIB, 256 * MIB};
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
