/*
 * Holding bytes until they can be sent.
 */
#include "backend/held.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/loop.h"

void
held_add(struct held *held, const char *bytes, size_t len)
{
	char *more = realloc(held->bytes, held->len + len);

	if (more == NULL)
		die("realloc");
	memcpy(more + held->len, bytes, len);
	held->bytes = more;
	held->len += len;
}

bool
held_send(struct held *held, int fd)
{
	while (held->sent < held->len) {
		ssize_t n = send(fd, held->bytes + held->sent,
		    held->len - held->sent, MSG_NOSIGNAL);

		if (n == -1)
			return false;
		held->sent += (size_t)n;
	}
	held_clear(held);
	return true;
}

bool
held_any(const struct held *held)
{
	return held->bytes != NULL;
}

void
held_clear(struct held *held)
{
	free(held->bytes);
	*held = (struct held){0};
}
