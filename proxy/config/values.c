/*
 * Reads single values: numbers, times, sizes, hosts and addresses.
 */
#include "config/values.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"

struct multiple {
	const char *name;
	uint64_t times;
};

/* From small to large. Times are read in ms and told in seconds. */
static const struct multiple times[] = {{"ms", 1}, {"s", 1000}, {"m", 60000},
    {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct multiple sizes[] = {
    {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}};
static const struct multiple counts[] = {{"", 1}, {NULL, 0}};

static const struct multiple *
multiples(enum unit unit)
{
	switch (unit) {
	case UNIT_SECONDS:
		return times;
	case UNIT_BYTES:
		return sizes;
	case UNIT_NONE:
		break;
	}
	return counts;
}

static int
wrong_unit(struct text text, struct text digits, struct text name,
    enum unit unit, struct problem *why)
{
	if (unit == UNIT_NONE)
		problem_set(why, "'%.*s' is no whole number", TEXT_ARG(text));
	else if (unit == UNIT_BYTES)
		problem_set(why,
		    "'%.*s' is no unit of sizes; they end in k, m or g: %.*sk",
		    TEXT_ARG(name), TEXT_ARG(digits));
	else if (name.len == 0)
		problem_set(why,
		    "a time needs a unit, one of ms s m h d: %.*ss or %.*sm",
		    TEXT_ARG(digits), TEXT_ARG(digits));
	else
		problem_set(why,
		    "'%.*s' is no unit of time; they are ms s m h d",
		    TEXT_ARG(name));
	return -1;
}

int
value_number(
    struct text text, enum unit unit, uint64_t *number, struct problem *why)
{
	const struct multiple *m = multiples(unit);
	struct text digits = text, name = text;

	for (digits.len = 0; digits.len < text.len; digits.len++)
		if (text.at[digits.len] < '0' || text.at[digits.len] > '9')
			break;
	name.at += digits.len;
	name.len -= digits.len;
	if (digits.len == 0 || (name.len > 0 && strchr(".,", name.at[0]))) {
		problem_set(why, "'%.*s' is no whole number%s", TEXT_ARG(text),
		    unit == UNIT_SECONDS     ? " with a unit, as 10s is"
			: unit == UNIT_BYTES ? ", as 16k is"
					     : "");
		return -1;
	}
	while (m->name != NULL && !text_equals_fold(name, text_of(m->name)))
		m++;
	if (m->name == NULL)
		return wrong_unit(text, digits, name, unit, why);
	if (!text_to_number(digits, number) || *number > INT64_MAX / m->times) {
		problem_set(why, "'%.*s' is too large", TEXT_ARG(text));
		return -1;
	}
	*number *= m->times;
	if (unit == UNIT_SECONDS && *number % 1000 != 0) {
		problem_set(why, "'%.*s' is no whole number of seconds",
		    TEXT_ARG(text));
		return -1;
	}
	if (unit == UNIT_SECONDS)
		*number /= 1000;
	return 0;
}

const char *
value_number_print(uint64_t number, enum unit unit, char *to)
{
	const struct multiple *m = multiples(unit), *largest = m;

	if (unit == UNIT_SECONDS)
		number *= 1000;
	for (; m->name != NULL; m++)
		if (number >= m->times && number % m->times == 0)
			largest = m;
	snprintf(to, VALUE_TEXT_MAX, "%" PRIu64 "%s", number / largest->times,
	    largest->name);
	return to;
}

static bool
is_host_byte(char c)
{
	c = text_lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    c == '_';
}

#define LABEL_BYTES_MAX 63

static bool
is_label(struct text label)
{
	if (label.len == 0 || label.len > LABEL_BYTES_MAX ||
	    label.at[0] == '-' || label.at[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_host_byte(label.at[i]))
			return false;
	return true;
}

static bool
is_host(struct text text)
{
	struct text label, rest = text;

	if (text.len > 0 && text.at[text.len - 1] == '.')
		rest.len--;
	if (rest.len == 0 || rest.len > NAME_BYTES_MAX ||
	    rest.at[rest.len - 1] == '.')
		return false;
	while (text_split(&rest, '.', &label))
		if (!is_label(label))
			return false;
	return true;
}

static const char *
what_instead(struct text text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.at[i] >= 0x80)
			return "; write the form that starts with xn--";
	if (text_contains_fold(text, TEXT("://")))
		return "; write the name alone";
	if (text_contains_fold(text, TEXT("*")))
		return "; only certificates have wildcards, list the names";
	if (text_contains_fold(text, TEXT(":")))
		return "; leave out the port";
	if (text_contains_fold(text, TEXT("/")))
		return "; leave out the path";
	return "";
}

int
value_host(struct text text, struct problem *why)
{
	if (is_host(text))
		return 0;
	problem_set(why, "'%.*s' is no host name%s", TEXT_ARG(text),
	    what_instead(text));
	return -1;
}

static bool
is_address(int family, struct text text)
{
	char string[INET6_ADDRSTRLEN];
	unsigned char address[sizeof(struct in6_addr)];

	if (text.len >= sizeof(string))
		return false;
	memcpy(string, text.at, text.len);
	string[text.len] = '\0';
	return inet_pton(family, string, address) == 1;
}

bool
value_is_address(struct text text)
{
	return is_address(AF_INET, text) || is_address(AF_INET6, text);
}

/* The `:` in front of the port, or NULL. */
static const char *
find_colon(struct text text)
{
	for (size_t i = text.len; i > 0; i--)
		if (text.at[i - 1] == ':')
			return text.at + i - 1;
	return NULL;
}

static int
read_port(struct text text, unsigned min, uint16_t *port, struct problem *why)
{
	uint64_t number;

	if (!text_to_number(text, &number) || number > UINT16_MAX ||
	    number < min) {
		problem_set(why, "'%.*s' is no port; they go from %u to %u",
		    TEXT_ARG(text), min, UINT16_MAX);
		return -1;
	}
	*port = (uint16_t)number;
	return 0;
}

int
value_endpoint(struct text text, unsigned port_min, struct text *host,
    uint16_t *port, struct problem *why)
{
	const char *colon = find_colon(text);
	bool is_v6 = text.len > 0 && text.at[0] == '[';

	if (is_address(AF_INET6, text)) {
		problem_set(why,
		    "an IPv6 address stands in brackets with the port behind "
		    "them, as in [2001:db8::1]:443");
		return -1;
	}
	if (colon == NULL || (is_v6 && text.at[text.len - 1] == ']')) {
		problem_set(why, "'%.*s' has no port; write %.*s:80",
		    TEXT_ARG(text), TEXT_ARG(text));
		return -1;
	}
	*host = (struct text){text.at, (size_t)(colon - text.at)};
	text.at += host->len + 1;
	text.len -= host->len + 1;
	if (is_v6) {
		host->at++;
		host->len -= 2;
		if (host->len > INT32_MAX || host->at[host->len] != ']' ||
		    !is_address(AF_INET6, *host)) {
			problem_set(why, "no IPv6 address is in the brackets");
			return -1;
		}
	}
	return read_port(text, port_min, port, why);
}

/* Bytes that no URL has (RFC 3986 2), and those that end a header. */
static bool
is_url_byte(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL;
}

static bool
is_authority(struct text text)
{
	struct text host;
	uint16_t port;

	if (is_host(text))
		return true;
	return value_endpoint(text, 1, &host, &port, NULL) == 0 &&
	    (is_host(host) || value_is_address(host));
}

static bool
is_url(struct text text)
{
	struct text host;

	for (size_t i = 0; i < text.len; i++)
		if (!is_url_byte(text.at[i]))
			return false;
	if (text_starts_fold(text, TEXT("https://")))
		host = (struct text){text.at + 8, text.len - 8};
	else if (text_starts_fold(text, TEXT("http://")))
		host = (struct text){text.at + 7, text.len - 7};
	else
		return false;
	for (size_t i = 0; i < host.len; i++)
		if (strchr("/?#", host.at[i]) != NULL)
			host.len = i;
	return is_authority(host);
}

int
value_url(struct text text, struct problem *why)
{
	if (is_url(text))
		return 0;
	problem_set(why,
	    "'%.*s' is no URL to send a client to; write it whole, as in "
	    "https://www.contoso.com/",
	    TEXT_ARG(text));
	return -1;
}
