/*
 * Connections are counted against what descriptors hold.
 */
#include "daemon/descriptors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static struct config config;
static struct config_listen listens[2];

static int
set_up(void **state)
{
	const struct rlimit limit = {1036, 1036};

	(void)state;
	config = (struct config){0};
	STAILQ_INIT(&config.listens);
	for (int i = 0; i < 2; i++)
		STAILQ_INSERT_TAIL(&config.listens, &listens[i], next);
	return setrlimit(RLIMIT_NOFILE, &limit);
}

/* (1036 - 32 to spare - 4 for the listeners) / 2 */
#define HELD 500

static size_t
count_errors(uint64_t connections, size_t workers)
{
	static struct problems problems;

	problems = (struct problems){0};
	config.limits.connections.value = connections;
	descriptors_check(&config, workers, &problems);
	if (problems.errors > 0) {
		assert_non_null(strstr(problems.list[0].sentence, "1036"));
		assert_non_null(
		    strstr(problems.list[0].sentence, "RLIMIT_NOFILE"));
	}
	return problems.errors;
}

static void
test_default_is_what_descriptors_hold(void **state)
{
	(void)state;
	config.limits.connections.value = 0;
	assert_int_equal(descriptors_share(&config, 2), HELD);
	assert_int_equal(count_errors(0, 2), 0);
}

static void
test_limit_is_shared_out_rounded_up(void **state)
{
	(void)state;
	config.limits.connections.value = 100;
	assert_int_equal(descriptors_share(&config, 1), 100);
	assert_int_equal(descriptors_share(&config, 4), 25);
	assert_int_equal(descriptors_share(&config, 3), 34);
}

static void
test_more_than_they_hold_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(count_errors(HELD, 1), 0);
	assert_int_equal(count_errors(HELD + 1, 1), 1);
	assert_int_equal(count_errors(2 * HELD, 2), 0);
	assert_int_equal(count_errors(2 * HELD + 1, 2), 1);
	assert_int_equal(count_errors(UINT64_MAX, 2), 1);
}

static void
test_room_for_none_is_an_error(void **state)
{
	const struct rlimit limit = {37, 1036};

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	config.limits.connections.value = 0;
	assert_int_equal(descriptors_share(&config, 2), 0);
	descriptors_raise();
	assert_int_equal(descriptors_share(&config, 2), HELD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_default_is_what_descriptors_hold),
	    cmocka_unit_test(test_limit_is_shared_out_rounded_up),
	    cmocka_unit_test(test_more_than_they_hold_is_an_error),
	    cmocka_unit_test(test_room_for_none_is_an_error),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
