/*
 * How many connections an address has, and how fast it makes them.
 */
#include "net/callers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define WORKERS 2
#define NOW ((uint64_t)1000000)
#define PLACES 131072 /* of a worker's table */

static const struct allowance two = {.connections = 2};
static const struct allowance slowly = {.handshakes_per_s = 2};

static int
set_up(void **state)
{
	struct problem why;

	*state = callers_new(WORKERS, &why);
	return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	callers_free(*state);
	return 0;
}

static struct address
host(const char *text)
{
	struct address address;

	assert_true(address_parse(&address, text_of(text)));
	return address;
}

static struct address
number(uint32_t n)
{
	struct address address = host("0.0.0.0:80");

	address.sa.v4.sin_addr.s_addr = n;
	return address;
}

static enum admission
admit(struct callers *all, size_t worker, const char *from)
{
	struct address address = host(from);
	struct caller *caller;

	return callers_admit(all, worker, &address, two, NOW, &caller);
}

static void
test_no_more_than_allowed(void **state)
{
	struct address from = host("192.0.2.1:5000");
	struct caller *first, *caller;

	assert_int_equal(
	    callers_admit(*state, 0, &from, two, NOW, &first), ADMITTED);
	assert_int_equal(admit(*state, 0, "192.0.2.1:5001"), ADMITTED);
	for (int i = 0; i < 3; i++)
		assert_int_equal(admit(*state, 0, "192.0.2.1:5002"), TOO_MANY);
	assert_int_equal(admit(*state, 0, "192.0.2.2:5003"), ADMITTED);
	caller_leave(first);
	assert_int_equal(
	    callers_admit(*state, 0, &from, two, NOW, &caller), ADMITTED);
	assert_int_equal(admit(*state, 0, "192.0.2.1:5004"), TOO_MANY);
	caller_leave(NULL);
}

static void
test_what_counts_as_one_address(void **state)
{
	/* A listener for both families hears of IPv4 like that. */
	admit(*state, 0, "192.0.2.1:1");
	admit(*state, 0, "[::ffff:192.0.2.1]:1");
	assert_int_equal(admit(*state, 0, "192.0.2.1:2"), TOO_MANY);
	assert_int_equal(admit(*state, 0, "[::ffff:192.0.2.2]:2"), ADMITTED);

	admit(*state, 0, "[2001:db8:0:1::1]:1");
	admit(*state, 0, "[2001:db8:0:1:ffff::]:1");
	assert_int_equal(admit(*state, 0, "[2001:db8:0:1::9]:1"), TOO_MANY);
	assert_int_equal(admit(*state, 0, "[2001:db8:0:2::1]:1"), ADMITTED);
}

static void
test_all_workers_count_together(void **state)
{
	struct address from = host("192.0.2.1:5000");
	struct caller *caller;

	assert_int_equal(
	    callers_admit(*state, 0, &from, two, NOW, &caller), ADMITTED);
	assert_int_equal(admit(*state, 1, "192.0.2.1:5001"), ADMITTED);
	assert_int_equal(admit(*state, 1, "192.0.2.1:5002"), TOO_MANY);
	assert_int_equal(admit(*state, 0, "192.0.2.1:5003"), TOO_MANY);
	caller_leave(caller);
	assert_int_equal(admit(*state, 1, "192.0.2.1:5004"), ADMITTED);
}

static void
test_a_worker_that_dies_leaves_nothing_behind(void **state)
{
	pid_t worker = fork();
	int status;

	if (worker == 0) {
		admit(*state, 1, "192.0.2.1:1");
		admit(*state, 1, "192.0.2.1:2");
		_exit(0);
	}
	assert_int_equal(waitpid(worker, &status, 0), worker);
	assert_int_equal(admit(*state, 0, "192.0.2.1:3"), TOO_MANY);
	callers_forget(*state, 1);
	assert_int_equal(admit(*state, 0, "192.0.2.1:4"), ADMITTED);
}

static unsigned
count_admitted(struct callers *all, size_t worker, uint64_t now_ms)
{
	struct address from = host("192.0.2.1:5000");
	struct caller *caller;
	unsigned admitted = 0;

	while (admitted < 1000 &&
	    callers_admit(all, worker, &from, slowly, now_ms, &caller) ==
		ADMITTED) {
		caller_leave(caller);
		admitted++;
	}
	return admitted;
}

static void
test_handshakes_no_faster_than_allowed(void **state)
{
	uint64_t much_later = NOW + (uint64_t)24 * 3600 * 1000;

	assert_int_equal(
	    count_admitted(*state, 0, NOW), 2 * HANDSHAKES_SAVED_S);
	assert_int_equal(count_admitted(*state, 0, NOW + 499), 0);
	assert_int_equal(count_admitted(*state, 0, NOW + 500), 1);
	assert_int_equal(count_admitted(*state, 0, NOW + 3000), 5);
	assert_int_equal(
	    count_admitted(*state, 0, much_later), 2 * HANDSHAKES_SAVED_S);
}

