/*
 * Reading an answer. Only what the backend and the proxies of the bench write
 * need be understood: everything else is wrong.
 */
#include "load/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
answer_init(struct answer *answer)
{
	answer->head_bytes = 0;
	answer->status = 0;
	answer->body_bytes = 0;
	answer->length = 0;
}

uint64_t
answer_number(const struct answer *answer, const char *name)
{
	const char *field = strcasestr(answer->head, name);

	if (field == NULL)
		return UINT64_MAX;
	return strtoull(field + strlen(name), NULL, 10);
}

/* How many of the bytes belong to the head. */
static size_t
take_head(struct answer *answer, const char *bytes, size_t len)
{
	size_t had = answer->head_bytes;
	size_t room = ANSWER_HEAD_MAX - had;
	const char *end;

	memcpy(answer->head + had, bytes, len < room ? len : room);
	answer->head_bytes += len < room ? len : room;
	answer->head[answer->head_bytes] = '\0';
	end = strstr(answer->head, "\r\n\r\n");
	if (end == NULL)
		return len;
	answer->head_bytes = (size_t)(end + 4 - answer->head);
	answer->head[answer->head_bytes] = '\0';
	answer->length = answer_number(answer, "\r\nContent-Length:");
	if (sscanf(answer->head, "HTTP/1.1 %d ", &answer->status) != 1)
		answer->status = -1;
	return answer->head_bytes - had;
}

enum answer_state
answer_take(struct answer *answer, const char *bytes, size_t len)
{
	if (answer->status == 0) {
		len -= take_head(answer, bytes, len);
		if (answer->status == 0)
			return answer->head_bytes < ANSWER_HEAD_MAX
			    ? ANSWER_MORE
			    : ANSWER_WRONG;
	}
	answer->body_bytes += len;
	if (answer->status != 200 || answer->length == UINT64_MAX ||
	    answer->body_bytes > answer->length)
		return ANSWER_WRONG;
	return answer->body_bytes < answer->length ? ANSWER_MORE : ANSWER_WHOLE;
}
