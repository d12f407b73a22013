#include "http/host.h"

#include <arpa/inet.h>
#include <string.h>

#define NAME_BYTES_MAX 255

/* The length of what stands in front of the port. */
static size_t
name_len(struct text text)
{
	char ends_it = text.len > 0 && text.at[0] == '[' ? ']' : ':';
	size_t len = 0;

	while (len < text.len && text.at[len] != ends_it)
		len++;
	return ends_it == ']' && len < text.len ? len + 1 : len;
}

static bool
is_ipv6(struct text name)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr ignored;

	if (name.len < 4 || name.len - 2 >= sizeof(address) ||
	    name.at[name.len - 1] != ']')
		return false;
	memcpy(address, name.at + 1, name.len - 2);
	address[name.len - 2] = '\0';
	return inet_pton(AF_INET6, address, &ignored) == 1;
}

static bool
in_label(char c)
{
	char lower = text_lower(c);

	return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

/* Labels with dots between them; `name` has no trailing dot any more. */
static bool
is_name(struct text name)
{
	char before = '.';

	if (name.len == 0 || name.len > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.len; before = name.at[i++])
		if (name.at[i] == '.' ? before == '.' : !in_label(name.at[i]))
			return false;
	return before != '.';
}

static bool
read_port(struct text text, uint16_t *port)
{
	uint64_t number;

	if (text.len > 5 || !text_to_number(text, &number) || number == 0 ||
	    number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

bool
host_read(struct text text, struct host *host)
{
	size_t len = name_len(text);
	struct text port = {text.at + len, text.len - len};

	host->name = (struct text){text.at, len};
	host->port = 0;
	if (port.len > 0 &&
	    (port.at[0] != ':' ||
		!read_port(
		    (struct text){port.at + 1, port.len - 1}, &host->port)))
		return false;
	if (len > 0 && text.at[0] == '[')
		return is_ipv6(host->name);
	if (len > 1 && text.at[len - 1] == '.')
		host->name.len--;
	return is_name(host->name);
}
