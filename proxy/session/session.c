/*
 * One client's visit: its stages, its one timer, its end.
 */
#include "session/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "tls/tls_conn.h"

static enum step handshaking_run(struct session *session);
static enum step ended_run(struct session *session);

struct stage_rule {
	const char *name;
	enum step (*run)(struct session *session);
	enum end too_late; /* how it ends when its time is over */
};

static const struct stage_rule rules[] = {
    [HANDSHAKING] = {"handshaking", handshaking_run, END_HANDSHAKE_TIMEOUT},
    [WAITING] = {"waiting", reading_run, END_KEEPALIVE_TIMEOUT},
    [READING_HEAD] = {"reading head", reading_run, END_HEAD_TIMEOUT},
    [CONNECTING] = {"connecting", connecting_run, END_SERVER_SILENT},
    [EXCHANGING] = {"exchanging", exchanging_run, END_IDLE},
    [REPLYING] = {"replying", replying_run, END_CLIENT_STALLED},
    [LINGERING] = {"lingering", lingering_run, END_REPLIED},
    [ENDED] = {"ended", ended_run, END_STOPPED},
};

/* How long the stage may take, in ms from since_ms on. */
static uint64_t
stage_ms(const struct session *s)
{
	const struct config_timeouts *t = &s->site->config->timeouts;

	switch (s->stage) {
	case HANDSHAKING:
		return t->handshake_s.value * 1000;
	case WAITING:
		/* The first request is due at once. */
		return 1000 *
		    (s->client->written_bytes > 0 ? t->keepalive_s.value
						  : t->head_s.value);
	case READING_HEAD:
		return t->head_s.value * 1000;
	case CONNECTING:
		return t->connect_s.value * 1000;
	case EXCHANGING:
		if (s->client_ended)
			return HALF_CLOSED_MS;
		return site_silence_ms(s->site, s->request.service->word);
	case REPLYING:
	case LINGERING:
	case ENDED:
		break;
	}
	return LINGER_MS;
}

static void
too_late(struct session *s)
{
	switch (s->stage) {
	case CONNECTING:
		if (connecting_next(s, true) == STEP_ON)
			session_run(s);
		break;
	case READING_HEAD:
		session_note_request(s, NULL);
		if (reply(s, 408, "the request's head was not complete in time",
			END_HEAD_TIMEOUT) == STEP_ON)
			session_run(s);
		break;
	case WAITING:
		session_end(s,
		    s->client->written_bytes > 0 ? END_KEEPALIVE_TIMEOUT
						 : END_HEAD_TIMEOUT);
		break;
	case EXCHANGING:
		session_end(s,
		    s->client_ended ? END_CLIENT_CLOSED
			: s->exchange.response.ahead.len > 0 ||
			    relay_waits_to_write(&s->exchange.response.relay)
			? END_CLIENT_STALLED
			: END_IDLE);
		break;
	default:
		session_end(s, rules[s->stage].too_late);
	}
}

/* The timer fires early as a rule: activity only moved since_ms. A session that
 * lives to see it is one of those whose silence TCP must look into. */
static void
on_timer(void *owner)
{
	struct session *s = owner;
	uint64_t due_ms = s->since_ms + stage_ms(s);

	if (s->stage == ENDED)
		return;
	if (s->all->loop->now_ms >= due_ms)
		too_late(s);
	backends_keep_alive(s);
	if (s->stage != ENDED)
		timer_aim(s->timer, s->since_ms + stage_ms(s));
}

void
session_enter(struct session *s, enum stage stage)
{
	s->stage = stage;
	s->since_ms = s->all->loop->now_ms;
	timer_aim(s->timer, s->since_ms + stage_ms(s));
}

void
session_moved(struct session *s)
{
	s->since_ms = s->all->loop->now_ms;
}

void
session_run(struct session *s)
{
	while (rules[s->stage].run(s) == STEP_ON)
		continue;
}

static enum step
ended_run(struct session *s)
{
	(void)s;
	return STEP_END;
}

/* Handshakes wait for their turn: a signature takes as long as many pings. */
static void
on_client(void *owner)
{
	struct session *s = owner;

	if (s->client->gone) {
		session_end(s, END_CLIENT_RESET);
		return;
	}
	switch (s->stage) {
	case HANDSHAKING:
		/* In a short queue it costs less to be told again. */
		if (s->task.in != NULL)
			conn_wait(s->client, false, false);
		loop_put_off(s->all->loop, &s->task);
		break;
	case EXCHANGING:
		exchanging_client_ready(s);
		break;
	case CONNECTING:
		/* A whole request may be followed by a close; the server is
		 * asked all the same. Its bytes are read when it answers. */
		conn_wait(s->client, false, false);
		break;
	case WAITING:
	case READING_HEAD:
	case REPLYING:
	case LINGERING:
	case ENDED:
		session_run(s);
		break;
	}
}

static void
on_task(void *owner)
{
	session_run(owner);
}

/* From here on a client that vanishes is noticed whatever we wait for. */
static enum step
await_request(struct session *s)
{
	s->client->tells_gone = true;
	session_enter(s, WAITING);
	return STEP_ON;
}

static enum step
handshaking_run(struct session *s)
{
	switch (tls_conn_handshake(s->client)) {
	case IO_DONE:
		return await_request(s);
	case IO_AGAIN:
		conn_wait(s->client, true, false);
		return STEP_WAIT;
	case IO_EOF:
		return session_end(s, END_CLIENT_CLOSED);
	case IO_FAILED:
		break;
	}
	return session_end(s, END_HANDSHAKE_FAILED);
}

