/*
 * Bytes one way: from a source, through two conns and a relay, to a sink.
 */
#include "net_test.h"

#include "net/relay.h"

static struct conn *from, *to;
static struct relay relay;
static int source, sink; /* the far ends */

static void
on_ready(void *owner)
{
	(void)owner;
	relay_pump(&relay);
	conn_wait(from, relay_waits_to_read(&relay), false);
	conn_wait(to, false, relay_waits_to_write(&relay));
}

static enum pass
pass_all(void *owner, unsigned char *bytes, size_t *len, size_t *rest)
{
	(void)owner;
	(void)bytes;
	*rest = *len;
	return PASS_ON;
}

static void
open_relay(pass_function *pass, void *owner)
{
	int fds[2];

	open_pair(fds);
	source = fds[0];
	from = conn_new(loop, fds[1], on_ready, NULL);
	open_pair(fds);
	sink = fds[0];
	to = conn_new(loop, fds[1], on_ready, NULL);
	relay_init(&relay, from, to, pass, owner);
	conn_wait(from, true, false);
}

static void
close_relay(void)
{
	relay_clear(&relay);
	assert_int_equal(loop->blocks.lent, 0);
	conn_close(from, false);
	conn_close(to, false);
	if (source != -1)
		close(source);
	if (sink != -1)
		close(sink);
}

