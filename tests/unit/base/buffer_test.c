/*
 * A buffer that grows.
 */
#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "shortage.h"

static void
test_additions_follow_each_other(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_add_string(&b, "HTTP/1.1 ");
	buffer_add_number(&b, 200);
	buffer_add_text(&b, TEXT(" OK"));
	buffer_add(&b, "\0", 1);
	buffer_printf(&b, "%s-%d", "x", 7);
	buffer_add(&b, NULL, 0);
	assert_true(text_equals(buffer_text(&b), TEXT("HTTP/1.1 200 OK\0x-7")));
	assert_false(b.failed);
	buffer_clear(&b);
	assert_null(b.at);
}

static void
test_numbers_of_every_length(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_add_number(&b, 0);
	buffer_add(&b, " ", 1);
	buffer_add_number(&b, UINT64_MAX);
	assert_true(
	    text_equals(buffer_text(&b), TEXT("0 18446744073709551615")));
	buffer_clear(&b);
}

static void
test_an_empty_buffer_is_an_empty_text(void **state)
{
	struct buffer b = {0};

	(void)state;
	assert_true(text_equals(buffer_text(&b), TEXT("")));
	assert_non_null(buffer_text(&b).at);
	buffer_drop(&b, 5);
	buffer_reset(&b);
	buffer_clear(&b);
}

static void
test_it_grows_byte_by_byte_and_at_once(void **state)
{
	struct buffer b = {0};
	char large[5000];

	(void)state;
	for (int i = 0; i < 5000; i++)
		buffer_add(&b, &"abcdefg"[i % 7], 1);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(b.at[i], "abcdefg"[i % 7]);
	memset(large, 'z', sizeof(large));
	buffer_reset(&b);
	buffer_add(&b, large, sizeof(large));
	assert_int_equal(b.len, 5000);
	buffer_printf(&b, "%.*s", 4000, large);
	assert_int_equal(b.len, 9000);
	assert_int_equal(b.at[8999], 'z');
	buffer_clear(&b);
}

static void
test_reserved_room_counts_when_it_is_used(void **state)
{
	struct buffer b = {0};
	char *room = buffer_reserve(&b, 1000);

	(void)state;
	assert_non_null(room);
	assert_int_equal(b.len, 0);
	memcpy(room, "abc", 3);
	b.len += 3;
	assert_true(text_equals(buffer_text(&b), TEXT("abc")));
	buffer_clear(&b);
}

/* What is filled once takes what it needs; what grows does not ask each time. */
static void
test_the_first_room_is_what_was_asked_for(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_reserve(&b, 67);
	assert_int_equal(b.size, 67);
	b.len += 67;
	buffer_add(&b, "", 1);
	assert_int_equal(b.size, 134);
	buffer_clear(&b);
	buffer_add(&b, "", 1);
	assert_int_equal(b.size, 64);
	buffer_clear(&b);
}

static void
test_bytes_leave_at_the_front(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_add_string(&b, "abcdef");
	buffer_drop(&b, 2);
	assert_true(text_equals(buffer_text(&b), TEXT("cdef")));
	buffer_drop(&b, 4);
	assert_int_equal(b.len, 0);
	buffer_clear(&b);
}

/* After a hole nothing may be added, or it would look whole. */
static void
test_a_failed_addition_is_remembered(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_add_string(&b, "abc");
	assert_null(buffer_reserve(&b, BUFFER_BYTES_MAX - 2));
	assert_true(b.failed);
	buffer_reset(&b);
	buffer_add_string(&b, "abc");
	assert_null(buffer_reserve(&b, SIZE_MAX));
	assert_true(b.failed);
	buffer_add_string(&b, "def");
	buffer_printf(&b, "%d", 1);
	assert_true(text_equals(buffer_text(&b), TEXT("abc")));
	buffer_reset(&b);
	assert_false(b.failed);
	buffer_add_string(&b, "def");
	assert_true(text_equals(buffer_text(&b), TEXT("def")));
	buffer_clear(&b);
}

static bool
write_two_lines(void *with)
{
	struct buffer b = {0};
	bool succeeded;

	(void)with;
	buffer_printf(&b, "%0100d\n", 1);
	buffer_printf(&b, "%0200d\n", 2);
	succeeded = !b.failed;
	assert_int_equal(succeeded, b.len == 302);
	buffer_clear(&b);
	return succeeded;
}

static void
test_an_addition_without_memory_has_failed(void **state)
{
	(void)state;
	shortage_sweep(write_two_lines, NULL);
}

static void
test_what_cannot_be_printed_has_failed(void **state)
{
	struct buffer b = {0};

	(void)state;
	buffer_printf(&b, "%lc", (wint_t)0x20ac); /* not in the C locale */
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	buffer_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_additions_follow_each_other),
	    cmocka_unit_test(test_numbers_of_every_length),
	    cmocka_unit_test(test_an_empty_buffer_is_an_empty_text),
	    cmocka_unit_test(test_it_grows_byte_by_byte_and_at_once),
	    cmocka_unit_test(test_reserved_room_counts_when_it_is_used),
	    cmocka_unit_test(test_the_first_room_is_what_was_asked_for),
	    cmocka_unit_test(test_bytes_leave_at_the_front),
	    cmocka_unit_test(test_a_failed_addition_is_remembered),
	    cmocka_unit_test(test_an_addition_without_memory_has_failed),
	    cmocka_unit_test(test_what_cannot_be_printed_has_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
