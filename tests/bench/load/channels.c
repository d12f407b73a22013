/*
 * RPC channels as Outlook Anywhere holds them: pairs of an endless request up
 * (RPC_IN_DATA) and an endless answer down (RPC_OUT_DATA). The backend sends
 * down what comes up, so that both ends of each byte's way are here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "load/answer.h"
#include "load/modes.h"

#define PING_BYTES 20
#define CHANNEL_BYTES 1073741824 /* as Outlook promises on either channel */
#define OPENING_MAX 32           /* pairs at a time */
#define CARRYING_MAX 32
#define RPC_PATH "/rpc/rpcproxy.dll?mail.contoso.com:6001"

struct channel {
	struct stream stream; /* first: the watcher is the channel */
	struct pair *pair;
	enum { CLOSED, SHAKING, ASKING, OPEN } stage;
};

struct pair {
	struct channel in, out;
	char head[1024]; /* of the request that IN sends */
	size_t head_bytes;
	uint64_t sent;        /* of the request of the channel that opens */
	struct answer answer; /* of OUT */
	uint64_t number;      /* of this pair: its first ping's */
	uint64_t up, down;    /* bytes since the run began */
	uint64_t carry;       /* bytes to go up, in all */
};

static struct target *target;
static struct shape shape;
static struct request out_request;
static struct pair *pairs;
static unsigned pair_count, open_count;
static unsigned carried_count;
static struct run *current; /* NULL while nothing is pinged */

static void
broken(const struct pair *pair)
{
	fprintf(stderr, "a channel of pair %" PRIu64 " was ended: \"%.*s\"\n",
	    pair->number, (int)pair->answer.head_bytes, pair->answer.head);
	exit(1);
}

static void on_in(struct watcher *watcher);

/* The answer to OUT tells the name by which IN joins it. */
static void
open_in(struct pair *pair)
{
	char path[128];

	snprintf(path, sizeof(path), RPC_PATH "&pair=%" PRIu64,
	    answer_number(&pair->answer, "\r\nX-Pair:"));
	pair->head_bytes = request_head(pair->head, sizeof(pair->head),
	    "RPC_IN_DATA", path, &shape, CHANNEL_BYTES);
	pair->sent = 0;
	pair->in.stage = SHAKING;
	stream_open(&pair->in.stream, target, on_in);
}

/* Counts what came down, and ends the pings that are back. */
static void
arrive(struct pair *pair, uint64_t bytes)
{
	uint64_t before = pair->down / PING_BYTES;

	pair->down += bytes;
	if (current != NULL)
		for (; before < pair->down / PING_BYTES; before++)
			run_end(current, pair->number + before * pair_count);
	else if (pair->carry > 0 && pair->down == pair->carry)
		carried_count++;
}

static void
on_out_bytes(struct pair *pair, const char *bytes, size_t len)
{
	struct answer *answer = &pair->answer;
	uint64_t had = answer->body_bytes;

	if (answer_take(answer, bytes, len) != ANSWER_MORE)
		broken(pair);
	if (answer->status == 0)
		return;
	if (pair->in.stage == CLOSED) {
		open_in(pair);
	} else if (pair->in.stage != OPEN) {
		/* The backend's greeting: IN has reached it. */
		pair->in.stage = OPEN;
		open_count++;
	} else {
		arrive(pair, answer->body_bytes - had);
	}
}

static void
on_out(struct watcher *watcher)
{
	static char piece[65536];
	struct channel *out = (struct channel *)watcher;
	struct pair *pair = out->pair;
	enum io io = IO_DONE;
	size_t len;

	if (out->stage == SHAKING) {
		io = stream_shake(&out->stream);
		if (io == IO_DONE)
			out->stage = ASKING;
	}
	if (out->stage == ASKING) {
		io = request_send(&out_request, &pair->sent, &out->stream);
		if (io == IO_DONE)
			out->stage = OPEN;
	}
	while (io == IO_DONE) {
		io = stream_read(&out->stream, piece, sizeof(piece), &len);
		if (io == IO_DONE)
			on_out_bytes(pair, piece, len);
	}
	if (io != IO_AGAIN)
		broken(pair);
}

/* Sends `bytes` bytes more through IN, as many of them as can be. */
static enum io
send_up(struct pair *pair, uint64_t bytes)
{
	static const char zeros[16384];

	while (bytes > 0) {
		size_t most = bytes < sizeof(zeros) ? bytes : sizeof(zeros);
		size_t moved;
		enum io io =
		    stream_write(&pair->in.stream, zeros, most, &moved);

		if (io != IO_DONE)
			return io;
		pair->up += moved;
		bytes -= moved;
	}
	return IO_DONE;
}

static void
on_in(struct watcher *watcher)
{
	struct channel *in = (struct channel *)watcher;
	struct pair *pair = in->pair;
	enum io io = IO_DONE;
	size_t moved;

	if (in->stage == SHAKING) {
		io = stream_shake(&in->stream);
		if (io == IO_DONE)
			in->stage = ASKING;
	}
	if (in->stage == ASKING && pair->sent < pair->head_bytes) {
		io = stream_write(&in->stream, pair->head + pair->sent,
		    pair->head_bytes - pair->sent, &moved);
		if (io == IO_DONE)
			pair->sent += moved;
	}
	if (in->stage == OPEN)
		io = send_up(pair, pair->carry - pair->up);
	/* Nothing comes down IN; reading sees to tickets, and to its end. */
	if (io == IO_DONE || io == IO_AGAIN) {
		char unexpected;

		io = stream_read(&in->stream, &unexpected, 1, &moved);
	}
	if (io != IO_AGAIN)
		broken(pair);
}

static void
channels_open(const struct options *options)
{
	unsigned opening = 0;

	target = options->target;
	shape = options->shape;
	pair_count = options->connections / 2;
	pairs = calloc(pair_count, sizeof(*pairs));
	if (pairs == NULL)
		die("calloc");
	request_init(&out_request, "RPC_OUT_DATA", RPC_PATH, &shape, 76);
	while (open_count < pair_count) {
		while (opening < pair_count &&
		    opening - open_count < OPENING_MAX) {
			struct pair *pair = &pairs[opening];

			pair->number = opening++;
			pair->in.pair = pair->out.pair = pair;
			pair->out.stage = SHAKING;
			stream_open(&pair->out.stream, target, on_out);
		}
		loop_turn(NEVER);
	}
}

/* Every run begins with nothing under way. */
static void
begin(void)
{
	for (unsigned i = 0; i < pair_count; i++)
		pairs[i].up = pairs[i].down = pairs[i].carry = 0;
}

static void
channels_run(struct run *run)
{
	begin();
	current = run;
	while (!run_over(run)) {
		while (run_due(run)) {
			uint64_t number = run_begin(run);
			struct pair *pair = &pairs[number % pair_count];

			pair->carry += PING_BYTES;
			on_in(&pair->in.stream.watcher);
		}
		loop_turn(run_next_ns(run));
	}
	current = NULL;
}

static void
channels_carry(uint64_t bytes)
{
	unsigned carrying = 0;

	begin();
	carried_count = 0;
	while (carried_count < pair_count) {
		while (carrying < pair_count &&
		    carrying - carried_count < CARRYING_MAX) {
			struct pair *pair = &pairs[carrying++];

			pair->carry = bytes;
			on_in(&pair->in.stream.watcher);
		}
		loop_turn(NEVER);
	}
}

const struct mode mode_channels = {
    .name = "channels",
    .open = channels_open,
    .run = channels_run,
    .carry = channels_carry,
};
