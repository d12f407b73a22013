/*
 * One client's visit, from accept to close.
 *
 * A session is always in one stage. Every event runs the stage's function,
 * which does what it can and says whether the session moved on, waits or has
 * ended. Ending only marks: the end of the loop's turn frees.
 *
 * The stages live in a file each: handshaking here, reading.c, connecting.c,
 * exchanging.c and replying.c.
 */
#ifndef CASGATE_SESSION_SESSION_H
#define CASGATE_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buffer.h"
#include "http/guard.h"
#include "net/conn.h"
#include "net/relay.h"
#include "session/access_log.h"
#include "session/end.h"
#include "session/request.h"
#include "session/sessions.h"
#include "site/pool.h"
#include "site/site.h"

enum stage {
	HANDSHAKING,  /* TLS */
	WAITING,      /* for a request's first byte */
	READING_HEAD, /* of a request */
	CONNECTING,   /* to a server */
	EXCHANGING,   /* request and answer, both ways at once */
	REPLYING,     /* writing an answer of our own */
	LINGERING,    /* our side is closed; reads what the client still sends */
	ENDED
};

enum step { STEP_ON, STEP_WAIT, STEP_END };

/* The session's connection to a server: one for each group it was routed to,
 * never shared, never opened anew (NTLM authenticates the connection). */
struct backend {
	SLIST_ENTRY(backend) next;
	struct session *session; /* borrowed */
	struct pool *pool;       /* borrowed from the site */
	struct server *server;   /* borrowed from the site */
	struct conn *conn;       /* owned */
	size_t rank, address;    /* of the attempt under way */
	bool timed_out;          /* some attempt did */
};

/* One direction of an exchange. */
struct way {
	struct relay relay;
	struct body body;
	struct buffer ahead; /* a head, and what came with it, not yet written */
};

struct exchange {
	struct way request, response;
	struct guard guard;   /* of the answer's head */
	struct buffer partial; /* an answer's head, as far as it came */
	unsigned interims;     /* 1xx answers passed on */
	bool begun;            /* the final answer's head was sent on */
	bool server_keeps;     /* its connection after the answer */
};

struct session {
	TAILQ_ENTRY(session) next;
	struct sessions *all;   /* borrowed: the worker's */
	struct site *site;      /* held */
	const struct site_listener *listener; /* borrowed from the site */
	struct conn *client;    /* owned */
	struct address peer;
	enum stage stage;
	struct timer *timer;    /* owned; one for everything */
	uint64_t since_ms;      /* the stage began, or something moved */
	struct task task;       /* a handshake's turn */
	struct guard guard;     /* of the request's head */
	struct buffer incoming; /* read and not yet used */
	size_t examined;        /* of incoming, by the guard */
	SLIST_HEAD(, backend) backends; /* owned */
	struct backend *backend;        /* of the request under way, or NULL */
	struct exchange exchange;
	struct buffer outgoing; /* REPLYING: what is still to be written */
	size_t discarded;       /* LINGERING: bytes read and thrown away */
	struct request request;
	uint16_t port;          /* of ours the client came to */
	bool client_ended;      /* it closed its side after a whole request */
	bool told;              /* how the connection ended is in the log */
};

/* Why LINGERING ends at the latest. */
#define LINGER_BYTES_MAX (1024 * 1024)
#define LINGER_MS 5000

/* A client that has closed its side gets its answer for so long. */
#define HALF_CLOSED_MS 60000

/* Takes the socket, in any case. NULL without memory. */
struct session *session_new(struct sessions *all, int fd,
    const struct address *peer, const struct site_listener *listener);

/* Runs the stages until the session waits or has ended. */
void session_run(struct session *session);

/* Enters a stage and notes the time. */
void session_enter(struct session *session, enum stage stage);

/* Something moved: both directions count as one (domain.md, R15). */
void session_moved(struct session *session);

/* Marks the session as ended and tells the log. Returns STEP_END. */
enum step session_end(struct session *session, enum end end);

/* Writes the line of the request under way, if there is one. */
void session_tell(struct session *session, enum end end);

/* Frees; only sessions.c calls it, at the end of a turn. */
void session_free(struct session *session);

/* The stages' functions. */
enum step reading_run(struct session *session);
enum step connecting_run(struct session *session);
enum step exchanging_run(struct session *session);
enum step replying_run(struct session *session);
enum step lingering_run(struct session *session);

/* READING_HEAD → CONNECTING or EXCHANGING: the head for the CAS and the first
 * bytes of the body stand in exchange.request.ahead. */
enum step connecting_begin(struct session *session, struct pool *pool);

/* Gives up this attempt and tries the next server. */
enum step connecting_next(struct session *session, bool timed_out);

/* Something came on a backend's conn. */
void exchanging_backend_ready(void *owner);
void exchanging_client_ready(struct session *session);

/* Clears what one exchange holds. */
void exchange_clear(struct session *session);

/* Answers by ourselves: `status` and a sentence (or a location, with 302). */
enum step reply(struct session *session, unsigned status, const char *reason,
    enum end end);
enum step reply_redirect(
    struct session *session, struct text location, bool no_store);

/* Closes our side, then reads and throws away for a while, so that a reset
 * does not eat the answer. */
enum step linger(struct session *session);

/* Closes a backend's connection and frees it. */
void backend_close(struct session *session, struct backend *backend);

/* What a worker's sessions share (sessions.c). */
struct sessions {
	struct loop *loop;      /* borrowed */
	struct access_log log;
	struct site *site;      /* held: the current one */
	TAILQ_HEAD(session_list, session) list, ended;
	size_t count, count_max;
	bool draining;
	uint64_t next_id;
	struct timer *log_timer;
	struct head head;      /* in use between two returns to the loop */
	struct buffer scratch; /* the same: locations, heads on their way */
	uint64_t ends[ENDS];
};

#endif
