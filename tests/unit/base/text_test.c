/*
 * Text from outside.
 */
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shortage.h"

static void
test_text_of_nothing_is_empty(void **state)
{
	(void)state;
	assert_int_equal(text_of(NULL).len, 0);
	assert_int_equal(text_of("").len, 0);
	assert_int_equal(text_of("four").len, 4);
	assert_true(text_equals(text_of(NULL), TEXT("")));
	assert_true(text_equals((struct text){NULL, 0}, TEXT("")));
}

static void
test_equal_texts(void **state)
{
	(void)state;
	assert_true(text_equals(TEXT("Host"), TEXT("Host")));
	assert_false(text_equals(TEXT("Host"), TEXT("host")));
	assert_false(text_equals(TEXT("Host"), TEXT("Hos")));
	assert_true(text_equals(TEXT("a\0b"), TEXT("a\0b")));
	assert_false(text_equals(TEXT("a\0b"), TEXT("a\0c")));
	assert_true(text_equals_fold(TEXT("HOST"), TEXT("host")));
	assert_false(text_equals_fold(TEXT("HOST"), TEXT("hosts")));
}

/* Only ASCII letters fold: '[' is not '{', and no byte above 0x7f changes. */
static void
test_only_letters_fold(void **state)
{
	(void)state;
	assert_false(text_equals_fold(TEXT("@[`"), TEXT("`{@")));
	assert_false(text_equals_fold(TEXT("\xc4"), TEXT("\xe4")));
	assert_int_equal(text_lower('A'), 'a');
	assert_int_equal(text_lower('Z'), 'z');
	assert_int_equal(text_lower('z'), 'z');
	assert_int_equal(text_lower('['), '[');
}

static void
test_beginnings(void **state)
{
	(void)state;
	assert_true(text_starts(TEXT("/rpc/x"), TEXT("/rpc/")));
	assert_false(text_starts(TEXT("/Rpc/x"), TEXT("/rpc/")));
	assert_false(text_starts(TEXT("/rpc"), TEXT("/rpc/")));
	assert_true(text_starts(TEXT("x"), TEXT("")));
	assert_true(text_starts_fold(TEXT("/RPC/x"), TEXT("/rpc/")));
	assert_false(text_starts_fold(TEXT("/RP"), TEXT("/rpc/")));
}

static void
test_text_within(void **state)
{
	(void)state;
	assert_true(text_contains_fold(TEXT("MSRPC/Outlook"), TEXT("outl")));
	assert_true(text_contains_fold(TEXT("abc"), TEXT("C")));
	assert_true(text_contains_fold(TEXT("abc"), TEXT("")));
	assert_true(text_contains_fold(TEXT(""), TEXT("")));
	assert_false(text_contains_fold(TEXT("abc"), TEXT("abcd")));
	assert_false(text_contains_fold(TEXT("ababab"), TEXT("abc")));
}

static void
test_trim(void **state)
{
	(void)state;
	assert_true(text_equals(text_trim(TEXT(" \t a b\t ")), TEXT("a b")));
	assert_true(text_equals(text_trim(TEXT("a")), TEXT("a")));
	assert_true(text_equals(text_trim(TEXT("\r")), TEXT("\r")));
	assert_int_equal(text_trim(TEXT(" \t ")).len, 0);
	assert_int_equal(text_trim(TEXT("")).len, 0);
}

static void
test_split(void **state)
{
	struct text rest = TEXT("a,,b"), part;

	(void)state;
	assert_true(text_split(&rest, ',', &part));
	assert_true(text_equals(part, TEXT("a")));
	assert_true(text_split(&rest, ',', &part));
	assert_true(text_equals(part, TEXT("")));
	assert_true(text_split(&rest, ',', &part));
	assert_true(text_equals(part, TEXT("b")));
	assert_false(text_split(&rest, ',', &part));

	rest = TEXT("");
	assert_false(text_split(&rest, ',', &part));
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *text;
		bool reads;
		uint64_t number;
	} rows[] = {
	    {"0", true, 0},
	    {"007", true, 7},
	    {"5368709120", true, 5368709120},
	    {"9223372036854775807", true, INT64_MAX},
	    {"9223372036854775808", false, 0},
	    {"9999999999999999999", false, 0},
	    {"00000000000000000001", false, 0},
	    {"18446744073709551617", false, 0},
	    {"", false, 0},
	    {"+1", false, 0},
	    {"-1", false, 0},
	    {" 1", false, 0},
	    {"1 ", false, 0},
	    {"0x1", false, 0},
	    {"1,1", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 42;

		assert_int_equal(text_to_number(text_of(rows[i].text), &number),
		    rows[i].reads);
		assert_int_equal(number, rows[i].reads ? rows[i].number : 42);
	}
}

static void
test_a_copy_ends_in_nul(void **state)
{
	char *copy = text_dup((struct text){"abcdef", 3});

	(void)state;
	assert_string_equal(copy, "abc");
	free(copy);
	copy = text_dup((struct text){NULL, 0});
	assert_string_equal(copy, "");
	free(copy);
}

static void
test_distance(void **state)
{
	char longest[100];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	assert_int_equal(text_distance(TEXT("listen"), TEXT("listen")), 0);
	assert_int_equal(text_distance(TEXT("listen"), TEXT("lisen")), 1);
	assert_int_equal(text_distance(TEXT("lisen"), TEXT("listen")), 1);
	assert_int_equal(text_distance(TEXT("listen"), TEXT("listem")), 1);
	assert_int_equal(text_distance(TEXT("kitten"), TEXT("sitting")), 3);
	assert_int_equal(text_distance(TEXT(""), TEXT("abc")), 3);
	assert_int_equal(text_distance(TEXT(""), TEXT("abcd")), 4);
	assert_int_equal(text_distance(TEXT("listen"), TEXT("server")), 4);
	assert_int_equal(text_distance((struct text){longest, 100},
			     (struct text){longest, 100}),
	    0);
	assert_int_equal(text_distance((struct text){longest, 100},
			     (struct text){longest, 99}),
	    4);
	assert_int_equal(
	    text_distance(TEXT("listen"), (struct text){longest, 100}), 4);
}

static bool
copy(void *with)
{
	char *copied = text_dup(*(struct text *)with);
	bool succeeded = copied != NULL;

	free(copied);
	return succeeded;
}

static void
test_without_memory_there_is_no_copy(void **state)
{
	struct text text = TEXT("mail");

	(void)state;
	shortage_sweep(copy, &text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text_of_nothing_is_empty),
	    cmocka_unit_test(test_equal_texts),
	    cmocka_unit_test(test_only_letters_fold),
	    cmocka_unit_test(test_beginnings),
	    cmocka_unit_test(test_text_within),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_numbers),
	    cmocka_unit_test(test_a_copy_ends_in_nul),
	    cmocka_unit_test(test_distance),
	    cmocka_unit_test(test_without_memory_there_is_no_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
