/*
 * The room a head needs is counted first, then it is written without looking
 * at the end of the buffer again.
 */
#include "http/rewrite.h"

#include <assert.h>
#include <string.h>

#include "http/host.h"

/* What any field may grow by: ": ", CRLF, "; Secure", "s" and a port. */
#define FIELD_ROOM 24

/* What we add ourselves, and the ends of lines. */
#define OWN_ROOM 256

static char *
put(char *to, struct text t)
{
	memcpy(to, t.at, t.len);
	return to + t.len;
}

static char *
put_field(char *to, struct text name, struct text value)
{
	to = put(to, name);
	to = put(to, TEXT(": "));
	to = put(to, value);
	return put(to, TEXT("\r\n"));
}

static size_t
room(const struct head *head)
{
	size_t bytes = OWN_ROOM + CONNECTION_TOKENS_MAX * 2;

	for (size_t i = 0; i < head->field_count; i++)
		bytes += head->fields[i].name.len + head->fields[i].value.len +
		    FIELD_ROOM;
	return bytes;
}

/* Of a Connection field only `keep-alive`, if `keep_alive` says so, and
 * `close` go on, in their letter case; with neither left the field goes.
 * `*closes`: there was a `close`. */
static char *
put_connection(
    char *to, const struct field *field, bool keep_alive, bool *closes)
{
	struct text rest = field->value, token;
	char *begin = to;

	while (text_split(&rest, ',', &token)) {
		bool close;

		token = text_trim(token);
		close = text_equals_fold(token, TEXT("close"));
		if (!close &&
		    !(keep_alive &&
			text_equals_fold(token, TEXT("keep-alive"))))
			continue;
		*closes |= close;
		to = to == begin ? put(put(to, field->name), TEXT(": "))
				 : put(to, TEXT(", "));
		to = put(to, token);
	}
	return to == begin ? to : put(to, TEXT("\r\n"));
}

static char *
put_forwarding(char *to, const struct forwarding *forwarding)
{
	if (forwarding->tls)
		to = put(to, TEXT("Front-End-Https: On\r\n"));
	to = put_field(to, TEXT("X-Forwarded-For"), forwarding->client);
	to = put(to,
	    forwarding->tls ? TEXT("X-Forwarded-Proto: https\r\n")
			    : TEXT("X-Forwarded-Proto: http\r\n"));
	to = put(to, TEXT("X-Forwarded-Port: "));
	to = text_put_number(to, forwarding->port);
	return put(to, TEXT("\r\n"));
}

static char *
put_request_field(char *to, const struct field *field)
{
	bool ignored = false;

	switch (field->kind) {
	case FIELD_CONNECTION:
		return put_connection(to, field, true, &ignored);
	case FIELD_HOP_BY_HOP:
	case FIELD_VIA:
	case FIELD_FORWARDING:
	case FIELD_SHADOW:
		return to;
	case FIELD_PLAIN:
	case FIELD_HOST:
	case FIELD_CONTENT_LENGTH:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_EXPECT:
	case FIELD_LOCATION:
	case FIELD_SET_COOKIE:
	case FIELD_END_TO_END:
	case FIELD_PROXY:
		break;
	}
	return put_field(to, field->name, field->value);
}

void
rewrite_request(struct buffer *to, const struct head *head,
    const struct forwarding *forwarding)
{
	size_t bytes = room(head) + head->method.len + head->target.len +
	    forwarding->client.len;
	char *at = buffer_reserve(to, bytes), *begin = at;

	if (at == NULL)
		return;
	at = put(at, head->method);
	at = put(at, TEXT(" "));
	at = put(at, head->target);
	at = put(at,
	    head->minor == 0 ? TEXT(" HTTP/1.0\r\n") : TEXT(" HTTP/1.1\r\n"));
	for (size_t i = 0; i < head->field_count; i++)
		at = put_request_field(at, &head->fields[i]);
	at = put_forwarding(at, forwarding);
	at = put(at, TEXT("\r\n"));
	assert((size_t)(at - begin) <= bytes);
	to->len += (size_t)(at - begin);
}

/* `http://one-of-ours[:80]/path` becomes https, RFC 9110 10.2.2. */
static char *
put_location(char *to, const struct field *field, const struct mending *mending)
{
	struct text scheme = TEXT("http://");
	struct text rest = field->value;
	struct host host;
	size_t len = 0;

	if (!text_starts_fold(rest, scheme))
		return put_field(to, field->name, field->value);
	rest.at += scheme.len;
	rest.len -= scheme.len;
	while (len < rest.len && memchr("/?#", rest.at[len], 3) == NULL)
		len++;
	if (!host_read((struct text){rest.at, len}, &host) ||
	    (host.port != 0 && host.port != 80) ||
	    !mending->is_ours(mending->owner, host.name))
		return put_field(to, field->name, field->value);
	to = put(to, field->name);
	to = put(to, TEXT(": https://"));
	to = put(to, host.name);
	if (mending->port != 443) {
		to = put(to, TEXT(":"));
		to = text_put_number(to, mending->port);
	}
	to = put(to, (struct text){rest.at + len, rest.len - len});
	return put(to, TEXT("\r\n"));
}

static bool
is_secure(struct text cookie)
{
	struct text attribute;

	text_split(&cookie, ';', &attribute); /* the cookie itself */
	while (text_split(&cookie, ';', &attribute))
		if (text_equals_fold(text_trim(attribute), TEXT("Secure")))
			return true;
	return false;
}

/* The CAS believes that its client came over http. */
static char *
put_set_cookie(char *to, const struct field *field)
{
	to = put(to, field->name);
	to = put(to, TEXT(": "));
	to = put(to, field->value);
	if (!is_secure(field->value))
		to = put(to, TEXT("; Secure"));
	return put(to, TEXT("\r\n"));
}

static char *
put_response_field(char *to, const struct field *field,
    const struct mending *mending, bool *closes)
{
	bool mend = mending->tls && !mending->plain_rpc;

	switch (field->kind) {
	case FIELD_CONNECTION:
		return put_connection(
		    to, field, !mending->close && !mending->dechunk, closes);
	case FIELD_HOP_BY_HOP:
		return to;
	case FIELD_TRANSFER_ENCODING:
		if (mending->dechunk)
			return to;
		break;
	case FIELD_LOCATION:
		if (mend)
			return put_location(to, field, mending);
		break;
	case FIELD_SET_COOKIE:
		if (mend)
			return put_set_cookie(to, field);
		break;
	case FIELD_PLAIN:
	case FIELD_HOST:
	case FIELD_CONTENT_LENGTH:
	case FIELD_EXPECT:
	case FIELD_END_TO_END:
	case FIELD_PROXY:
	case FIELD_VIA:
	case FIELD_FORWARDING:
	case FIELD_SHADOW:
		break;
	}
	return put_field(to, field->name, field->value);
}

void
rewrite_response(
    struct buffer *to, const struct head *head, const struct mending *mending)
{
	size_t bytes = room(head) + head->status_line.len;
	char *at = buffer_reserve(to, bytes), *begin = at;
	bool closes = false;

	if (at == NULL)
		return;
	at = put(at, head->status_line);
	at = put(at, TEXT("\r\n"));
	for (size_t i = 0; i < head->field_count; i++)
		at = put_response_field(at, &head->fields[i], mending, &closes);
	if ((mending->close || mending->dechunk) && !closes &&
	    !mending->plain_rpc)
		at = put(at, TEXT("Connection: close\r\n"));
	at = put(at, TEXT("\r\n"));
	assert((size_t)(at - begin) <= bytes);
	to->len += (size_t)(at - begin);
}
