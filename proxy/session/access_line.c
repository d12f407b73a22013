/*
 * The formats of the access log. Values come from outside: each is escaped so
 * that a line stays a line and a field a field.
 */
#include "session/access_line.h"

#include <string.h>
#include <time.h>

/* An escape is \u00 and two digits. */
#define ESCAPE_BYTES 6

/* Names, figures, times and punctuation of the longest format. */
#define FIXED_ROOM 768

size_t
access_line_room(const struct access_line *line)
{
	return FIXED_ROOM +
	    ESCAPE_BYTES *
	    (line->method.len + line->sni.len + line->host.len +
		line->path.len + line->server.len);
}

static char *
put(char *to, struct text t)
{
	if (t.len > 0)
		memcpy(to, t.at, t.len);
	return to + t.len;
}

static char *
put_escape(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	to = put(to, TEXT("\\u00"));
	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 15];
	return to;
}

static char *
put_escaped(char *to, struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			*to++ = (char)c;
		else
			to = put_escape(to, c);
	}
	return to;
}

static char *
put_clock(char *to, uint64_t clock_ms, struct access_clock *clock)
{
	uint64_t second = clock_ms / 1000;
	unsigned ms = (unsigned)(clock_ms % 1000);
	char fraction[5] = {'.', (char)('0' + ms / 100),
	    (char)('0' + ms / 10 % 10), (char)('0' + ms % 10), 'Z'};

	if (second != clock->second || clock->text[0] == '\0') {
		time_t now = (time_t)second;
		struct tm tm;

		gmtime_r(&now, &tm);
		strftime(
		    clock->text, sizeof(clock->text), "%Y-%m-%dT%H:%M:%S", &tm);
		clock->second = second;
	}
	to = put(to, text_of(clock->text));
	return put(to, (struct text){fraction, sizeof(fraction)});
}

static char *
put_figure(char *to, struct text name, uint64_t value)
{
	return text_put_number(put(to, name), value);
}

/* A word of its own; quoted when it has a space in it. */
static char *
put_word(char *to, struct text name, struct text value)
{
	bool quoted = value.len > 0 && memchr(value.at, ' ', value.len) != NULL;

	to = put(to, name);
	if (value.len == 0)
		*to++ = '-';
	if (quoted)
		*to++ = '"';
	to = put_escaped(to, value);
	if (quoted)
		*to++ = '"';
	return to;
}

static char *
put_exchange(
    char *to, const struct access_line *line, struct access_clock *clock)
{
	to = put_clock(to, line->clock_ms, clock);
	*to++ = ' ';
	to += address_print(line->client, to);
	to = put_word(to, TEXT(" "), line->method);
	to = put_word(to, TEXT(" "), line->host);
	to = put_word(to, TEXT(" "), line->path);
	to = put_word(to, TEXT(" sni="), line->sni);
	to = put_word(to, TEXT(" service="), line->service);
	to = put_word(to, TEXT(" server="), line->server);
	if (line->status == 0)
		to = put(to, TEXT(" status=-"));
	else
		to = put_figure(to, TEXT(" status="), line->status);
	to = put_figure(to, TEXT(" in="), line->in);
	to = put_figure(to, TEXT(" out="), line->out);
	to = put_figure(to, TEXT(" ms="), line->duration_ms);
	to = put_word(to, TEXT(" tls="), line->tls);
	to = put_word(to, TEXT(" suite="), line->suite);
	to = put_word(to, TEXT(" id="), line->id);
	to = put_word(to, TEXT(" end="), line->end);
	*to++ = '\n';
	return to;
}

static char *
put_member(char *to, struct text name, struct text value)
{
	to = put(to, name);
	if (value.len == 0)
		return put(to, TEXT("null"));
	*to++ = '"';
	to = put_escaped(to, value);
	*to++ = '"';
	return to;
}

static char *
put_json(char *to, const struct access_line *line, struct access_clock *clock)
{
	to = put(to, TEXT("{\"time\":\""));
	to = put_clock(to, line->clock_ms, clock);
	to = put(to, TEXT("\",\"client\":\""));
	to += address_print(line->client, to);
	to = put_member(to, TEXT("\",\"method\":"),
	    line->method.len > 0 ? line->method : TEXT("-"));
	to = put_member(to, TEXT(",\"sni\":"), line->sni);
	to = put_member(to, TEXT(",\"host\":"), line->host);
	to = put_member(to, TEXT(",\"service\":"), line->service);
	to = put_member(to, TEXT(",\"path\":"), line->path);
	to = put_member(to, TEXT(",\"server\":"), line->server);
	to = put_figure(to, TEXT(",\"status\":"), line->status);
	to = put_figure(to, TEXT(",\"in\":"), line->in);
	to = put_figure(to, TEXT(",\"out\":"), line->out);
	to = put_figure(to, TEXT(",\"ms\":"), line->duration_ms);
	to = put_member(to, TEXT(",\"tls\":"), line->tls);
	to = put_member(to, TEXT(",\"suite\":"), line->suite);
	to = put_member(to, TEXT(",\"id\":"), line->id);
	to = put_member(to, TEXT(",\"end\":"), line->end);
	return put(to, TEXT("}\n"));
}

/* Apache's, for the tools that know no other. The reason of an end has no
 * place in it. */
static char *
put_combined(char *to, const struct access_line *line)
{
	time_t now = (time_t)(line->clock_ms / 1000);
	struct tm tm;
	char when[40];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), " - - [%d/%b/%Y:%H:%M:%S +0000] \"", &tm);
	to += address_print_host(line->client, to);
	to = put(to, text_of(when));
	if (line->method.len == 0) {
		*to++ = '-';
	} else {
		to = put_escaped(to, line->method);
		*to++ = ' ';
		to = put_escaped(to, line->path);
		to = put(to, line->old ? TEXT(" HTTP/1.0") : TEXT(" HTTP/1.1"));
	}
	to = put_figure(to, TEXT("\" "), line->status);
	to = put_figure(to, TEXT(" "), line->out);
	return put(to, TEXT(" \"-\" \"-\"\n"));
}

char *
access_line_write(char *to, enum log_format format,
    const struct access_line *line, struct access_clock *clock)
{
	switch (format) {
	case LOG_EXCHANGE:
		return put_exchange(to, line, clock);
	case LOG_COMBINED:
		return put_combined(to, line);
	case LOG_JSON:
		return put_json(to, line, clock);
	case LOG_OFF:
		break;
	}
	return to;
}
