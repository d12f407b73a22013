/*
 * What is remembered of the request under way.
 */
#include "session/request.h"

/* Words longer than this are not kept between two requests. */
#define WORDS_KEPT_MAX 512

static void
reset(struct request *request)
{
	if (request->words.size > WORDS_KEPT_MAX)
		buffer_clear(&request->words);
	else
		buffer_reset(&request->words);
	request->method_len = 0;
	request->host_len = 0;
	request->status = 0;
	request->under_way = true;
}

void
request_begin(struct request *request, const struct head *head)
{
	reset(request);
	request->keep_alive = head->keep_alive;
	request->old = head->minor == 0;
	request->method_is = head->method_is;
	request->method_len = head->method.len;
	request->host_len = head->host.len;
	/* All at once: a channel keeps them for days. */
	buffer_reserve(&request->words,
	    head->method.len + head->host.len + head->target.len);
	buffer_add_text(&request->words, head->method);
	buffer_add_text(&request->words, head->host);
	buffer_add_text(&request->words, head->target);
}

void
request_begin_unknown(struct request *request)
{
	reset(request);
	request->keep_alive = false;
	request->old = false;
	request->method_is = METHOD_OTHER;
	request->service = services_find(TEXT(""));
}

/* Without memory for the words there is nothing to tell of them. */
static struct text
part(const struct request *request, size_t from, size_t len)
{
	if (request->words.failed || from + len > request->words.len)
		return TEXT("");
	return (struct text){request->words.at + from, len};
}

struct text
request_method(const struct request *request)
{
	return part(request, 0, request->method_len);
}

struct text
request_host(const struct request *request)
{
	return part(request, request->method_len, request->host_len);
}

struct text
request_target(const struct request *request)
{
	size_t from = (size_t)request->method_len + request->host_len;

	if (from >= request->words.len)
		return TEXT("");
	return part(request, from, request->words.len - from);
}

struct text
request_id(const struct request *request, char to[REQUEST_ID_BYTES])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < REQUEST_ID_BYTES; i++)
		to[i] = digits[request->id >> (60 - 4 * i) & 15];
	return (struct text){to, REQUEST_ID_BYTES};
}

void
request_clear(struct request *request)
{
	buffer_clear(&request->words);
	request->under_way = false;
}
