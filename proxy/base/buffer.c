/*
 * A buffer that grows: a head being collected, an answer being put together.
 */
#include "base/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reserve.h"

#define FIRST_BYTES ((size_t)64)

/* What to make room for `needed` bytes with. The first time just that: many a
 * buffer is filled once and then kept for days. */
static size_t
grown(const struct buffer *b, size_t needed)
{
	size_t size = b->size;

	if (size == 0)
		return needed > FIRST_BYTES ? needed : FIRST_BYTES;
	while (size < needed)
		size *= 2;
	return size < BUFFER_BYTES_MAX ? size : BUFFER_BYTES_MAX;
}

char *
buffer_reserve(struct buffer *b, size_t len)
{
	size_t size;
	char *at;

	/* After a hole nothing may be added: it would look whole. */
	if (b->failed || len > BUFFER_BYTES_MAX - b->len)
		goto fail;
	if (b->at != NULL && len <= b->size - b->len)
		return b->at + b->len;
	size = grown(b, b->len + len);
	at = reserve_realloc(b->at, size);
	if (at == NULL)
		goto fail;
	b->at = at;
	b->size = size;
	return b->at + b->len;
fail:
	b->failed = true;
	return NULL;
}

void
buffer_add(struct buffer *b, const void *bytes, size_t len)
{
	char *to;

	if (len == 0)
		return;
	to = buffer_reserve(b, len);
	if (to == NULL)
		return;
	memcpy(to, bytes, len);
	b->len += len;
}

void
buffer_add_text(struct buffer *b, struct text t)
{
	buffer_add(b, t.at, t.len);
}

void
buffer_add_string(struct buffer *b, const char *string)
{
	buffer_add(b, string, strlen(string));
}

void
buffer_add_number(struct buffer *b, unsigned long long number)
{
	char digits[20];

	buffer_add(
	    b, digits, (size_t)(text_put_number(digits, number) - digits));
}

void
buffer_printf(struct buffer *b, const char *format, ...)
{
	va_list args;
	char *to;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0) {
		b->failed = true;
		return;
	}
	to = buffer_reserve(b, (size_t)len + 1);
	if (to == NULL)
		return;
	va_start(args, format);
	vsnprintf(to, (size_t)len + 1, format, args);
	va_end(args);
	b->len += len;
}

void
buffer_drop(struct buffer *b, size_t len)
{
	if (len < b->len)
		memmove(b->at, b->at + len, b->len - len);
	b->len -= len < b->len ? len : b->len;
}

struct text
buffer_text(const struct buffer *b)
{
	return (struct text){b->at == NULL ? "" : b->at, b->len};
}

void
buffer_reset(struct buffer *b)
{
	b->len = 0;
	b->failed = false;
}

void
buffer_clear(struct buffer *b)
{
	free(b->at);
	*b = (struct buffer){0};
}
