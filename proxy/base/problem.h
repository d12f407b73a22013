/*
 * What went wrong, for the person who has to mend it: a place and a sentence.
 */
#ifndef CASGATE_BASE_PROBLEM_H
#define CASGATE_BASE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/text.h"

/* A file that places are in, with all of its text, to show a line of it. */
struct listing {
	const char *name;
	struct text text;
};

/* A place in a configuration file; line 0 says there is none. Lines and
 * columns are counted from 1, columns in characters (UTF-8). */
struct place {
	const struct listing *file; /* borrowed from the configuration */
	unsigned line, column;
};

/* Holds all it is made of: a problem outlives the configuration it is about. */
struct problem {
	struct {
		char file[256];
		unsigned line, column;
	} where;      /* line 0: no place */
	bool warning; /* worth a word, but no reason to refuse */
	char sentence[512];
	char excerpt[100]; /* of the line it is about; may be empty */
	unsigned caret;    /* characters of the excerpt in front of the caret */
};

/* Reports are cut off here: the rest is usually the echo of the first. */
#define PROBLEMS_MAX 20

struct problems {
	struct problem list[PROBLEMS_MAX];
	size_t count;
	size_t
	    errors; /* of which are no warnings; counts on past the maximum */
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

/* As a person reads it: "FILE:LINE:COLUMN: sentence", and the line with a caret
 * below. Then how many more there were, if there were. */
void problem_print(const struct problem *problem, FILE *to);
void problems_print(const struct problems *all, FILE *to);

#endif
