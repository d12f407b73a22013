/*
 * What syslog and the journal get of a log line.
 */
#include "daemon/log_datagram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
expect(const char *line, const char *format, int facility, const char *datagram)
{
	struct text text = {line, strlen(line)};
	char got[256] = "";
	int ends[2];
	ssize_t n;

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	assert_int_equal(
	    log_datagram_send(ends[0], text, format, facility), LOG_SENT);
	n = read(ends[1], got, sizeof(got) - 1);
	assert_true(n > 0);
	assert_string_equal(got, datagram);
	close(ends[0]);
	close(ends[1]);
}

static void
test_severity_is_told_and_time_is_not(void **state)
{
	(void)state;
	expect("2026-11-24T12:00:00.123Z error: worker 1: no memory",
	    "<%d>casgate: ", 24, "<27>casgate: worker 1: no memory");
	expect("2026-11-24T12:00:00.123Z warning: casgate: so so",
	    "<%d>casgate: ", 24, "<28>casgate: casgate: so so");
	expect("2026-11-24T12:00:00.123Z notice: casgate: reloaded",
	    "PRIORITY=%d\nMESSAGE=", 0,
	    "PRIORITY=5\nMESSAGE=casgate: reloaded");
}

static void
test_last_words_are_critical(void **state)
{
	(void)state;
	expect("worker.c:12: Assertion failed", "<%d>", 24,
	    "<26>worker.c:12: Assertion failed");
	expect("", "<%d>", 24, "<26>");
}

static void
test_reader_that_is_full_or_gone_is_seen(void **state)
{
	enum log_sent sent;
	int ends[2];

	(void)state;
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, ends), 0);
	do
		sent = log_datagram_send(ends[0], TEXT("a line"), "%d", 0);
	while (sent == LOG_SENT);
	assert_int_equal(sent, LOG_LATER);
	close(ends[1]);
	sent = log_datagram_send(ends[0], TEXT("a line"), "%d", 0);
	assert_int_equal(sent, LOG_UNHEARD);
	close(ends[0]);
	assert_int_equal(log_datagram_open("/no/such/socket"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_severity_is_told_and_time_is_not),
	    cmocka_unit_test(test_last_words_are_critical),
	    cmocka_unit_test(test_reader_that_is_full_or_gone_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
