/*
 * Persistent connections, each of which has at most one request under way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "load/answer.h"
#include "load/modes.h"

struct asker {
	struct stream stream; /* first: the watcher is the asker */
	enum { SHAKING, IDLE, ASKING, LISTENING } stage;
	uint64_t number; /* of the operation under way */
	uint64_t sent;
	struct answer answer;
};

static struct request request;
static struct asker *askers;
static struct asker **idle; /* a stack */
static unsigned idle_count;
static struct run *current;

static void
broken(const struct asker *asker)
{
	fprintf(stderr, "a persistent connection was ended: \"%.*s\"\n",
	    (int)asker->answer.head_bytes, asker->answer.head);
	exit(1);
}

static void
finish(struct asker *asker)
{
	current->bytes += asker->answer.body_bytes;
	run_end(current, asker->number);
	asker->stage = IDLE;
	idle[idle_count++] = asker;
}

static void
listen_on(struct asker *asker)
{
	static char piece[65536];
	size_t len;

	while (asker->stage == LISTENING) {
		switch (
		    stream_read(&asker->stream, piece, sizeof(piece), &len)) {
		case IO_AGAIN:
			return;
		case IO_EOF:
		case IO_FAILED:
			broken(asker);
			return;
		case IO_DONE:
			break;
		}
		switch (answer_take(&asker->answer, piece, len)) {
		case ANSWER_MORE:
			break;
		case ANSWER_WHOLE:
			finish(asker);
			break;
		case ANSWER_WRONG:
			broken(asker);
		}
	}
}

static void
on_ready(struct watcher *watcher)
{
	struct asker *asker = (struct asker *)watcher;
	enum io io = IO_DONE;

	if (asker->stage == SHAKING) {
		io = stream_shake(&asker->stream);
		if (io == IO_DONE) {
			asker->stage = IDLE;
			idle[idle_count++] = asker;
		}
	} else if (asker->stage == ASKING) {
		io = request_send(&request, &asker->sent, &asker->stream);
		if (io == IO_DONE)
			asker->stage = LISTENING;
	}
	if (io != IO_DONE && io != IO_AGAIN)
		broken(asker);
	listen_on(asker);
}

static void
ask(struct asker *asker)
{
	asker->number = run_begin(current);
	asker->sent = 0;
	answer_init(&asker->answer);
	asker->stage = ASKING;
	on_ready(&asker->stream.watcher);
}

static void
requests_open(const struct options *options)
{
	request_init(&request, options->method, options->path, &options->shape,
	    options->body_bytes);
	askers = calloc(options->connections, sizeof(*askers));
	idle = calloc(options->connections, sizeof(*idle));
	if (askers == NULL || idle == NULL)
		die("calloc");
	for (unsigned i = 0; i < options->connections; i++) {
		stream_open(&askers[i].stream, options->target, on_ready);
		while (askers[i].stage == SHAKING)
			loop_turn(NEVER);
	}
}

static void
requests_run(struct run *run)
{
	current = run;
	while (!run_over(run)) {
		while (idle_count > 0 && run_due(run))
			ask(idle[--idle_count]);
		loop_turn(idle_count > 0 ? run_next_ns(run) : NEVER);
	}
}

const struct mode mode_requests = {
    .name = "requests",
    .open = requests_open,
    .run = requests_run,
};
