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

/* The line with this number, without its end. */
static struct text
line_of(struct text rest, unsigned number)
{
	struct text line = {"", 0};

	while (number-- > 0 && text_split(&rest, '\n', &line))
		;
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* Bytes of UTF-8 that go on with a character. */
static bool
goes_on(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static size_t
characters(struct text t)
{
	size_t count = 0;

	for (size_t i = 0; i < t.len; i++)
		count += !goes_on(t.at[i]);
	return count;
}

/* The bytes that `count` characters take. */
static size_t
bytes(struct text t, size_t count)
{
	size_t i = 0;

	while (i < t.len && (count > 0 || goes_on(t.at[i])))
		count -= !goes_on(t.at[i++]);
	return i;
}

/* What is shown of a long line: so much, of which so much before the caret. */
#define SHOWN_BYTES ((size_t)92)
#define SHOWN_BEFORE ((size_t)48)
#define CUT "..."

static void
copy_excerpt(struct problem *problem, struct text line)
{
	size_t at = bytes(line, problem->where.column - 1);
	size_t start = 0, end = line.len, len;

	if (line.len > SHOWN_BYTES && at > SHOWN_BEFORE)
		start = at - SHOWN_BEFORE;
	if (end - start > SHOWN_BYTES)
		end = start + SHOWN_BYTES;
	while (start < end && goes_on(line.at[start]))
		start++;
	while (end < line.len && end > start && goes_on(line.at[end]))
		end--;
	snprintf(problem->excerpt, sizeof(problem->excerpt), "%s%.*s%s",
	    start > 0 ? CUT : "", (int)(end - start), line.at + start,
	    end < line.len ? CUT : "");
	len = at > start ? at - start : 0;
	problem->caret =
	    (unsigned)characters((struct text){line.at + start, len});
	problem->caret += start > 0 ? (unsigned)strlen(CUT) : 0;
	for (char *c = problem->excerpt; *c != '\0'; c++)
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == 0x7f)
			*c = '?';
}

static void
point(struct problem *problem, struct place where)
{
	if (where.line == 0)
		return;
	snprintf(problem->where.file, sizeof(problem->where.file), "%s",
	    where.file->name);
	problem->where.line = where.line;
	problem->where.column = where.column;
	copy_excerpt(problem, line_of(where.file->text, where.line));
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
add(struct problems *all, struct place where, bool warning, const char *format,
    va_list args)
{
	struct problem *problem = next(all, warning);

	if (!warning)
		all->errors++;
	if (problem == NULL)
		return;
	*problem = (struct problem){.warning = warning};
	point(problem, where);
	vsnprintf(problem->sentence, sizeof(problem->sentence), format, args);
}

void
problems_add(struct problems *all, struct place where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(all, where, false, format, args);
	va_end(args);
}

void
problems_warn(struct problems *all, struct place where, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(all, where, true, format, args);
	va_end(args);
}

/* Tabs stay tabs in front of the caret, so that it stands below its letter
 * whatever their width is. */
static void
print_excerpt(const struct problem *problem, FILE *to)
{
	unsigned before = problem->caret;

	fprintf(to, "    %s\n    ", problem->excerpt);
	for (const char *c = problem->excerpt; before > 0; before--) {
		fputc(*c == '\t' ? '\t' : ' ', to);
		while (*c != '\0' && goes_on(*++c))
			;
	}
	fputs("^\n", to);
}

void
problem_print(const struct problem *problem, FILE *to)
{
	if (problem->where.line == 0)
		fputs("casgate: ", to);
	else
		fprintf(to, "%s:%u:%u: ", problem->where.file,
		    problem->where.line, problem->where.column);
	fprintf(to, "%s%s\n", problem->warning ? "warning: " : "",
	    problem->sentence);
	if (problem->excerpt[0] != '\0')
		print_excerpt(problem, to);
}

void
problems_print(const struct problems *all, FILE *to)
{
	size_t shown = 0;

	for (size_t i = 0; i < all->count; i++) {
		problem_print(&all->list[i], to);
		shown += !all->list[i].warning;
	}
	if (all->errors > shown)
		fprintf(to, "casgate: %zu more errors are not shown\n",
		    all->errors - shown);
}
