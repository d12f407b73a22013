/*
 * Blocks of memory for bytes in flight.
 */
#include "base/block.h"

#include <assert.h>
#include <stdlib.h>

#include "base/reserve.h"

/* Enough that a busy worker need not ask malloc, little enough (512 KiB) that
 * a burst of slow clients is forgotten. */
#define SPARES_MAX 8

void
block_store_init(struct block_store *store)
{
	*store = (struct block_store){0};
}

static void
keep(struct block_store *store, struct block *block)
{
	block->next = store->spare;
	store->spare = block;
	store->spare_count++;
}

void
block_store_fill(struct block_store *store)
{
	while (store->spare_count < SPARES_MAX) {
		struct block *block = malloc(sizeof(*block));

		if (block == NULL)
			return;
		keep(store, block);
	}
}

void
block_store_clear(struct block_store *store)
{
	assert(store->lent == 0);
	while (store->spare != NULL) {
		struct block *block = store->spare;

		store->spare = block->next;
		free(block);
	}
	store->spare_count = 0;
}

struct block *
block_borrow(struct block_store *store)
{
	struct block *block = store->spare;

	if (block != NULL) {
		store->spare = block->next;
		store->spare_count--;
	} else {
		block = reserve_malloc(sizeof(*block));
		if (block == NULL)
			return NULL;
	}
	block->store = store;
	block->next = NULL;
	block->start = block->end = 0;
	store->lent++;
	return block;
}

void
block_return(struct block *block)
{
	struct block_store *store;

	if (block == NULL)
		return;
	store = block->store;
	assert(store->lent > 0);
	store->lent--;
	if (store->spare_count == SPARES_MAX) {
		free(block);
		return;
	}
	keep(store, block);
}
