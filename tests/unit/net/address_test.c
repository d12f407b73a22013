/*
 * How addresses are read and written.
 */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_what_is_read_is_written(void **state)
{
	static const struct {
		const char *read, *written, *host;
		uint16_t port;
	} rows[] = {
	    {"10.0.0.1:80", "10.0.0.1:80", "10.0.0.1", 80},
	    {"255.255.255.255:65535", "255.255.255.255:65535",
		"255.255.255.255", 65535},
	    {"0.0.0.0:0", "0.0.0.0:0", "0.0.0.0", 0},
	    {"[::1]:80", "[::1]:80", "::1", 80},
	    {"[::]:443", "[::]:443", "::", 443},
	    {"[2001:DB8:0:0::9]:8443", "[2001:db8::9]:8443", "2001:db8::9",
		8443},
	    {"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535},
	    {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
		"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535},
	    {"[::ffff:192.0.2.5]:51234", "192.0.2.5:51234", "192.0.2.5", 51234},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ADDRESS_TEXT_MAX];
		struct address address;

		assert_true(address_parse(&address, text_of(rows[i].read)));
		assert_int_equal(address_port(&address), rows[i].port);
		assert_int_equal(
		    address_print(&address, text), strlen(rows[i].written));
		assert_string_equal(text, rows[i].written);
		assert_int_equal(
		    address_print_host(&address, text), strlen(rows[i].host));
		assert_string_equal(text, rows[i].host);
	}
}

static void
test_anything_else_is_refused(void **state)
{
	static const char *rows[] = {
	    "",
	    ":",
	    ":80",
	    "10.0.0.1",
	    "10.0.0.1:",
	    "10.0.0.1:65536",
	    "10.0.0.1:000080",
	    "10.0.0.1:-1",
	    "10.0.0.1:80 ",
	    " 10.0.0.1:80",
	    "10.0.0.256:80",
	    "10.0.1:80",
	    "010.0.0.1:80",
	    "[10.0.0.1]:80",
	    "::1:80",
	    "[::1]",
	    "[::1]80",
	    "[::1:80",
	    "::1]:80",
	    "[]:80",
	    "[::1%lo]:80",
	    "[::1]]:80",
	    "mail.contoso.com:80",
	    "[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]:80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address address;

		assert_false(address_parse(&address, text_of(rows[i])));
	}
}

static void
test_a_nul_is_no_end(void **state)
{
	struct address address;

	(void)state;
	assert_false(address_parse(&address, TEXT("10.0.0.1\0:80")));
	assert_false(address_parse(&address, TEXT("10.0.0.1:8\0")));
}

static void
test_another_family_is_unknown(void **state)
{
	struct address address = {.sa.any.sa_family = AF_UNIX};
	char text[ADDRESS_TEXT_MAX];

	(void)state;
	address_print(&address, text);
	assert_string_equal(text, "unknown:0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_read_is_written),
	    cmocka_unit_test(test_anything_else_is_refused),
	    cmocka_unit_test(test_a_nul_is_no_end),
	    cmocka_unit_test(test_another_family_is_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
