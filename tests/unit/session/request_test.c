/*
 * What is remembered of a request: its words for the log, and little else.
 */
#include "session/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct head head; /* large: not on the stack */

static void
set_head(const char *method, const char *host, const char *target)
{
	memset(&head, 0, sizeof(head));
	head.method = text_of(method);
	head.host = text_of(host);
	head.target = text_of(target);
	head.minor = 1;
	head.keep_alive = true;
}

static void
expect(struct text found, const char *expected)
{
	assert_int_equal(found.len, strlen(expected));
	assert_memory_equal(found.at, expected, found.len);
}

static void
test_words_outlive_the_head(void **state)
{
	char method[] = "RPC_OUT_DATA", target[] = "/rpc/rpcproxy.dll?a:6001";
	struct request request = {0};

	(void)state;
	set_head(method, "mail.contoso.com:443", target);
	head.method_is = METHOD_RPC;
	request_begin(&request, &head);
	memset(method, 'x', sizeof(method));
	memset(target, 'x', sizeof(target));
	expect(request_method(&request), "RPC_OUT_DATA");
	expect(request_host(&request), "mail.contoso.com:443");
	expect(request_target(&request), "/rpc/rpcproxy.dll?a:6001");
	assert_int_equal(request.method_is, METHOD_RPC);
	assert_true(request.under_way);
	assert_true(request.keep_alive);
	assert_false(request.old);
	request_clear(&request);
	assert_false(request.under_way);
}

static void
test_the_next_request_leaves_nothing_of_the_last(void **state)
{
	struct request request = {0};

	(void)state;
	set_head("PROPPATCH", "mail.contoso.com", "/public/a/long/path");
	request_begin(&request, &head);
	request.status = 207;
	set_head("GET", "", "/");
	head.minor = 0;
	head.keep_alive = false;
	request_begin(&request, &head);
	expect(request_method(&request), "GET");
	expect(request_host(&request), "");
	expect(request_target(&request), "/");
	assert_int_equal(request.status, 0);
	assert_true(request.old);
	assert_false(request.keep_alive);
	request_clear(&request);
}

/* A head that was refused may hold anything: nothing of it is told. */
static void
test_an_unknown_request_has_no_words(void **state)
{
	struct request request = {0};

	(void)state;
	set_head("GET", "mail.contoso.com", "/secret");
	request_begin(&request, &head);
	request_begin_unknown(&request);
	expect(request_method(&request), "");
	expect(request_host(&request), "");
	expect(request_target(&request), "");
	assert_true(request.under_way);
	assert_false(request.keep_alive);
	assert_int_equal(request.method_is, METHOD_OTHER);
	assert_string_equal(request.service->name, "other");
	request_clear(&request);
}

/* A channel keeps its request for days, and there are thousands. */
static void
test_long_words_are_not_kept_between_requests(void **state)
{
	struct request request = {0};
	char target[4000];

	(void)state;
	memset(target, 'a', sizeof(target) - 1);
	target[0] = '/';
	target[sizeof(target) - 1] = '\0';
	set_head("GET", "mail.contoso.com", target);
	request_begin(&request, &head);
	expect(request_target(&request), target);
	set_head("GET", "mail.contoso.com", "/");
	request_begin(&request, &head);
	assert_true(request.words.size <= 512);
	request_clear(&request);
	assert_null(request.words.at);
}

static void
test_an_id_is_16_digits(void **state)
{
	struct request request = {.id = UINT64_C(0x0123456789abcdef)};
	char digits[REQUEST_ID_BYTES];

	(void)state;
	expect(request_id(&request, digits), "0123456789abcdef");
	request.id = 0;
	expect(request_id(&request, digits), "0000000000000000");
	request.id = UINT64_MAX;
	expect(request_id(&request, digits), "ffffffffffffffff");
}

static void
test_without_memory_there_is_nothing_to_tell(void **state)
{
	struct request request = {0};

	(void)state;
	set_head("GET", "mail.contoso.com", "/");
	request_begin(&request, &head);
	request.words.failed = true;
	expect(request_method(&request), "");
	expect(request_host(&request), "");
	request_clear(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_outlive_the_head),
	    cmocka_unit_test(test_the_next_request_leaves_nothing_of_the_last),
	    cmocka_unit_test(test_an_unknown_request_has_no_words),
	    cmocka_unit_test(test_long_words_are_not_kept_between_requests),
	    cmocka_unit_test(test_an_id_is_16_digits),
	    cmocka_unit_test(test_without_memory_there_is_nothing_to_tell),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
