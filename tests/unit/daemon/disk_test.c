/*
 * What is read from the disk, and what had better not be.
 */
#include "daemon/disk.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "shortage.h"

/* Letters that a glob has other uses for. */
static char folder[] = "/tmp/casgate[disk]*-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
make_file(const char *name, off_t size)
{
	int fd = open(path_of(name), O_CREAT | O_WRONLY, 0600);

	assert_int_not_equal(fd, -1);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void
test_a_pipe_is_no_file_and_holds_nobody_up(void **state)
{
	struct buffer contents = {0};
	struct problem why;
	bool others_may;

	(void)state;
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	assert_int_equal(
	    disk_read(path_of("pipe"), &contents, &others_may, &why), -1);
	assert_non_null(strstr(why.sentence, "is not an ordinary file"));
	unlink(path_of("pipe"));
	buffer_clear(&contents);
}

static void
test_a_file_has_16_mib_at_most(void **state)
{
	struct buffer contents = {0};
	struct problem why;
	bool others_may;

	(void)state;
	make_file("large", (off_t)DISK_FILE_BYTES_MAX);
	assert_int_equal(
	    disk_read(path_of("large"), &contents, &others_may, &why), 0);
	assert_int_equal(contents.len, DISK_FILE_BYTES_MAX);
	buffer_clear(&contents);
	make_file("large", (off_t)DISK_FILE_BYTES_MAX + 1);
	assert_int_equal(
	    disk_read(path_of("large"), &contents, &others_may, &why), -1);
	assert_non_null(strstr(why.sentence, "is larger than 16 MiB"));
	buffer_clear(&contents);
	unlink(path_of("large"));
}

static void
test_the_name_of_a_folder_is_no_pattern(void **state)
{
	struct buffer paths = {0};
	struct problem why;

	(void)state;
	make_file("one.pem", 1);
	assert_int_equal(disk_list(folder, &paths, &why), 0);
	assert_true(text_starts(buffer_text(&paths), text_of(folder)));
	assert_non_null(memmem(paths.at, paths.len, "/one.pem\n", 9));
	buffer_clear(&paths);
	unlink(path_of("one.pem"));
}

/* It would be two lines of a list. */
static void
test_a_file_with_a_line_end_in_its_name_is_none(void **state)
{
	struct buffer paths = {0};
	struct problem why;

	(void)state;
	make_file("a\nb.pem", 1);
	make_file("c.pem", 1);
	assert_int_equal(disk_list(folder, &paths, &why), 0);
	assert_null(memmem(paths.at, paths.len, "b.pem", 5));
	assert_non_null(memmem(paths.at, paths.len, "/c.pem\n", 7));
	buffer_clear(&paths);
	unlink(path_of("a\nb.pem"));
	unlink(path_of("c.pem"));
}

static bool
look(void *with)
{
	struct buffer contents = {0}, paths = {0}, addresses = {0};
	struct problem why = {0};
	bool others_may;
	bool found =
	    disk_read(path_of("one.pem"), &contents, &others_may, &why) == 0 &&
	    disk_list(folder, &paths, &why) == 0 &&
	    disk_resolve("127.0.0.1", 80, &addresses, &why) == 0;

	(void)with;
	assert_int_equal(found, why.sentence[0] == '\0');
	buffer_clear(&contents);
	buffer_clear(&paths);
	buffer_clear(&addresses);
	return found;
}

static void
test_without_memory_nothing_is_found_and_that_is_told(void **state)
{
	(void)state;
	make_file("one.pem", 100000);
	shortage_sweep(look, NULL);
	unlink(path_of("one.pem"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_pipe_is_no_file_and_holds_nobody_up),
	    cmocka_unit_test(test_a_file_has_16_mib_at_most),
	    cmocka_unit_test(test_the_name_of_a_folder_is_no_pattern),
	    cmocka_unit_test(test_a_file_with_a_line_end_in_its_name_is_none),
	    cmocka_unit_test(
		test_without_memory_nothing_is_found_and_that_is_told),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
