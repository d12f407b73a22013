/*
 * The table of all words of the configuration language.
 */
#ifndef CASGATE_CONFIG_GRAMMAR_H
#define CASGATE_CONFIG_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "config/values.h"

/* The places a word may stand in; bits of word.inside. */
enum inside {
	IN_FILE = 1, /* outside all blocks */
	IN_TLS_LISTEN = 2,
	IN_PLAIN_LISTEN = 4,
	IN_EXCHANGE = 8,
	IN_SITE = 16
};

struct block;
struct config;
struct config_number;
struct reader;
struct statement;

/*
 * One word: how it is written, what reads it, and all that is told of it.
 *
 * What it reads goes into the block's object, or, for a number, into the
 * field `at` bytes from the start of struct config.
 */
struct word {
	const char *name;   /* "listen", or two parts: "timeout rpc" */
	const char *values; /* what follows it, as the help shows it */
	unsigned inside;
	unsigned few, many; /* the least and the most values */
	bool often;         /* may be given more than once */
	struct number {
		size_t at;
		enum unit unit;
		uint64_t least, most;
	} number;

	/* An ordinary word has `read`. One with a block has `open`, which
	 * fills in the new block's kind and object, and `close`, which checks
	 * the block once it is complete. */
	void (*read)(struct reader *, const struct statement *, struct block *);
	void (*open)(struct reader *, const struct statement *, struct block *);
	void (*close)(struct reader *, struct block *);

	/* What holds when it is not given, read like values in the file; in
	 * parentheses, a remark. NULL: nothing. */
	const char *standard;
	const char *help; /* one line */
	const char *more; /* the paragraph below it */
};

/* All of them, in the order of the help. */
extern const struct word grammar[];
extern const size_t grammar_count;
#define GRAMMAR_MAX 48 /* so many at most */

/* Less than so many values. */
#define ANY_NUMBER 10000

/* The first part of its name, and the second, or an empty one. */
struct text word_part(const struct word *word, unsigned part);

/* Does it have a default that is read, and no mere remark? */
bool word_has_standard(const struct word *word);

/* The field that a word which is a number sets, or NULL if it is none. */
const struct config_number *word_number(
    const struct word *word, const struct config *config);

/* Of the words that start with `first` (any letter case) the one whose second
 * part is `second`, if it has one. NULL if there is none; `*starts` tells
 * whether at least the first part is known. */
const struct word *word_find(
    struct text first, struct text second, bool *starts);

#endif
