#include "http/parse.h"

#include <http_parser.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int
on_url(http_parser *parser, const char *at, size_t len)
{
	struct head *head = parser->data;

	head->target = (struct text){at, len};
	return 0;
}

static int
on_name(http_parser *parser, const char *at, size_t len)
{
	struct head *head = parser->data;
	struct field *field = &head->fields[head->field_count];
	struct text name = {at, len};

	if (head->field_count == HEAD_FIELDS_MAX)
		return -1;
	*field = (struct field){name, {at + len, 0}, field_kind_of(name)};
	head->field_count++;
	return 0;
}

static int
on_value(http_parser *parser, const char *at, size_t len)
{
	struct head *head = parser->data;

	head->fields[head->field_count - 1].value =
	    text_trim((struct text){at, len});
	return 0;
}

/* 2: there is neither a body nor another message, stop here. */
static int
on_head(http_parser *parser)
{
	(void)parser;
	return 2;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
};

static void
start(http_parser *parser, enum http_parser_type type, struct head *head)
{
	/* Global to the library. How large a head may be is the guard's to
	 * say. */
	http_parser_set_max_header_size(UINT32_MAX / 2);
	http_parser_init(parser, type);
	parser->data = head;
	memset(head, 0, offsetof(struct head, fields));
}

static const char *
reason_of(enum http_errno error)
{
	switch (error) {
	case HPE_INVALID_CONTENT_LENGTH:
		return "Content-Length is no number";
	case HPE_UNEXPECTED_CONTENT_LENGTH:
		return "Content-Length comes twice, or beside "
		       "Transfer-Encoding";
	case HPE_CB_header_field:
		return "there are too many headers";
	case HPE_OK:
		return "the head does not end where it should";
	default:
		return http_errno_description(error);
	}
}

static int
finish(http_parser *parser, struct text bytes, struct refusal *refusal)
{
	struct head *head = parser->data;
	size_t used =
	    http_parser_execute(parser, &settings, bytes.at, bytes.len);
	enum http_errno error = HTTP_PARSER_ERRNO(parser);

	/* on_head()'s 2 leaves `upgrade` set. */
	if (error != HPE_OK || used != bytes.len || !parser->upgrade) {
		refusal->reason = reason_of(error);
		return -1;
	}
	head->minor = parser->http_minor;
	head->status = parser->status_code;
	return 0;
}

/* Takes what stands before the first `c` off the front; false without one. */
static bool
take(struct text *bytes, char c, struct text *taken)
{
	const char *found = memchr(bytes->at, c, bytes->len);

	if (found == NULL)
		return false;
	*taken = (struct text){bytes->at, (size_t)(found - bytes->at)};
	bytes->at += taken->len;
	bytes->len -= taken->len;
	return true;
}

int
parse_request_head(
    struct head *head, struct text bytes, struct refusal *refusal)
{
	http_parser parser;

	start(&parser, HTTP_REQUEST, head);
	if (text_starts(bytes, TEXT("\r\n"))) {
		bytes.at += 2;
		bytes.len -= 2;
	}
	if (!take(&bytes, ' ', &head->method)) {
		refusal->reason = "the request line holds no space";
		return -1;
	}
	/* The stand-in for the method, which the parser may not know. */
	http_parser_execute(&parser, &settings, "POST", 4);
	return finish(&parser, bytes, refusal);
}

int
parse_response_head(
    struct head *head, struct text bytes, struct refusal *refusal)
{
	http_parser parser;
	struct text line = bytes;

	start(&parser, HTTP_RESPONSE, head);
	if (!take(&line, '\r', &head->status_line)) {
		refusal->reason = "the status line has no end";
		return -1;
	}
	return finish(&parser, bytes, refusal);
}

const char *
parse_library(void)
{
	static char text[32];
	unsigned long version = http_parser_version();

	snprintf(text, sizeof(text), "%lu.%lu.%lu", version >> 16,
	    version >> 8 & 255, version & 255);
	return text;
}
