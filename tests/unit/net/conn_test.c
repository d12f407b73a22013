/*
 * One conn: what it waits for, how it is told that its peer has gone, how it
 * connects and closes.
 */
#include "net_test.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

static struct conn *conn;
static int peer;
static int runs;

static void
count(void *owner)
{
	(void)owner;
	runs++;
}

static void
count_and_drain(void *owner)
{
	(void)owner;
	runs++;
	drain(conn->fd, NULL);
}

static void
open_conn(void (*opener)(int fds[2]), void (*ready)(void *owner))
{
	int fds[2];

	opener(fds);
	peer = fds[0];
	conn = conn_new(loop, fds[1], ready, NULL);
	runs = 0;
}

static void
close_conn(void)
{
	conn_close(conn, false);
	if (peer != -1)
		close(peer);
}

static void
test_reading_and_writing_are_counted(void **state)
{
	char bytes[10];
	size_t moved;

	(void)state;
	open_conn(open_pair, count);
	assert_int_equal(conn_read(conn, bytes, 10, &moved), IO_AGAIN);
	assert_int_equal(write(peer, "hello", 5), 5);
	assert_int_equal(conn_read(conn, bytes, 10, &moved), IO_DONE);
	assert_int_equal(moved, 5);
	assert_int_equal(conn_write(conn, "hi", 2, &moved), IO_DONE);
	assert_int_equal(conn->read_bytes, 5);
	assert_int_equal(conn->written_bytes, 2);
	assert_false(conn_holds(conn));
	stuff(conn->fd);
	assert_int_equal(conn_write(conn, "hi", 2, &moved), IO_AGAIN);
	close_conn();
}

static void
test_an_end_is_read_as_one(void **state)
{
	char bytes[10];
	size_t moved;
	bool ended;

	(void)state;
	open_conn(open_pair, count);
	shutdown(peer, SHUT_WR);
	assert_int_equal(conn_read(conn, bytes, 10, &moved), IO_EOF);
	assert_int_equal(conn_write(conn, "hi", 2, &moved), IO_DONE);
	conn_end(conn);
	conn_end(conn);
	assert_int_equal(drain(peer, &ended), 2);
	assert_true(ended);
	close_conn();
}

static void
test_ready_is_called_for_what_is_waited_for(void **state)
{
	(void)state;
	open_conn(open_pair, count_and_drain);
	assert_int_equal(write(peer, "x", 1), 1);
	run_turns(2);
	assert_int_equal(runs, 0);
	conn_wait(conn, true, false);
	run_turns(2);
	assert_int_equal(runs, 1);
	conn_wait(conn, true, true);
	run_turns(2);
	assert_true(runs >= 3);
	conn_wait(conn, true, false);
	runs = 0;
	run_turns(2);
	assert_int_equal(runs, 0);
	close_conn();
}

/* Bytes nobody wants stay where they are, wake nobody, and are there later. */
static void
test_unwanted_bytes_do_not_spin(void **state)
{
	uint64_t before_ms;

	(void)state;
	open_conn(open_pair, count_and_drain);
	conn_wait(conn, true, false);
	conn_wait(conn, false, false);
	assert_int_equal(write(peer, "x", 1), 1);
	before_ms = cpu_ms();
	run_for(200);
	assert_int_equal(runs, 0);
	assert_true(cpu_ms() - before_ms < 100);
	conn_wait(conn, true, false);
	run_turns(2);
	assert_int_equal(runs, 1);
	close_conn();
}

static void
test_again_runs_in_the_next_turn_once(void **state)
{
	(void)state;
	open_conn(open_pair, count);
	conn_again(conn);
	conn_again(conn);
	run_turns(3);
	assert_int_equal(runs, 1);
	conn_again(conn);
	close_conn();
	run_turns(2);
	assert_int_equal(runs, 1);
}

static void
test_tls_may_need_the_opposite_event(void **state)
{
	(void)state;
	open_conn(open_pair, count_and_drain);
	/* A read that has to write first. */
	conn->read_wants_write = true;
	conn_wait(conn, true, false);
	run_turn();
	assert_true(runs > 0);
	/* A write that has to read first. */
	conn->read_wants_write = false;
	conn->write_wants_read = true;
	conn_wait(conn, false, true);
	runs = 0;
	run_turns(2);
	assert_int_equal(runs, 0);
	assert_int_equal(write(peer, "x", 1), 1);
	run_turn();
	assert_int_equal(runs, 1);
	close_conn();
}

