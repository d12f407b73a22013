/*
 * The access log: what a line looks like, that nothing from outside can make
 * two of it, and that lines are only ever lost whole and counted.
 */
#include "session/access_log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

/* 2026-11-24T12:00:00.123Z */
#define NOON_MS UINT64_C(1795521600123)

/* The smallest pipe there is: a page. */
#define PIPE_BYTES 4096

static struct access_log lines;
static int from_log, to_log;

static int
begin(void **state)
{
	int ends[2];

	(void)state;
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC) == -1)
		return -1;
	from_log = ends[0];
	to_log = ends[1];
	access_log_open(&lines, to_log);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	access_log_close(&lines);
	close(to_log);
	close(from_log);
	log_open(STDERR_FILENO, "");
	return 0;
}

/* What the reader finds; the caller frees it. */
static char *
read_all(int fd)
{
	struct buffer all = {0};
	ssize_t n;

	do {
		n = read(fd, buffer_reserve(&all, 65536), 65536);
		if (n > 0)
			all.len += (size_t)n;
	} while (n > 0);
	buffer_add(&all, "", 1);
	return all.at;
}

static struct access_line
usual(void)
{
	static struct address client;

	assert_true(address_parse(&client, TEXT("192.0.2.5:51234")));
	return (struct access_line){
	    .clock_ms = NOON_MS,
	    .duration_ms = 7,
	    .client = &client,
	    .method = TEXT("RPC_IN_DATA"),
	    .sni = TEXT("mail.contoso.com"),
	    .host = TEXT("mail.contoso.com:443"),
	    .path = TEXT("/rpc/rpcproxy.dll?srv:6001"),
	    .server = TEXT("cas1"),
	    .id = TEXT("00000000000000ff"),
	    .service = TEXT("rpc"),
	    .tls = TEXT("TLSv1.3"),
	    .suite = TEXT("TLS_AES_256_GCM_SHA384"),
	    .end = TEXT("client closed"),
	    .status = 200,
	    .in = 1234,
	    .out = UINT64_C(5368709120),
	};
}

/* A connection that ended before it asked anything. */
static struct access_line
nothing_known(void)
{
	struct access_line line = {
	    .clock_ms = NOON_MS,
	    .client = usual().client,
	    .method = TEXT(""),
	    .sni = TEXT(""),
	    .host = TEXT(""),
	    .path = TEXT(""),
	    .server = TEXT(""),
	    .id = TEXT(""),
	    .tls = TEXT(""),
	    .suite = TEXT(""),
	    .end = TEXT("handshake failed"),
	};

	return line;
}

static void
expect_line(enum log_format format, const struct access_line *line,
    const char *expected)
{
	char *found;

	access_log_add(&lines, format, line);
	access_log_flush(&lines);
	found = read_all(from_log);
	assert_string_equal(found, expected);
	free(found);
}

static void
test_format_exchange(void **state)
{
	struct access_line line = usual();

	(void)state;
	expect_line(LOG_EXCHANGE, &line,
	    "2026-11-24T12:00:00.123Z 192.0.2.5:51234 RPC_IN_DATA"
	    " mail.contoso.com:443 /rpc/rpcproxy.dll?srv:6001"
	    " sni=mail.contoso.com service=rpc server=cas1 status=200"
	    " in=1234 out=5368709120 ms=7 tls=TLSv1.3"
	    " suite=TLS_AES_256_GCM_SHA384 id=00000000000000ff"
	    " end=\"client closed\"\n");
}

