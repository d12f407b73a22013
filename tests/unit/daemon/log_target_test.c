/*
 * Lines come to where they belong; what nobody takes is lost whole, counted,
 * and holds nobody up.
 */
#include "daemon/log_target.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
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

static char folder[] = "/tmp/casgate-log-XXXXXX";

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
	signal(SIGPIPE, SIG_IGN); /* as casgate does */
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static void
expect_file(const char *name, const char *text)
{
	char found[256] = "";
	FILE *file = fopen(path_of(name), "r");

	assert_non_null(file);
	found[fread(found, 1, sizeof(found) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(found, text);
}

static void
test_file_gets_its_lines_and_is_reopened(void **state)
{
	struct problem why;
	struct log_target *log = log_target_open(path_of("log"), &why);
	char moved[256];

	(void)state;
	assert_non_null(log);
	log_target_add(log, TEXT("one\ntwo\n"));
	assert_true(log_target_flush(log));
	expect_file("log", "one\ntwo\n");
	snprintf(moved, sizeof(moved), "%s/moved", folder);
	assert_int_equal(rename(path_of("log"), moved), 0);
	log_target_add(log, TEXT("three\n"));
	assert_true(log_target_flush(log));
	assert_int_equal(log_target_reopen(log, &why), 0);
	log_target_add(log, TEXT("four\n"));
	log_target_close(log);
	expect_file("moved", "one\ntwo\nthree\n");
	expect_file("log", "four\n");
	unlink(path_of("moved"));
	unlink(path_of("log"));
}

static void
test_log_that_cannot_be_opened_is_named(void **state)
{
	struct problem why;

	(void)state;
	assert_null(log_target_open(path_of("no/such/log"), &why));
	assert_non_null(strstr(why.sentence, path_of("no/such/log")));
	assert_null(log_target_open(folder, &why));
}

static void
test_off_swallows(void **state)
{
	struct problem why;
	struct log_target *log = log_target_open("off", &why);

	(void)state;
	log_target_add(log, TEXT("one\n"));
	assert_true(log_target_flush(log));
	assert_int_equal(log_target_reopen(log, &why), 0);
	log_target_close(log);
}

/* A named pipe whose reader does not read. */
static void
test_slow_reader_costs_lines_but_no_time(void **state)
{
	static char line[8192];
	char expected[sizeof(line)];
	struct log_target *log;
	struct problem why;
	size_t lines = 0, kept = 0;
	int reader;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	reader = open(path_of("pipe"), O_RDONLY | O_NONBLOCK);
	log = log_target_open(path_of("pipe"), &why);
	assert_non_null(log);
	for (; lines < 4 * LOG_TARGET_QUEUE_BYTES / sizeof(line); lines++) {
		log_target_add(log, (struct text){line, sizeof(line)});
		log_target_flush(log);
	}
	assert_false(log_target_flush(log));
	/* What is left comes out whole. */
	while (read(reader, expected, sizeof(expected)) ==
	    (ssize_t)sizeof(expected)) {
		assert_memory_equal(expected, line, sizeof(line));
		kept++;
		log_target_flush(log);
	}
	assert_true(kept >= LOG_TARGET_QUEUE_BYTES / sizeof(line));
	assert_true(kept < lines);
	assert_true(log_target_flush(log));
	log_target_close(log);
	close(reader);
	unlink(path_of("pipe"));
}

/* The reader of a named pipe goes away in the middle of a line, and later
 * another one comes. */
static void
test_a_line_cut_short_is_ended_before_the_next(void **state)
{
	static char line[PIPE_BUF + 100], found[2 * PIPE_BUF];
	struct log_target *log;
	struct problem why;
	int reader, other;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	reader = open(path_of("pipe"), O_RDONLY | O_NONBLOCK);
	log = log_target_open(path_of("pipe"), &why);
	/* It has room for the beginning of the line alone, and is kept. */
	other = open(path_of("pipe"), O_WRONLY | O_NONBLOCK);
	assert_int_equal(fcntl(other, F_SETPIPE_SZ, PIPE_BUF), PIPE_BUF);
	log_target_add(log, (struct text){line, sizeof(line)});
	assert_false(log_target_flush(log));
	close(reader);
	assert_true(log_target_flush(log));
	log_target_add(log, TEXT("lost\n"));
	assert_true(log_target_flush(log));
	reader = open(path_of("pipe"), O_RDONLY | O_NONBLOCK);
	assert_int_equal(read(reader, found, PIPE_BUF), PIPE_BUF);
	assert_memory_equal(found, line, PIPE_BUF);
	log_target_add(log, TEXT("next\n"));
	assert_true(log_target_flush(log));
	assert_int_equal(read(reader, found, sizeof(found)), 6);
	assert_memory_equal(found, "\nnext\n", 6);
	log_target_close(log);
	close(other);
	close(reader);
	unlink(path_of("pipe"));
}

/* A slow reader, and a reload that opens the same log anew, or another. */
static void
test_what_waits_for_a_log_still_does_when_it_is_opened_anew(void **state)
{
	static char line[8192], found[sizeof(line)];
	struct log_target *log;
	struct problem why;
	size_t lines, kept = 0;
	int reader;

	(void)state;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
	reader = open(path_of("pipe"), O_RDONLY | O_NONBLOCK);
	log = log_target_open(path_of("pipe"), &why);
	for (lines = 0; lines < 50; lines++)
		log_target_add(log, (struct text){line, sizeof(line)});
	assert_false(log_target_flush(log));
	log = log_target_replace(log, log_target_open(path_of("pipe"), &why));
	for (; read(reader, found, sizeof(found)) == (ssize_t)sizeof(found);
	     kept++) {
		assert_memory_equal(found, line, sizeof(line));
		log_target_flush(log);
	}
	assert_int_equal(kept, lines);
	log = log_target_replace(log, log_target_open(path_of("log"), &why));
	log_target_add(log, TEXT("one\n"));
	log_target_close(log);
	expect_file("log", "one\n");
	close(reader);
	unlink(path_of("pipe"));
	unlink(path_of("log"));
}

static bool
log_one_line(void *with)
{
	struct problem why = {0};
	struct log_target *log = log_target_open(with, &why);
	bool whole;

	assert_int_equal(log == NULL, why.sentence[0] != '\0');
	if (log == NULL)
		return false;
	unlink(with);
	assert_int_equal(log_target_reopen(log, &why), 0);
	log_target_add(log, TEXT("a line\n"));
	log_target_close(log);
	whole = !shortage_struck();
	expect_file("log", whole ? "a line\n" : "");
	unlink(with);
	return whole;
}

static void
test_without_memory_a_line_is_lost_whole(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s", path_of("log"));
	shortage_sweep(log_one_line, path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_file_gets_its_lines_and_is_reopened),
	    cmocka_unit_test(test_log_that_cannot_be_opened_is_named),
	    cmocka_unit_test(test_off_swallows),
	    cmocka_unit_test(test_slow_reader_costs_lines_but_no_time),
	    cmocka_unit_test(test_a_line_cut_short_is_ended_before_the_next),
	    cmocka_unit_test(
		test_what_waits_for_a_log_still_does_when_it_is_opened_anew),
	    cmocka_unit_test(test_without_memory_a_line_is_lost_whole),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
