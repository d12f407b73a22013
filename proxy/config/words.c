/*
 * What the words outside all blocks do with their values, and helpers for
 * those in blocks.
 */
#include "config/words.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

void
value_error(
    struct reader *r, const struct token *value, const struct problem *why)
{
	problems_add(r->problems, value->where, "%s", why->sentence);
}

void
string_take(struct reader *r, struct config_string *string, struct text value,
    struct place where)
{
	free(string->value);
	string->value = reader_dup(r, value);
	string->where = where;
}

void
name_take(struct reader *r, struct config_string *string, struct text name,
    struct place where)
{
	if (name.len > 0 && name.at[name.len - 1] == '.')
		name.len--;
	string_take(r, string, name, where);
	for (char *c = string->value; c != NULL && *c != '\0'; c++)
		*c = text_lower(*c);
}

char *
path_take(struct reader *r, const struct token *value)
{
	const char *file = value->where.file->name;
	const char *slash = strrchr(file, '/');
	struct text path = value->text;
	size_t folder = slash == NULL ? 0 : (size_t)(slash - file) + 1;
	char *whole;

	if (text_starts(path, TEXT("/")))
		folder = 0;
	whole = reader_alloc(r, folder + path.len + 1);
	if (whole == NULL)
		return NULL;
	memcpy(whole, file, folder);
	memcpy(whole + folder, path.at, path.len);
	return whole;
}

/* "stderr, syslog or journald" */
static void
list_choices(const char *const *choices, struct buffer *to)
{
	for (size_t i = 0; choices[i] != NULL; i++)
		buffer_printf(to, "%s%s",
		    i == 0                       ? ""
			: choices[i + 1] == NULL ? " or "
						 : ", ",
		    choices[i]);
}

static void
complain_no_choice(
    struct reader *r, const struct token *value, const char *const *choices)
{
	struct buffer list = {0};

	list_choices(choices, &list);
	problems_add(r->problems, value->where,
	    "unknown value '%.*s'; it is one of %.*s", TEXT_ARG(value->text),
	    TEXT_ARG(buffer_text(&list)));
	buffer_clear(&list);
}

static int
find_choice(struct text text, const char *const *choices)
{
	for (int i = 0; choices[i] != NULL; i++)
		if (text_equals_fold(text, text_of(choices[i])))
			return i;
	return -1;
}

static struct guess
guess_choice(struct text text, const char *const *choices)
{
	struct guess guess;

	guess_init(&guess, text);
	for (size_t i = 0; choices[i] != NULL; i++)
		guess_try(&guess, text_of(choices[i]));
	return guess;
}

int
choice_read(
    struct reader *r, const struct token *value, const char *const *choices)
{
	int choice = find_choice(value->text, choices);
	struct guess guess = guess_choice(value->text, choices);

	if (choice == -1 && guess.best.len > 0)
		problems_add(r->problems, value->where,
		    "unknown value '%.*s'; did you mean '%.*s'?",
		    TEXT_ARG(value->text), TEXT_ARG(guess.best));
	else if (choice == -1)
		complain_no_choice(r, value, choices);
	return choice;
}

bool
number_take(struct reader *r, const char *word, const struct number *rule,
    const struct token *value, uint64_t *number)
{
	char least[VALUE_TEXT_MAX], most[VALUE_TEXT_MAX];
	struct problem why;

	if (value_number(value->text, rule->unit, number, &why) == -1) {
		value_error(r, value, &why);
		return false;
	}
	if (*number >= rule->least && *number <= rule->most)
		return true;
	problems_add(r->problems, value->where,
	    "`%s` goes from %s to %s, not to '%.*s'", word,
	    value_number_print(rule->least, rule->unit, least),
	    value_number_print(rule->most, rule->unit, most),
	    TEXT_ARG(value->text));
	return false;
}

void
read_number(struct reader *r, const struct statement *s, struct block *block)
{
	const struct number *rule = &s->word->number;
	struct config_number *number;
	uint64_t value;

	(void)block;
	if (!number_take(r, s->word->name, rule, &s->values[0], &value))
		return;
	number = (struct config_number *)((char *)r->config + rule->at);
	*number = (struct config_number){value, s->values[0].where};
}

void
read_user(struct reader *r, const struct statement *s, struct block *block)
{
	(void)block;
	string_take(r, &r->config->user, s->values[0].text, s->values[0].where);
}

void
read_sandbox(struct reader *r, const struct statement *s, struct block *block)
{
	static const char *const choices[] = {"on", "off", NULL};
	int choice = choice_read(r, &s->values[0], choices);

	(void)block;
	if (choice != -1)
		r->config->sandbox =
		    (struct config_switch){choice == 0, s->values[0].where};
}

/* Where a log goes: one of the choices or else a path, which shows itself by a
 * slash or a dot, so that no slip of the pen becomes a file. False: nowhere. */
static bool
read_destination(struct reader *r, const struct statement *s,
    const char *const *choices, struct config_string *to)
{
	const struct token *value = &s->values[0];
	struct guess guess = guess_choice(value->text, choices);
	int choice = find_choice(value->text, choices);

	if (choice != -1) {
		string_take(r, to, text_of(choices[choice]), value->where);
		return to->value != NULL;
	}
	if (memchr(value->text.at, '/', value->text.len) != NULL ||
	    memchr(value->text.at, '.', value->text.len) != NULL) {
		free(to->value);
		to->value = path_take(r, value);
		to->where = value->where;
		return to->value != NULL;
	}
	if (guess.best.len > 0)
		problems_add(r->problems, value->where,
		    "unknown value '%.*s'; did you mean '%.*s'? (a file: "
		    "./%.*s)",
		    TEXT_ARG(value->text), TEXT_ARG(guess.best),
		    TEXT_ARG(value->text));
	else
		problems_add(r->problems, value->where,
		    "`%s` takes %s; a file is written as ./%.*s", s->word->name,
		    s->word->values, TEXT_ARG(value->text));
	return false;
}

void
read_log_error(struct reader *r, const struct statement *s, struct block *block)
{
	static const char *const choices[] = {
	    "stderr", "syslog", "journald", NULL};

	(void)block;
	read_destination(r, s, choices, &r->config->log_error);
}

void
read_log_access(
    struct reader *r, const struct statement *s, struct block *block)
{
	static const char *const choices[] = {"stderr", "off", NULL};
	/* In the order of enum log_format. */
	static const char *const formats[] = {
	    "exchange", "combined", "json", NULL};
	int format = LOG_EXCHANGE;

	(void)block;
	if (!read_destination(r, s, choices, &r->config->log_access))
		return;
	if (s->count > 1)
		format = choice_read(r, &s->values[1], formats);
	if (strcmp(r->config->log_access.value, "off") == 0)
		format = LOG_OFF;
	if (format != -1)
		r->config->log_format = (enum log_format)format;
}
