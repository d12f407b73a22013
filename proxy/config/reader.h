/*
 * Reads files of the configuration language, statement by statement, and lets
 * the words of the grammar do the rest. Private to config/.
 */
#ifndef CASGATE_CONFIG_READER_H
#define CASGATE_CONFIG_READER_H

#include "base/names.h"
#include "config/config.h"
#include "config/grammar.h"
#include "config/guess.h"
#include "config/lexer.h"

/* A file that was read; its text is kept, since places show lines of it. */
struct config_file {
	STAILQ_ENTRY(config_file) next;
	struct listing listing;
	char *name, *text;  /* owned; what the listing looks at */
	struct place where; /* of the `include`; line 0: the first file */
	struct place end;
	const struct config_file *from; /* that included it */
	unsigned depth;
};

/* A word with its values. */
struct statement {
	const struct word *word;
	struct place where;         /* of the word */
	const struct token *values; /* good until the next statement is read */
	size_t count;
};

/* A block being read, or the whole file. */
struct block {
	enum inside kind;
	void *object; /* a config_listen, _exchange, _site, or config */
	const struct word *word;        /* that opened it; NULL: the file */
	struct place where;             /* of that word */
	unsigned one_line;              /* where `;` may stand; 0: nowhere */
	size_t errors;                  /* there were before it */
	struct place seen[GRAMMAR_MAX]; /* where each word was given */
};

struct reader {
	struct config *config;
	struct source *source;
	struct problems *problems;
	struct token *words; /* owned; of the statement being read */
	size_t count, room;
	struct names *site_names; /* owned; each stands for its config_name */

	/* Something could not be understood: what seems to be missing may
	 * stand there, so complaints about that would only be its echo. */
	bool incomplete;
	bool out_of_memory;
};

/* Reads one more file, `included` by a word at `where` (line 0: it is the
 * first) into the block of the whole. 0, or -1 when it could not be read;
 * the reason is among the problems. */
int reader_file(struct reader *r, const char *path,
    const struct config_file *from, struct place where, struct block *whole);

/* Reads words up to the end of the block, or of the file. */
void reader_block(struct reader *r, struct lexer *lexer, struct block *block);

/* Reads the defaults of the words inside a block, as if they stood there. */
void reader_defaults(struct reader *r, struct block *block);

/* The word of the grammar that the collected words start with. NULL when it is
 * unknown or does not belong into the block, which is an error then. */
const struct word *reader_word(struct reader *r, const struct block *block);

/* Was nothing wrong in the block? */
bool block_is_right(const struct reader *r, const struct block *block);

/* An error by which something goes missing: the reader is incomplete. */
__attribute__((format(printf, 3, 4))) void reader_error(
    struct reader *r, struct place where, const char *format, ...);

/* Like calloc() and text_dup(); without memory that is an error too. */
void *reader_alloc(struct reader *r, size_t bytes);
char *reader_dup(struct reader *r, struct text text);

/* "line 12", or "other.conf:12" when that is not the file of `here`.
 * `to` has PLACE_TEXT_MAX bytes; gives `to`. */
#define PLACE_TEXT_MAX 300
const char *place_tell(struct place where, struct place here, char *to);

/* The files that are included: the word itself. */
void read_include(struct reader *, const struct statement *, struct block *);

/* What must hold between the words, once all are read. */
void reader_check(struct reader *r);

#endif