static void
test_handshakes_of_all_workers_together(void **state)
{
	assert_int_equal(
	    count_admitted(*state, 0, NOW), 2 * HANDSHAKES_SAVED_S);
	assert_int_equal(count_admitted(*state, 1, NOW), 0);
	assert_int_equal(count_admitted(*state, 1, NOW + 1000), 2);
	assert_int_equal(count_admitted(*state, 0, NOW + 1000), 0);
}

static void
test_an_address_is_news_once_a_minute(void **state)
{
	struct address from = host("192.0.2.1:1"), other = host("192.0.2.2:1");
	struct caller *caller, *another;

	callers_admit(*state, 0, &from, two, NOW, &caller);
	callers_admit(*state, 0, &other, two, NOW, &another);
	assert_true(caller_is_news(caller, NOW));
	assert_false(caller_is_news(caller, NOW + 59000));
	assert_true(caller_is_news(another, NOW + 59000));
	assert_true(caller_is_news(caller, NOW + 60000));
}

/* Ten times what there is room for: each is let in, and each that has gone
 * makes room. */
static void
test_addresses_that_left_make_room(void **state)
{
	for (uint32_t n = 0; n < 10 * PLACES; n++) {
		struct address from = number(n);
		struct caller *caller;

		assert_int_equal(
		    callers_admit(*state, 0, &from, two, NOW, &caller),
		    ADMITTED);
		assert_non_null(caller);
		caller_leave(caller);
	}
}

static void
test_who_finds_no_room_is_let_in(void **state)
{
	struct caller **kept = calloc(2 * PLACES, sizeof(*kept));
	struct caller *caller;
	struct address from;
	size_t counted = 0;

	for (uint32_t n = 0; n < 2 * PLACES; n++) {
		from = number(n);
		assert_int_equal(
		    callers_admit(*state, 0, &from, two, NOW, &kept[n]),
		    ADMITTED);
		counted += kept[n] != NULL;
	}
	assert_true(counted > PLACES / 10 * 9);
	assert_true(counted <= PLACES);
	for (uint32_t n = 0; n < 2 * PLACES; n++)
		caller_leave(kept[n]);
	free(kept);
	for (uint32_t n = 0; n < 1000; n++) {
		from = number(~n);
		callers_admit(*state, 0, &from, two, NOW, &caller);
		assert_non_null(caller);
	}
}

#define COLLIDING 100
#define ROUNDS 200

/* The best of several times, in ns of this process. */
static uint64_t
cost(struct callers *all, const struct address *from)
{
	uint64_t best = UINT64_MAX;

	for (int attempt = 0; attempt < 7; attempt++) {
		struct timespec before, after;
		uint64_t ns;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
		for (int i = 0; i < COLLIDING * ROUNDS; i++) {
			struct caller *caller;

			callers_admit(
			    all, 0, &from[i % COLLIDING], two, NOW, &caller);
			caller_leave(caller);
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
		ns = (uint64_t)((after.tv_sec - before.tv_sec) * 1000000000 +
		    after.tv_nsec - before.tv_nsec);
		best = ns < best ? ns : best;
	}
	return best;
}

/* Those in one set come to lie beside each other, which a stranger cannot see;
 * nor can he look for them, without the key. */
static void
find_colliding(struct callers *all, struct address *to)
{
	const char *first = NULL;
	size_t found = 0;

	for (uint32_t n = 0; found < COLLIDING; n++) {
		struct address from = number(n);
		struct caller *caller;

		callers_admit(all, 0, &from, two, NOW, &caller);
		if (first == NULL)
			first = (const char *)caller;
		if ((uintptr_t)caller / 192 == (uintptr_t)first / 192)
			to[found++] = from;
		caller_leave(caller);
	}
}

static void
test_colliding_addresses_cost_no_more_than_others(void **state)
{
	struct address colliding[COLLIDING], others[COLLIDING];

	find_colliding(*state, colliding);
	for (uint32_t n = 0; n < COLLIDING; n++)
		others[n] = number(n * 7919);
	callers_forget(*state, 0);
	assert_true(cost(*state, colliding) < 2 * cost(*state, others));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	    TEST(test_no_more_than_allowed),
	    TEST(test_what_counts_as_one_address),
	    TEST(test_all_workers_count_together),
	    TEST(test_a_worker_that_dies_leaves_nothing_behind),
	    TEST(test_handshakes_no_faster_than_allowed),
	    TEST(test_handshakes_of_all_workers_together),
	    TEST(test_an_address_is_news_once_a_minute),
	    TEST(test_addresses_that_left_make_room),
	    TEST(test_who_finds_no_room_is_let_in),
	    TEST(test_colliding_addresses_cost_no_more_than_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
