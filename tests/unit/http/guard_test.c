/*
 * What the guard lets through and what it refuses, in whatever pieces a head
 * comes.
 */
#include "http_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verdict {
	enum guard_verdict verdict;
	unsigned status;
	size_t head_bytes;
};

/* Reads `bytes` in pieces of `piece`. */
static struct verdict
judge(enum guard_kind kind, const struct guard_limits *limits,
    struct text bytes, size_t first, size_t piece)
{
	struct guard guard;
	struct verdict v = {GUARD_MORE, 0, 0};
	size_t at = 0, len = first;

	guard_init(&guard, kind);
	while (at < bytes.len && v.verdict == GUARD_MORE) {
		size_t used;

		if (len > bytes.len - at)
			len = bytes.len - at;
		v.verdict = guard_read(
		    &guard, limits, (struct text){bytes.at + at, len}, &used);
		assert_true(used <= len);
		if (v.verdict == GUARD_MORE)
			assert_int_equal(used, len);
		at += used;
		len = piece;
	}
	assert_int_equal(guard.head_bytes, at);
	v.head_bytes = v.verdict == GUARD_COMPLETE ? at : 0;
	if (v.verdict == GUARD_REFUSED) {
		assert_non_null(guard.refusal.reason);
		v.status = guard.refusal.status;
	}
	return v;
}

static void
assert_alike(struct verdict a, struct verdict b)
{
	assert_int_equal(a.verdict, b.verdict);
	assert_int_equal(a.status, b.status);
	assert_int_equal(a.head_bytes, b.head_bytes);
}

/* The verdict, which must not depend on the pieces. */
static struct verdict
judge_all_ways(
    enum guard_kind kind, const struct guard_limits *limits, struct text bytes)
{
	struct verdict whole = judge(kind, limits, bytes, bytes.len, 1);

	assert_alike(whole, judge(kind, limits, bytes, 1, 1));
	for (size_t first = 1; first < bytes.len && first < 2000; first++)
		assert_alike(
		    whole, judge(kind, limits, bytes, first, bytes.len));
	return whole;
}

static const struct text good_requests[] = {
    BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    BYTES("GET / HTTP/1.0\r\n\r\n"),
    BYTES("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    BYTES("RPC_IN_DATA /rpc/rpcproxy.dll?g@x.y:6001 HTTP/1.1\r\n\r\n"),
    BYTES("X-MS-ENUMATTS /a HTTP/1.1\r\n\r\n"),
    BYTES("OPTIONS * HTTP/1.1\r\n\r\n"),
    BYTES("GET http://a/b?c HTTP/1.1\r\n\r\n"),
    BYTES("GET /%41%0a%zz%%20% HTTP/1.1\r\n\r\n"),
    BYTES("GET /%01%0 HTTP/1.1\r\n\r\n"),
    BYTES("GET /\"<>\\^`{|}~[]?:@!$&'()*+,;= HTTP/1.1\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nA:\r\nB: \r\nC:\t d \t\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\nX: \x80\xff\xc3\xa4 ~!\"#\r\n\r\n"),
    BYTES("GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09aZ: x\r\n\r\n"),
};

static void
test_good_requests_pass(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_requests); i++) {
		struct verdict v = judge_all_ways(
		    GUARD_REQUEST, &default_limits, good_requests[i]);

		if (v.verdict != GUARD_COMPLETE)
			fail_msg("refused: %s", good_requests[i].at);
		assert_int_equal(v.head_bytes, good_requests[i].len);
	}
}

/* `bytes` ends with the byte that makes the head invalid, so that the guard
 * must not have waited for more. */
