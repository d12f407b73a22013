/*
 * What the tests of net share: a loop that is run for a turn or a while, and
 * pairs of sockets.
 */
#ifndef CASGATE_TESTS_NET_TEST_H
#define CASGATE_TESTS_NET_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/address.h"
#include "net/conn.h"
#include "net/loop.h"

static struct loop *loop;

static inline void
stop(void *owner)
{
	loop_stop(owner);
}

static inline int
loop_set_up(void **state)
{
	struct problem why;

	(void)state;
	loop = loop_new(&why);
	return loop == NULL ? -1 : 0;
}

static inline int
loop_tear_down(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

/* Serves what is ready now. */
static inline void
run_turn(void)
{
	struct task task = {.run = stop, .owner = loop};

	loop_put_off(loop, &task);
	loop_run(loop);
}

static inline void
run_turns(int count)
{
	while (count-- > 0)
		run_turn();
}

static inline void
run_for(unsigned ms)
{
	struct timer *timer = timer_new(loop, stop, loop);

	timer_aim(timer, loop->now_ms + ms);
	loop_run(loop);
	timer_free(timer);
}

/* Two sockets connected to each other, neither of which blocks. */
static inline void
open_pair(int fds[2])
{
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
}

/* The same over TCP, where a peer can reset. */
static inline void
open_tcp_pair(int fds[2])
{
	struct address at;
	int listening = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(address_parse(&at, TEXT("127.0.0.1:0")));
	assert_int_equal(bind(listening, (struct sockaddr *)&at.sa, at.len), 0);
	assert_int_equal(listen(listening, 1), 0);
	assert_int_equal(
	    getsockname(listening, (struct sockaddr *)&at.sa, &at.len), 0);
	fds[0] = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fds[0], (struct sockaddr *)&at.sa, at.len), 0);
	fds[1] = accept(listening, NULL, NULL);
	close(listening);
	for (int i = 0; i < 2; i++)
		fcntl(fds[i], F_SETFL, O_NONBLOCK);
}

static inline void
reset(int fd)
{
	struct linger linger = {.l_onoff = 1};

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(fd);
}

/* Writes as much as the socket takes. */
static inline size_t
stuff(int fd)
{
	static char bytes[4096];
	size_t total = 0;
	ssize_t n;

	while ((n = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL)) > 0)
		total += (size_t)n;
	assert_int_equal(errno, EAGAIN);
	return total;
}

/* Reads all that is there; *ended tells an end of the stream. */
static inline size_t
drain(int fd, bool *ended)
{
	static char bytes[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		total += (size_t)n;
	if (ended != NULL)
		*ended = n == 0;
	return total;
}

static inline uint64_t
monotonic_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* CPU time of this process, to find out what spins. */
static inline uint64_t
cpu_ms(void)
{
	return (uint64_t)clock() * 1000 / CLOCKS_PER_SEC;
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, loop_set_up, loop_tear_down)

#endif
