/*
 * Memory that is not to be had, and the count of what is not yet given back.
 *
 * This stands in front of AddressSanitizer's allocator as well as of the C
 * library's own, so that a wrong step after a failure is seen by it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

/* dlsym() may allocate while we ask it for the allocator. Never given back. */
static char early[16384];
static size_t early_used;

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *at, size_t size);
	void (*free)(void *at);
	int (*posix_memalign)(void **at, size_t alignment, size_t size);
	void *(*aligned_alloc)(size_t alignment, size_t size);
} next;

static bool
found(void)
{
	static bool looking;

	if (next.free != NULL)
		return true;
	if (looking)
		return false;
	looking = true;
	*(void **)&next.malloc = plan_next("malloc");
	*(void **)&next.calloc = plan_next("calloc");
	*(void **)&next.realloc = plan_next("realloc");
	*(void **)&next.posix_memalign = plan_next("posix_memalign");
	*(void **)&next.aligned_alloc = plan_next("aligned_alloc");
	*(void **)&next.free = plan_next("free");
	looking = false;
	return true;
}

static void *
take_early(size_t size)
{
	size_t aligned = (size + 15) & ~(size_t)15;
	void *at = early + early_used;

	if (aligned > sizeof(early) - early_used)
		abort();
	early_used += aligned;
	return at;
}

static bool
is_early(const void *at)
{
	return (const char *)at >= early &&
	    (const char *)at < early + sizeof(early);
}

/* LeakSanitizer's, if it is there. */
void __lsan_ignore_object(const void *at) __attribute__((weak));

/* What the dynamic linker allocates is for good, as LeakSanitizer knows when it
 * is asked from there. */
static void *
counted(void *at, const void *caller)
{
	if (at == NULL)
		return NULL;
	plan_allocated(1);
	if (plan_is_linkers(caller) && __lsan_ignore_object != NULL)
		__lsan_ignore_object(at);
	return at;
}

#define CALLER __builtin_return_address(0)
#define FAILS(name) (!plan_is_spared(CALLER) && plan_fails(MEMORY, name))

void *
malloc(size_t size)
{
	if (!found())
		return take_early(size);
	if (FAILS("malloc"))
		return NULL;
	return counted(next.malloc(size), CALLER);
}

void *
calloc(size_t count, size_t size)
{
	if (!found())
		return take_early(count * size);
	if (FAILS("calloc"))
		return NULL;
	return counted(next.calloc(count, size), CALLER);
}

void *
realloc(void *at, size_t size)
{
	void *to;

	if (is_early(at)) {
		to = malloc(size);
		if (to != NULL)
			memcpy(to, at, size);
		return to;
	}
	if (!found())
		return take_early(size);
	if (FAILS("realloc"))
		return NULL;
	to = next.realloc(at, size);
	return at == NULL ? counted(to, CALLER) : to;
}

int
posix_memalign(void **at, size_t alignment, size_t size)
{
	int error;

	found();
	if (FAILS("posix_memalign"))
		return ENOMEM;
	error = next.posix_memalign(at, alignment, size);
	if (error == 0)
		counted(*at, CALLER);
	return error;
}

void *
aligned_alloc(size_t alignment, size_t size)
{
	found();
	if (FAILS("aligned_alloc"))
		return NULL;
	return counted(next.aligned_alloc(alignment, size), CALLER);
}

void
free(void *at)
{
	if (at == NULL || is_early(at))
		return;
	found();
	plan_allocated(-1);
	next.free(at);
}

/* AddressSanitizer's own would not come by here. */
char *
strdup(const char *string)
{
	size_t size = strlen(string) + 1;
	char *copy = malloc(size);

	return copy == NULL ? NULL : memcpy(copy, string, size);
}

/* By this name old headers call it. */
char *__strdup(const char *string);

char *
__strdup(const char *string)
{
	return strdup(string);
}

char *
strndup(const char *string, size_t max)
{
	size_t len = strnlen(string, max);
	char *copy = malloc(len + 1);

	if (copy == NULL)
		return NULL;
	copy[len] = '\0';
	return memcpy(copy, string, len);
}
