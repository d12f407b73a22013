/*
 * Text from outside: a pointer and a length, never assumed to end in NUL.
 *
 * A text is a view: it owns nothing and is good for as long as the bytes it
 * looks at.
 */
#ifndef CASGATE_BASE_TEXT_H
#define CASGATE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *at;
	size_t len;
};

/* A text of a string literal, its length known to the compiler. */
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* For printf's "%.*s". */
#define TEXT_ARG(t) (int)(t).len, (t).at

/* A view of a C string; NULL gives an empty text. */
struct text text_of(const char *string);

bool text_equals(struct text a, struct text b);

/* As text_equals(), but ASCII letters are the same in either case. */
bool text_equals_fold(struct text a, struct text b);
bool text_starts(struct text t, struct text with);
bool text_starts_fold(struct text t, struct text with);

/* Finds `needle` in any ASCII letter case. */
bool text_contains_fold(struct text t, struct text needle);

/* Less the spaces and tabs at both ends (RFC 9110 5.6.3, OWS). */
struct text text_trim(struct text t);

/*
 * Takes what stands before the first `separator` off the front of `*rest` and
 * leaves what stands behind it there. False once nothing is left.
 */
bool text_split(struct text *rest, char separator, struct text *part);

/*
 * Reads a number made of 1 to 19 decimal digits and nothing else.
 * False for anything else, and above INT64_MAX.
 */
bool text_to_number(struct text t, uint64_t *number);

/* Writes a number in decimal, at most 20 digits and no NUL; gives the end. */
char *text_put_number(char *to, unsigned long long number);

/* A copy on the heap that ends in NUL, or NULL without memory. */
char *text_dup(struct text t);

/* ASCII only: the locale never decides what a header means. */
char text_lower(char c);

/* Edit distance of two words, for "did you mean"; stops counting at 4. */
unsigned text_distance(struct text a, struct text b);

#endif
