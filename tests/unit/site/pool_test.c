/*
 * Which server a client gets.
 */
#include "site/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

static struct server servers[4];
static struct pool pool;

static int
make_pool(void **state)
{
	static char names[4][8] = {"cas1", "cas2", "cas3", "cas4"};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		servers[i] = (struct server){.name = names[i]};
	pool = (struct pool){.servers = servers, .server_count = 4};
	return 0;
}

static struct address
client(const char *text)
{
	struct address address;

	assert_true(address_parse(&address, text_of(text)));
	return address;
}

static struct address
numbered(unsigned n)
{
	char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.%u:50000", n >> 16 & 255,
	    n >> 8 & 255, n & 255);
	return client(text);
}

static size_t
number_of(const struct server *server)
{
	return (size_t)(server - servers);
}

static void
clients_are_spread_evenly(void **state)
{
	unsigned counts[4] = {0};

	(void)state;
	for (unsigned n = 0; n < 8000; n++) {
		struct address from = numbered(n);

		counts[number_of(pool_pick(&pool, &from, 0, 1))]++;
	}
	for (size_t i = 0; i < 4; i++)
		assert_in_range(counts[i], 1800, 2200);
}

static void
a_client_stays_with_its_server(void **state)
{
	struct address a = client("192.0.2.5:1024");
	struct address b = client("192.0.2.5:60000");
	struct address mapped = client("[::ffff:192.0.2.5]:443");
	struct server *server = pool_pick(&pool, &a, 0, 1);

	(void)state;
	assert_ptr_equal(pool_pick(&pool, &a, 0, 99999), server);
	assert_ptr_equal(pool_pick(&pool, &b, 0, 1), server);
	assert_ptr_equal(pool_pick(&pool, &mapped, 0, 1), server);
	a = client("[2001:db8::5]:1024");
	b = client("[2001:db8::5]:60000");
	assert_ptr_equal(
	    pool_pick(&pool, &a, 0, 1), pool_pick(&pool, &b, 0, 1));
}

/* Not by the order of the file, and not by their addresses. */
static void
the_choice_goes_by_the_names(void **state)
{
	struct server turned[4];
	struct pool other = {.servers = turned, .server_count = 4};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		turned[i] = servers[3 - i];
	for (unsigned n = 0; n < 100; n++) {
		struct address from = numbered(n);

		assert_ptr_equal(pool_pick(&pool, &from, 0, 1)->name,
		    pool_pick(&other, &from, 0, 1)->name);
	}
}

static void
a_lost_server_moves_only_its_own_clients(void **state)
{
	struct pool less = {.servers = servers, .server_count = 3};
	unsigned to[3] = {0};

	(void)state;
	for (unsigned n = 0; n < 4000; n++) {
		struct address from = numbered(n);
		size_t before = number_of(pool_pick(&pool, &from, 0, 1));
		size_t after = number_of(pool_pick(&less, &from, 0, 1));

		if (before != 3)
			assert_int_equal(before, after);
		else
			to[after]++;
	}
	for (size_t i = 0; i < 3; i++)
		assert_in_range(to[i], 250, 450);
}

static void
each_is_tried_once(void **state)
{
	struct address from = client("192.0.2.5:1");
	struct server *server;
	uint64_t tried = 0;
	unsigned count = 0;

	(void)state;
	while ((server = pool_pick(&pool, &from, tried, 1)) != NULL) {
		uint64_t bit = UINT64_C(1) << number_of(server);

		assert_int_equal(tried & bit, 0);
		tried |= bit;
		/* As when each of them refuses. */
		server_refused(server, 1);
		count++;
	}
	assert_int_equal(count, 4);
}

static void
one_that_refused_stands_back_for_a_while(void **state)
{
	struct address from = client("192.0.2.5:1");
	struct server *best = pool_pick(&pool, &from, 0, 1000);
	struct server *second;
	uint64_t others = 15 & ~(UINT64_C(1) << number_of(best));

	(void)state;
	server_refused(best, 1000);
	second = pool_pick(&pool, &from, 0, 1000);
	assert_ptr_not_equal(second, best);
	/* It is still better than none. */
	assert_ptr_equal(pool_pick(&pool, &from, others, 1000), best);
	assert_ptr_equal(
	    pool_pick(&pool, &from, 0, 1000 + SERVER_STANDS_BACK_MS - 1),
	    second);
	assert_ptr_equal(
	    pool_pick(&pool, &from, 0, 1000 + SERVER_STANDS_BACK_MS), best);
	server_refused(best, 50000);
	server_accepted(best);
	assert_ptr_equal(pool_pick(&pool, &from, 0, 50001), best);
}

static void
an_empty_pool_has_nobody(void **state)
{
	struct pool empty = {.servers = servers};
	struct address from = client("192.0.2.5:1");

	(void)state;
	assert_null(pool_pick(&empty, &from, 0, 1));
}

static void
clients_without_an_address_have_one_server(void **state)
{
	struct address nowhere = {0}, beside = client("[::ffff:0:1]:1");

	(void)state;
	assert_non_null(pool_pick(&pool, &nowhere, 0, 1));
	assert_ptr_equal(
	    pool_pick(&pool, &nowhere, 0, 1), pool_pick(&pool, &nowhere, 0, 1));
	assert_non_null(pool_pick(&pool, &beside, 0, 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(clients_are_spread_evenly, make_pool),
	    cmocka_unit_test_setup(a_client_stays_with_its_server, make_pool),
	    cmocka_unit_test_setup(the_choice_goes_by_the_names, make_pool),
	    cmocka_unit_test_setup(
		a_lost_server_moves_only_its_own_clients, make_pool),
	    cmocka_unit_test_setup(each_is_tried_once, make_pool),
	    cmocka_unit_test_setup(
		one_that_refused_stands_back_for_a_while, make_pool),
	    cmocka_unit_test_setup(an_empty_pool_has_nobody, make_pool),
	    cmocka_unit_test(clients_without_an_address_have_one_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