static void
test_format_json(void **state)
{
	struct access_line line = usual();

	(void)state;
	expect_line(LOG_JSON, &line,
	    "{\"time\":\"2026-11-24T12:00:00.123Z\","
	    "\"client\":\"192.0.2.5:51234\",\"method\":\"RPC_IN_DATA\","
	    "\"sni\":\"mail.contoso.com\",\"host\":\"mail.contoso.com:443\","
	    "\"service\":\"rpc\",\"path\":\"/rpc/rpcproxy.dll?srv:6001\","
	    "\"server\":\"cas1\",\"status\":200,\"in\":1234,"
	    "\"out\":5368709120,\"ms\":7,\"tls\":\"TLSv1.3\","
	    "\"suite\":\"TLS_AES_256_GCM_SHA384\","
	    "\"id\":\"00000000000000ff\",\"end\":\"client closed\"}\n");
}

static void
test_format_combined(void **state)
{
	struct access_line line = usual();

	(void)state;
	expect_line(LOG_COMBINED, &line,
	    "192.0.2.5 - - [24/Nov/2026:12:00:00 +0000]"
	    " \"RPC_IN_DATA /rpc/rpcproxy.dll?srv:6001 HTTP/1.1\""
	    " 200 5368709120 \"-\" \"-\"\n");
	line.old = true;
	expect_line(LOG_COMBINED, &line,
	    "192.0.2.5 - - [24/Nov/2026:12:00:00 +0000]"
	    " \"RPC_IN_DATA /rpc/rpcproxy.dll?srv:6001 HTTP/1.0\""
	    " 200 5368709120 \"-\" \"-\"\n");
}

static void
test_what_is_not_known_is_a_dash_or_null(void **state)
{
	struct access_line line = nothing_known();

	(void)state;
	expect_line(LOG_EXCHANGE, &line,
	    "2026-11-24T12:00:00.123Z 192.0.2.5:51234 - - - sni=- service=-"
	    " server=- status=- in=0 out=0 ms=0 tls=- suite=- id=-"
	    " end=\"handshake failed\"\n");
	expect_line(LOG_JSON, &line,
	    "{\"time\":\"2026-11-24T12:00:00.123Z\","
	    "\"client\":\"192.0.2.5:51234\",\"method\":\"-\",\"sni\":null,"
	    "\"host\":null,\"service\":null,\"path\":null,\"server\":null,"
	    "\"status\":0,\"in\":0,\"out\":0,\"ms\":0,\"tls\":null,"
	    "\"suite\":null,\"id\":null,\"end\":\"handshake failed\"}\n");
	expect_line(LOG_COMBINED, &line,
	    "192.0.2.5 - - [24/Nov/2026:12:00:00 +0000] \"-\" 0 0"
	    " \"-\" \"-\"\n");
}

static void
test_an_ipv6_client_is_written_in_brackets(void **state)
{
	struct access_line line = nothing_known();
	struct address client;
	char *found;

	(void)state;
	assert_true(address_parse(&client, TEXT("[2001:db8::1]:443")));
	line.client = &client;
	access_log_add(&lines, LOG_EXCHANGE, &line);
	access_log_add(&lines, LOG_COMBINED, &line);
	access_log_flush(&lines);
	found = read_all(from_log);
	assert_non_null(strstr(found, "Z [2001:db8::1]:443 - "));
	assert_non_null(strstr(found, "\n2001:db8::1 - - ["));
	free(found);
}

static void
test_milliseconds_keep_their_zeros_and_seconds_go_on(void **state)
{
	struct access_line line = nothing_known();
	char *found;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		static const unsigned ms[] = {0, 5, 1040};

		line.clock_ms = NOON_MS - 123 + ms[i];
		access_log_add(&lines, LOG_EXCHANGE, &line);
	}
	access_log_flush(&lines);
	found = read_all(from_log);
	assert_non_null(strstr(found, "T12:00:00.000Z "));
	assert_non_null(strstr(found, "\n2026-11-24T12:00:00.005Z "));
	assert_non_null(strstr(found, "\n2026-11-24T12:00:01.040Z "));
	free(found);
}

