/*
 * Reads files of the configuration language, statement by statement.
 *
 * After an error it goes on where the next word starts, so that one run tells
 * all there is to tell, and it takes care not to tell echoes of an error.
 */
#include "config/reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void
reader_error(struct reader *r, struct place where, const char *format, ...)
{
	struct problem problem;
	va_list args;

	va_start(args, format);
	vsnprintf(problem.sentence, sizeof(problem.sentence), format, args);
	va_end(args);
	problems_add(r->problems, where, "%s", problem.sentence);
	r->incomplete = true;
}

static void *
or_complain(struct reader *r, void *memory)
{
	if (memory == NULL && !r->out_of_memory)
		reader_error(
		    r, (struct place){0}, "no memory for the configuration");
	r->out_of_memory |= memory == NULL;
	return memory;
}

void *
reader_alloc(struct reader *r, size_t bytes)
{
	return or_complain(r, calloc(1, bytes));
}

char *
reader_dup(struct reader *r, struct text text)
{
	return or_complain(r, text_dup(text));
}

bool
block_is_right(const struct reader *r, const struct block *block)
{
	return r->problems->errors == block->errors;
}

const char *
place_tell(struct place where, struct place here, char *to)
{
	if (where.file == here.file)
		snprintf(to, PLACE_TEXT_MAX, "line %u", where.line);
	else
		snprintf(
		    to, PLACE_TEXT_MAX, "%s:%u", where.file->name, where.line);
	return to;
}

static void
add_word(struct reader *r, const struct token *token)
{
	if (r->count == r->room) {
		size_t room = r->room == 0 ? 16 : r->room * 2;
		struct token *words =
		    or_complain(r, realloc(r->words, room * sizeof(*words)));

		if (words == NULL)
			return;
		r->words = words;
		r->room = room;
	}
	r->words[r->count++] = *token;
}

/* A `{` on a line of its own is meant for the word above it. */
static bool
opens_below(struct reader *r, struct lexer *lexer, struct token *end)
{
	struct lexer ahead = *lexer;
	struct token token;

	if (r->count == 0 || end->kind != TOKEN_LINE_END)
		return false;
	do
		token = lexer_next(&ahead);
	while (token.kind == TOKEN_LINE_END);
	if (token.kind != TOKEN_OPEN)
		return false;
	reader_error(r, token.where,
	    "`{` stands on the line of its word, behind `%.*s`",
	    TEXT_ARG(r->words[r->count - 1].text));
	*lexer = ahead;
	*end = token;
	return true;
}

/* Collects words up to something that is none, and gives that. */
static struct token
collect(struct reader *r, struct lexer *lexer)
{
	struct token token;

	r->count = 0;
	for (;;) {
		token = lexer_next(lexer);
		if (token.kind != TOKEN_WORD)
			break;
		add_word(r, &token);
	}
	if (!opens_below(r, lexer, &token) && token.kind == TOKEN_WRONG)
		reader_error(r, token.where, "%s", lexer->wrong);
	return token;
}

/* Leaves a block whose words mean nothing to us. */
static void
skip_block(struct lexer *lexer)
{
	struct token token;
	unsigned depth = 1;

	do {
		token = lexer_next(lexer);
		depth += token.kind == TOKEN_OPEN;
		depth -= token.kind == TOKEN_CLOSE;
	} while (depth > 0 && token.kind != TOKEN_FILE_END);
}

static struct place *
seen(struct block *block, const struct word *word)
{
	return &block->seen[word - grammar];
}

/* The right number of values, given once where one counts, a block only where
 * there is one? */
static bool
is_well_formed(struct reader *r, const struct statement *s, bool opens,
    struct block *block)
{
	const struct word *word = s->word;
	struct place before = *seen(block, word);
	char place[PLACE_TEXT_MAX];

	if (s->count < word->few)
		reader_error(
		    r, s->where, "`%s` needs %s", word->name, word->values);
	else if (s->count > word->many)
		reader_error(r, s->values[word->many].where,
		    "too much: `%s` takes %s and no more", word->name,
		    word->values);
	else if (opens && word->open == NULL)
		reader_error(r, s->where, "`%s` has no block", word->name);
	else if (before.line != 0 && !word->often)
		problems_add(r->problems, s->where,
		    "`%s` is given twice; %s has it already", word->name,
		    place_tell(before, s->where, place));
	else
		return true;
	return false;
}

