/*
 * What the harnesses of request and response heads share.
 */
#ifndef CASGATE_HEAD_FUZZ_H
#define CASGATE_HEAD_FUZZ_H

#include <stdbool.h>

#include "fuzz.h"
#include "http/guard.h"

/* Small, so that the fuzzer meets them. */
static const struct guard_limits small_limits = {2048, 24, 256};

/* For what we wrote ourselves, with our own headers. */
static const struct guard_limits large_limits = {1 << 20, 512, 1 << 16};

/* The verdict on `bytes` in pieces of `piece` bytes. */
static inline struct guard
judge(enum guard_kind kind, const struct guard_limits *limits,
    struct text bytes, size_t piece, enum guard_verdict *verdict)
{
	struct guard guard;

	guard_init(&guard, kind);
	*verdict = GUARD_MORE;
	while (bytes.len > 0 && *verdict == GUARD_MORE) {
		struct text part = {
		    bytes.at, piece < bytes.len ? piece : bytes.len};
		size_t used;

		*verdict = guard_read(&guard, limits, part, &used);
		CHECK(used <= part.len);
		CHECK(*verdict != GUARD_MORE || used == part.len);
		bytes.at += used;
		bytes.len -= used;
	}
	return guard;
}

/*
 * True if the guard lets a head through, and then how long it is. It must say
 * the same whatever pieces the head comes in.
 */
static inline bool
guard_passes(enum guard_kind kind, struct text bytes, size_t *head_bytes)
{
	enum guard_verdict verdict, again;
	struct guard whole =
	    judge(kind, &small_limits, bytes, bytes.len, &verdict);

	for (size_t piece = 1; piece < 8; piece += 3) {
		struct guard split =
		    judge(kind, &small_limits, bytes, piece, &again);

		CHECK(again == verdict);
		CHECK(verdict == GUARD_REFUSED ||
		    split.head_bytes == whole.head_bytes);
		CHECK(split.refusal.status == whole.refusal.status);
		CHECK(split.refusal.reason == whole.refusal.reason);
	}
	CHECK((verdict == GUARD_REFUSED) == (whole.refusal.reason != NULL));
	*head_bytes = whole.head_bytes;
	return verdict == GUARD_COMPLETE;
}

#endif
