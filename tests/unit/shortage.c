/*
 * Memory runs short.
 */
#include "shortage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/resource.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
char *__real_strdup(const char *string);

void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
char *__wrap_strdup(const char *string);

static unsigned until; /* the one that fails; 0: none does, or it has failed */
static bool struck;

static bool
fails(void)
{
	if (until == 0 || --until > 0)
		return false;
	struck = true;
	return true;
}

void *
__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *
__wrap_calloc(size_t count, size_t bytes)
{
	return fails() ? NULL : __real_calloc(count, bytes);
}

void *
__wrap_realloc(void *old, size_t bytes)
{
	return fails() ? NULL : __real_realloc(old, bytes);
}

char *
__wrap_strdup(const char *string)
{
	return fails() ? NULL : __real_strdup(string);
}

int
shortage_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_AS, &limit) == -1)
		return -1;
	if (limit.rlim_cur == RLIM_INFINITY)
		limit.rlim_cur = RLIM_INFINITY - 1;
	return setrlimit(RLIMIT_AS, &limit);
}

bool
shortage_struck(void)
{
	return struck;
}

/* Does it with the `n`-th allocation failing; true if it succeeded. */
static bool
try(unsigned n, bool (*act)(void *), void *with)
{
	bool succeeded;

	struck = false;
	until = n;
	succeeded = act(with);
	until = 0;
	return succeeded;
}

void
shortage_sweep(bool (*act)(void *), void *with)
{
	unsigned n = 0;

	do {
		bool succeeded = try(++n, act, with);

		if (succeeded == struck)
			print_error("allocation %u of it\n", n);
		assert_int_equal(succeeded, !struck);
	} while (struck);
	assert_true(n > 1);
}

void
shortage_survive(bool (*act)(void *), void *with, unsigned step)
{
	unsigned n = 1;
	bool succeeded;

	do {
		succeeded = try(n, act, with);
		n += step;
	} while (struck);
	assert_true(succeeded);
	assert_true(n > 1 + step);
}
