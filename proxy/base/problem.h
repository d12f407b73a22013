/*
 * What went wrong, for the person who has to mend it: a place and a sentence.
 */
#ifndef CASGATE_BASE_PROBLEM_H
#define CASGATE_BASE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>

/* A place in a configuration file; line 0 says there is none. */
struct place {
	const char *file; /* borrowed from the configuration */
	unsigned line, column;
};

struct problem {
	struct place where;
	bool warning; /* worth a word, but no reason to refuse */
	char sentence[512];
	char excerpt[200]; /* the line it is about, for the caret; may be empty */
};

/* Reports are cut off here: the rest is usually the echo of the first. */
#define PROBLEMS_MAX 20

struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count;
	size_t errors; /* of which are no warnings; counts on past the maximum */
};

/* A sentence without a place. `why` may be NULL. */
__attribute__((format(printf, 2, 3))) void problem_set(
    struct problem *why, const char *format, ...);

/* "<what>: <the text of errno>". */
void problem_errno(struct problem *why, const char *what);

/* Adds an error, or a warning, at a place. */
__attribute__((format(printf, 3, 4))) void problems_add(
    struct problems *all, struct place where, const char *format, ...);
__attribute__((format(printf, 3, 4))) void problems_warn(
    struct problems *all, struct place where, const char *format, ...);

#endif