static void
test_values_with_a_space_are_quoted(void **state)
{
	struct access_line line = usual();
	char *found;

	(void)state;
	line.server = TEXT("cas one");
	access_log_add(&lines, LOG_EXCHANGE, &line);
	access_log_flush(&lines);
	found = read_all(from_log);
	assert_non_null(strstr(found, " server=\"cas one\" status=200 "));
	free(found);
}

static void
test_quotes_and_controls_are_escaped(void **state)
{
	struct access_line line = usual();
	char *found;

	(void)state;
	line.path = TEXT("/a\"b\\c\r\n\t\x7f\xe9z");
	access_log_add(&lines, LOG_EXCHANGE, &line);
	access_log_add(&lines, LOG_JSON, &line);
	access_log_add(&lines, LOG_COMBINED, &line);
	access_log_flush(&lines);
	found = read_all(from_log);
	for (char *at = found; (at = strstr(at, "/a")) != NULL; at++) {
		static const char escaped[] =
		    "/a\\u0022b\\u005cc\\u000d\\u000a\\u0009\\u007f\\u00e9z";

		assert_memory_equal(at, escaped, sizeof(escaped) - 1);
	}
	free(found);
}

/* Whatever stands in the fields, one line is one line: an attacker who could
 * end it early could forge the next one. */
static void
test_no_bytes_make_a_second_line(void **state)
{
	struct access_line line = usual();
	char bytes[256];

	(void)state;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	line.method = line.sni = line.host = line.path = line.server = line.id =
	    (struct text){bytes, sizeof(bytes)};
	for (int format = LOG_EXCHANGE; format <= LOG_JSON; format++) {
		char *found;

		access_log_add(&lines, (enum log_format)format, &line);
		access_log_flush(&lines);
		found = read_all(from_log);
		assert_ptr_equal(
		    strchr(found, '\n'), found + strlen(found) - 1);
		for (char *c = found; *c != '\0' && *c != '\n'; c++)
			assert_in_range((unsigned char)*c, 0x20, 0x7e);
		free(found);
	}
}

static void
test_no_log_takes_no_memory(void **state)
{
	struct access_log none;
	struct access_line line = usual();

	(void)state;
	access_log_open(&none, -1);
	access_log_add(&none, LOG_EXCHANGE, &line);
	access_log_flush(&none);
	assert_null(none.queue.at);
	assert_int_equal(none.dropped, 0);
	access_log_close(&none);
}

static void
test_lines_wait_until_they_are_flushed(void **state)
{
	struct access_line line = usual();
	char *found;

	(void)state;
	access_log_add(&lines, LOG_EXCHANGE, &line);
	found = read_all(from_log);
	assert_string_equal(found, "");
	free(found);
	access_log_close(&lines);
	found = read_all(from_log);
	assert_non_null(strstr(found, "end=\"client closed\"\n"));
	free(found);
}

/* Adds `count` lines that bear the numbers from `first` on. */
static void
add_numbered(unsigned first, unsigned count)
{
	struct access_line line = usual();

	for (unsigned i = first; i < first + count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "/%u", i);
		line.path = text_of(number);
		access_log_add(&lines, LOG_EXCHANGE, &line);
	}
}

/* The numbers of the lines in `text`, each a whole line, rising. */
static unsigned
count_numbered(char *text, unsigned *last)
{
	unsigned count = 0;
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		const char *path = strstr(line, " /");
		unsigned number;

		assert_memory_equal(line, "2026-11-24T", 11);
		assert_non_null(strstr(line, " end=\"client closed\""));
		assert_non_null(path);
		assert_int_equal(sscanf(path, " /%u ", &number), 1);
		if (count > 0)
			assert_true(number > *last);
		*last = number;
		count++;
	}
	return count;
}

/* The text of the pipe after the reader woke up and everything was moved. */
static char *
drain(void)
{
	struct buffer all = {0};

	for (;;) {
		char *part = read_all(from_log);
		size_t len = strlen(part);

		buffer_add(&all, part, len);
		free(part);
		if (len == 0 && lines.queue.len == 0)
			break;
		access_log_flush(&lines);
	}
	buffer_add(&all, "", 1);
	return all.at;
}

