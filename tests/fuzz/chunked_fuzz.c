/*
 * Chunked bodies: the same in any pieces; what goes on holds the same data, is
 * already what it would be made into, and is read so by http-parser as well.
 * What is broken never looks whole to whoever gets what went on.
 */
#include <http_parser.h>
#include <string.h>

#include "fuzz.h"
#include "http/body.h"

struct passed {
	enum body_progress progress;
	size_t used, kept;
	unsigned char *bytes; /* owned */
};

/* In pieces of `piece` bytes, each in memory of its own. */
static struct passed
pass(bool dechunk, const unsigned char *bytes, size_t len, size_t piece)
{
	struct body body = {.kind = BODY_CHUNKED, .dechunk = dechunk};
	struct passed p = {.progress = BODY_FLOWING};

	p.bytes = malloc(len + 1);
	while (p.used < len && p.progress == BODY_FLOWING) {
		size_t part = len - p.used < piece ? len - p.used : piece;
		unsigned char *at = malloc(part);
		size_t used, kept;

		memcpy(at, bytes + p.used, part);
		p.progress = body_pass(&body, at, part, &used, &kept);
		CHECK(kept <= used && used <= part);
		CHECK(p.progress != BODY_FLOWING || used == part);
		memcpy(p.bytes + p.kept, at, kept);
		free(at);
		p.used += used;
		p.kept += kept;
	}
	CHECK((p.progress == BODY_BROKEN) == (body.reason != NULL));
	return p;
}

static bool
same_bytes(const struct passed *a, const struct passed *b)
{
	return a->kept == b->kept && memcmp(a->bytes, b->bytes, a->kept) == 0;
}

/* What http-parser makes of it. */
struct read {
	bool complete;
	size_t data_bytes;
	unsigned char *data; /* owned */
};

static int
on_body(http_parser *parser, const char *at, size_t len)
{
	struct read *read = parser->data;

	memcpy(read->data + read->data_bytes, at, len);
	read->data_bytes += len;
	return 0;
}

static int
on_complete(http_parser *parser)
{
	struct read *read = parser->data;

	read->complete = true;
	http_parser_pause(parser, 1);
	return 0;
}

static struct read
read_by_parser(const unsigned char *bytes, size_t len)
{
	static const http_parser_settings settings = {
	    .on_body = on_body,
	    .on_message_complete = on_complete,
	};
	static const char head[] =
	    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
	struct read read = {.data = malloc(len + 1)};
	http_parser parser;

	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = &read;
	http_parser_execute(&parser, &settings, head, sizeof(head) - 1);
	http_parser_execute(&parser, &settings, (const char *)bytes, len);
	return read;
}

static void
check_what_went_on(const struct passed *p, const struct passed *data)
{
	struct read read = read_by_parser(p->bytes, p->kept);

	CHECK(read.complete == (p->progress == BODY_COMPLETE));
	if (read.complete) {
		struct passed again = pass(false, p->bytes, p->kept, p->kept);

		CHECK(again.progress == BODY_COMPLETE);
		CHECK(again.used == p->kept && same_bytes(&again, p));
		CHECK(read.data_bytes == data->kept);
		CHECK(memcmp(read.data, data->bytes, data->kept) == 0);
		free(again.bytes);
	}
	free(read.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct passed whole = pass(false, bytes, size, size);
	struct passed data = pass(true, bytes, size, size);

	CHECK(whole.progress == data.progress && whole.used == data.used);
	check_what_went_on(&whole, &data);
	for (size_t piece = 1; piece < 8; piece += 3) {
		struct passed split = pass(false, bytes, size, piece);

		CHECK(split.progress == whole.progress);
		CHECK(split.used == whole.used);
		if (whole.progress != BODY_BROKEN)
			CHECK(same_bytes(&split, &whole));
		check_what_went_on(&split, &data);
		free(split.bytes);
	}
	free(whole.bytes);
	free(data.bytes);
	return 0;
}
