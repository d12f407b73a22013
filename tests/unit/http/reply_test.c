#include "http_test.h"

#include "shortage.h"

#include <string.h>

#include "http/head.h"
#include "http/reply.h"

static struct buffer out;

static int
clear(void **state)
{
	(void)state;
	buffer_clear(&out);
	return 0;
}

static struct text
write_reply(struct reply reply)
{
	buffer_reset(&out);
	reply_write(&out, &reply);
	assert_false(out.failed);
	return buffer_text(&out);
}

/* Our own answers pass our own guard, and are as long as they say. */
static void
assert_whole(struct text answer)
{
	static struct head head;
	struct refusal refusal;
	struct guard guard;
	size_t used;

	guard_init(&guard, GUARD_RESPONSE);
	assert_int_equal(
	    guard_read(&guard, &default_limits, answer, &used), GUARD_COMPLETE);
	assert_int_equal(
	    head_read_response(
		&head, (struct text){answer.at, used}, METHOD_OTHER, &refusal),
	    0);
	assert_int_equal(head.body.kind, BODY_COUNTED);
	assert_int_equal(head.body.left, answer.len - used);
	assert_false(head.keep_alive);
}

static void
test_every_status(void **state)
{
	static const unsigned statuses[] = {
	    302, 400, 403, 404, 408, 413, 414, 421, 431, 501, 502, 503, 504};

	(void)state;
	for (size_t i = 0; i < ROWS(statuses); i++) {
		assert_string_not_equal(reply_phrase(statuses[i]), "Error");
		assert_whole(write_reply((struct reply){
		    .status = statuses[i],
		    .reason = TEXT("a line ends without CR"),
		    .id = TEXT("0123456789abcdef"),
		}));
	}
	assert_string_equal(reply_phrase(299), "Error");
}

static void
test_in_words(void **state)
{
	struct text answer = write_reply((struct reply){
	    .status = 404,
	    .reason = TEXT("no <site> for \"a&b's\""),
	    .id = TEXT("0123456789abcdef"),
	});

	(void)state;
	assert_whole(answer);
	assert_true(text_starts(
	    answer, TEXT("HTTP/1.1 404 Not Found\r\nContent-Type: ")));
	assert_non_null(memmem(answer.at, answer.len,
	    "no &lt;site&gt; for &quot;a&amp;b&#39;s&quot;", 45));
	assert_non_null(memmem(answer.at, answer.len, "0123456789abcdef", 16));
}

static void
test_redirect(void **state)
{
	(void)state;
	assert_text_equal(
	    write_reply((struct reply){
		.status = 302,
		.location = TEXT("https://autodiscover.contoso.com/a?b"),
		.id = TEXT("1"),
		.no_store = true,
	    }),
	    "HTTP/1.1 302 Found\r\n"
	    "Location: https://autodiscover.contoso.com/a?b\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Length: 0\r\n"
	    "Connection: close\r\n\r\n");
}

static void
test_head_has_no_body(void **state)
{
	struct reply reply = {
	    .status = 503,
	    .reason = TEXT("no server"),
	    .id = TEXT("1"),
	    .retry_after_s = 30,
	};
	struct text whole, head;
	char bytes[1024];

	(void)state;
	whole = write_reply(reply);
	assert_true(whole.len <= sizeof(bytes));
	memcpy(bytes, whole.at, whole.len);
	whole.at = bytes;
	assert_non_null(
	    memmem(whole.at, whole.len, "\r\nRetry-After: 30\r\n", 19));
	reply.head_only = true;
	head = write_reply(reply);
	assert_true(text_starts(whole, head));
	assert_memory_equal(head.at + head.len - 4, "\r\n\r\n", 4);
}

static bool
write_without_memory(void *with)
{
	struct buffer to = {0};
	bool whole;

	reply_write(&to, with);
	whole = !to.failed;
	buffer_clear(&to);
	return whole;
}

static void
test_without_memory_no_half_of_it_is_taken_for_whole(void **state)
{
	struct reply reply = {
	    .status = 404,
	    .reason = TEXT("no site for this host"),
	    .id = TEXT("0123456789abcdef"),
	};

	(void)state;
	shortage_sweep(write_without_memory, &reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_status),
	    cmocka_unit_test(test_in_words),
	    cmocka_unit_test(test_redirect),
	    cmocka_unit_test(test_head_has_no_body),
	    cmocka_unit_test(
		test_without_memory_no_half_of_it_is_taken_for_whole),
	};

	return cmocka_run_group_tests(tests, NULL, clear);
}
