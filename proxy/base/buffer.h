/*
 * A buffer that grows: a head being collected, an answer being put together.
 *
 * Running out of memory is remembered in `failed`, so that a caller adds all
 * it has to add and asks once at the end. All zero is an empty buffer.
 */
#ifndef CASGATE_BASE_BUFFER_H
#define CASGATE_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* An addition beyond that has failed. */
#define BUFFER_BYTES_MAX ((size_t)INT32_MAX)

/* Small, since each session has several, and most are empty. */
struct buffer {
	char *at; /* owned; not ended by NUL */
	uint32_t len;
	uint32_t size : 31;
	bool failed : 1; /* an addition did not fit into memory */
};

void buffer_add(struct buffer *b, const void *bytes, size_t len);
void buffer_add_text(struct buffer *b, struct text t);
void buffer_add_string(struct buffer *b, const char *string);
void buffer_add_number(struct buffer *b, unsigned long long number);
__attribute__((format(printf, 2, 3))) void buffer_printf(
    struct buffer *b, const char *format, ...);

/* Makes room for `len` more bytes, and in an empty buffer for not many more;
 * what is written there counts once `len` is added to b->len. NULL without
 * memory. */
char *buffer_reserve(struct buffer *b, size_t len);

/* Takes `len` bytes off the front. */
void buffer_drop(struct buffer *b, size_t len);

struct text buffer_text(const struct buffer *b);

/* Empties it and keeps the memory. */
void buffer_reset(struct buffer *b);

/* Gives the memory back; it is an empty buffer again. */
void buffer_clear(struct buffer *b);

#endif
