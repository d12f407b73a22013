/*
 * Help for the words of the configuration language.
 */
#include <string.h>

#include "config/config.h"
#include "config/grammar.h"
#include "config/guess.h"

#define COLUMNS 78
#define INDENT 4
#define HELP_COLUMN 25

/* Fills lines up to a readable length. */
static void
print_paragraph(const char *paragraph, FILE *to)
{
	struct text rest = text_of(paragraph), word;
	size_t column = 0;

	while (text_split(&rest, ' ', &word)) {
		if (column == 0 || column + 1 + word.len > COLUMNS) {
			fprintf(to, "%s%*s%.*s", column == 0 ? "" : "\n",
			    INDENT, "", TEXT_ARG(word));
			column = INDENT + word.len;
		} else {
			fprintf(to, " %.*s", TEXT_ARG(word));
			column += 1 + word.len;
		}
	}
	fputc('\n', to);
}

static const char *
place_name(unsigned inside)
{
	switch (inside) {
	case IN_FILE:
		return "outside all blocks";
	case IN_TLS_LISTEN:
		return "inside `listen ... tls { }`";
	case IN_EXCHANGE:
		return "inside `exchange { }`";
	default:
		return "inside `site { }` or a plain `listen { }`";
	}
}

static void
print_word(const struct word *word, FILE *to)
{
	fprintf(to, "%s %s\n", word->name, word->values);
	print_paragraph(word->help, to);
	print_paragraph(word->more, to);
	fprintf(to, "%*sStands %s%s.", INDENT, "", place_name(word->inside),
	    word->often ? ", as often as wanted" : "");
	if (word->standard != NULL)
		fprintf(to, word_has_standard(word) ? " Default: %s." : " %s",
		    word->standard);
	fputc('\n', to);
}

static void
print_line(const struct word *word, FILE *to)
{
	int indent = word->inside == IN_FILE ? 0 : 2;

	fprintf(to, "%*s%-*s %s", indent, "", HELP_COLUMN - indent, word->name,
	    word->help);
	if (word->standard != NULL)
		fprintf(to, word_has_standard(word) ? " (%s)" : " %s",
		    word->standard);
	fputc('\n', to);
}

/* Both parts of a name, or the first alone. */
static bool
fits(const struct word *word, struct text wanted)
{
	return text_equals_fold(text_of(word->name), wanted) ||
	    text_equals_fold(word_part(word, 0), wanted);
}

int
config_help(const char *word, FILE *to)
{
	struct guess guess;
	size_t found = 0;

	if (word == NULL) {
		for (size_t i = 0; i < grammar_count; i++)
			print_line(&grammar[i], to);
		return 0;
	}
	guess_init(&guess, text_of(word));
	for (size_t i = 0; i < grammar_count; i++) {
		guess_try(&guess, text_of(grammar[i].name));
		guess_try(&guess, word_part(&grammar[i], 0));
		if (!fits(&grammar[i], text_of(word)))
			continue;
		if (found++ > 0)
			fputc('\n', to);
		print_word(&grammar[i], to);
	}
	if (found > 0)
		return 0;
	fprintf(to, "unknown word '%s'", word);
	if (guess.best.len > 0)
		fprintf(to, "; did you mean '%.*s'?", TEXT_ARG(guess.best));
	fputc('\n', to);
	return -1;
}
