/*
 * Ranges of addresses.
 */
#include "base/network.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_what_is_read_is_written(void **state)
{
	static const char *const rows[][2] = {
	    {"10.0.0.0/8", "10.0.0.0/8"},
	    {"192.0.2.1", "192.0.2.1"},
	    {"192.0.2.1/32", "192.0.2.1"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"198.51.100.128/25", "198.51.100.128/25"},
	    {"2001:DB8::/32", "2001:db8::/32"},
	    {"2001:db8::1", "2001:db8::1"},
	    {"2001:db8::1/128", "2001:db8::1"},
	    {"::/0", "::/0"},
	    {"::ffff:10.0.0.0/104", "10.0.0.0/8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[NETWORK_TEXT_MAX];
		struct network network;
		struct problem why;

		assert_int_equal(
		    network_parse(&network, text_of(rows[i][0]), &why), 0);
		assert_string_equal(network_print(&network, text), rows[i][1]);
	}
}

static void
test_anything_else_is_refused(void **state)
{
	static const char *const rows[][2] = {
	    {"", "is no network"},
	    {"/8", "is no network"},
	    {"10.0.0.0.0/8", "is no network"},
	    {"10/8", "is no network"},
	    {"mail.contoso.com", "is no network"},
	    {"[2001:db8::]/32", "is no network"},
	    {"2001:db8::%eth0/32", "is no network"},
	    {"10.0.0.0/", "is no length; it goes from 0 to 32"},
	    {"10.0.0.0/33", "is no length; it goes from 0 to 32"},
	    {"10.0.0.0/-1", "is no length"},
	    {"10.0.0.0/8/8", "is no length"},
	    {"10.0.0.0/255.0.0.0", "is no length"},
	    {"2001:db8::/129", "is no length; it goes from 0 to 128"},
	    {"10.0.0.1/8", "write 10.0.0.0/8"},
	    {"2001:db8::1/64", "write 2001:db8::/64"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct network network;
		struct problem why;

		assert_int_equal(
		    network_parse(&network, text_of(rows[i][0]), &why), -1);
		assert_non_null(strstr(why.sentence, rows[i][1]));
	}
}

static bool
has(const char *range, const char *address)
{
	struct network network;
	struct problem why;
	unsigned char bytes[NETWORK_BYTES] = {[10] = 0xff, [11] = 0xff};

	assert_int_equal(network_parse(&network, text_of(range), &why), 0);
	assert_true(inet_pton(AF_INET, address, bytes + 12) == 1 ||
	    inet_pton(AF_INET6, address, bytes) == 1);
	return network_has(&network, bytes);
}

static void
test_what_is_inside(void **state)
{
	(void)state;
	assert_true(has("10.0.0.0/8", "10.255.255.255"));
	assert_false(has("10.0.0.0/8", "11.0.0.0"));
	assert_true(has("198.51.100.128/25", "198.51.100.128"));
	assert_false(has("198.51.100.128/25", "198.51.100.127"));
	assert_true(has("192.0.2.1", "192.0.2.1"));
	assert_true(has("192.0.2.1", "::ffff:192.0.2.1"));
	assert_false(has("192.0.2.1", "192.0.2.2"));
	assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(has("2001:db8::/33", "2001:db8:8000::"));
	assert_true(has("0.0.0.0/0", "192.0.2.1"));
	assert_false(has("0.0.0.0/0", "2001:db8::1"));
	assert_true(has("::/0", "2001:db8::1"));
	assert_false(has("::/0", "192.0.2.1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_read_is_written),
	    cmocka_unit_test(test_anything_else_is_refused),
	    cmocka_unit_test(test_what_is_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
