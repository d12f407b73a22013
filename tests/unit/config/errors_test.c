/*
 * Every seeded mistake of tests/data/config-errors gives just the errors that
 * its `.expect` has: FILE:LINE:COLUMN: sentence.
 *
 * A case is NAME.conf or NAME/casgate.conf, beside NAME.expect.
 */
#include "config_test.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <unistd.h>

/* The disk, as far as these cases need it. */
struct disk {
	struct source source; /* first */
	struct buffer lent[FILES_MAX * 2];
	size_t count;
};

static int
disk_read(struct source *source, const char *path, bool secret,
    struct text *contents, struct problem *why)
{
	struct disk *disk = (struct disk *)source;
	struct buffer *to = &disk->lent[disk->count++];
	FILE *file = fopen(path, "rb");
	size_t len;

	(void)secret;
	if (file == NULL) {
		problem_errno(why, path);
		return -1;
	}
	do {
		len = fread(buffer_reserve(to, 4096), 1, 4096, file);
		to->len += len;
	} while (len > 0);
	fclose(file);
	*contents = buffer_text(to);
	return 0;
}

static int
disk_list(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	struct disk *disk = (struct disk *)source;
	struct buffer *to = &disk->lent[disk->count++];
	glob_t found = {0};

	(void)why;
	glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		buffer_printf(to, "%s\n", found.gl_pathv[i]);
	globfree(&found);
	*paths = buffer_text(to);
	return 0;
}

/* What casgate prints, less the excerpts. */
static void
read_case(const char *name, struct buffer *got)
{
	struct disk disk = {.source = {disk_read, disk_list, NULL}};
	struct problems problems = {0};
	char path[256];

	snprintf(path, sizeof(path), "%s.conf", name);
	if (access(path, R_OK) == -1)
		snprintf(path, sizeof(path), "%s/casgate.conf", name);
	assert_null(config_read(path, &disk.source, &problems));
	assert_true(problems.errors > 0);
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.list[i];

		buffer_printf(got, "%s:%u:%u: %s%s\n", p->where.file,
		    p->where.line, p->where.column,
		    p->warning ? "warning: " : "", p->sentence);
	}
	for (size_t i = 0; i < disk.count; i++)
		buffer_clear(&disk.lent[i]);
}

static void
read_expected(const char *name, struct buffer *expected)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s.expect", name);
	file = fopen(path, "r");
	assert_non_null(file);
	expected->len = fread(buffer_reserve(expected, 65536), 1, 65536, file);
	fclose(file);
}

static void
test_every_mistake_is_told_as_expected(void **state)
{
	glob_t cases = {0};
	size_t wrong = 0;

	(void)state;
	assert_int_equal(chdir(TEST_DATA "/config-errors"), 0);
	assert_int_equal(glob("*.expect", 0, NULL, &cases), 0);
	assert_true(cases.gl_pathc >= 60);
	for (size_t i = 0; i < cases.gl_pathc; i++) {
		struct buffer got = {0}, expected = {0};
		char *name = cases.gl_pathv[i];

		*strrchr(name, '.') = '\0';
		read_case(name, &got);
		read_expected(name, &expected);
		if (!text_equals(buffer_text(&got), buffer_text(&expected))) {
			print_error("%s: expected\n%.*sgot\n%.*s", name,
			    TEXT_ARG(buffer_text(&expected)),
			    TEXT_ARG(buffer_text(&got)));
			wrong++;
		}
		buffer_clear(&got);
		buffer_clear(&expected);
	}
	globfree(&cases);
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_mistake_is_told_as_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
