/*
 * The command line.
 */
#ifndef CASGATE_MAIN_OPTIONS_H
#define CASGATE_MAIN_OPTIONS_H

#include <stdbool.h>

#include "base/problem.h"

#define DEFAULT_FILE "/etc/casgate/casgate.conf"

enum errand {
	DO_RUN,
	DO_TEST,         /* -t */
	DO_PRINT,        /* -T */
	DO_TELL_VERSION, /* -v */
	DO_TELL_ALL,     /* -V */
	DO_HELP,         /* -h */
	DO_EXPLAIN,      /* -H [WORD] */
	DO_SELF_TEST     /* --self-test WORD */
};

struct options {
	enum errand errand;
	const char *file; /* of the configuration */
	const char *word; /* -H: NULL: all; --self-test */
	bool json;        /* -T */
};

/* 0, or -1 and one sentence that says what is wrong with the words. */
int options_read(
    struct options *options, int count, char **words, struct problem *why);

#endif
