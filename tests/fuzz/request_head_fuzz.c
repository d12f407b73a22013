/*
 * Heads of requests: the guard says the same in any pieces; what it lets
 * through http-parser reads too, or for a reason that head.c is there to find;
 * what goes on is understood as what came in was, and is already what it
 * would be made into.
 */
#include <http_parser.h>
#include <string.h>

#include "head_fuzz.h"
#include "http/rewrite.h"

static struct head head, again;

static int
stop(http_parser *parser)
{
	(void)parser;
	return 2;
}

static void
check_parser_agrees(struct text bytes)
{
	static const http_parser_settings settings = {
	    .on_headers_complete = stop};
	http_parser parser;
	const char *space;
	size_t used;

	if (text_starts(bytes, TEXT("\r\n"))) {
		bytes.at += 2;
		bytes.len -= 2;
	}
	space = memchr(bytes.at, ' ', bytes.len);
	CHECK(space != NULL);
	bytes.len -= (size_t)(space - bytes.at);
	http_parser_init(&parser, HTTP_REQUEST);
	http_parser_execute(&parser, &settings, "POST", 4);
	used = http_parser_execute(&parser, &settings, space, bytes.len);
	switch (HTTP_PARSER_ERRNO(&parser)) {
	case HPE_OK:
		CHECK(used == bytes.len && parser.upgrade);
		break;
	case HPE_INVALID_URL:
	case HPE_INVALID_CONTENT_LENGTH:
	case HPE_UNEXPECTED_CONTENT_LENGTH:
	case HPE_INVALID_TRANSFER_ENCODING:
		break;
	default:
		CHECK(!"http-parser refuses what the guard lets through");
	}
}

static void
check_meaning(void)
{
	unsigned ours = 0;

	CHECK(text_equals(head.method, again.method));
	CHECK(text_equals(head.target, again.target));
	CHECK(text_equals(head.host, again.host));
	CHECK(head.method_is == again.method_is);
	CHECK(head.minor == again.minor);
	CHECK(head.has_host == again.has_host);
	CHECK(head.has_host || head.minor == 0);
	CHECK(head.keep_alive == again.keep_alive);
	CHECK(head.expects_continue == again.expects_continue);
	CHECK(head.body.kind == again.body.kind);
	CHECK(head.body.left == again.body.left);
	CHECK(head.target.at[0] == '/' || text_equals(head.target, TEXT("*")));
	for (size_t i = 0; i < again.field_count; i++) {
		CHECK(again.fields[i].kind != FIELD_HOP_BY_HOP);
		CHECK(again.fields[i].kind != FIELD_VIA);
		CHECK(again.fields[i].kind != FIELD_SHADOW);
		ours += again.fields[i].kind == FIELD_FORWARDING;
	}
	CHECK(ours == 4);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct forwarding forwarding = {TEXT("192.0.2.1"), 443, true};
	struct text bytes = {(const char *)data, size};
	struct buffer once = {0}, twice = {0};
	enum guard_verdict verdict;
	struct refusal refusal;
	size_t used;

	if (!guard_passes(GUARD_REQUEST, bytes, &bytes.len))
		return 0;
	check_parser_agrees(bytes);
	if (head_read_request(&head, bytes, &refusal) == -1) {
		CHECK(refusal.status == 400 && refusal.reason != NULL);
		return 0;
	}
	rewrite_request(&once, &head, &forwarding);
	used = judge(GUARD_REQUEST, &large_limits, buffer_text(&once), once.len,
	    &verdict)
		   .head_bytes;
	CHECK(verdict == GUARD_COMPLETE && used == once.len);
	CHECK(head_read_request(&again, buffer_text(&once), &refusal) == 0);
	check_meaning();
	rewrite_request(&twice, &again, &forwarding);
	CHECK(text_equals(buffer_text(&once), buffer_text(&twice)));
	buffer_clear(&once);
	buffer_clear(&twice);
	return 0;
}
