/*
 * Bodies on their way: what goes on, where they end, what breaks them; in
 * whatever pieces they come.
 */
#include "http_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/body.h"

struct passed {
	enum body_progress progress;
	size_t used, kept;
	char bytes[4096]; /* that went on */
};

/* Passes `bytes` in one piece of `first` and then in pieces of `piece`. */
static struct passed
pass(struct body body, struct text bytes, size_t first, size_t piece)
{
	struct passed p = {.progress = BODY_FLOWING};
	size_t len = first;

	while (p.used < bytes.len && p.progress == BODY_FLOWING) {
		unsigned char part[4096];
		size_t used, kept;

		if (len > bytes.len - p.used)
			len = bytes.len - p.used;
		memcpy(part, bytes.at + p.used, len);
		p.progress = body_pass(&body, part, len, &used, &kept);
		assert_true(kept <= used && used <= len);
		if (p.progress == BODY_FLOWING)
			assert_int_equal(used, len);
		memcpy(p.bytes + p.kept, part, kept);
		p.used += used;
		p.kept += kept;
		len = piece;
	}
	if (p.progress == BODY_BROKEN)
		assert_non_null(body.reason);
	return p;
}

/* Of a broken body more or less goes on, depending on the pieces. */
static void
assert_alike(const struct passed *a, const struct passed *b)
{
	assert_int_equal(a->progress, b->progress);
	assert_int_equal(a->used, b->used);
	if (a->progress == BODY_BROKEN)
		return;
	assert_int_equal(a->kept, b->kept);
	assert_memory_equal(a->bytes, b->bytes, a->kept);
}

static struct passed
pass_all_ways(struct body body, struct text bytes)
{
	struct passed whole = pass(body, bytes, bytes.len, 1);

	for (size_t first = 1; first < bytes.len; first++) {
		struct passed split = pass(body, bytes, first, bytes.len);

		assert_alike(&whole, &split);
		split = pass(body, bytes, first, 1);
		assert_alike(&whole, &split);
	}
	return whole;
}

static const struct {
	struct text from;
	const char *to, *data;
	size_t left_over;
} chunked[] = {
    {BYTES("0\r\n\r\n"), "0\r\n\r\n", "", 0},
    {BYTES("5\r\nhello\r\n0\r\n\r\n"), "5\r\nhello\r\n0\r\n\r\n", "hello", 0},
    {BYTES("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nGET"),
	"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", 3},
    {BYTES("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"),
	"1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
	"abcdefghijklmnopqrstuvwxyz", 0},
    {BYTES("A\r\n0123456789\r\n0\r\n\r\n"), "A\r\n0123456789\r\n0\r\n\r\n",
	"0123456789", 0},
    {BYTES("0000000000000003\r\nabc\r\n0000\r\n\r\n"), "03\r\nabc\r\n0\r\n\r\n",
	"abc", 0},
    {BYTES("10\r\n0123456789abcdef\r\n0\r\n\r\n"),
	"10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef", 0},
    {BYTES("2\r\n\r\n\r\n0\r\n\r\n"), "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", 0},
    {BYTES("2;a\r\nab\r\n0;b=c;d=\"e \\\" f\";g\r\n\r\n"),
	"2\r\nab\r\n0\r\n\r\n", "ab", 0},
    {BYTES("2;a=bc;d\r\nab\r\n0\r\n\r\n"), "2\r\nab\r\n0\r\n\r\n", "ab", 0},
    {BYTES("0\r\nX-T: 1\r\nY: \t2\x80\r\n\r\nrest"), "0\r\n\r\n", "", 4},
    {BYTES("0\r\nContent-Length: 5\r\n\r\n"), "0\r\n\r\n", "", 0},
};

static void
test_chunks_are_written_anew(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(chunked); i++) {
		struct body body = {.kind = BODY_CHUNKED};
		struct passed p = pass_all_ways(body, chunked[i].from);

		if (p.progress != BODY_COMPLETE)
			fail_msg("row %zu: %s", i, chunked[i].from.at);
		assert_text_equal(
		    ((struct text){p.bytes, p.kept}), chunked[i].to);
		assert_int_equal(
		    chunked[i].from.len - p.used, chunked[i].left_over);

		body.dechunk = true;
		p = pass_all_ways(body, chunked[i].from);
		assert_int_equal(p.progress, BODY_COMPLETE);
		assert_text_equal(
		    ((struct text){p.bytes, p.kept}), chunked[i].data);
	}
}