struct session *
session_new(struct sessions *all, int fd, const struct address *peer,
    const struct site_listener *listener)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		close(fd);
		return NULL;
	}
	s->all = all;
	s->site = site_hold(all->site);
	s->listener = listener;
	s->peer = *peer;
	s->task = (struct task){.run = on_task, .owner = s};
	SLIST_INIT(&s->backends);
	guard_init(&s->guard, GUARD_REQUEST);
	s->client = conn_new(all->loop, fd, on_client, s);
	if (s->client == NULL) {
		close(fd);
		goto fail;
	}
	s->timer = timer_new(all->loop, on_timer, s);
	if (s->timer == NULL)
		goto fail;
	if (listener->tls == NULL)
		await_request(s);
	else if (tls_conn_accept(s->client, listener->tls) == 0)
		session_enter(s, HANDSHAKING);
	else
		goto fail;
	conn_wait(s->client, true, false);
	return s;
fail:
	session_free(s);
	return NULL;
}

void
session_note_request(struct session *s, const struct head *head)
{
	if (head != NULL)
		request_begin(&s->request, head);
	else
		request_begin_unknown(&s->request);
	s->request.id = s->all->next_id++;
	s->request.began_ms = s->all->loop->now_ms;
	s->request.began_clock_ms = s->all->loop->clock_ms;
}

uint16_t
session_port(struct session *s)
{
	struct address own = {.len = sizeof(own.sa)};

	if (s->port == 0)
		s->port = s->listener->config->port;
	if (s->port == 0 &&
	    getsockname(s->client->fd, &own.sa.any, &own.len) == 0)
		s->port = address_port(&own);
	return s->port;
}

/* "idle 60m": how long it was silent is what an administrator tunes. */
static const char *
end_words(const struct session *s, enum end end, char *to, size_t size)
{
	unsigned long long seconds;

	if (end != END_IDLE)
		return end_rule(end)->name;
	seconds = site_silence_ms(s->site, s->request.service->word) / 1000;
	if (seconds % 60 == 0)
		snprintf(to, size, "idle %llum", seconds / 60);
	else
		snprintf(to, size, "idle %llus", seconds);
	return to;
}

static void
write_line(struct session *s, enum end end)
{
	char words[32];
	const struct request *r = &s->request;
	bool known = r->under_way;
	uint64_t now_ms = s->all->loop->now_ms;
	char id[REQUEST_ID_BYTES];
	struct access_line line = {
	    .clock_ms = known ? r->began_clock_ms : s->all->loop->clock_ms,
	    .duration_ms = now_ms - (known ? r->began_ms : s->since_ms),
	    .client = &s->peer,
	    .sni = tls_conn_sni(s->client),
	    .service = text_of(known ? r->service->name : NULL),
	    .server = known && s->backend != NULL
		? text_of(s->backend->server->name)
		: TEXT(""),
	    .old = r->old,
	    .tls = text_of(tls_conn_version(s->client)),
	    .suite = text_of(tls_conn_suite(s->client)),
	    .status = known ? r->status : 0,
	    .in = s->client->read_bytes - r->read_mark,
	    .out = s->client->written_bytes - r->written_mark,
	    .end = text_of(end_words(s, end, words, sizeof(words))),
	};

	if (known) {
		line.method = request_method(r);
		line.host = request_host(r);
		line.path = request_target(r);
		line.id = request_id(r, id);
	}
	access_log_add(&s->all->log, s->site->config->log_format, &line);
}

void
session_tell(struct session *s, enum end end)
{
	if (!s->request.under_way)
		return;
	write_line(s, end);
	s->all->ends[end]++;
	s->request.under_way = false;
	s->request.read_mark = s->client->read_bytes;
	s->request.written_mark = s->client->written_bytes;
}

/* Whatever that looked like to the one who noticed. */
static bool
is_out_of_memory(const struct session *s)
{
	const struct backend *backend;

	if (s->client->error == ENOMEM)
		return true;
	SLIST_FOREACH (backend, &s->backends, next)
		if (backend->conn != NULL && backend->conn->error == ENOMEM)
			return true;
	return false;
}

enum step
session_end(struct session *s, enum end end)
{
	if (s->stage == ENDED)
		return STEP_END;
	if (is_out_of_memory(s))
		end = END_NO_MEMORY;
	if (s->request.under_way) {
		session_tell(s, end);
	} else if (!s->told) {
		write_line(s, end);
		s->all->ends[end]++;
	}
	if (end == END_HANDSHAKE_FAILED)
		log_notice("handshake with a client failed: %s",
		    tls_conn_error(s->client));
	s->cut = end == END_SERVER_CUT || end == END_SERVER_RESET ||
	    end == END_ANSWER_BAD;
	s->stage = ENDED;
	timer_rest(s->timer);
	conn_wait(s->client, false, false);
	TAILQ_REMOVE(&s->all->list, s, next);
	TAILQ_INSERT_TAIL(&s->all->ended, s, next);
	return STEP_END;
}

/* A client of TLS gets the close_notify, unless its answer was cut off. */
void
session_free(struct session *s)
{
	if (s == NULL)
		return;
	exchange_clear(&s->exchange);
	while (!SLIST_EMPTY(&s->backends))
		backend_close(s, SLIST_FIRST(&s->backends));
	loop_forget(&s->task);
	if (s->client != NULL && !s->cut)
		conn_part(s->client);
	conn_close(s->client, false);
	caller_leave(s->caller);
	timer_free(s->timer);
	request_clear(&s->request);
	buffer_clear(&s->incoming);
	buffer_clear(&s->outgoing);
	site_release(s->site);
	free(s);
}
