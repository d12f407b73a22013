/*
 * Finds the word that a statement starts with, and helps when there is none.
 */
#include "base/buffer.h"
#include "config/reader.h"

/* "; did you mean 'listen'?", or nothing. */
static const char *
suggestion(const struct guess *guess, char *to, size_t bytes)
{
	to[0] = '\0';
	if (guess->best.len > 0)
		snprintf(
		    to, bytes, "; did you mean '%.*s'?", TEXT_ARG(guess->best));
	return to;
}

/* The words of this block come first, those of others only if none fits. */
static void
complain_unknown(struct reader *r, const struct block *block)
{
	const struct token *word = &r->words[0];
	struct guess guess;
	char did_you_mean[64];

	guess_init(&guess, word->text);
	for (size_t i = 0; i < grammar_count; i++)
		if (grammar[i].inside & block->kind)
			guess_try(&guess, word_part(&grammar[i], 0));
	for (size_t i = 0; guess.best.len == 0 && i < grammar_count; i++)
		guess_try(&guess, word_part(&grammar[i], 0));
	reader_error(r, word->where, "unknown word '%.*s'%s",
	    TEXT_ARG(word->text),
	    suggestion(&guess, did_you_mean, sizeof(did_you_mean)));
}

/* The first part is known and the second is not: `timeout rcp`. */
static void
complain_half_known(struct reader *r)
{
	struct guess guess;
	struct buffer list = {0};

	guess_init(
	    &guess, r->count > 1 ? r->words[1].text : (struct text){"", 0});
	for (size_t i = 0; i < grammar_count; i++) {
		struct text second = word_part(&grammar[i], 1);

		if (!text_equals_fold(
			word_part(&grammar[i], 0), r->words[0].text))
			continue;
		guess_try(&guess, second);
		buffer_printf(&list, "%s%.*s", list.len == 0 ? "" : ", ",
		    TEXT_ARG(second));
	}
	if (r->count == 1)
		reader_error(r, r->words[0].where, "`%.*s` needs one of %.*s",
		    TEXT_ARG(r->words[0].text), TEXT_ARG(buffer_text(&list)));
	else if (guess.best.len > 0)
		reader_error(r, r->words[1].where,
		    "`%.*s` knows no '%.*s'; did you mean '%.*s'?",
		    TEXT_ARG(r->words[0].text), TEXT_ARG(r->words[1].text),
		    TEXT_ARG(guess.best));
	else
		reader_error(r, r->words[1].where,
		    "`%.*s` knows no '%.*s', only %.*s",
		    TEXT_ARG(r->words[0].text), TEXT_ARG(r->words[1].text),
		    TEXT_ARG(buffer_text(&list)));
	buffer_clear(&list);
}

static const char *
where_it_belongs(const struct word *word)
{
	if (word->inside == IN_FILE)
		return "outside all blocks";
	if (word->inside == IN_TLS_LISTEN)
		return "inside `listen ... tls { }`";
	if (word->inside == IN_EXCHANGE)
		return "inside `exchange NAME { }`";
	return "inside `site NAME { }` or a plain `listen { }`";
}

static void
complain_misplaced(
    struct reader *r, const struct word *word, const struct block *block)
{
	struct place where = r->words[0].where;

	if (block->kind == IN_TLS_LISTEN && word->inside & IN_SITE)
		reader_error(r, where,
		    "what comes in over TLS is answered by the sites: move "
		    "`%s` into `site NAME { }`",
		    word->name);
	else if (block->kind == IN_PLAIN_LISTEN && word->inside & IN_TLS_LISTEN)
		reader_error(r, where,
		    "`%s` is for TLS, and this `listen` is plain: write `tls` "
		    "behind its port",
		    word->name);
	else if (block->word != NULL)
		reader_error(r, where, "`%s` stands %s, not inside `%s`",
		    word->name, where_it_belongs(word), block->word->name);
	else
		reader_error(r, where, "`%s` stands %s", word->name,
		    where_it_belongs(word));
}

const struct word *
reader_word(struct reader *r, const struct block *block)
{
	struct text second = {"", 0};
	const struct word *word;
	bool starts;

	if (r->count > 1)
		second = r->words[1].text;
	word = word_find(r->words[0].text, second, &starts);
	if (word == NULL && starts)
		complain_half_known(r);
	else if (word == NULL)
		complain_unknown(r, block);
	else if (word->inside & block->kind)
		return word;
	else
		complain_misplaced(r, word, block);
	return NULL;
}
