/*
 * Blocks are lent, kept for a while, and given back to the system.
 */
#include "base/block.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shortage.h"

#define MANY 100

static void
test_a_block_comes_empty(void **state)
{
	struct block_store store;
	struct block *block;

	(void)state;
	block_store_init(&store);
	block = block_borrow(&store);
	assert_non_null(block);
	assert_int_equal(block->start, 0);
	assert_int_equal(block->end, 0);
	assert_int_equal(store.lent, 1);
	memset(block->bytes, 1, BLOCK_BYTES);
	block->start = 3;
	block->end = 7;
	block_return(block);
	assert_int_equal(store.lent, 0);

	block = block_borrow(&store);
	assert_int_equal(block->start, 0);
	assert_int_equal(block->end, 0);
	block_return(block);
	block_return(NULL);
	block_store_clear(&store);
}

static void
test_only_a_few_spares_are_kept(void **state)
{
	struct block_store store;
	struct block *blocks[MANY];
	size_t kept;

	(void)state;
	block_store_init(&store);
	for (int i = 0; i < MANY; i++)
		blocks[i] = block_borrow(&store);
	assert_int_equal(store.lent, MANY);
	for (int i = 0; i < MANY; i++)
		block_return(blocks[i]);
	assert_int_equal(store.lent, 0);
	kept = store.spare_count;
	assert_in_range(kept, 1, 16);
	block_store_clear(&store);
	assert_int_equal(store.spare_count, 0);
	assert_null(store.spare);
	block_store_fill(&store);
	assert_int_equal(store.spare_count, kept);
	block_store_clear(&store);
}

static bool
borrow(void *store)
{
	struct block *block = block_borrow(store);

	block_return(block);
	return block != NULL;
}

static void
test_without_memory_nothing_is_lent(void **state)
{
	struct block_store store;

	(void)state;
	block_store_init(&store);
	shortage_sweep(borrow, &store);
	assert_int_equal(store.lent, 0);
	block_store_clear(&store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_block_comes_empty),
	    cmocka_unit_test(test_only_a_few_spares_are_kept),
	    cmocka_unit_test(test_without_memory_nothing_is_lent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
