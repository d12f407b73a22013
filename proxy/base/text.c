/*
 * Text from outside: a pointer and a length, never assumed to end in NUL.
 */
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct text
text_of(const char *string)
{
	if (string == NULL)
		return (struct text){"", 0};
	return (struct text){string, strlen(string)};
}

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool
same(const char *a, const char *b, size_t len)
{
	return len == 0 || memcmp(a, b, len) == 0;
}

static bool
same_fold(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text_lower(a[i]) != text_lower(b[i]))
			return false;
	return true;
}

bool
text_equals(struct text a, struct text b)
{
	return a.len == b.len && same(a.at, b.at, a.len);
}

bool
text_equals_fold(struct text a, struct text b)
{
	return a.len == b.len && same_fold(a.at, b.at, a.len);
}

bool
text_starts(struct text t, struct text with)
{
	return t.len >= with.len && same(t.at, with.at, with.len);
}

bool
text_starts_fold(struct text t, struct text with)
{
	return t.len >= with.len && same_fold(t.at, with.at, with.len);
}

bool
text_contains_fold(struct text t, struct text needle)
{
	for (; t.len >= needle.len; t.at++, t.len--)
		if (same_fold(t.at, needle.at, needle.len))
			return true;
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct text
text_trim(struct text t)
{
	while (t.len > 0 && is_blank(t.at[0])) {
		t.at++;
		t.len--;
	}
	while (t.len > 0 && is_blank(t.at[t.len - 1]))
		t.len--;
	return t;
}

bool
text_split(struct text *rest, char separator, struct text *part)
{
	const char *found;

	if (rest->len == 0)
		return false;
	found = memchr(rest->at, separator, rest->len);
	*part = *rest;
	if (found == NULL) {
		rest->at += rest->len;
		rest->len = 0;
		return true;
	}
	part->len = (size_t)(found - rest->at);
	rest->at += part->len + 1;
	rest->len -= part->len + 1;
	return true;
}

bool
text_to_number(struct text t, uint64_t *number)
{
	uint64_t n = 0;

	/* 19 digits always fit into 64 bits, so the sum cannot wrap. */
	if (t.len < 1 || t.len > 19)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.at[i] < '0' || t.at[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(t.at[i] - '0');
	}
	if (n > INT64_MAX)
		return false;
	*number = n;
	return true;
}

char *
text_put_number(char *to, unsigned long long number)
{
	char digits[20];
	size_t len = 0;

	do
		digits[len++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (len > 0)
		*to++ = digits[--len];
	return to;
}

char *
text_dup(struct text t)
{
	char *copy = malloc(t.len + 1);

	if (copy == NULL)
		return NULL;
	if (t.len > 0)
		memcpy(copy, t.at, t.len);
	copy[t.len] = '\0';
	return copy;
}

#define FAR 4
#define WORD_MAX 63

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Row by row of the table of Wagner and Fischer, of which only the row above
 * is kept. */
unsigned
text_distance(struct text a, struct text b)
{
	unsigned row[WORD_MAX + 1];

	if (a.len > WORD_MAX || b.len > WORD_MAX)
		return text_equals(a, b) ? 0 : FAR;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned corner = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b.len; j++) {
			unsigned above = row[j];
			unsigned change = a.at[i - 1] != b.at[j - 1];

			row[j] = least(
			    corner + change, least(above, row[j - 1]) + 1);
			corner = above;
		}
	}
	return least(row[b.len], FAR);
}
