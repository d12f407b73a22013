#include "http/reply.h"

const char *
reply_phrase(unsigned status)
{
	switch (status) {
	case 302:
		return "Found";
	case 400:
		return "Bad Request";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 408:
		return "Request Timeout";
	case 413:
		return "Content Too Large";
	case 414:
		return "URI Too Long";
	case 421:
		return "Misdirected Request";
	case 431:
		return "Request Header Fields Too Large";
	case 501:
		return "Not Implemented";
	case 502:
		return "Bad Gateway";
	case 503:
		return "Service Unavailable";
	case 504:
		return "Gateway Timeout";
	}
	return "Error";
}

static void
add_escaped(struct buffer *to, struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		switch (t.at[i]) {
		case '&':
			buffer_add_string(to, "&amp;");
			break;
		case '<':
			buffer_add_string(to, "&lt;");
			break;
		case '>':
			buffer_add_string(to, "&gt;");
			break;
		case '"':
			buffer_add_string(to, "&quot;");
			break;
		case '\'':
			buffer_add_string(to, "&#39;");
			break;
		default:
			buffer_add(to, &t.at[i], 1);
		}
	}
}

static void
add_status(struct buffer *to, unsigned status)
{
	buffer_add_number(to, status);
	buffer_add_string(to, " ");
	buffer_add_string(to, reply_phrase(status));
}

static void
add_body(struct buffer *to, const struct reply *reply)
{
	buffer_add_string(to, "<!DOCTYPE html>\n<title>");
	add_status(to, reply->status);
	buffer_add_string(to, "</title>\n<h1>");
	add_status(to, reply->status);
	buffer_add_string(to, "</h1>\n<p>");
	add_escaped(to, reply->reason);
	buffer_add_string(to, "</p>\n<p>Request ");
	add_escaped(to, reply->id);
	buffer_add_string(to, "</p>\n");
}

static void
add_number_field(struct buffer *to, const char *name, size_t number)
{
	buffer_add_string(to, name);
	buffer_add_number(to, number);
	buffer_add_string(to, "\r\n");
}

static void
add_head(struct buffer *to, const struct reply *reply, size_t body_bytes)
{
	buffer_add_string(to, "HTTP/1.1 ");
	add_status(to, reply->status);
	buffer_add_string(to, "\r\n");
	if (reply->location.len > 0) {
		buffer_add_string(to, "Location: ");
		buffer_add_text(to, reply->location);
		buffer_add_string(to, "\r\n");
	}
	if (reply->no_store)
		buffer_add_string(to, "Cache-Control: no-store\r\n");
	if (reply->retry_after_s > 0)
		add_number_field(to, "Retry-After: ", reply->retry_after_s);
	if (body_bytes > 0)
		buffer_add_string(
		    to, "Content-Type: text/html; charset=utf-8\r\n");
	add_number_field(to, "Content-Length: ", body_bytes);
	buffer_add_string(to, "Connection: close\r\n\r\n");
}

void
reply_write(struct buffer *to, const struct reply *reply)
{
	struct buffer body = {0};

	if (reply->status != 302)
		add_body(&body, reply);
	add_head(to, reply, body.len);
	if (!reply->head_only)
		buffer_add_text(to, buffer_text(&body));
	to->failed = to->failed || body.failed;
	buffer_clear(&body);
}
