/*
 * A source in memory, for tests of the configuration.
 */
#ifndef CASGATE_TESTS_CONFIG_TEST_H
#define CASGATE_TESTS_CONFIG_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fnmatch.h>

#include "base/buffer.h"
#include "config/config.h"

#define FILES_MAX 16

/* Files by name, in the order of their names, up to one without. */
struct memory {
	struct source source; /* the first: a source is cast to its memory */
	struct file {
		const char *name, *text;
	} files[FILES_MAX];
	char listed[4096]; /* no memory of its own, which might fail */
	size_t listed_len;
};

static inline int
memory_read(struct source *source, const char *path, bool secret,
    struct text *contents, struct problem *why)
{
	struct memory *memory = (struct memory *)source;

	(void)secret;
	for (const struct file *f = memory->files; f->name != NULL; f++)
		if (strcmp(f->name, path) == 0) {
			*contents = text_of(f->text);
			return 0;
		}
	problem_set(why, "%s: No such file or directory", path);
	return -1;
}

static inline int
memory_list(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	struct memory *memory = (struct memory *)source;
	char *start = memory->listed + memory->listed_len;

	(void)why;
	for (const struct file *f = memory->files; f->name != NULL; f++)
		if (fnmatch(pattern, f->name, FNM_PATHNAME) == 0) {
			char *at = memory->listed + memory->listed_len;
			size_t room =
			    sizeof(memory->listed) - memory->listed_len;
			int len = snprintf(at, room, "%s\n", f->name);

			assert_in_range(len, 1, room - 1);
			memory->listed_len += (size_t)len;
		}
	*paths = (struct text){
	    start, (size_t)(memory->listed + memory->listed_len - start)};
	return 0;
}

/* Reads "casgate.conf" of this memory. */
static inline struct config *
memory_config(struct memory *memory, struct problems *problems)
{
	memory->source.read = memory_read;
	memory->source.list = memory_list;
	memory->listed_len = 0;
	*problems = (struct problems){0};
	return config_read("casgate.conf", &memory->source, problems);
}

/* Reads this text alone. */
static inline struct config *
text_config(const char *text, struct problems *problems)
{
	struct memory memory = {.files = {{"casgate.conf", text}}};

	return memory_config(&memory, problems);
}

/* The same, of which nothing is wrong. */
static inline struct config *
right_config(const char *text)
{
	struct problems problems;
	struct config *config = text_config(text, &problems);

	if (config == NULL || problems.count > 0)
		problems_print(&problems, stderr);
	assert_non_null(config);
	assert_int_equal(problems.count, 0);
	return config;
}

#endif