static void
note_gone(void *owner)
{
	(void)owner;
	runs += conn->gone;
}

/* Held back, with bytes of the peer unread: the state an upload is in while
 * its server is slow. */
static void
test_a_peer_that_goes_while_nothing_is_waited_for_is_told(void **state)
{
	uint64_t before_ms;

	(void)state;
	open_conn(open_tcp_pair, note_gone);
	conn->tells_gone = true;
	conn_wait(conn, true, false);
	conn_wait(conn, false, false);
	assert_int_equal(write(peer, "x", 1), 1);
	run_turns(3);
	assert_int_equal(write(peer, "y", 1), 1);
	run_turns(3);
	assert_int_equal(runs, 0);
	reset(peer);
	peer = -1;
	before_ms = cpu_ms();
	run_for(200);
	assert_int_equal(runs, 1);
	assert_true(conn->gone);
	assert_true(cpu_ms() - before_ms < 100);
	close_conn();
}

/* The same when a write was waited for last. */
static void
test_a_peer_that_goes_after_a_write_was_waited_for_is_told(void **state)
{
	(void)state;
	open_conn(open_tcp_pair, note_gone);
	conn->tells_gone = true;
	conn_wait(conn, false, false);
	run_turns(2);
	conn_wait(conn, false, true);
	run_turns(2);
	conn_wait(conn, false, false);
	run_turns(2);
	assert_int_equal(runs, 0);
	reset(peer);
	peer = -1;
	run_turns(3);
	assert_int_equal(runs, 1);
	close_conn();
}

/* An end of the peer's own direction is not a farewell. */
static void
test_a_half_close_is_no_going(void **state)
{
	uint64_t before_ms;

	(void)state;
	open_conn(open_tcp_pair, note_gone);
	conn->tells_gone = true;
	conn_wait(conn, true, false);
	conn_wait(conn, false, false);
	shutdown(peer, SHUT_WR);
	before_ms = cpu_ms();
	run_for(100);
	assert_true(cpu_ms() - before_ms < 50);
	assert_false(conn->gone);
	assert_int_equal(runs, 0);
	close_conn();
}

static void
test_a_reset_wakes_a_writer(void **state)
{
	char byte = 0;
	size_t moved;

	(void)state;
	open_conn(open_tcp_pair, count);
	stuff(conn->fd);
	conn_wait(conn, false, true);
	run_turns(2);
	assert_int_equal(runs, 0);
	reset(peer);
	peer = -1;
	run_turn();
	assert_true(runs > 0);
	assert_int_equal(conn_write(conn, &byte, 1, &moved), IO_FAILED);
	assert_int_equal(conn->error, ECONNRESET);
	close_conn();
}

static void
close_itself(void *owner)
{
	(void)owner;
	conn_close(conn, false);
	conn = NULL;
	runs++;
}

static void
test_ready_may_close_its_own_conn(void **state)
{
	(void)state;
	open_conn(open_pair, close_itself);
	conn_wait(conn, true, true);
	assert_int_equal(write(peer, "x", 1), 1);
	run_turns(2);
	assert_int_equal(runs, 1);
	close_conn();

	open_conn(open_pair, close_itself);
	conn_again(conn);
	run_turns(2);
	assert_int_equal(runs, 1);
	close_conn();
}

static struct conn *both[2];

static void
close_both(void *owner)
{
	(void)owner;
	conn_close(both[0], false);
	conn_close(both[1], false);
	both[0] = both[1] = NULL;
	runs++;
}

/* Two are ready in one turn, and the first closes the second. */
static void
test_a_closed_conn_is_not_ready_any_more(void **state)
{
	int fds[4];

	(void)state;
	runs = 0;
	open_pair(fds);
	open_pair(fds + 2);
	both[0] = conn_new(loop, fds[0], close_both, NULL);
	both[1] = conn_new(loop, fds[2], close_both, NULL);
	conn_wait(both[0], true, true);
	conn_wait(both[1], true, true);
	run_turns(2);
	assert_int_equal(runs, 1);
	close(fds[1]);
	close(fds[3]);
}

