/*
 * Answers of our own: short, in words, with the request's id, and always the
 * last one on their connection.
 */
#ifndef CASGATE_HTTP_REPLY_H
#define CASGATE_HTTP_REPLY_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/text.h"

struct reply {
	unsigned status;
	struct text reason;   /* a sentence, for the body; HTML-escaped here */
	struct text location; /* 302 only, complete */
	struct text id;       /* of the request */
	bool head_only;       /* the request was HEAD */
	bool no_store;        /* Cache-Control: no-store (Autodiscover) */
	unsigned retry_after_s; /* 0: not said */
};

/* Adds the whole answer to `to`. A 302 has an empty body. */
void reply_write(struct buffer *to, const struct reply *reply);

/* "Not Found" of 404; "Error" for one we never give. */
const char *reply_phrase(unsigned status);

#endif
