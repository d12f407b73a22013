/*
 * "Did you mean": the word that comes closest to something misspelt.
 */
#include "config/guess.h"

#include <limits.h>

#define LETTERS_MAX 64

void
guess_init(struct guess *guess, struct text wrong)
{
	*guess = (struct guess){.wrong = wrong, .distance = UINT_MAX};
}

/* A suggestion must not mislead: two slips in a word of at least five letters,
 * or one in a shorter one. */
static unsigned
slips_allowed(struct text word)
{
	if (word.len < 3)
		return 0;
	return word.len < 5 ? 1 : 2;
}

/* Two neighbours that changed places, the commonest slip of all. */
static bool
is_swap(struct text a, struct text b)
{
	size_t i = 0;

	if (a.len != b.len)
		return false;
	while (i < a.len && a.at[i] == b.at[i])
		i++;
	if (i + 1 >= a.len || a.at[i] != b.at[i + 1] || a.at[i + 1] != b.at[i])
		return false;
	for (i += 2; i < a.len; i++)
		if (a.at[i] != b.at[i])
			return false;
	return true;
}

void
guess_try(struct guess *guess, struct text word)
{
	char letters[LETTERS_MAX];
	struct text folded = {letters, guess->wrong.len};
	unsigned distance;

	if (folded.len > sizeof(letters))
		return;
	for (size_t i = 0; i < folded.len; i++)
		letters[i] = text_lower(guess->wrong.at[i]);
	distance = text_distance(folded, word);
	if (is_swap(folded, word))
		distance = 0;
	if (distance > slips_allowed(word) || distance >= guess->distance)
		return;
	guess->best = word;
	guess->distance = distance;
}