static void
send_text(const char *text)
{
	assert_int_equal(
	    send(source, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void
expect(const char *text)
{
	char got[1000];
	ssize_t n = read(sink, got, sizeof(got) - 1);

	got[n < 0 ? 0 : n] = '\0';
	assert_string_equal(got, text);
}

static void
test_bytes_go_on_at_once_and_none_is_held(void **state)
{
	(void)state;
	open_relay(pass_all, NULL);
	send_text("ping");
	run_turn();
	expect("ping");
	assert_int_equal(from->read_bytes, 4);
	assert_int_equal(to->written_bytes, 4);
	assert_int_equal(loop->blocks.lent, 0);
	assert_int_equal(relay.state, RELAY_FLOWING);
	close_relay();
}

/* The source's own write falls short: that is the back-pressure. And only one
 * block is held here meanwhile. */
static void
test_a_slow_sink_stops_the_source(void **state)
{
	size_t sent = 0, more, received = 0;

	(void)state;
	open_relay(pass_all, NULL);
	do {
		more = stuff(source);
		sent += more;
		run_turns(3);
	} while (more > 0);
	assert_int_equal(loop->blocks.lent, 1);
	assert_true(relay_waits_to_write(&relay));
	assert_false(relay_waits_to_read(&relay));

	/* It sleeps while it can do nothing. */
	more = cpu_ms();
	run_for(200);
	assert_true(cpu_ms() - more < 100);

	/* And all of it arrives once the sink reads. */
	for (int i = 0; i < 10000 && received < sent; i++) {
		received += drain(sink, NULL);
		run_turn();
	}
	assert_int_equal(received, sent);
	assert_int_equal(to->written_bytes, sent);
	assert_int_equal(loop->blocks.lent, 0);
	close_relay();
}

/* Each byte is what it was, in its order, however the writes fell short. */
static void
test_order_survives_short_writes(void **state)
{
	static unsigned char out[300000], in[sizeof(out)];
	size_t sent = 0, received = 0;

	(void)state;
	open_relay(pass_all, NULL);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (unsigned char)(i * 31 + i / 251);
	while (received < sizeof(out)) {
		ssize_t n =
		    send(source, out + sent, sizeof(out) - sent, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		run_turn();
		n = read(sink, in + received,
		    sizeof(in) - received < 3001 ? sizeof(in) - received
						 : 3001);
		received += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(in, out, sizeof(out));
	close_relay();
}

/* Takes dots out, as chunk sizes are taken out of a body. */
static enum pass
drop_dots(void *owner, unsigned char *bytes, size_t *len, size_t *rest)
{
	size_t kept = 0;

	(void)owner;
	*rest = *len;
	for (size_t i = 0; i < *len; i++)
		if (bytes[i] != '.')
			bytes[kept++] = bytes[i];
	*len = kept;
	return PASS_ON;
}

static void
test_a_piece_may_be_shortened(void **state)
{
	(void)state;
	open_relay(drop_dots, NULL);
	send_text(".a..b");
	run_turn();
	expect("ab");
	send_text("...");
	run_turn();
	expect("");
	assert_int_equal(to->written_bytes, 2);
	assert_int_equal(relay.state, RELAY_FLOWING);
	close_relay();
}

/* The message ends with a semicolon; an exclamation mark breaks it. */
static enum pass
to_semicolon(void *owner, unsigned char *bytes, size_t *len, size_t *rest)
{
	(void)owner;
	*rest = *len;
	for (size_t i = 0; i < *len; i++) {
		if (bytes[i] == '!') {
			*len = i;
			return PASS_BAD;
		}
		if (bytes[i] == ';') {
			*len = *rest = i + 1;
			return PASS_END;
		}
	}
	return PASS_ON;
}

static void
test_the_next_message_is_kept(void **state)
{
	struct buffer rest = {0};

	(void)state;
	open_relay(to_semicolon, NULL);
	send_text("one;two");
	run_turn();
	expect("one;");
	assert_int_equal(relay.state, RELAY_ENDED);
	assert_false(relay_waits_to_read(&relay));
	relay_take_rest(&relay, &rest);
	relay_take_rest(&relay, &rest);
	assert_true(text_equals(buffer_text(&rest), TEXT("two")));
	assert_int_equal(loop->blocks.lent, 0);
	buffer_clear(&rest);
	close_relay();
}

static void
test_an_exact_end_has_no_rest(void **state)
{
	(void)state;
	open_relay(to_semicolon, NULL);
	send_text("one;");
	run_turn();
	assert_int_equal(relay.state, RELAY_ENDED);
	assert_null(relay.rest);
	send_text("two");
	run_turns(3);
	expect("one;");
	assert_int_equal(to->written_bytes, 4);
	close_relay();
}

static void
test_a_broken_message_stops_before_its_fault(void **state)
{
	(void)state;
	open_relay(to_semicolon, NULL);
	send_text("good!bad;");
	run_turns(2);
	expect("good");
	assert_int_equal(relay.state, RELAY_BAD);
	assert_null(relay.rest);
	close_relay();
}

static void
test_a_source_that_ends_early_is_told(void **state)
{
	(void)state;
	open_relay(to_semicolon, NULL);
	send_text("half");
	close(source);
	source = -1;
	run_turns(2);
	expect("half");
	assert_int_equal(relay.state, RELAY_SOURCE_EOF);
	close_relay();
}

/* What came before the end is written first, however long that takes. */
static void
test_the_end_of_the_source_waits_for_what_is_held(void **state)
{
	size_t before;
	bool ended;

	(void)state;
	open_relay(pass_all, NULL);
	before = stuff(to->fd);
	send_text("last words");
	close(source);
	source = -1;
	run_turns(3);
	assert_int_equal(loop->blocks.lent, 1);
	assert_int_not_equal(relay.state, RELAY_SOURCE_EOF);
	assert_true(relay_waits_to_write(&relay));
	assert_int_equal(drain(sink, &ended), before);
	run_turns(3);
	expect("last words");
	assert_int_equal(relay.state, RELAY_SOURCE_EOF);
	close_relay();
}

static void
test_the_end_of_the_message_waits_for_what_is_held(void **state)
{
	size_t before;

	(void)state;
	open_relay(to_semicolon, NULL);
	before = stuff(to->fd);
	send_text("one;two");
	run_turns(3);
	assert_int_equal(relay.state, RELAY_FLUSHING);
	assert_int_equal(loop->blocks.lent, 2);
	assert_int_equal(drain(sink, NULL), before);
	run_turns(3);
	expect("one;");
	assert_int_equal(relay.state, RELAY_ENDED);
	assert_int_equal(loop->blocks.lent, 1);
	close_relay();
}

static void
test_a_sink_that_left_breaks_the_relay(void **state)
{
	(void)state;
	open_relay(pass_all, NULL);
	close(sink);
	sink = -1;
	send_text("nobody listens");
	run_turn();
	assert_int_equal(relay.state, RELAY_SINK_FAILED);
	assert_int_equal(to->error, EPIPE);
	close_relay();
}

static void
test_a_sink_that_leaves_while_bytes_are_held(void **state)
{
	(void)state;
	open_relay(pass_all, NULL);
	stuff(to->fd);
	send_text("held");
	run_turns(2);
	assert_int_equal(loop->blocks.lent, 1);
	close(sink);
	sink = -1;
	run_turns(2);
	assert_int_equal(relay.state, RELAY_SINK_FAILED);
	assert_int_equal(loop->blocks.lent, 0);
	close_relay();
}

static void
test_a_reset_of_the_source_is_told(void **state)
{
	int fds[2];

	(void)state;
	open_relay(pass_all, NULL);
	conn_close(from, false);
	close(source);
	source = -1;
	open_tcp_pair(fds);
	from = conn_new(loop, fds[1], on_ready, NULL);
	relay_init(&relay, from, to, pass_all, NULL);
	conn_wait(from, true, false);
	reset(fds[0]);
	run_turns(2);
	assert_int_equal(relay.state, RELAY_SOURCE_FAILED);
	assert_int_equal(from->error, ECONNRESET);
	close_relay();
}

/* RPC channels announce 1 GiB and more: nothing counts in 32 bits. */
static void
test_counters_go_past_5_gib(void **state)
{
	const uint64_t five_gib = UINT64_C(5) << 30;

	(void)state;
	open_relay(pass_all, NULL);
	from->read_bytes = to->written_bytes = five_gib - 2;
	send_text("four");
	run_turn();
	assert_int_equal(from->read_bytes, five_gib + 2);
	assert_int_equal(to->written_bytes, five_gib + 2);
	close_relay();
}

/* A stream like TLS's: it takes all the socket has, hands out records, and no
 * event tells of those it still holds. */
#define RECORD 1000

struct records {
	unsigned char held[1 << 20];
	size_t start, end;
	bool broken; /* after the last record */
};

static enum io
record_read(struct conn *conn, void *bytes, size_t len, size_t *moved)
{
	struct records *r = conn->state;
	ssize_t n =
	    recv(conn->fd, r->held + r->end, sizeof(r->held) - r->end, 0);
	size_t have;

	if (n > 0)
		r->end += (size_t)n;
	have = r->end - r->start;
	if (have == 0 && r->broken)
		return IO_FAILED;
	if (have == 0)
		return n == 0 ? IO_EOF : IO_AGAIN;
	*moved = have < RECORD ? have : RECORD;
	*moved = *moved < len ? *moved : len;
	memcpy(bytes, r->held + r->start, *moved);
	r->start += *moved;
	return IO_DONE;
}

static bool
record_holds(struct conn *conn)
{
	const struct records *r = conn->state;

	return r->end > r->start;
}

static struct stream records_stream;
static struct records records;

static void
open_records(void)
{
	open_relay(pass_all, NULL);
	records_stream = conn_plain;
	records_stream.read = record_read;
	records_stream.holds = record_holds;
	records = (struct records){.start = 0};
	from->stream = &records_stream;
	from->state = &records;
}

static void
test_held_records_go_on_without_an_event(void **state)
{
	char bytes[50000] = {0};

	(void)state;
	open_records();
	assert_int_equal(send(source, bytes, sizeof(bytes), 0), sizeof(bytes));
	run_turn();
	assert_int_equal(drain(sink, NULL), sizeof(bytes));
	close_relay();
}

/* One pump is bounded; the rest comes in the turns after, and then it sleeps. */
static void
test_a_flood_of_held_records_is_served_in_helpings(void **state)
{
	int room = sizeof(records.held);
	size_t received;
	uint64_t before_ms;

	(void)state;
	open_records();
	assert_int_equal(
	    setsockopt(to->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	records.end = sizeof(records.held);
	on_ready(NULL);
	assert_int_equal(loop->blocks.lent, 0);
	received = drain(sink, NULL);
	assert_in_range(received, 1, sizeof(records.held) - 1);
	for (int i = 0; i < 100; i++) {
		run_turn();
		received += drain(sink, NULL);
	}
	assert_int_equal(received, sizeof(records.held));
	before_ms = cpu_ms();
	run_for(200);
	assert_true(cpu_ms() - before_ms < 100);
	close_relay();
}

static void
test_held_records_wait_for_a_slow_sink(void **state)
{
	size_t before, received = 0;

	(void)state;
	open_records();
	before = stuff(to->fd);
	records.end = 300000;
	relay_pump(&relay);
	conn_wait(to, false, relay_waits_to_write(&relay));
	assert_int_equal(loop->blocks.lent, 1);
	for (int i = 0; i < 100; i++) {
		received += drain(sink, NULL);
		run_turn();
	}
	assert_int_equal(received, before + 300000);
	assert_int_equal(loop->blocks.lent, 0);
	close_relay();
}

static void
test_what_came_before_a_failure_is_written(void **state)
{
	(void)state;
	open_records();
	records.end = 2500;
	records.broken = true;
	relay_pump(&relay);
	relay_pump(&relay);
	assert_int_equal(drain(sink, NULL), 2500);
	assert_int_equal(relay.state, RELAY_SOURCE_FAILED);
	close_relay();
}

/* A session that ends frees its conns in whatever order is right for it. */
static void
test_a_relay_outlives_its_conns(void **state)
{
	(void)state;
	open_relay(to_semicolon, NULL);
	stuff(to->fd);
	send_text("one;two");
	run_turns(2);
	assert_int_equal(loop->blocks.lent, 2);
	conn_close(from, false);
	conn_close(to, false);
	from = to = NULL;
	close_relay();
	relay = (struct relay){.from = NULL};
	relay_clear(&relay);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_bytes_go_on_at_once_and_none_is_held),
	    TEST(test_a_slow_sink_stops_the_source),
	    TEST(test_order_survives_short_writes),
	    TEST(test_a_piece_may_be_shortened),
	    TEST(test_the_next_message_is_kept),
	    TEST(test_an_exact_end_has_no_rest),
	    TEST(test_a_broken_message_stops_before_its_fault),
	    TEST(test_a_source_that_ends_early_is_told),
	    TEST(test_the_end_of_the_source_waits_for_what_is_held),
	    TEST(test_the_end_of_the_message_waits_for_what_is_held),
	    TEST(test_a_sink_that_left_breaks_the_relay),
	    TEST(test_a_sink_that_leaves_while_bytes_are_held),
	    TEST(test_a_reset_of_the_source_is_told),
	    TEST(test_counters_go_past_5_gib),
	    TEST(test_held_records_go_on_without_an_event),
	    TEST(test_a_flood_of_held_records_is_served_in_helpings),
	    TEST(test_held_records_wait_for_a_slow_sink),
	    TEST(test_what_came_before_a_failure_is_written),
	    TEST(test_a_relay_outlives_its_conns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
