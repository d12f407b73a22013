/*
 * One client's visit, from accept to close.
 *
 * A session is always in one stage. Every event runs the stage's function,
 * which does what it can and says whether the session moved on, waits or has
 * ended. Ending only marks: the end of the loop's turn frees.
 *
 * The stages live in a file each: session.c (handshaking), reading.c,
 * connecting.c, exchanging.c (with answer.c and way.c) and replying.c; its
 * connections to servers are looked after by backend.c.
 */
#ifndef CASGATE_SESSION_SESSION_H
#define CASGATE_SESSION_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/buffer.h"
#include "http/guard.h"
#include "http/head.h"
#include "net/conn.h"
#include "session/access_log.h"
#include "session/end.h"
#include "session/rejections.h"
#include "session/request.h"
#include "session/sessions.h"
#include "session/way.h"
#include "site/pool.h"
#include "site/site.h"

enum stage {
	HANDSHAKING,  /* TLS */
	WAITING,      /* for a request's first byte */
	READING_HEAD, /* of a request */
	CONNECTING,   /* to a server */
	EXCHANGING,   /* request and answer, both ways at once */
	REPLYING,     /* writing an answer of our own */
	LINGERING, /* our side is closed; reads what the client still sends */
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
	uint64_t tried;          /* servers, one bit each by their place */
	size_t address;          /* of the server's, the next to try */
	bool refused;            /* an address did, or was silent */
	bool timed_out;          /* the last attempt did */
	enum end lack;           /* of ours, at the last one; ENDS: none */
	uint64_t turn;           /* the loop's, when it was last asked, or
	                            had answered */
};

struct exchange {
	struct way request, response;
	struct buffer partial; /* an answer's head, as far as it came */
	unsigned interims;     /* 1xx answers passed on */
	bool begun;            /* the final answer's head was sent on */
	bool server_keeps;     /* the server keeps its connection afterwards */
	bool server_ended;     /* it closed after a whole answer */
	bool surplus;          /* it sent more than its answer */
};

struct session {
	TAILQ_ENTRY(session) next;
	struct sessions *all;                 /* borrowed: the worker's */
	struct site *site;                    /* held */
	const struct site_listener *listener; /* borrowed from the site */
	struct conn *client;                  /* owned */
	struct address peer;
	struct caller *caller;  /* where it is counted; NULL: nowhere */
	struct timer *timer;    /* owned; one for everything */
	uint64_t since_ms;      /* the stage began, or something moved */
	struct task task;       /* a handshake's turn */
	struct guard guard;     /* of a request's head, then its answer's */
	struct buffer incoming; /* read and not yet used */
	SLIST_HEAD(, backend) backends; /* owned */
	struct backend *backend;        /* of the request under way, or NULL */
	struct exchange exchange;
	struct buffer outgoing; /* REPLYING: what is still to be written */
	struct request request;
	/* Small ones side by side: there are thousands of sessions. */
	enum stage stage;
	enum end outcome;   /* REPLYING: what the log is then told */
	uint32_t examined;  /* of incoming, by the guard */
	uint32_t discarded; /* LINGERING: bytes read and thrown away */
	uint16_t port;      /* of ours the client came to */
	bool client_ended;  /* it closed its side after a whole request */
	bool told;          /* how the connection ended is in the log */
	bool cut;           /* the answer broke off: no clean end of TLS */
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

/* Something moved. Both directions count as one: the pings of a channel go one
 * way only (MS-RPCH 3.2.1.1.6.1). */
void session_moved(struct session *session);

/* Marks the session as ended and tells the log. Returns STEP_END. */
enum step session_end(struct session *session, enum end end);

/* Writes the line of the request under way, if there is one. */
void session_tell(struct session *session, enum end end);

/* Frees; only sessions.c calls it, at the end of a turn. */
void session_free(struct session *session);

/* Notes that a request is under way; `head` NULL: one that can't be told. */
void session_note_request(struct session *session, const struct head *head);

/* The port of ours the client came to. */
uint16_t session_port(struct session *session);

/* The stages' functions. */
enum step reading_run(struct session *session);
enum step connecting_run(struct session *session);
enum step exchanging_run(struct session *session);
enum step replying_run(struct session *session);
enum step lingering_run(struct session *session);

/* Goes to a server of the pool. The head for it, and what came of the body,
 * stand in exchange.request. */
enum step connecting_begin(struct session *session, struct pool *pool);

/* Gives up this attempt and tries the next server. */
enum step connecting_next(struct session *session, bool timed_out);

/* The request's server is connected: request and answer may flow. */
enum step exchanging_begin(struct session *session);

/* Something came on the client's conn, or on a backend's (its owner). */
void exchanging_client_ready(struct session *session);
void exchanging_backend_ready(void *owner);

/* Reads on in the server's answer until its head is sent on. */
enum step answer_read(struct session *session);

/* The client's connection outlives the answer under way, as far as its head
 * tells. */
bool exchanging_keeps_client(const struct session *session);

/* Gives back what an exchange holds. */
void exchange_clear(struct exchange *exchange);

/* Answers by ourselves, with a sentence; the log is told `end`. */
enum step reply(
    struct session *session, unsigned status, const char *reason, enum end end);

/* Answers 302. */
enum step reply_redirect(
    struct session *session, struct text location, bool no_store);

/* Closes our side, then reads and throws away for a while, so that a reset
 * does not eat the answer. */
enum step linger(struct session *session);

/* Closes a backend's connection, if it has one, and frees it. */
void backend_close(struct session *session, struct backend *backend);

/* Between two requests a server has nothing to say. False when it did, or has
 * closed: that has ended the session. */
bool backend_is_quiet(struct session *session, struct backend *backend);

/* Waits for the end of any, between two requests. */
void backends_listen(struct session *session);

/* Lets TCP notice a server that has vanished. */
void backends_keep_alive(struct session *session);

/* What a worker's sessions share (sessions.c). */
struct sessions {
	struct loop *loop; /* borrowed */
	struct access_log log;
	struct site *site; /* held: the current one */
	TAILQ_HEAD(session_list, session) list, ended;
	size_t count, count_max;
	struct callers *callers; /* borrowed */
	size_t worker;           /* this one, there */
	bool limits_addresses;   /* as the current site says */
	struct rejections rejections;
	bool draining;
	uint64_t next_id;
	struct timer *log_timer;
	struct head head;      /* in use between two returns to the loop */
	struct buffer scratch; /* the same: locations, heads on their way */
	uint64_t ends[ENDS];
};

#endif