static const struct bad {
	struct text bytes;
	unsigned status;
} bad_requests[] = {
    /* lines */
    {BYTES("GET / HTTP/1.1\n"), 400},
    {BYTES("GET / HTTP/1.1\r\nHost: a\n"), 400},
    {BYTES("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400},
    {BYTES("GET / HTTP/1.1\r\nHost: a\r\n\rX"), 400},
    {BYTES("GET / HTTP/1.1\rH"), 400},
    {BYTES("GET / HTTP/1.1\r\nHost: a\rb"), 400},
    {BYTES("GET / HTTP/1.1\r\nHost: a\r\r"), 400},
    {BYTES("\n"), 400},
    {BYTES("\rG"), 400},
    {BYTES("\r\n\r"), 400},
    {BYTES("\r\n\n"), 400},
    {BYTES(" "), 400},
    /* folds and names */
    {BYTES("GET / HTTP/1.1\r\nA: b\r\n "), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\r\n\t"), 400},
    {BYTES("GET / HTTP/1.1\r\n "), 400},
    {BYTES("GET / HTTP/1.1\r\nA "), 400},
    {BYTES("GET / HTTP/1.1\r\nA\t"), 400},
    {BYTES("GET / HTTP/1.1\r\n:"), 400},
    {BYTES("GET / HTTP/1.1\r\nA\r"), 400},
    {BYTES("GET / HTTP/1.1\r\nA\n"), 400},
    {BYTES("GET / HTTP/1.1\r\nA("), 400},
    {BYTES("GET / HTTP/1.1\r\nA\x80"), 400},
    {BYTES("GET / HTTP/1.1\r\nA\0"), 400},
    {BYTES("GET / HTTP/1.1\r\n\0"), 400},
    {BYTES("GET / HTTP/1.1\r\n\x7f"), 400},
    {BYTES("GET / HTTP/1.1\r\nA\x7f"), 400},
    {BYTES("GET / HTTP/1.1\r\n\""), 400},
    /* values */
    {BYTES("GET / HTTP/1.1\r\nA: b\0"), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\x01"), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\x0b"), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\x0c"), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\x1f"), 400},
    {BYTES("GET / HTTP/1.1\r\nA: b\x7f"), 400},
    /* methods */
    {BYTES("g"), 400},
    {BYTES("GEt"), 400},
    {BYTES("GET\t"), 400},
    {BYTES("GET\r"), 400},
    {BYTES("GET1"), 400},
    {BYTES("\0"), 400},
    {BYTES("\x80"), 400},
    {BYTES("\x16"), 400}, /* a TLS handshake on the plain port */
    {BYTES("CONNECT "), 501},
    {BYTES("TRACE "), 501},
    {BYTES("RPC_CONNECT "), 501},
    {BYTES("RDG_OUT_DATA "), 501},
    {BYTES("PRI "), 501},
    {BYTES("FOO "), 501},
    {BYTES("ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG"), 501},
    /* targets */
    {BYTES("GET  "), 400},
    {BYTES("GET /\t"), 400},
    {BYTES("GET /\r"), 400},
    {BYTES("GET /\n"), 400},
    {BYTES("GET /a#"), 400},
    {BYTES("GET /\x80"), 400},
    {BYTES("GET /\xff"), 400},
    {BYTES("GET /\x7f"), 400},
    {BYTES("GET /\0"), 400},
    {BYTES("GET /\x01"), 400},
    {BYTES("GET /%00"), 400},
    {BYTES("GET /a%00"), 400},
    {BYTES("GET /%%00"), 400},
    {BYTES("GET /%0%00"), 400},
    {BYTES("GET /?%00"), 400},
    {BYTES("GET /%\x80"), 400},
    {BYTES("GET /%0\x01"), 400},
    /* versions */
    {BYTES("GET /  "), 400},
    {BYTES("GET / \r"), 400},
    {BYTES("GET / h"), 400},
    {BYTES("GET / HTTP/2"), 400},
    {BYTES("GET / HTTP/0"), 400},
    {BYTES("GET / HTTP/1,"), 400},
    {BYTES("GET / HTTP/1.2"), 400},
    {BYTES("GET / HTTP/1.1 "), 400},
    {BYTES("GET / HTTP/1.10"), 400},
    {BYTES("GET / HTTPS"), 400},
};

static void
test_bad_requests_are_refused_at_the_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_requests); i++) {
		struct text bytes = bad_requests[i].bytes;
		struct text before = {bytes.at, bytes.len - 1};
		struct verdict v =
		    judge_all_ways(GUARD_REQUEST, &default_limits, bytes);

		if (v.verdict != GUARD_REFUSED ||
		    v.status != bad_requests[i].status)
			fail_msg("row %zu: %d, %u", i, v.verdict, v.status);
		v = judge(GUARD_REQUEST, &default_limits, before, 1, 1);
		if (v.verdict != GUARD_MORE)
			fail_msg("row %zu: too early", i);
	}
}

