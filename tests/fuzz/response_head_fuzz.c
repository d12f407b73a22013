/*
 * Heads of responses: as those of requests, and for each way to mend them.
 */
#include "head_fuzz.h"
#include "http/rewrite.h"

static struct head head, again;

static bool
is_ours(void *owner, struct text host)
{
	(void)owner;
	return text_equals_fold(host, TEXT("mail.contoso.com"));
}

static void
check_meaning(const struct mending *mending)
{
	bool closing = mending->close || mending->dechunk;

	CHECK(text_equals(head.status_line, again.status_line));
	CHECK(head.status == again.status);
	CHECK(head.minor == again.minor);
	if (mending->dechunk && head.body.kind == BODY_CHUNKED)
		CHECK(again.body.kind == BODY_UNTIL_CLOSE);
	else
		CHECK(head.body.kind == again.body.kind);
	CHECK(head.body.left == again.body.left);
	if (!closing)
		CHECK(head.keep_alive == again.keep_alive);
	else if (!mending->plain_rpc)
		CHECK(!again.keep_alive);
	for (size_t i = 0; i < again.field_count; i++)
		CHECK(again.fields[i].kind != FIELD_HOP_BY_HOP);
}

static void
mend(enum method method, const struct mending *mending)
{
	struct buffer once = {0}, twice = {0};
	enum guard_verdict verdict;
	struct refusal refusal;
	size_t used;

	rewrite_response(&once, &head, mending);
	used = judge(GUARD_RESPONSE, &large_limits, buffer_text(&once),
	    once.len, &verdict)
		   .head_bytes;
	CHECK(verdict == GUARD_COMPLETE && used == once.len);
	CHECK(head_read_response(
		  &again, buffer_text(&once), method, &refusal) == 0);
	check_meaning(mending);
	rewrite_response(&twice, &again, mending);
	CHECK(text_equals(buffer_text(&once), buffer_text(&twice)));
	buffer_clear(&once);
	buffer_clear(&twice);
}

static void
mend_all_ways(enum method method)
{
	for (unsigned bits = 0; bits < 16; bits++) {
		struct mending mending = {
		    .plain_rpc = bits & 1,
		    .tls = bits & 2,
		    .close = bits & 4,
		    .dechunk = bits & 8,
		    .port = bits & 1 ? 443 : 8443,
		    .is_ours = is_ours,
		};

		mend(method, &mending);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum method methods[] = {METHOD_OTHER, METHOD_HEAD};
	struct text bytes = {(const char *)data, size};
	struct refusal refusal;

	if (!guard_passes(GUARD_RESPONSE, bytes, &bytes.len))
		return 0;
	for (size_t i = 0; i < 2; i++) {
		if (head_read_response(&head, bytes, methods[i], &refusal) ==
		    -1) {
			CHECK(refusal.status == 502 && refusal.reason != NULL);
			continue;
		}
		CHECK(methods[i] != METHOD_HEAD || body_is_empty(&head.body));
		mend_all_ways(methods[i]);
	}
	return 0;
}
