/*
 * Memory put by for the moment when there is no more.
 */
#include "base/reserve.h"

#include <stdlib.h>
#include <sys/resource.h>

/* Each can be exchanged for a little; all together, 4 MiB, are enough for some
 * hundred clients in one turn of the loop. */
#define PIECES 248

static void *pieces[PIECES];
static size_t here, wanted; /* so many of them */

bool
reserve_matters(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY;
}

void
reserve_put_by(void)
{
	wanted = reserve_matters() ? PIECES : 0;
	reserve_refill();
}

/* Pieces of malloc()'s, not one mapping: that would never come back once it
 * had become holes between what others keep. */
bool
reserve_refill(void)
{
	while (here < wanted) {
		pieces[here] = malloc(RESERVE_LITTLE_MAX);
		if (pieces[here] == NULL)
			return false;
		here++;
	}
	return true;
}

bool
reserve_is_spent(void)
{
	return here < wanted;
}

/* What is freed meanwhile is not for those who ask for much. */
void *
reserve_realloc(void *at, size_t size)
{
	bool little = size <= RESERVE_LITTLE_MAX;
	void *memory = NULL;

	if (little || !reserve_is_spent())
		memory = realloc(at, size);
	while (memory == NULL && little && size > 0 && here > 0) {
		free(pieces[--here]);
		memory = realloc(at, size);
	}
	return memory;
}

void *
reserve_malloc(size_t size)
{
	return reserve_realloc(NULL, size);
}