/* Each ends with the byte that breaks it. */
static const struct text broken[] = {
    BYTES("\r"),
    BYTES("\n"),
    BYTES(" "),
    BYTES("\t"),
    BYTES(";"),
    BYTES("g"),
    BYTES("+"),
    BYTES("-"),
    BYTES("0x"),
    BYTES("\""),
    BYTES("5 "),
    BYTES("5\t"),
    BYTES("5\n"),
    BYTES("5\rX"),
    BYTES("5\r\r"),
    BYTES("5\0"),
    BYTES("5\x0b"),
    BYTES("5."),
    BYTES("5,"),
    BYTES("00000000000000000"),
    BYTES("12345678901234567"),
    BYTES("8000000000000000"),
    BYTES("ffffffffffffffff"),
    /* extensions */
    BYTES("5;\r"),
    BYTES("5;;"),
    BYTES("5; "),
    BYTES("5;a "),
    BYTES("5;a\n"),
    BYTES("5;="),
    BYTES("5;a=\r"),
    BYTES("5;a=;"),
    BYTES("5;a=="),
    BYTES("5;a=b "),
    BYTES("5;a=\"\r"),
    BYTES("5;a=\"\n"),
    BYTES("5;a=\"\x80"),
    BYTES("5;a=\"\\\r"),
    BYTES("5;a=\"b\"c"),
    BYTES("5;a=\"b\" "),
    BYTES("5;a\0"),
    BYTES("5;a\x80"),
    /* the end of the data */
    BYTES("2\r\nab\n"),
    BYTES("2\r\nabX"),
    BYTES("2\r\nab0"),
    BYTES("2\r\nab\rX"),
    BYTES("2\r\nab\r0"),
    BYTES("2\r\nab\r\n\r"),
    BYTES("2\r\nab\r\n "),
    /* trailers */
    BYTES("0\r\n\n"),
    BYTES("0\r\n\rX"),
    BYTES("0\r\n "),
    BYTES("0\r\n:"),
    BYTES("0\r\nA "),
    BYTES("0\r\nA\r"),
    BYTES("0\r\nA\n"),
    BYTES("0\r\nA: b\n"),
    BYTES("0\r\nA: b\rX"),
    BYTES("0\r\nA: b\0"),
    BYTES("0\r\nA: b\r\n "),
    BYTES("0\r\nA: b\r\n\n"),
    BYTES("0\r\nA: b\r\n\rX"),
};

static void
test_broken_chunks_are_found_at_the_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(broken); i++) {
		struct body body = {.kind = BODY_CHUNKED};
		struct text before = {broken[i].at, broken[i].len - 1};
		struct passed p = pass_all_ways(body, broken[i]);

		if (p.progress != BODY_BROKEN)
			fail_msg("row %zu: %s", i, broken[i].at);
		assert_int_equal(
		    pass(body, before, before.len, 1).progress, BODY_FLOWING);
		/* In one piece nothing of it goes on. */
		p = pass(body, broken[i], broken[i].len, 1);
		assert_int_equal(p.kept, 0);
		/* And nothing that ends the message, in any pieces. */
		p = pass(body, broken[i], 1, 1);
		assert_null(memmem(p.bytes, p.kept, "0\r\n\r\n", 5));
	}
}

/* A line of `begin`, `count` times 'a', and `end`. */
static enum body_progress
pass_long(const char *begin, size_t count, const char *end)
{
	char *bytes = malloc(count + 64);
	size_t len = (size_t)sprintf(bytes, "%s", begin);
	struct body body = {.kind = BODY_CHUNKED};
	enum body_progress progress;
	size_t used, kept;

	memset(bytes + len, 'a', count);
	len += count;
	len += (size_t)sprintf(bytes + len, "%s", end);
	progress = body_pass(&body, (unsigned char *)bytes, len, &used, &kept);
	free(bytes);
	return progress;
}