/* A word that has a block, even if none is written. */
static void
read_inner(struct reader *r, struct lexer *lexer, const struct statement *s,
    const struct token *end)
{
	struct block inner = {
	    .word = s->word, .where = s->where, .errors = r->problems->errors};

	s->word->open(r, s, &inner);
	if (inner.object == NULL) {
		if (end->kind == TOKEN_OPEN)
			skip_block(lexer);
		return;
	}
	reader_defaults(r, &inner);
	if (end->kind == TOKEN_OPEN) {
		inner.one_line = end->where.line;
		reader_block(r, lexer, &inner);
	}
	s->word->close(r, &inner);
}

/* Does what the collected words say. */
static void
obey(struct reader *r, struct lexer *lexer, const struct token *end,
    struct block *block)
{
	struct statement s = {.word = reader_word(r, block)};
	bool opens = end->kind == TOKEN_OPEN;
	bool is_right = false;

	if (s.word != NULL) {
		size_t parts = word_part(s.word, 1).len > 0 ? 2 : 1;

		s.where = r->words[0].where;
		s.values = r->words + parts;
		s.count = r->count - parts;
		is_right = is_well_formed(r, &s, opens, block);
		*seen(block, s.word) = s.where;
	}
	if (is_right && s.word->open != NULL)
		read_inner(r, lexer, &s, end);
	else if (is_right)
		s.word->read(r, &s, block);
	else if (opens)
		skip_block(lexer);
}

/* Inside a block stands a word that has a block and no business here, and it is
 * not indented as if it had: the block was meant to be over. */
static bool
misses_close(struct reader *r, const struct block *block)
{
	const struct word *word;
	bool starts;

	if (block->word == NULL || r->count == 0 ||
	    r->words[0].where.column > block->where.column)
		return false;
	word = word_find(r->words[0].text, (struct text){"", 0}, &starts);
	if (word == NULL || word->open == NULL || word->inside & block->kind)
		return false;
	reader_error(r, r->words[0].where,
	    "`%s` stands outside all blocks; the `}` of the `%s` in line %u "
	    "is missing",
	    word->name, block->word->name, block->where.line);
	return true;
}

/* Deals with what ended the words of a statement; true: the block is over. */
static bool
read_end(struct reader *r, struct lexer *lexer, const struct token *end,
    const struct block *block)
{
	struct lexer ahead = *lexer;

	switch (end->kind) {
	case TOKEN_FILE_END:
		if (block->word != NULL)
			reader_error(r, block->where,
			    "the file ends inside this `%s`, opened in line "
			    "%u; a `}` is missing",
			    block->word->name, block->where.line);
		return true;
	case TOKEN_CLOSE:
		if (block->word == NULL) {
			reader_error(r, end->where, "this `}` closes nothing");
			return false;
		}
		if (lexer_next(&ahead).kind == TOKEN_WORD)
			reader_error(r, lexer->place,
			    "what follows a `}` starts on a line of its own");
		return true;
	case TOKEN_SEMICOLON:
		if (end->where.line != block->one_line)
			reader_error(r, end->where,
			    "`;` stands only inside a block on one line; here "
			    "the end of the line is enough");
		return false;
	case TOKEN_WORD:
	case TOKEN_OPEN:
	case TOKEN_LINE_END:
	case TOKEN_WRONG:
		break;
	}
	return false;
}

void
reader_block(struct reader *r, struct lexer *lexer, struct block *block)
{
	struct token end;

	do {
		struct lexer start = *lexer;

		end = collect(r, lexer);
		if (misses_close(r, block)) {
			*lexer = start;
			return;
		}
		if (end.kind == TOKEN_WRONG) {
			/* What was collected is only a part. */
			start = *lexer;
			if (lexer_next(lexer).kind == TOKEN_OPEN)
				skip_block(lexer);
			else
				*lexer = start;
		} else if (r->count > 0) {
			obey(r, lexer, &end, block);
		} else if (end.kind == TOKEN_OPEN) {
			reader_error(r, end.where,
			    "`{` stands on the line of the word it belongs to");
			skip_block(lexer);
		}
	} while (!read_end(r, lexer, &end, block));
}

void
reader_defaults(struct reader *r, struct block *block)
{
	for (size_t i = 0; i < grammar_count; i++) {
		const struct word *word = &grammar[i];
		struct listing listing = {"", text_of(word->standard)};
		struct lexer lexer;

		if (!(word->inside & block->kind) || !word_has_standard(word))
			continue;
		lexer_init(&lexer, &listing);
		collect(r, &lexer);
		if (r->out_of_memory)
			return;
		for (size_t j = 0; j < r->count; j++)
			r->words[j].where = (struct place){0};
		word->read(r,
		    &(struct statement){
			.word = word, .values = r->words, .count = r->count},
		    block);
	}
}
