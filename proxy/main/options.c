/*
 * The command line.
 */
#include "main/options.h"

#include <string.h>

/* One that asks for something else than another is a misunderstanding. */
static int
set_errand(struct options *options, enum errand errand, const char *word,
    struct problem *why)
{
	if (options->errand != DO_RUN && options->errand != errand) {
		problem_set(why,
		    "%s and another option that does something"
		    " else were given",
		    word);
		return -1;
	}
	options->errand = errand;
	return 0;
}

static const struct {
	char letter;
	enum errand errand;
} errands[] = {
    {'t', DO_TEST},
    {'T', DO_PRINT},
    {'v', DO_TELL_VERSION},
    {'V', DO_TELL_ALL},
    {'h', DO_HELP},
    {'H', DO_EXPLAIN},
};

static int
read_letter(struct options *options, const char *word, struct problem *why)
{
	for (size_t i = 0; i < sizeof(errands) / sizeof(errands[0]); i++)
		if (word[1] == errands[i].letter && word[2] == '\0')
			return set_errand(
			    options, errands[i].errand, word, why);
	problem_set(why, "there is no option %s", word);
	return -1;
}

/* -c FILE, or -cFILE. How many words it was; 0: none was right. */
static int
read_file(struct options *options, int left, char **words, struct problem *why)
{
	bool joined = words[0][2] != '\0';
	const char *file = joined ? words[0] + 2 : words[1];

	if (options->file != NULL) {
		problem_set(why, "-c was given twice");
		return 0;
	}
	if (!joined && left < 2) {
		problem_set(why, "-c needs the name of a file");
		return 0;
	}
	options->file = file;
	return joined ? 1 : 2;
}

static const struct {
	const char *word;
	enum errand errand;
} long_errands[] = {{"--help", DO_HELP}, {"--version", DO_TELL_VERSION},
    {"--self-test", DO_SELF_TEST}};

/* One of those that stand alone. */
static int
read_word(struct options *options, const char *word, struct problem *why)
{
	if (strcmp(word, "--json") == 0) {
		options->json = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(long_errands) / sizeof(*long_errands);
	     i++)
		if (strcmp(word, long_errands[i].word) == 0)
			return set_errand(
			    options, long_errands[i].errand, word, why);
	if (word[0] == '-' && word[1] != '\0')
		return read_letter(options, word, why);
	if ((options->errand == DO_EXPLAIN ||
		options->errand == DO_SELF_TEST) &&
	    options->word == NULL) {
		options->word = word;
		return 0;
	}
	problem_set(why, "'%s' is no option", word);
	return -1;
}

int
options_read(
    struct options *options, int count, char **words, struct problem *why)
{
	int used;

	*options = (struct options){.errand = DO_RUN};
	for (int i = 1; i < count; i += used) {
		if (strncmp(words[i], "-c", 2) == 0)
			used = read_file(options, count - i, words + i, why);
		else
			used = read_word(options, words[i], why) == 0 ? 1 : 0;
		if (used == 0)
			return -1;
	}
	if (options->json && options->errand != DO_PRINT) {
		problem_set(why, "--json goes with -T only");
		return -1;
	}
	if (options->errand == DO_SELF_TEST &&
	    (options->word == NULL || strcmp(options->word, "sandbox") != 0)) {
		problem_set(why, "--self-test goes with `sandbox` only");
		return -1;
	}
	if (options->file == NULL)
		options->file = DEFAULT_FILE;
	return 0;
}
