/*
 * Rejections in the error log, read at the other end of a pipe: the first at
 * once, those of the next minute together.
 */
#include "session/rejections.h"

#include <stdio.h>

#include "base/log.h"
#include "net/net_test.h"
#include "shortage.h"

static struct rejections rejections;
static struct watch *watch;
static int reader, writer;

static void
on_line(int fd, void *owner)
{
	(void)fd;
	loop_stop(owner);
}

static int
set_up(void **state)
{
	int fds[2];

	if (loop_set_up(state) == -1 || pipe2(fds, O_NONBLOCK) == -1)
		return -1;
	reader = fds[0];
	writer = fds[1];
	log_open(writer, "");
	watch = watch_open(loop, reader, on_line, loop);
	return watch == NULL ? -1 : rejections_init(&rejections, loop);
}

static int
tear_down(void **state)
{
	rejections_clear(&rejections);
	watch_close(watch);
	log_open(STDERR_FILENO, "");
	close(reader);
	close(writer);
	return loop_tear_down(state);
}

static bool
reject(enum end why, const char *from)
{
	struct address peer;

	assert_true(address_parse(&peer, text_of(from)));
	return rejections_add(&rejections, why, &peer);
}

/* All that was logged, less the time; "" if nothing was. */
static const char *
read_log(void)
{
	static char got[4096];
	ssize_t len = read(reader, got, sizeof(got) - 1);

	got[len < 0 ? 0 : len] = '\0';
	return len > 0 ? strchr(got, ' ') + 1 : got;
}

/* That one line was logged, and no other. */
static void
assert_told(const char *what, enum end why)
{
	char line[512];

	snprintf(line, sizeof(line), "warning: %s: %s\n", what,
	    end_rule(why)->sentence);
	assert_string_equal(read_log(), line);
}

static void
test_the_first_of_each_kind_is_told_at_once(void **state)
{
	(void)state;
	assert_true(reject(END_LIMIT, "192.0.2.1:1"));
	assert_told("the connection from 192.0.2.1:1 was refused", END_LIMIT);
	assert_false(reject(END_LIMIT, "192.0.2.1:2"));
	assert_true(reject(END_ADDRESS_LIMIT, "192.0.2.1:3"));
	assert_told(
	    "the connection from 192.0.2.1:3 was refused", END_ADDRESS_LIMIT);
}

/* The minute has 30 ms left; the timer fires before they are over, as it may,
 * and once more. */
static void
test_those_of_a_minute_are_told_together_when_it_is_over(void **state)
{
	uint64_t over_ms = loop->now_ms + 30;

	(void)state;
	reject(END_LIMIT, "192.0.2.1:1");
	read_log();
	assert_false(reject(END_LIMIT, "192.0.2.1:2"));
	assert_false(reject(END_LIMIT, "192.0.2.3:3"));
	assert_string_equal(read_log(), "");
	rejections.of[END_LIMIT].quiet_until_ms = over_ms;
	timer_aim(rejections.timer, loop->now_ms);
	run_for(10000);
	assert_true(loop->now_ms >= over_ms);
	assert_told("2 connections were refused, the last one from 192.0.2.3:3",
	    END_LIMIT);
	/* Then it is quiet again. */
	assert_false(reject(END_LIMIT, "192.0.2.1:4"));
}

static void
test_the_next_one_after_a_minute_is_told_at_once(void **state)
{
	(void)state;
	reject(END_LIMIT, "192.0.2.1:1");
	read_log();
	loop->now_ms += 59999;
	assert_false(reject(END_LIMIT, "192.0.2.1:2"));
	loop->now_ms += 1;
	assert_true(reject(END_LIMIT, "192.0.2.1:3"));
	assert_told("2 connections were refused, the last one from 192.0.2.1:3",
	    END_LIMIT);
}

static bool
init_and_clear(void *unused)
{
	struct rejections others;
	bool fine = rejections_init(&others, loop) == 0;

	(void)unused;
	rejections_clear(&others);
	return fine;
}

static void
test_no_memory_is_told(void **state)
{
	(void)state;
	shortage_sweep(init_and_clear, NULL);
}

#undef TEST
#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_first_of_each_kind_is_told_at_once),
	    TEST(test_those_of_a_minute_are_told_together_when_it_is_over),
	    TEST(test_the_next_one_after_a_minute_is_told_at_once),
	    TEST(test_no_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
