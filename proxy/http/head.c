/*
 * What a head means, after http-parser has taken it apart: who it is for, and
 * above all where its body ends. Whatever two readers could understand
 * differently is refused.
 */
#include "http/head.h"

#include "http/host.h"
#include "http/parse.h"

/* The fields that matter here, as they were met. */
struct met {
	const struct field *host, *length, *coding;
	bool host_twice, length_twice, coding_twice;
	bool close, keep_alive;
	unsigned tokens;
	const char *wrong; /* with Connection */
};

static void
meet_once(const struct field **first, bool *twice, const struct field *field)
{
	if (*first != NULL)
		*twice = true;
	else
		*first = field;
}

/* RFC 9110 7.6.1: what a Connection token names goes no further. */
static void
drop_named(struct head *head, struct text token)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (text_equals_fold(head->fields[i].name, token))
			head->fields[i].kind = FIELD_HOP_BY_HOP;
}

static const char *
meet_token(struct met *met, struct head *head, struct text token)
{
	if (++met->tokens > CONNECTION_TOKENS_MAX)
		return "Connection names too many headers";
	if (text_equals_fold(token, TEXT("keep-alive"))) {
		met->keep_alive = true;
		return NULL;
	}
	if (text_equals_fold(token, TEXT("close"))) {
		met->close = true;
		return NULL;
	}
	switch (field_kind_of(token)) {
	case FIELD_PLAIN:
		drop_named(head, token);
		return NULL;
	case FIELD_PROXY:
	case FIELD_HOP_BY_HOP:
	case FIELD_VIA:
	case FIELD_FORWARDING:
	case FIELD_SHADOW:
		return NULL;
	case FIELD_HOST:
	case FIELD_CONTENT_LENGTH:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_CONNECTION:
	case FIELD_EXPECT:
	case FIELD_LOCATION:
	case FIELD_SET_COOKIE:
	case FIELD_END_TO_END:
		break;
	}
	return "Connection names a header that is not for us";
}

static void
meet_connection(struct met *met, struct head *head, struct text value)
{
	struct text token;

	while (met->wrong == NULL && text_split(&value, ',', &token)) {
		token = text_trim(token);
		if (token.len > 0)
			met->wrong = meet_token(met, head, token);
	}
}

static struct met
meet(struct head *head)
{
	struct met met = {0};

	for (size_t i = 0; i < head->field_count; i++) {
		struct field *field = &head->fields[i];

		switch (field->kind) {
		case FIELD_HOST:
			meet_once(&met.host, &met.host_twice, field);
			break;
		case FIELD_CONTENT_LENGTH:
			meet_once(&met.length, &met.length_twice, field);
			break;
		case FIELD_TRANSFER_ENCODING:
			meet_once(&met.coding, &met.coding_twice, field);
			break;
		case FIELD_CONNECTION:
			meet_connection(&met, head, field->value);
			break;
		case FIELD_EXPECT:
			/* Not of HTTP/1.0: RFC 9110 10.1.1 */
			if (head->minor > 0 &&
			    text_equals_fold(
				field->value, TEXT("100-continue")))
				head->expects_continue = true;
			break;
		case FIELD_PLAIN:
		case FIELD_LOCATION:
		case FIELD_SET_COOKIE:
		case FIELD_END_TO_END:
		case FIELD_PROXY:
		case FIELD_HOP_BY_HOP:
		case FIELD_VIA:
		case FIELD_FORWARDING:
		case FIELD_SHADOW:
			break;
		}
	}
	head->keep_alive = !met.close && (head->minor > 0 || met.keep_alive);
	return met;
}

/* RFC 9112 6.1 to 6.3, leaving out all that may be forgiven. What `body` is
 * without either header is set before. NULL, or what is wrong. */
static const char *
read_framing(struct head *head, const struct met *met)
{
	if (met->length_twice)
		return "Content-Length comes twice";
	if (met->coding_twice)
		return "Transfer-Encoding comes twice";
	if (met->length != NULL && met->coding != NULL)
		return "Content-Length beside Transfer-Encoding";
	if (met->coding != NULL) {
		if (head->minor == 0)
			return "Transfer-Encoding in HTTP/1.0";
		if (!text_equals_fold(met->coding->value, TEXT("chunked")))
			return "Transfer-Encoding is not chunked";
		head->body.kind = BODY_CHUNKED;
	}
	if (met->length != NULL) {
		if (!text_to_number(met->length->value, &head->body.left))
			return "Content-Length is no number";
		head->body.kind = BODY_COUNTED;
	}
	return met->wrong;
}