static void
test_extensions_and_trailers_are_bounded(void **state)
{
	size_t extension = BODY_EXTENSION_BYTES_MAX - 1;
	size_t trailer = BODY_TRAILER_BYTES_MAX - 4;

	(void)state;
	/* the ';' counts not */
	assert_int_equal(
	    pass_long("0;", extension + 1, "\r\n\r\n"), BODY_COMPLETE);
	assert_int_equal(
	    pass_long("0;", extension + 2, "\r\n\r\n"), BODY_BROKEN);
	assert_int_equal(
	    pass_long("0;a=\"", extension - 3, "\"\r\n\r\n"), BODY_COMPLETE);
	assert_int_equal(
	    pass_long("0;a=\"", extension + 1, "\"\r\n\r\n"), BODY_BROKEN);
	assert_int_equal(
	    pass_long("0\r\nA:", trailer - 1, "\r\n\r\n"), BODY_COMPLETE);
	assert_int_equal(
	    pass_long("0\r\nA:", trailer, "\r\n\r\n"), BODY_BROKEN);
}

static void
test_counted(void **state)
{
	struct body body = {.kind = BODY_COUNTED, .left = 5};
	struct passed p = pass_all_ways(body, TEXT("helloGET"));
	size_t used, kept;

	(void)state;
	assert_int_equal(p.progress, BODY_COMPLETE);
	assert_int_equal(p.used, 5);
	assert_text_equal(((struct text){p.bytes, p.kept}), "hello");
	assert_false(body_is_empty(&body));
	body.left = 0;
	assert_true(body_is_empty(&body));
	assert_int_equal(
	    body_pass(&body, NULL, 0, &used, &kept), BODY_COMPLETE);
	assert_int_equal(used, 0);
}

static void
test_none_and_until_close(void **state)
{
	struct body none = {.kind = BODY_NONE};
	struct body endless = {.kind = BODY_UNTIL_CLOSE};
	struct passed p = pass(none, TEXT("GET"), 3, 1);

	(void)state;
	assert_int_equal(p.progress, BODY_COMPLETE);
	assert_int_equal(p.used, 0);
	assert_true(body_is_empty(&none));
	p = pass(endless, TEXT("all of it"), 3, 1);
	assert_int_equal(p.progress, BODY_FLOWING);
	assert_text_equal(((struct text){p.bytes, p.kept}), "all of it");
	assert_false(body_is_empty(&endless));
}

/* Past 2^32, in counts and in a chunk. */
static void
test_lengths_have_64_bits(void **state)
{
	static unsigned char block[1 << 20];
	uint64_t size = ((uint64_t)1 << 32) + 5, passed = 0;
	struct body counted = {.kind = BODY_COUNTED, .left = size};
	struct body body = {.kind = BODY_CHUNKED};
	unsigned char line[] = "100000005\r\n";
	size_t used, kept;

	(void)state;
	assert_int_equal(
	    body_pass(&body, line, 11, &used, &kept), BODY_FLOWING);
	assert_int_equal(body.left, size);
	while (passed < size) {
		size_t len = size - passed < sizeof(block)
		    ? (size_t)(size - passed)
		    : sizeof(block);

		passed += len;
		assert_int_equal(
		    body_pass(&body, block, len, &used, &kept), BODY_FLOWING);
		assert_int_equal(kept, len);
		assert_int_equal(body_pass(&counted, block, len, &used, &kept),
		    passed == size ? BODY_COMPLETE : BODY_FLOWING);
	}
	memcpy(line, "\r\n0\r\n\r\n", 7);
	assert_int_equal(
	    body_pass(&body, line, 7, &used, &kept), BODY_COMPLETE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_chunks_are_written_anew),
	    cmocka_unit_test(test_broken_chunks_are_found_at_the_byte),
	    cmocka_unit_test(test_extensions_and_trailers_are_bounded),
	    cmocka_unit_test(test_counted),
	    cmocka_unit_test(test_none_and_until_close),
	    cmocka_unit_test(test_lengths_have_64_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
