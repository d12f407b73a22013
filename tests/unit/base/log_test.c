/*
 * The error log, read at the other end of a pipe.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TIME_BYTES strlen("2026-11-24T12:00:00.123Z ")

static int reader, writer;
static char got[65536];

static int
set_up(void **state)
{
	int fds[2];

	(void)state;
	if (pipe2(fds, O_NONBLOCK) == -1)
		return -1;
	reader = fds[0];
	writer = fds[1];
	log_open(writer, "worker 1: ");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	log_open(2, "");
	close(reader);
	close(writer);
	return 0;
}

/* All that was written, less the times, which only have to look like one. */
static const char *
read_lines(void)
{
	static char lines[sizeof(got)];
	ssize_t len = read(reader, got, sizeof(got) - 1);
	char *line, *rest = got, *to = lines;

	got[len < 0 ? 0 : len] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		assert_true(strlen(line) > TIME_BYTES);
		assert_int_equal(line[10], 'T');
		assert_int_equal(line[19], '.');
		assert_int_equal(line[23], 'Z');
		to = stpcpy(stpcpy(to, line + TIME_BYTES), "\n");
	}
	*to = '\0';
	return lines;
}

static void
test_a_line_has_time_level_and_prefix(void **state)
{
	(void)state;
	errno = ENOENT;
	log_error("no %s", "memory");
	log_warning("w");
	log_notice("n");
	assert_int_equal(errno, ENOENT);
	assert_string_equal(read_lines(),
	    "error: worker 1: no memory\n"
	    "warning: worker 1: w\n"
	    "notice: worker 1: n\n");
}

static void
test_repeats_are_folded_and_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 18; i++)
		log_warning("server %s refused", "cas1");
	log_warning("another");
	log_flush();
	assert_string_equal(read_lines(),
	    "warning: worker 1: server cas1 refused\n"
	    "warning: worker 1: last line repeated 17 times\n"
	    "warning: worker 1: another\n");
}

static void
test_flush_tells_repeats_once(void **state)
{
	(void)state;
	log_error("same");
	log_error("same");
	log_flush();
	log_flush();
	log_error("same");
	log_flush();
	assert_string_equal(read_lines(),
	    "error: worker 1: same\n"
	    "error: worker 1: last line repeated 1 time\n"
	    "error: worker 1: last line repeated 1 time\n");
}

static void
test_another_level_is_another_line(void **state)
{
	(void)state;
	log_error("same");
	log_warning("same");
	assert_string_equal(read_lines(),
	    "error: worker 1: same\n"
	    "warning: worker 1: same\n");
}

static void
test_a_line_stays_one_line(void **state)
{
	(void)state;
	log_notice("name a\r\nerror b\x1b[2J\x7f");
	assert_string_equal(
	    read_lines(), "notice: worker 1: name a??error b?[2J?\n");
}

static void
test_a_long_line_is_cut_off(void **state)
{
	char text[5000];
	const char *lines;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_notice("%s", text);
	log_notice("next");
	lines = read_lines();
	assert_in_range(strlen(lines), 1000, 1200);
	assert_non_null(strstr(lines, "xxx\nnotice: worker 1: next\n"));
}

static void
test_a_full_pipe_drops_and_counts(void **state)
{
	uint64_t before = log_dropped(), dropped;
	char told[200];

	(void)state;
	/* 64 KiB of pipe are less than these. */
	for (int i = 0; i < 5000; i++)
		log_error("line number %d", i);
	dropped = log_dropped() - before;
	assert_in_range(dropped, 1000, 4999);
	read_lines();
	log_error("again");
	snprintf(told, sizeof(told),
	    "warning: worker 1: %llu lines were dropped: the log was not "
	    "read fast enough\n"
	    "error: worker 1: again\n",
	    (unsigned long long)dropped);
	assert_string_equal(read_lines(), told);
	log_error("and on");
	assert_string_equal(read_lines(), "error: worker 1: and on\n");
}

/* A blocking pipe that is full must not stop us either. */
static void
test_a_blocking_pipe_is_not_waited_for(void **state)
{
	uint64_t before = log_dropped();

	(void)state;
	assert_int_equal(fcntl(writer, F_SETFL, 0), 0);
	for (int i = 0; i < 5000; i++)
		log_error("line number %d", i);
	assert_true(log_dropped() > before);
}

static void
test_lines_for_a_closed_descriptor_are_counted(void **state)
{
	uint64_t before = log_dropped();
	int closed = dup(writer);

	(void)state;
	close(closed);
	log_open(closed, "");
	log_error("nobody reads this");
	assert_int_equal(log_dropped(), before + 1);
	log_open(writer, "worker 1: ");
	log_error("again");
	assert_string_equal(read_lines(),
	    "warning: worker 1: 1 lines were dropped: the log was not read "
	    "fast enough\n"
	    "error: worker 1: again\n");
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_line_has_time_level_and_prefix),
	    TEST(test_repeats_are_folded_and_counted),
	    TEST(test_flush_tells_repeats_once),
	    TEST(test_another_level_is_another_line),
	    TEST(test_a_line_stays_one_line),
	    TEST(test_a_long_line_is_cut_off),
	    TEST(test_a_full_pipe_drops_and_counts),
	    TEST(test_a_blocking_pipe_is_not_waited_for),
	    TEST(test_lines_for_a_closed_descriptor_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