/* In every place, each byte that can't stand there. */
static void
test_no_control_character_passes(void **state)
{
	static const char *const places[] = {"GET /%c HTTP/1.1\r\n\r\n",
	    "GET / HTTP/1.1\r\nA%cB: c\r\n\r\n",
	    "GET / HTTP/1.1\r\nA: b%cc\r\n\r\n"};

	(void)state;
	for (size_t place = 0; place < ROWS(places); place++)
		for (unsigned byte = 0; byte < 256; byte++) {
			char text[64];
			int len = snprintf(
			    text, sizeof(text), places[place], (int)byte);
			struct verdict v = judge(GUARD_REQUEST, &default_limits,
			    (struct text){text, (size_t)len}, (size_t)len, 1);
			bool control = byte < 0x20 || byte == 0x7f;
			bool fine = place == 2 ? !control || byte == '\t'
			    : place == 0       ? !control && byte < 0x80 &&
				byte != '#' && byte != ' '
					 : byte < 0x80 && byte != '\0' &&
				strchr("!#$%&'*+-.^_`|~:0123456789"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz",
				    (int)byte) != NULL;

			if ((v.verdict == GUARD_COMPLETE) != fine)
				fail_msg("place %zu, byte %02x", place, byte);
		}
}

static const struct text good_responses[] = {
    BYTES("HTTP/1.1 200 OK\r\n\r\n"),
    BYTES("HTTP/1.1 200 Success\r\nContent-Length: 1\r\n\r\n"),
    BYTES("HTTP/1.0 503 RPC Error: 6ba, EEInfo: AQID+/==\r\n\r\n"),
    BYTES("HTTP/1.1 200 \r\n\r\n"),
    BYTES("HTTP/1.1 200\r\n\r\n"),
    BYTES("HTTP/1.1 404 Nicht gefund\xe4n\t!\r\n\r\n"),
    BYTES("HTTP/1.1 599 x\r\n\r\n"),
    BYTES("HTTP/1.1 100 Continue\r\n\r\n"),
};

static const struct text bad_responses[] = {
    BYTES("\r"),
    BYTES("h"),
    BYTES("HTTP/2"),
    BYTES("HTTP/1.1  "),
    BYTES("HTTP/1.1 0"),
    BYTES("HTTP/1.1 6"),
    BYTES("HTTP/1.1 20 "),
    BYTES("HTTP/1.1 2000"),
    BYTES("HTTP/1.1 200\n"),
    BYTES("HTTP/1.1 200 OK\n"),
    BYTES("HTTP/1.1 200 O\0"),
    BYTES("HTTP/1.1\r"),
    BYTES("HTTP/1.1 200 OK\r\nA : b"),
    BYTES("HTTP/1.1 200 OK\r\nA: b\r\n c"),
    BYTES("HTTP/1.1 200 OK\r\nA: b\nc"),
};

static void
test_responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(good_responses); i++) {
		struct verdict v = judge_all_ways(
		    GUARD_RESPONSE, &default_limits, good_responses[i]);

		if (v.verdict != GUARD_COMPLETE)
			fail_msg("refused: %s", good_responses[i].at);
	}
	for (size_t i = 0; i < ROWS(bad_responses); i++) {
		struct verdict v = judge_all_ways(
		    GUARD_RESPONSE, &default_limits, bad_responses[i]);

		if (v.verdict != GUARD_REFUSED || v.status != 502)
			fail_msg("row %zu: %d, %u", i, v.verdict, v.status);
	}
}