static void
test_a_close_sends_an_end_and_an_abort_a_reset(void **state)
{
	char byte;

	(void)state;
	open_conn(open_tcp_pair, count);
	conn_close(conn, false);
	assert_int_equal(read(peer, &byte, 1), 0);
	close(peer);

	open_conn(open_tcp_pair, count);
	conn_close(conn, true);
	assert_int_equal(read(peer, &byte, 1), -1);
	assert_int_equal(errno, ECONNRESET);
	close(peer);
	conn_close(NULL, true);
}

static int
open_listening(struct address *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(address_parse(at, TEXT("127.0.0.1:0")));
	assert_int_equal(bind(fd, (struct sockaddr *)&at->sa, at->len), 0);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&at->sa, &at->len), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

static void
test_connecting(void **state)
{
	struct address at;
	int listening = open_listening(&at);

	(void)state;
	runs = 0;
	conn = conn_open(loop, &at, count, NULL);
	assert_non_null(conn);
	conn_wait(conn, false, true);
	while (conn_connected(conn) == IO_AGAIN)
		run_turn();
	assert_int_equal(conn_connected(conn), IO_DONE);
	assert_int_equal(option(conn->fd, IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(conn->fd, SOL_SOCKET, SO_KEEPALIVE), 0);
	conn_keep_alive(conn);
	assert_int_equal(option(conn->fd, SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(conn->fd, IPPROTO_TCP, TCP_KEEPIDLE), 120);
	assert_true(fcntl(conn->fd, F_GETFD) & FD_CLOEXEC);
	conn_close(conn, false);
	close(listening);
}

static void
test_nobody_listens_there(void **state)
{
	struct address at;
	enum io io = IO_AGAIN;

	(void)state;
	close(open_listening(&at));
	runs = 0;
	conn = conn_open(loop, &at, count, NULL);
	if (conn == NULL) {
		assert_int_equal(errno, ECONNREFUSED);
		return;
	}
	conn_wait(conn, false, true);
	while (io == IO_AGAIN) {
		run_turn();
		io = conn_connected(conn);
	}
	assert_int_equal(io, IO_FAILED);
	assert_int_equal(conn->error, ECONNREFUSED);
	conn_close(conn, false);
}

/* A listening socket whose queue is full answers no one. */
static void
test_an_attempt_that_is_not_answered(void **state)
{
	struct address at;
	int listening = open_listening(&at), filling[8];

	(void)state;
	for (int i = 0; i < 8; i++) {
		filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(filling[i], (struct sockaddr *)&at.sa, at.len);
	}
	runs = 0;
	conn = conn_open(loop, &at, count, NULL);
	assert_non_null(conn);
	conn_wait(conn, false, true);
	run_for(50);
	assert_int_equal(conn_connected(conn), IO_AGAIN);
	assert_int_equal(runs, 0);
	conn_close(conn, false);
	for (int i = 0; i < 8; i++)
		close(filling[i]);
	close(listening);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_reading_and_writing_are_counted),
	    TEST(test_an_end_is_read_as_one),
	    TEST(test_ready_is_called_for_what_is_waited_for),
	    TEST(test_unwanted_bytes_do_not_spin),
	    TEST(test_again_runs_in_the_next_turn_once),
	    TEST(test_tls_may_need_the_opposite_event),
	    TEST(test_a_peer_that_goes_while_nothing_is_waited_for_is_told),
	    TEST(test_a_peer_that_goes_after_a_write_was_waited_for_is_told),
	    TEST(test_a_half_close_is_no_going),
	    TEST(test_a_reset_wakes_a_writer),
	    TEST(test_ready_may_close_its_own_conn),
	    TEST(test_a_closed_conn_is_not_ready_any_more),
	    TEST(test_a_close_sends_an_end_and_an_abort_a_reset),
	    TEST(test_connecting),
	    TEST(test_nobody_listens_there),
	    TEST(test_an_attempt_that_is_not_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
