/*
 * Questions to the world outside, and what it answered.
 */
#ifndef CASGATE_DAEMON_ANSWERS_H
#define CASGATE_DAEMON_ANSWERS_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/buffer.h"
#include "base/text.h"

enum question { ASKED_READ, ASKED_LIST, ASKED_RESOLVE, QUESTIONS };

struct answer {
	STAILQ_ENTRY(answer) next;
	enum question question;
	struct text key;      /* a path, a pattern, host:port */
	struct text contents; /* why, when it failed */
	bool failed;
	bool others_may; /* ASKED_READ: users who have no business with it */
	/* What the two texts look at, unless it is a mapping. */
	struct buffer owned_key, owned_contents;
};

STAILQ_HEAD(answers, answer);

/* NULL when it was not asked. */
struct answer *answers_find(
    struct answers *answers, enum question question, struct text key);

/* One without contents, for the caller to fill in. The key is copied if
 * `copied`, else only looked at. NULL without memory. */
struct answer *answers_add(struct answers *answers, enum question question,
    struct text key, bool copied);

/* Takes one out again. */
void answers_remove(struct answers *answers, struct answer *answer);

/* Wiped, since keys are among them. */
void answers_clear(struct answers *answers);

#endif
