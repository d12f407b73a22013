/*
 * Cuts the text of a configuration file into words and marks.
 */
#ifndef CASGATE_CONFIG_LEXER_H
#define CASGATE_CONFIG_LEXER_H

#include "base/problem.h"
#include "base/text.h"

enum token_kind {
	TOKEN_WORD,      /* a word or value, without its quotes */
	TOKEN_OPEN,      /* { */
	TOKEN_CLOSE,     /* } */
	TOKEN_SEMICOLON, /* ; */
	TOKEN_LINE_END,
	TOKEN_FILE_END,
	TOKEN_WRONG /* the lexer's `wrong` says what is; the line is over */
};

struct token {
	enum token_kind kind;
	struct text text; /* of a word, as it stands in the listing */
	struct place where;
};

struct lexer {
	const struct listing *file; /* borrowed */
	size_t at;                  /* bytes read */
	struct place place;         /* of the next byte */
	const char *wrong;          /* a sentence, a literal */
};

void lexer_init(struct lexer *lexer, const struct listing *file);

/* The next token; at the end of the file, TOKEN_FILE_END for ever. */
struct token lexer_next(struct lexer *lexer);

/*
 * Is this text at all: UTF-8 without control bytes? False, and where the first
 * thing is that is none, and a sentence about it, a literal.
 */
bool lexer_can_read(
    const struct listing *file, struct place *where, const char **wrong);

#endif
