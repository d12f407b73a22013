/*
 * How single values are read, and what is refused.
 */
#include "config_test.h"

#include "config/values.h"

#define REFUSED UINT64_MAX

static uint64_t
read_number(const char *text, enum unit unit)
{
	struct problem why = {0};
	uint64_t number;

	if (value_number(text_of(text), unit, &number, &why) == 0)
		return number;
	assert_true(strlen(why.sentence) > 10);
	return REFUSED;
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_int_equal(read_number("0", UNIT_NONE), 0);
	assert_int_equal(read_number("128", UNIT_NONE), 128);
	assert_int_equal(read_number("", UNIT_NONE), REFUSED);
	assert_int_equal(read_number("-1", UNIT_NONE), REFUSED);
	assert_int_equal(read_number("+1", UNIT_NONE), REFUSED);
	assert_int_equal(read_number("0x10", UNIT_NONE), REFUSED);
	assert_int_equal(read_number("1k", UNIT_NONE), REFUSED);
}

static void
test_times(void **state)
{
	(void)state;
	assert_int_equal(read_number("10s", UNIT_SECONDS), 10);
	assert_int_equal(read_number("2000ms", UNIT_SECONDS), 2);
	assert_int_equal(read_number("60m", UNIT_SECONDS), 3600);
	assert_int_equal(read_number("1H", UNIT_SECONDS), 3600);
	assert_int_equal(read_number("1d", UNIT_SECONDS), 86400);
	assert_int_equal(read_number("10", UNIT_SECONDS), REFUSED);
	assert_int_equal(read_number("1500ms", UNIT_SECONDS), REFUSED);
	assert_int_equal(read_number("1.5h", UNIT_SECONDS), REFUSED);
	assert_int_equal(read_number("1h30m", UNIT_SECONDS), REFUSED);
	assert_int_equal(
	    read_number("9223372036854775807d", UNIT_SECONDS), REFUSED);
}

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(read_number("900", UNIT_BYTES), 900);
	assert_int_equal(read_number("128k", UNIT_BYTES), 131072);
	assert_int_equal(read_number("1M", UNIT_BYTES), 1048576);
	assert_int_equal(read_number("1g", UNIT_BYTES), 1073741824);
	assert_int_equal(read_number("1kb", UNIT_BYTES), REFUSED);
	assert_int_equal(
	    read_number("9223372036854775807g", UNIT_BYTES), REFUSED);
}

static void
test_numbers_are_printed_the_shortest_way(void **state)
{
	char text[VALUE_TEXT_MAX];

	(void)state;
	assert_string_equal(value_number_print(3600, UNIT_SECONDS, text), "1h");
	assert_string_equal(value_number_print(90, UNIT_SECONDS, text), "90s");
	assert_string_equal(
	    value_number_print(131072, UNIT_BYTES, text), "128k");
	assert_string_equal(value_number_print(1000, UNIT_BYTES, text), "1000");
	assert_string_equal(value_number_print(128, UNIT_NONE, text), "128");
}

static bool
is_host(const char *text)
{
	struct problem why;

	return value_host(text_of(text), &why) == 0;
}

static void
test_hosts(void **state)
{
	char label[64 + 5];

	(void)state;
	assert_true(is_host("mail.contoso.com"));
	assert_true(is_host("Mail.Contoso.COM."));
	assert_true(is_host("cas_1"));
	assert_true(is_host("xn--mnchen-3ya.example"));
	assert_false(is_host(""));
	assert_false(is_host("."));
	assert_false(is_host(".contoso.com"));
	assert_false(is_host("a..b"));
	assert_false(is_host("a.."));
	assert_false(is_host("-a"));
	assert_false(is_host("a-.b"));
	assert_false(is_host("a b"));
	assert_false(is_host("*.contoso.com"));
	assert_false(is_host("m\xc3\xbcnchen"));
	memset(label, 'a', 63);
	strcpy(label + 63, ".com");
	assert_true(is_host(label));
	memset(label, 'a', 64);
	strcpy(label + 64, ".co");
	assert_false(is_host(label));
}

static void
test_endpoints(void **state)
{
	static const struct row {
		const char *text, *host;
		int port; /* -1: refused */
	} rows[] = {
	    {"10.0.0.1:80", "10.0.0.1", 80},
	    {"cas1.contoso.com:443", "cas1.contoso.com", 443},
	    {"[::1]:65535", "::1", 65535},
	    {"[2001:db8::1]:1", "2001:db8::1", 1},
	    {"10.0.0.1", NULL, -1},
	    {"10.0.0.1:", NULL, -1},
	    {"10.0.0.1:0", NULL, -1},
	    {"10.0.0.1:65536", NULL, -1},
	    {"10.0.0.1:http", NULL, -1},
	    {"::1", NULL, -1},
	    {"[::1]", NULL, -1},
	    {"[::1:80", NULL, -1},
	    {"[]:80", NULL, -1},
	    {"[:80", NULL, -1},
	    {"[", NULL, -1},
	    {"", NULL, -1},
	    {"[10.0.0.1]:80", NULL, -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct problem why;
		struct text host;
		uint16_t port;
		int result = value_endpoint(
		    text_of(rows[i].text), 1, &host, &port, &why);

		assert_int_equal(result, rows[i].port == -1 ? -1 : 0);
		if (result == -1)
			continue;
		assert_int_equal(port, rows[i].port);
		assert_true(text_equals(host, text_of(rows[i].host)));
	}
}

static bool
is_url(const char *text)
{
	struct problem why;

	return value_url(text_of(text), &why) == 0;
}

static void
test_urls(void **state)
{
	(void)state;
	assert_true(is_url("https://www.contoso.com"));
	assert_true(is_url("HTTP://www.contoso.com:8080/a?b=c#d"));
	assert_true(is_url("https://[::1]:8443/"));
	assert_true(is_url("https://www.contoso.com?a"));
	assert_true(is_url("https://10.0.0.1:8443"));
	assert_false(is_url("www.contoso.com"));
	assert_false(is_url("/a"));
	assert_false(is_url("//www.contoso.com/"));
	assert_false(is_url("https://"));
	assert_false(is_url("https:///a"));
	assert_false(is_url("https://www_contoso!:80/"));
	assert_false(is_url("https://www.contoso.com/\x7f"));
	assert_false(is_url("ftp://www.contoso.com/"));
	assert_false(is_url("javascript:alert(1)"));
	assert_false(is_url("https://user@www.contoso.com/"));
	assert_false(is_url("https://www.contoso.com/a b"));
	assert_false(is_url("https://www.contoso.com/\"onclick"));
	assert_false(is_url("https://www.contoso.com/\xc3\xa4"));
}

static void
test_bytes_beside_letters_and_digits_are_in_no_host(void **state)
{
	(void)state;
	assert_true(is_host("az09.AZ"));
	assert_false(is_host("a`"));
	assert_false(is_host("a{"));
	assert_false(is_host("a@"));
	assert_false(is_host("a["));
	assert_false(is_host("a/"));
	assert_false(is_host("a:"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_numbers_are_printed_the_shortest_way),
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_endpoints),
	    cmocka_unit_test(test_urls),
	    cmocka_unit_test(
		test_bytes_beside_letters_and_digits_are_in_no_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
