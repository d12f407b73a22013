/*
 * Messages arrive whole, with their descriptors, and the end is seen.
 */
#include "daemon/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static int parent_end, worker_end;

static int
open_both(void **state)
{
	int ends[2];

	(void)state;
	if (channel_open(ends) == -1)
		return -1;
	parent_end = ends[0];
	worker_end = ends[1];
	return 0;
}

static int
close_both(void **state)
{
	(void)state;
	close(parent_end);
	close(worker_end);
	return 0;
}

static void
test_message_arrives_with_its_words(void **state)
{
	struct message sent = {.kind = MESSAGE_REFUSED, .edition = 7};
	struct message got;

	(void)state;
	snprintf(sent.why, sizeof(sent.why), "no memory for the site");
	assert_int_equal(channel_send(worker_end, &sent), 0);
	assert_int_equal(channel_receive(parent_end, &got), CHANNEL_MESSAGE);
	assert_int_equal(got.kind, MESSAGE_REFUSED);
	assert_int_equal(got.edition, 7);
	assert_int_equal(got.fd_count, 0);
	assert_string_equal(got.why, "no memory for the site");
	assert_int_equal(channel_receive(parent_end, &got), CHANNEL_NOTHING);
}

static void
test_descriptors_arrive_in_their_order(void **state)
{
	struct message sent = {.kind = MESSAGE_SITE, .edition = 1};
	struct message got;
	int pipes[3][2];

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pipe(pipes[i]), 0);
		sent.fds[sent.fd_count++] = pipes[i][1];
	}
	assert_int_equal(channel_send(parent_end, &sent), 0);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_MESSAGE);
	assert_int_equal(got.fd_count, 3);
	for (int i = 0; i < 3; i++) {
		char c = (char)('a' + i), d = 0;

		assert_true(fcntl(got.fds[i], F_GETFD) & FD_CLOEXEC);
		assert_int_equal(write(got.fds[i], &c, 1), 1);
		assert_int_equal(read(pipes[i][0], &d, 1), 1);
		assert_int_equal(c, d);
		close(got.fds[i]);
		close(pipes[i][0]);
		close(pipes[i][1]);
	}
}

static void
test_as_many_descriptors_as_promised_fit(void **state)
{
	struct message sent = {.kind = MESSAGE_SITE};
	struct message got;

	(void)state;
	while (sent.fd_count < MESSAGE_FDS_MAX)
		sent.fds[sent.fd_count++] = STDERR_FILENO;
	assert_int_equal(channel_send(parent_end, &sent), 0);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_MESSAGE);
	assert_int_equal(got.fd_count, MESSAGE_FDS_MAX);
	while (got.fd_count > 0)
		close(got.fds[--got.fd_count]);
}

/* A worker out of descriptors gets some of them: it must see that they are
 * missing, and not leak those that came. */
static void
test_lost_descriptors_are_seen(void **state)
{
	struct message sent = {.kind = MESSAGE_SITE};
	struct message got;
	struct rlimit before, few;
	int next = dup(STDERR_FILENO);

	(void)state;
	while (sent.fd_count < 10)
		sent.fds[sent.fd_count++] = STDERR_FILENO;
	assert_int_equal(channel_send(parent_end, &sent), 0);
	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = (rlim_t)next + 4;
	setrlimit(RLIMIT_NOFILE, &few);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_MESSAGE);
	setrlimit(RLIMIT_NOFILE, &before);
	assert_int_equal(got.kind, MESSAGE_SITE);
	assert_int_equal(got.fd_count, 0);
	close(next);
	assert_int_equal(dup(STDERR_FILENO), next); /* none is left open */
	close(next);
}

static void
test_end_of_the_other_side_is_seen(void **state)
{
	struct message last = {.kind = MESSAGE_STOP};
	struct message got;

	(void)state;
	assert_int_equal(channel_send(parent_end, &last), 0);
	shutdown(parent_end, SHUT_RDWR);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_MESSAGE);
	assert_int_equal(got.kind, MESSAGE_STOP);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_ENDED);
	assert_int_equal(channel_send(worker_end, &last), -1);
}

static void
test_last_words_are_heard_after_a_reset(void **state)
{
	struct message words = {.kind = MESSAGE_REFUSED, .edition = 3};
	struct message unheard = {.kind = MESSAGE_SITE};
	struct message got;

	(void)state;
	assert_int_equal(channel_send(parent_end, &unheard), 0);
	assert_int_equal(channel_send(worker_end, &words), 0);
	close(worker_end);
	assert_int_equal(channel_receive(parent_end, &got), CHANNEL_MESSAGE);
	assert_int_equal(got.kind, MESSAGE_REFUSED);
	assert_int_equal(channel_receive(parent_end, &got), CHANNEL_ENDED);
	worker_end = dup(STDERR_FILENO); /* for close_both() */
}

static void
test_nonsense_is_the_end(void **state)
{
	struct message got;

	(void)state;
	assert_int_equal(send(parent_end, "nonsense", 8, 0), 8);
	assert_int_equal(channel_receive(worker_end, &got), CHANNEL_ENDED);
}

static void
test_sending_never_waits(void **state)
{
	struct message again = {.kind = MESSAGE_DRAIN};
	int sent = 0;

	(void)state;
	while (channel_send(parent_end, &again) == 0)
		assert_true(++sent < 100000);
	assert_int_equal(errno, EAGAIN);
	assert_true(sent > 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_both, close_both)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_message_arrives_with_its_words),
	    TEST(test_descriptors_arrive_in_their_order),
	    TEST(test_as_many_descriptors_as_promised_fit),
	    TEST(test_lost_descriptors_are_seen),
	    TEST(test_end_of_the_other_side_is_seen),
	    TEST(test_last_words_are_heard_after_a_reset),
	    TEST(test_nonsense_is_the_end),
	    TEST(test_sending_never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
