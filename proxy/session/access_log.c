/*
 * The access log.
 */
#include "session/access_log.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

void
access_log_open(struct access_log *log, int fd)
{
	*log = (struct access_log){.fd = fd};
}

/* Line formats, one after the other. Values come from outside: each is
 * escaped so that a line stays a line and a field a field. */

static void
add_escaped(struct buffer *to, struct text value)
{
	static const char digits[] = "0123456789abcdef";
	size_t plain = 0;

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7f)
			continue;
		buffer_add(to, value.at + plain, i - plain);
		buffer_add_string(to, "\\u00");
		buffer_add(to, &digits[c >> 4], 1);
		buffer_add(to, &digits[c & 15], 1);
		plain = i + 1;
	}
	buffer_add(to, value.at + plain, value.len - plain);
}

static void
add_clock(struct access_log *log, struct buffer *to, uint64_t clock_ms)
{
	uint64_t second = clock_ms / 1000;
	unsigned ms = (unsigned)(clock_ms % 1000);
	char fraction[5] = {'.', (char)('0' + ms / 100),
	    (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z'};

	if (second != log->second || log->clock[0] == '\0') {
		time_t now = (time_t)second;
		struct tm tm;

		gmtime_r(&now, &tm);
		strftime(
		    log->clock, sizeof(log->clock), "%Y-%m-%dT%H:%M:%S", &tm);
		log->second = second;
	}
	buffer_add_string(to, log->clock);
	buffer_add(to, fraction, sizeof(fraction));
}

static void
add_client(struct buffer *to, const struct access_line *line)
{
	char text[ADDRESS_TEXT_MAX];

	buffer_add(to, text, address_print(line->client, text));
}

/* A word of its own; quoted when it has a space in it. */
static void
add_word(struct buffer *to, const char *name, struct text value)
{
	bool quoted = value.len > 0 && memchr(value.at, ' ', value.len) != NULL;

	buffer_add(to, " ", 1);
	buffer_add_string(to, name);
	if (value.len == 0)
		buffer_add(to, "-", 1);
	if (quoted)
		buffer_add(to, "\"", 1);
	add_escaped(to, value);
	if (quoted)
		buffer_add(to, "\"", 1);
}

static void
add_figure(struct buffer *to, const char *name, uint64_t value)
{
	buffer_add_string(to, name);
	buffer_add_number(to, value);
}

static void
add_exchange(struct access_log *log, const struct access_line *line)
{
	struct buffer *to = &log->queue;

	add_clock(log, to, line->clock_ms);
	buffer_add(to, " ", 1);
	add_client(to, line);
	add_word(to, "", line->method);
	add_word(to, "", line->host);
	add_word(to, "", line->path);
	add_word(to, "sni=", line->sni);
	add_word(to, "service=", text_of(line->service));
	add_word(to, "server=", line->server);
	if (line->status == 0)
		buffer_add_string(to, " status=-");
	else
		add_figure(to, " status=", line->status);
	add_figure(to, " in=", line->in);
	add_figure(to, " out=", line->out);
	add_figure(to, " ms=", line->duration_ms);
	add_word(to, "tls=", text_of(line->tls));
	add_word(to, "suite=", text_of(line->suite));
	add_word(to, "id=", line->id);
	add_word(to, "end=", text_of(line->end));
	buffer_add(to, "\n", 1);
}

static void
add_member(struct buffer *to, const char *name, struct text value)
{
	buffer_add_string(to, name);
	if (value.len == 0) {
		buffer_add_string(to, "null");
		return;
	}
	buffer_add(to, "\"", 1);
	add_escaped(to, value);
	buffer_add(to, "\"", 1);
}

static void
add_json(struct access_log *log, const struct access_line *line)
{
	struct buffer *to = &log->queue;

	buffer_add_string(to, "{\"time\":\"");
	add_clock(log, to, line->clock_ms);
	buffer_add_string(to, "\",\"client\":\"");
	add_client(to, line);
	buffer_add(to, "\"", 1);
	add_member(to,
	    ",\"method\":", line->method.len > 0 ? line->method : TEXT("-"));
	add_member(to, ",\"sni\":", line->sni);
	add_member(to, ",\"host\":", line->host);
	add_member(to, ",\"service\":", text_of(line->service));
	add_member(to, ",\"path\":", line->path);
	add_member(to, ",\"server\":", line->server);
	add_figure(to, ",\"status\":", line->status);
	add_figure(to, ",\"in\":", line->in);
	add_figure(to, ",\"out\":", line->out);
	add_figure(to, ",\"ms\":", line->duration_ms);
	add_member(to, ",\"tls\":", text_of(line->tls));
	add_member(to, ",\"suite\":", text_of(line->suite));
	add_member(to, ",\"id\":", line->id);
	add_member(to, ",\"end\":", text_of(line->end));
	buffer_add(to, "}\n", 2);
}

/* Apache's, for the tools that know no other. The reason of an end has no
 * place in it. */
static void
add_combined(struct access_log *log, const struct access_line *line)
{
	struct buffer *to = &log->queue;
	char text[ADDRESS_TEXT_MAX];
	time_t now = (time_t)(line->clock_ms / 1000);
	struct tm tm;
	char when[40];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), " - - [%d/%b/%Y:%H:%M:%S +0000] \"", &tm);
	buffer_add(to, text, address_print_host(line->client, text));
	buffer_add_string(to, when);
	if (line->method.len == 0) {
		buffer_add(to, "-", 1);
	} else {
		add_escaped(to, line->method);
		buffer_add(to, " ", 1);
		add_escaped(to, line->path);
		buffer_add_string(to, line->old ? " HTTP/1.0" : " HTTP/1.1");
	}
	add_figure(to, "\" ", line->status);
	add_figure(to, " ", line->out);
	buffer_add_string(to, " \"-\" \"-\"\n");
}

void
access_log_add(struct access_log *log, enum log_format format,
    const struct access_line *line)
{
	size_t before = log->queue.len;

	if (log->fd == -1)
		return;
	if (before - log->written > ACCESS_LOG_QUEUE_BYTES) {
		log->dropped++;
		return;
	}
	switch (format) {
	case LOG_EXCHANGE:
		add_exchange(log, line);
		break;
	case LOG_COMBINED:
		add_combined(log, line);
		break;
	case LOG_JSON:
		add_json(log, line);
		break;
	}
	if (log->queue.failed) { /* half a line is worse than none */
		log->queue.len = before;
		log->queue.failed = false;
		log->dropped++;
	}
}

void
access_log_flush(struct access_log *log)
{
	while (log->written < log->queue.len) {
		ssize_t n = write(log->fd, log->queue.at + log->written,
		    log->queue.len - log->written);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			buffer_drop(&log->queue, log->written);
			log->written = 0;
			return;
		}
		log->written += (size_t)n;
	}
	buffer_reset(&log->queue);
	log->written = 0;
	if (log->dropped != log->told) {
		log_warning("access log: its reader was too slow, %llu lines"
			    " are lost",
		    (unsigned long long)(log->dropped - log->told));
		log->told = log->dropped;
	}
}

void
access_log_close(struct access_log *log)
{
	access_log_flush(log);
	buffer_clear(&log->queue);
}
