/*
 * Memory put by for the moment when there is no more.
 */
#include "base/reserve.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* For a little each of some hundred clients, in one turn of the loop. */
#define RESERVE_BYTES ((size_t)4 * 1024 * 1024)

static void *reserve = MAP_FAILED;
static bool wanted, spent;

bool
reserve_matters(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_AS, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY;
}

/* Addresses alone: no page is ever touched. */
static bool
put_by(void)
{
	reserve = mmap(NULL, RESERVE_BYTES, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return reserve != MAP_FAILED;
}

void
reserve_put_by(void)
{
	wanted = reserve_matters();
	if (wanted)
		put_by();
}

static bool
spend(void)
{
	if (reserve == MAP_FAILED)
		return false;
	munmap(reserve, RESERVE_BYTES);
	reserve = MAP_FAILED;
	spent = true;
	return true;
}

/* What was put by is not for those who ask for much, neither now nor once it
 * is malloc()'s. */
void *
reserve_realloc(void *at, size_t size)
{
	bool little = size <= RESERVE_LITTLE_MAX;
	void *memory = NULL;

	if (little || !spent)
		memory = realloc(at, size);
	if (memory == NULL && little && size > 0 && spend())
		memory = realloc(at, size);
	return memory;
}

void *
reserve_malloc(size_t size)
{
	return reserve_realloc(NULL, size);
}

bool
reserve_is_spent(void)
{
	return spent;
}

/* What was freed may be malloc()'s to give, and not the kernel's. */
bool
reserve_refill(void)
{
	if (!wanted || reserve != MAP_FAILED)
		return true;
	if (!put_by() && mallinfo2().fordblks < RESERVE_BYTES)
		return false;
	spent = false;
	return true;
}
