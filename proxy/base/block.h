/*
 * Blocks of memory for bytes in flight, borrowed from a store of the worker
 * for as long as the bytes could not be written on.
 */
#ifndef CASGATE_BASE_BLOCK_H
#define CASGATE_BASE_BLOCK_H

#include <stddef.h>

/* How much is read at a time, and a page more: as TLS records it is longer. */
#define BLOCK_READ_BYTES ((size_t)65536)
#define BLOCK_BYTES (BLOCK_READ_BYTES + 4096)

struct block {
	struct block_store *store; /* borrowed: the one it is from */
	struct block *next;        /* there, while not lent */
	size_t start, end;         /* bytes[start..end) wait to be written */
	unsigned char bytes[BLOCK_BYTES];
};

struct block_store {
	struct block *spare;
	size_t spare_count;
	size_t lent; /* borrowed and not yet returned */
};

void block_store_init(struct block_store *store);

/* Has as many spare blocks as it ever keeps, if there is memory for them. */
void block_store_fill(struct block_store *store);

/* Frees the spare blocks; none may be lent any more. */
void block_store_clear(struct block_store *store);

/* An empty block, or NULL without memory. */
struct block *block_borrow(struct block_store *store);

/* Returns a block; NULL is fine. A few are kept, the rest is freed. */
void block_return(struct block *block);

#endif
