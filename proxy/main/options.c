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

int
options_read(
    struct options *options, int count, char **words, struct problem *why)
{
	int i = 1;

	*options = (struct options){.errand = DO_RUN};
	while (i < count) {
		const char *word = words[i];

		if (strncmp(word, "-c", 2) == 0) {
			int used =
			    read_file(options, count - i, words + i, why);

			if (used == 0)
				return -1;
			i += used;
			continue;
		}
		if (strcmp(word, "--json") == 0)
			options->json = true;
		else if (strcmp(word, "--help") == 0)
			options->errand = DO_HELP;
		else if (strcmp(word, "--version") == 0)
			options->errand = DO_TELL_VERSION;
		else if (word[0] != '-' && options->errand == DO_EXPLAIN &&
		    options->word == NULL)
			options->word = word;
		else if (word[0] == '-' && word[1] != '\0') {
			if (read_letter(options, word, why) == -1)
				return -1;
		} else {
			problem_set(why, "'%s' is no option", word);
			return -1;
		}
		i++;
	}
	if (options->json && options->errand != DO_PRINT) {
		problem_set(why, "--json goes with -T only");
		return -1;
	}
	if (options->file == NULL)
		options->file = DEFAULT_FILE;
	return 0;
}
