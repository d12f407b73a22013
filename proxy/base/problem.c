/*
 * What went wrong, for the person who has to mend it.
 */
#include "base/problem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
problem_set(struct problem *why, const char *format, ...)
{
	va_list args;

	if (why == NULL)
		return;
	*why = (struct problem){0};
	va_start(args, format);
	vsnprintf(why->sentence, sizeof(why->sentence), format, args);
	va_end(args);
}

void
problem_errno(struct problem *why, const char *what)
{
	problem_set(why, "%s: %s", what, strerror(errno));
}

/* The next free place in the list, or NULL when there is none. An error drives
 * out the last warning of a full list: a refusal must show a reason. */
static struct problem *
next(struct problems *all, bool warning)
{
	if (all->count < PROBLEMS_MAX)
		return &all->list[all->count++];
	for (size_t i = all->count; !warning && i > 0; i--)
		if (all->list[i - 1].warning)
			return &all->list[i - 1];
	return NULL;
}

__attribute__((format(printf, 4, 0))) static void
add(struct problems *all, struct place where, bool warning,
    const char *format, va_list args)
{
	struct problem *problem = next(all, warning);

	if (!warning)
		all->errors++;
	if (problem == NULL)
		return;
	*problem = (struct problem){.where = where, .warning = warning};
	vsnprintf(problem->sentence, sizeof(problem->sentence), format, args);
}

void
problems_add(
    struct problems *all, struct place where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(all, where, false, format, args);
	va_end(args);
}

void
problems_warn(
    struct problems *all, struct place where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(all, where, true, format, args);
	va_end(args);
}