static void
test_a_slow_reader_loses_nothing_while_the_queue_holds(void **state)
{
	unsigned last = 0;
	char *found;

	(void)state;
	assert_true(fcntl(to_log, F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES);
	for (unsigned i = 0; i < 700; i += 7) {
		add_numbered(i, 7);
		access_log_flush(&lines); /* stops within a line */
	}
	assert_int_equal(lines.dropped, 0);
	found = drain();
	assert_int_equal(count_numbered(found, &last), 700);
	assert_int_equal(last, 699);
	free(found);
}

static void
test_a_reader_that_sleeps_loses_whole_lines_and_each_is_counted(void **state)
{
	const unsigned added = 5000;
	int told[2];
	unsigned last = 0, found;
	char expected[64], *text, *told_of;

	(void)state;
	assert_int_equal(pipe2(told, O_NONBLOCK | O_CLOEXEC), 0);
	log_open(told[1], "");
	assert_true(fcntl(to_log, F_SETPIPE_SZ, PIPE_BYTES) >= PIPE_BYTES);
	for (unsigned i = 0; i < added; i += 50) {
		add_numbered(i, 50);
		access_log_flush(&lines);
		assert_true(lines.queue.len <= ACCESS_LOG_QUEUE_BYTES + 512);
	}
	assert_true(lines.dropped > 0);

	/* It wakes up: what was kept is whole, and the rest was counted. */
	text = drain();
	found = count_numbered(text, &last);
	assert_int_equal(found + lines.dropped, added);
	assert_int_equal(last, found - 1); /* the later ones were dropped */
	free(text);

	/* The error log has heard of it, once. */
	access_log_flush(&lines);
	log_flush();
	text = read_all(told[0]);
	snprintf(expected, sizeof(expected), "%llu lines are lost",
	    (unsigned long long)lines.dropped);
	told_of = strstr(text, expected);
	assert_non_null(told_of);
	assert_null(strstr(told_of + strlen(expected), "are lost"));
	free(text);

	/* And lines are taken again. */
	add_numbered(added, 1);
	access_log_flush(&lines);
	text = read_all(from_log);
	assert_int_equal(count_numbered(text, &last), 1);
	assert_int_equal(last, added);
	free(text);
	log_open(STDERR_FILENO, "");
	close(told[0]);
	close(told[1]);
}

static void
test_a_reader_that_is_gone_stops_nothing(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	close(from_log);
	from_log = open("/dev/null", O_RDONLY | O_CLOEXEC);
	for (unsigned i = 0; i < 5000; i += 50) {
		add_numbered(i, 50);
		access_log_flush(&lines);
	}
	assert_true(lines.dropped > 0);
	assert_true(lines.queue.len <= ACCESS_LOG_QUEUE_BYTES + 512);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_format_exchange),
	    CASE(test_format_json),
	    CASE(test_format_combined),
	    CASE(test_what_is_not_known_is_a_dash_or_null),
	    CASE(test_an_ipv6_client_is_written_in_brackets),
	    CASE(test_milliseconds_keep_their_zeros_and_seconds_go_on),
	    CASE(test_values_with_a_space_are_quoted),
	    CASE(test_quotes_and_controls_are_escaped),
	    CASE(test_no_bytes_make_a_second_line),
	    CASE(test_no_log_takes_no_memory),
	    CASE(test_lines_wait_until_they_are_flushed),
	    CASE(test_a_slow_reader_loses_nothing_while_the_queue_holds),
	    CASE(
		test_a_reader_that_sleeps_loses_whole_lines_and_each_is_counted),
	    CASE(test_a_reader_that_is_gone_stops_nothing),
	};

	return cmocka_run_group_tests_name("access_log", tests, NULL, NULL);
}
