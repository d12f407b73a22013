/*
 * Why a connection, or the request under way on it, came to its end: the one
 * table of reasons. The name is the log's word and what tests look for; each
 * is documented in casgate(8).
 */
#ifndef CASGATE_SESSION_END_H
#define CASGATE_SESSION_END_H

enum end {
	END_NONE,     /* not ended */
	END_ANSWERED, /* the request is answered; the connection may go on */
	END_REPLIED,  /* we answered ourselves: a redirect, a refusal of route */
	END_CLIENT_CLOSED,
	END_CLIENT_RESET,
	END_CLIENT_STALLED, /* took no byte of its answer for too long */
	END_SERVER_CLOSED,
	END_SERVER_RESET,
	END_SERVER_CUT,     /* closed in the middle of its answer */
	END_SERVER_REFUSED, /* no server accepted the connection: 502 */
	END_SERVER_SILENT,  /* no server accepted it in time: 504 */
	END_NO_SERVER,      /* 503 */
	END_BAD_ANSWER,     /* its head or framing is broken: 502 */
	END_BAD_REQUEST,    /* the guard refused it */
	END_HEAD_TOO_LARGE, /* 414, 431 */
	END_BAD_BODY,       /* the request's body broke its framing */
	END_HANDSHAKE_FAILED,
	END_HANDSHAKE_TIMEOUT,
	END_HEAD_TIMEOUT,
	END_KEEPALIVE_TIMEOUT,
	END_IDLE,  /* both ways silent longer than the service may be */
	END_LIMIT, /* too many connections */
	END_STOPPED, /* casgate was told to stop or drain */
	END_NO_MEMORY,
	ENDS
};

struct end_rule {
	const char *name;     /* "client closed" */
	const char *sentence; /* for the man page and --json */
};

/* The row of an end. */
const struct end_rule *end_rule(enum end end);

#endif
