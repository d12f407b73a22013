/*
 * Binding, accepting, pausing, and running out of descriptors.
 */
#include "net_test.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "base/log.h"
#include "net/listener.h"

#define MANY 100

static int accepted[MANY], accepted_count;
static struct address last_peer;

static void
on_accepted(int fd, const struct address *peer, void *owner)
{
	(void)owner;
	assert_true(accepted_count < MANY);
	accepted[accepted_count++] = fd;
	last_peer = *peer;
}

static void
close_accepted(void)
{
	while (accepted_count > 0)
		close(accepted[--accepted_count]);
}

static struct address
address_of(int fd)
{
	struct address at = {.len = sizeof(at.sa)};

	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&at.sa, &at.len), 0);
	return at;
}

static int
bind_here(bool shared, uint16_t port)
{
	struct problem why;
	int fd = listener_bind("127.0.0.1", port, shared, &why);

	if (fd == -1)
		print_message("%s\n", why.sentence);
	assert_int_not_equal(fd, -1);
	return fd;
}

static int
visit(const struct address *at)
{
	int fd = socket(at->sa.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_not_equal(fd, -1);
	connect(fd, (const struct sockaddr *)&at->sa, at->len);
	return fd;
}

static void
test_each_connection_is_handed_on(void **state)
{
	int fd = bind_here(false, 0), clients[40];
	struct address at = address_of(fd), own;
	struct listener *listener;
	char text[ADDRESS_TEXT_MAX], expected[ADDRESS_TEXT_MAX];

	(void)state;
	assert_int_equal(listen(fd, 64), 0);
	listener = listener_new(loop, fd, on_accepted, NULL);
	for (int i = 0; i < 40; i++)
		clients[i] = visit(&at);
	run_for(50);
	assert_int_equal(accepted_count, 40);
	own = address_of(clients[39]);
	address_print(&last_peer, text);
	address_print(&own, expected);
	assert_string_equal(text, expected);
	listener_free(listener);
	listener_free(NULL);
	close_accepted();
	for (int i = 0; i < 40; i++)
		close(clients[i]);
	close(fd);
}

static int
option(int fd, int level, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	getsockopt(fd, level, name, &value, &len);
	return value;
}

/* The listening socket was tuned: none of it costs a call for each client. */
static void
test_accepted_sockets_are_tuned(void **state)
{
	int fd = bind_here(false, 0), client;
	struct address at = address_of(fd);
	struct listener *listener;

	(void)state;
	assert_int_equal(listen(fd, 8), 0);
	listener = listener_new(loop, fd, on_accepted, NULL);
	client = visit(&at);
	run_turns(2);
	assert_int_equal(accepted_count, 1);
	assert_int_equal(option(accepted[0], IPPROTO_TCP, TCP_NODELAY), 1);
	assert_int_equal(option(accepted[0], SOL_SOCKET, SO_KEEPALIVE), 1);
	assert_int_equal(option(accepted[0], IPPROTO_TCP, TCP_KEEPIDLE), 120);
	assert_true(fcntl(accepted[0], F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(accepted[0], F_GETFD) & FD_CLOEXEC);
	listener_free(listener);
	close_accepted();
	close(client);
	close(fd);
}

static void
test_a_pause_keeps_them_waiting(void **state)
{
	int fd = bind_here(false, 0), client;
	struct address at = address_of(fd);
	struct listener *listener;

	(void)state;
	assert_int_equal(listen(fd, 8), 0);
	listener = listener_new(loop, fd, on_accepted, NULL);
	listener_pause(listener);
	client = visit(&at);
	run_for(30);
	assert_int_equal(accepted_count, 0);
	listener_resume(listener);
	run_turns(2);
	assert_int_equal(accepted_count, 1);
	listener_free(listener);
	close_accepted();
	close(client);
	close(fd);
}

static rlim_t
limit_descriptors(rlim_t limit)
{
	struct rlimit before, now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	now = (struct rlimit){limit, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	return before.rlim_cur;
}

/* It neither spins nor forgets, and says so once. */
static void
test_out_of_descriptors_it_pauses(void **state)
{
	int fd = bind_here(false, 0), client, log[2];
	struct address at = address_of(fd);
	struct listener *listener;
	uint64_t before_ms;
	rlim_t limit;
	char said[1000];
	ssize_t len;

	(void)state;
	assert_int_equal(pipe(log), 0);
	log_open(log[1], "");
	assert_int_equal(listen(fd, 8), 0);
	listener = listener_new(loop, fd, on_accepted, NULL);
	client = visit(&at);
	limit = limit_descriptors((rlim_t)client + 1);
	before_ms = cpu_ms();
	run_for(1200);
	assert_int_equal(accepted_count, 0);
	assert_true(cpu_ms() - before_ms < 300);

	limit_descriptors(limit);
	run_for(1000);
	assert_int_equal(accepted_count, 1);
	log_flush();
	log_open(2, "");
	len = read(log[0], said, sizeof(said) - 1);
	assert_true(len > 0);
	said[len] = '\0';
	assert_non_null(strstr(said, "Too many open files"));
	assert_ptr_equal(strchr(said, '\n'), said + len - 1);

	listener_free(listener);
	close_accepted();
	close(client);
	close(fd);
	close(log[0]);
	close(log[1]);
}

static void
test_an_address_in_use_is_named(void **state)
{
	int fd = bind_here(false, 0);
	struct address at = address_of(fd);
	char expected[200], text[ADDRESS_TEXT_MAX];
	struct problem why;

	(void)state;
	assert_int_equal(listen(fd, 8), 0);
	address_print(&at, text);
	snprintf(expected, sizeof(expected),
	    "cannot listen on %s: Address already in use", text);
	assert_int_equal(
	    listener_bind("127.0.0.1", address_port(&at), false, &why), -1);
	assert_string_equal(why.sentence, expected);
	assert_int_equal(
	    listener_bind("127.0.0.1", address_port(&at), true, &why), -1);
	close(fd);
}

static void
test_what_is_no_address_is_refused(void **state)
{
	struct problem why;

	(void)state;
	assert_int_equal(listener_bind("localhost", 0, false, &why), -1);
	assert_string_equal(
	    why.sentence, "cannot listen on \"localhost\": not an IP address");
}

/* As the parent does: one that does not share finds out and holds the port,
 * then each worker's is bound, and the first goes away. */
static void
test_workers_share_an_address(void **state)
{
	int first = bind_here(false, 0), fds[3], clients[30];
	struct address at = address_of(first);
	struct listener *listeners[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		fds[i] = bind_here(true, address_port(&at));
	close(first);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(listen(fds[i], 64), 0);
		listeners[i] = listener_new(loop, fds[i], on_accepted, NULL);
	}
	for (int i = 0; i < 30; i++)
		clients[i] = visit(&at);
	run_for(50);
	assert_int_equal(accepted_count, 30);
	close_accepted();
	for (int i = 0; i < 30; i++)
		close(clients[i]);
	for (int i = 0; i < 3; i++) {
		listener_free(listeners[i]);
		close(fds[i]);
	}
}

/* Visits the port at `host`, which the listener then tells back. */
static void
visit_as(const char *host, bool v6, uint16_t port)
{
	char text[ADDRESS_TEXT_MAX];
	struct address at;
	int client;

	snprintf(text, sizeof(text), v6 ? "[%s]:%u" : "%s:%u", host, port);
	assert_true(address_parse(&at, text_of(text)));
	client = visit(&at);
	run_turns(3);
	assert_int_equal(accepted_count, 1);
	address_print_host(&last_peer, text);
	assert_string_equal(text, host);
	close_accepted();
	close(client);
}

static void
test_no_address_is_every_one_of_both_families(void **state)
{
	struct problem why;
	int fd = listener_bind(NULL, 0, false, &why);
	struct listener *listener;
	struct address at;

	(void)state;
	assert_int_not_equal(fd, -1);
	at = address_of(fd);
	assert_int_equal(listen(fd, 8), 0);
	listener = listener_new(loop, fd, on_accepted, NULL);
	visit_as("127.0.0.1", false, address_port(&at));
	if (at.sa.any.sa_family == AF_INET6)
		visit_as("::1", true, address_port(&at));
	listener_free(listener);
	close(fd);
}

/* "[::]:443" beside "0.0.0.0:443" is no conflict. */
static void
test_an_ipv6_address_is_for_ipv6_alone(void **state)
{
	struct problem why;
	struct address at;
	int v6 = listener_bind("::", 0, false, &why), v4;

	(void)state;
	if (v6 == -1)
		skip();
	assert_int_equal(listen(v6, 1), 0);
	at = address_of(v6);
	v4 = listener_bind("0.0.0.0", address_port(&at), false, &why);
	assert_int_not_equal(v4, -1);
	assert_int_equal(listen(v4, 1), 0);
	close(v4);
	close(v6);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_each_connection_is_handed_on),
	    TEST(test_accepted_sockets_are_tuned),
	    TEST(test_a_pause_keeps_them_waiting),
	    TEST(test_out_of_descriptors_it_pauses),
	    TEST(test_an_address_in_use_is_named),
	    TEST(test_what_is_no_address_is_refused),
	    TEST(test_workers_share_an_address),
	    TEST(test_no_address_is_every_one_of_both_families),
	    TEST(test_an_ipv6_address_is_for_ipv6_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
