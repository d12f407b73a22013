/*
 * What an address may have, less those that are excepted.
 */
#include "site/allowance.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct allowance
of(const struct config_limits *limits, const char *client, bool tls)
{
	struct address address;

	assert_true(address_parse(&address, text_of(client)));
	return allowance_of(limits, &address, tls);
}

static void
test_what_is_not_written_is_not_limited(void **state)
{
	struct config_limits limits = {.connections = {5000, {0}}};
	struct allowance allowed = of(&limits, "192.0.2.1:1", true);

	(void)state;
	assert_false(allowance_matters(&limits));
	limits.handshakes_share.each.value = 1;
	assert_true(allowance_matters(&limits));
	assert_int_equal(allowed.connections, 0);
	assert_int_equal(allowed.handshakes_per_s, 0);
}

static void
test_each_word_has_its_own_exceptions(void **state)
{
	struct network networks[2];
	struct problem why;
	struct config_limits limits = {
	    .connections_share = {{64, {0}}, &networks[0], 1},
	    .handshakes_share = {{5, {0}}, &networks[1], 1}};

	(void)state;
	network_parse(&networks[0], TEXT("192.0.2.0/24"), &why);
	network_parse(&networks[1], TEXT("2001:db8::/32"), &why);
	assert_true(allowance_matters(&limits));
	assert_int_equal(of(&limits, "192.0.3.1:1", true).connections, 64);
	assert_int_equal(of(&limits, "192.0.2.1:1", true).connections, 0);
	assert_int_equal(
	    of(&limits, "[::ffff:192.0.2.1]:1", true).connections, 0);
	assert_int_equal(of(&limits, "192.0.2.1:1", true).handshakes_per_s, 5);
	assert_int_equal(
	    of(&limits, "[2001:db8::1]:1", true).handshakes_per_s, 0);
}

static void
test_without_tls_there_are_no_handshakes(void **state)
{
	struct config_limits limits = {.handshakes_share = {.each = {5, {0}}}};

	(void)state;
	assert_int_equal(of(&limits, "192.0.2.1:1", true).handshakes_per_s, 5);
	assert_int_equal(of(&limits, "192.0.2.1:1", false).handshakes_per_s, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_not_written_is_not_limited),
	    cmocka_unit_test(test_each_word_has_its_own_exceptions),
	    cmocka_unit_test(test_without_tls_there_are_no_handshakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