static const char *
read_host(struct head *head, const struct met *met, struct host *host)
{
	if (met->host_twice)
		return "Host comes twice";
	if (met->host == NULL)
		return head->minor == 0 ? NULL : "there is no Host";
	head->has_host = true;
	head->host = met->host->value;
	if (head->host.len == 0)
		return "Host is empty";
	return host_read(head->host, host) ? NULL : "Host is no host";
}

/* Takes "http://" or "https://" off the front; 0, or the port it implies. */
static uint16_t
take_scheme(struct text *target)
{
	static const struct {
		struct text scheme;
		uint16_t port;
	} schemes[] = {{{"http://", 7}, 80}, {{"https://", 8}, 443}};

	for (size_t i = 0; i < 2; i++) {
		if (!text_starts_fold(*target, schemes[i].scheme))
			continue;
		target->at += schemes[i].scheme.len;
		target->len -= schemes[i].scheme.len;
		return schemes[i].port;
	}
	return 0;
}

/*
 * The absolute form, RFC 9112 3.2.2: its host must be Host's (the CAS sees
 * the latter only), then it is as good as the origin form.
 */
static const char *
read_absolute(struct head *head, const struct host *host)
{
	struct text rest = head->target;
	uint16_t port = take_scheme(&rest);
	struct host named;
	size_t len = 0;

	if (port == 0)
		return "the target is neither a path nor a URL";
	while (len < rest.len && rest.at[len] != '/' && rest.at[len] != '?')
		len++;
	if (!head->has_host ||
	    !host_read((struct text){rest.at, len}, &named) ||
	    !text_equals_fold(named.name, host->name))
		return "the target's host is not Host";
	if ((named.port != 0 ? named.port : port) !=
	    (host->port != 0 ? host->port : port))
		return "the target's port is not that of Host";
	head->target = (struct text){rest.at + len, rest.len - len};
	if (head->target.len == 0)
		head->target = TEXT("/");
	return head->target.at[0] == '/' ? NULL : "the target has no path";
}

static const char *
read_target(struct head *head, const struct host *host)
{
	if (text_starts(head->target, TEXT("/")))
		return NULL;
	if (text_equals(head->target, TEXT("*")))
		return text_equals(head->method, TEXT("OPTIONS"))
		    ? NULL
		    : "the target * is for OPTIONS";
	return read_absolute(head, host);
}

int
head_read_request(struct head *head, struct text bytes, struct refusal *refusal)
{
	struct host host = {0};
	struct met met;
	const char *wrong;

	*refusal = (struct refusal){400, NULL};
	if (parse_request_head(head, bytes, refusal) == -1)
		return -1;
	head->method_is = method_of(head->method);
	if (head->method_is == METHOD_REFUSED) {
		*refusal =
		    (struct refusal){501, "the method is not one we serve"};
		return -1;
	}
	met = meet(head);
	wrong = read_framing(head, &met);
	if (wrong == NULL)
		wrong = read_host(head, &met, &host);
	if (wrong == NULL)
		wrong = read_target(head, &host);
	refusal->reason = wrong;
	return wrong == NULL ? 0 : -1;
}

/* RFC 9112 6.3, 1 to 2: some answers end with their head, whatever it says. */
static const char *
end_with_head(struct head *head, enum method request_method)
{
	bool never = head->status < 200 || head->status == 204;

	if (never && !body_is_empty(&head->body))
		return "the answer can't have a body, and says it has";
	if (never || head->status == 304 || request_method == METHOD_HEAD)
		head->body = (struct body){.kind = BODY_NONE};
	return NULL;
}

int
head_read_response(struct head *head, struct text bytes,
    enum method request_method, struct refusal *refusal)
{
	struct met met;
	const char *wrong;

	*refusal = (struct refusal){502, NULL};
	if (parse_response_head(head, bytes, refusal) == -1)
		return -1;
	if (head->status == 101) {
		refusal->reason = "nobody asked to switch protocols";
		return -1;
	}
	met = meet(head);
	if (met.length == NULL && met.coding == NULL && head->status >= 200 &&
	    head->status != 204)
		head->body.kind = BODY_UNTIL_CLOSE;
	wrong = read_framing(head, &met);
	if (wrong == NULL)
		wrong = end_with_head(head, request_method);
	if (head->body.kind == BODY_UNTIL_CLOSE)
		head->keep_alive = false;
	refusal->reason = wrong;
	return wrong == NULL ? 0 : -1;
}

const struct field *
head_find(const struct head *head, struct text name)
{
	for (size_t i = 0; i < head->field_count; i++)
		if (text_equals_fold(head->fields[i].name, name))
			return &head->fields[i];
	return NULL;
}

struct text
head_host_name(struct text host)
{
	struct host read;

	/* On failure too, what stands in front of the port. */
	host_read(host, &read);
	return read.name;
}
