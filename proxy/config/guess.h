/*
 * "Did you mean": the word that comes closest to something misspelt.
 */
#ifndef CASGATE_CONFIG_GUESS_H
#define CASGATE_CONFIG_GUESS_H

#include "base/text.h"

struct guess {
	struct text wrong, best; /* borrowed; `best` is empty if none is near */
	unsigned distance;       /* of the best */
};

void guess_init(struct guess *guess, struct text wrong);

/* Keeps this word if it comes closer than all before. */
void guess_try(struct guess *guess, struct text word);

#endif
