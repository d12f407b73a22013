/*
 * Why a connection, or the request under way on it, came to its end: the one
 * table of reasons. The name is the log's word and what tests look for; each
 * is documented in casgate(8).
 */
#ifndef CASGATE_SESSION_END_H
#define CASGATE_SESSION_END_H

enum end {
	END_ANSWERED,      /* the CAS answered; the connection may go on */
	END_REPLIED,       /* we answered: a redirect, a refusal */
	END_CLIENT_CLOSED, /* so a channel ends, and a browser's leave */
	END_CLIENT_RESET,
	END_CLIENT_STALLED, /* took nothing of its answer for too long */
	END_SERVER_CLOSED,  /* so a channel ends from the other side */
	END_SERVER_RESET,
	END_SERVER_CUT,     /* closed in the middle of its answer */
	END_SERVER_REFUSED, /* no server accepted the connection: 503 */
	END_SERVER_SILENT,  /* no server accepted it in time: 504 */
	END_ANSWER_BAD,     /* head or framing of the answer broken: 502 */
	END_REQUEST_BAD,    /* the guard refused the head */
	END_HEAD_TOO_LARGE, /* 414, 431 */
	END_BODY_BAD,       /* the request's body broke its framing: 400 */
	END_HANDSHAKE_FAILED,
	END_HANDSHAKE_TIMEOUT,
	END_HEAD_TIMEOUT, /* 408 */
	END_KEEPALIVE_TIMEOUT,
	END_IDLE,  /* both ways silent for longer than allowed */
	END_LIMIT, /* too many connections */
	END_ADDRESS_LIMIT,
	END_HANDSHAKE_LIMIT,
	END_STOPPED, /* casgate stops or drains */
	END_NO_MEMORY,
	ENDS
};

struct end_rule {
	const char *name;     /* "client closed" */
	const char *sentence; /* for the man page and people */
};

/* The row of an end; never NULL. */
const struct end_rule *end_rule(enum end end);

#endif
