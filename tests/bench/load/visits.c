/*
 * Visits: connect, shake hands, ask once, close; so many at a time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "load/answer.h"
#include "load/modes.h"

struct visit {
	struct stream stream; /* first: the watcher is the visit */
	enum { AWAY, SHAKING, ASKING, LISTENING } stage;
	uint64_t number; /* of the operation under way */
	uint64_t sent;
	struct answer answer;
};

static struct target *target;
static struct request request;
static struct visit *visits;
static unsigned visit_count;
static struct run *current;

static void
leave(struct visit *visit, bool served)
{
	current->failed += !served;
	current->resumed += stream_resumed(&visit->stream);
	current->bytes += visit->answer.body_bytes;
	stream_close(&visit->stream);
	visit->stage = AWAY;
	run_end(current, visit->number);
}

/* Does what the stage is about; IO_DONE when the visit is served. */
static enum io
advance(struct visit *visit)
{
	static char piece[65536];
	enum io io;
	size_t len;

	switch (visit->stage) {
	case AWAY:
		return IO_AGAIN;
	case SHAKING:
		io = stream_shake(&visit->stream);
		if (io != IO_DONE)
			return io;
		visit->stage = ASKING;
		/* fallthrough */
	case ASKING:
		io = request_send(&request, &visit->sent, &visit->stream);
		if (io != IO_DONE)
			return io;
		visit->stage = LISTENING;
		/* fallthrough */
	case LISTENING:
		break;
	}
	for (;;) {
		io = stream_read(&visit->stream, piece, sizeof(piece), &len);
		if (io != IO_DONE)
			return io;
		switch (answer_take(&visit->answer, piece, len)) {
		case ANSWER_MORE:
			break;
		case ANSWER_WHOLE:
			return IO_DONE;
		case ANSWER_WRONG:
			return IO_FAILED;
		}
	}
}

static void
on_ready(struct watcher *watcher)
{
	struct visit *visit = (struct visit *)watcher;
	enum io io = advance(visit);

	if (io != IO_AGAIN)
		leave(visit, io == IO_DONE);
}

static void
come(struct visit *visit)
{
	visit->number = run_begin(current);
	visit->sent = 0;
	answer_init(&visit->answer);
	visit->stage = SHAKING;
	stream_open(&visit->stream, target, on_ready);
}

static void
visits_run(struct run *run)
{
	current = run;
	while (!run_over(run)) {
		for (unsigned i = 0; i < visit_count && run_due(run); i++)
			if (visits[i].stage == AWAY)
				come(&visits[i]);
		loop_turn(run->rate == 0 ? NEVER : run_next_ns(run));
	}
}

/* One visit, to have a session that the others can resume. */
static void
first_visit(void)
{
	struct run run;

	run_init(&run, 1, 0);
	visits_run(&run);
	if (run.failed > 0 || target->session == NULL) {
		fprintf(stderr, "there is no session to resume\n");
		exit(1);
	}
	free(run.times);
}

static void
visits_open(const struct options *options)
{
	struct shape shape = options->shape;

	shape.close = true;
	target = options->target;
	visit_count = options->connections;
	visits = calloc(visit_count, sizeof(*visits));
	if (visits == NULL)
		die("calloc");
	for (unsigned i = 0; i < visit_count; i++)
		visits[i].stream.watcher.fd = -1;
	request_init(&request, options->method, options->path, &shape,
	    options->body_bytes);
	if (target->resume)
		first_visit();
}

const struct mode mode_visits = {
    .name = "visits",
    .open = visits_open,
    .run = visits_run,
};