static void
test_head_bytes_are_limited(void **state)
{
	static const struct text head =
	    BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	struct guard_limits limits = {head.len, 128, 16384};
	struct verdict v;

	(void)state;
	v = judge_all_ways(GUARD_REQUEST, &limits, head);
	assert_int_equal(v.verdict, GUARD_COMPLETE);
	limits.head_bytes--;
	v = judge_all_ways(GUARD_REQUEST, &limits, head);
	assert_int_equal(v.verdict, GUARD_REFUSED);
	assert_int_equal(v.status, 431);
}

static void
test_headers_are_limited(void **state)
{
	static const struct text head =
	    BYTES("GET / HTTP/1.1\r\nA: 1\r\nA: 2\r\nA: 3\r\n\r\n");
	struct guard_limits limits = {131072, 3, 16384};
	struct verdict v;

	(void)state;
	v = judge_all_ways(GUARD_REQUEST, &limits, head);
	assert_int_equal(v.verdict, GUARD_COMPLETE);
	limits.headers--;
	v = judge_all_ways(GUARD_REQUEST, &limits, head);
	assert_int_equal(v.verdict, GUARD_REFUSED);
	assert_int_equal(v.status, 431);
}

static void
test_target_is_limited(void **state)
{
	static const struct text head =
	    BYTES("GET /23%5%06%%9 HTTP/1.1\r\n\r\n");
	struct guard_limits limits = {131072, 128, 11};
	struct verdict v;

	(void)state;
	v = judge_all_ways(GUARD_REQUEST, &limits, head);
	assert_int_equal(v.verdict, GUARD_COMPLETE);
	while (limits.target_bytes-- > 1) {
		v = judge_all_ways(GUARD_REQUEST, &limits, head);
		assert_int_equal(v.verdict, GUARD_REFUSED);
		assert_int_equal(v.status, 414);
	}
}

/* 64 KiB of Authorization, as Kerberos may send (R26). */
static void
test_a_large_authorization_passes(void **state)
{
	static const char begin[] = "GET / HTTP/1.1\r\nAuthorization: ";
	size_t len = sizeof(begin) - 1 + 65536 + 4;
	char *head = malloc(len);
	struct verdict v;

	(void)state;
	assert_non_null(head);
	memset(head, 'A', len);
	memcpy(head, begin, sizeof(begin) - 1);
	memcpy(head + len - 4, "\r\n\r\n", 4);
	v = judge_all_ways(
	    GUARD_REQUEST, &default_limits, (struct text){head, len});
	assert_int_equal(v.verdict, GUARD_COMPLETE);
	free(head);
}

static void
test_what_follows_is_not_used(void **state)
{
	static const struct text two =
	    BYTES("GET / HTTP/1.1\r\n\r\n\0garbage GET");
	struct verdict v = judge_all_ways(GUARD_REQUEST, &default_limits, two);

	(void)state;
	assert_int_equal(v.verdict, GUARD_COMPLETE);
	assert_int_equal(v.head_bytes, 18);
}

static void
test_idle_until_the_first_byte(void **state)
{
	struct guard guard;
	size_t used;

	(void)state;
	guard_init(&guard, GUARD_REQUEST);
	assert_true(guard_idle(&guard));
	guard_read(&guard, &default_limits, TEXT("\r"), &used);
	assert_true(guard_idle(&guard));
	guard_read(&guard, &default_limits, TEXT("\n"), &used);
	assert_true(guard_idle(&guard));
	guard_read(&guard, &default_limits, TEXT("G"), &used);
	assert_false(guard_idle(&guard));

	guard_init(&guard, GUARD_RESPONSE);
	assert_true(guard_idle(&guard));
	guard_read(&guard, &default_limits, TEXT("H"), &used);
	assert_false(guard_idle(&guard));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_good_requests_pass),
	    cmocka_unit_test(test_bad_requests_are_refused_at_the_byte),
	    cmocka_unit_test(test_no_control_character_passes),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_head_bytes_are_limited),
	    cmocka_unit_test(test_headers_are_limited),
	    cmocka_unit_test(test_target_is_limited),
	    cmocka_unit_test(test_a_large_authorization_passes),
	    cmocka_unit_test(test_what_follows_is_not_used),
	    cmocka_unit_test(test_idle_until_the_first_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
