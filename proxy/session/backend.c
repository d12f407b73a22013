/*
 * A session's connections to servers, while none of them is asked anything.
 *
 * The end of any is the end of the client's connection, too, since its user
 * was known on that one only. Whatever a server says unasked would pass for
 * the answer to the next request.
 */
#include <stdlib.h>

#include "session/session.h"

void
backends_listen(struct session *s)
{
	struct backend *b;

	SLIST_FOREACH (b, &s->backends, next)
		conn_wait(b->conn, true, false);
}

void
backends_keep_alive(struct session *s)
{
	struct backend *b;

	SLIST_FOREACH (b, &s->backends, next)
		if (b->conn != NULL)
			conn_keep_alive(b->conn);
}

bool
backend_is_quiet(struct session *s, struct backend *b)
{
	unsigned char byte;
	size_t moved;

	switch (conn_read(b->conn, &byte, 1, &moved)) {
	case IO_AGAIN:
		return true;
	case IO_DONE:
		session_end(s, END_ANSWER_BAD);
		break;
	case IO_EOF:
		session_end(s, END_SERVER_CLOSED);
		break;
	case IO_FAILED:
		session_end(s, END_SERVER_RESET);
		break;
	}
	return false;
}

void
backend_close(struct session *s, struct backend *b)
{
	SLIST_REMOVE(&s->backends, b, backend, next);
	if (s->backend == b)
		s->backend = NULL;
	conn_close(b->conn, false);
	free(b);
}
