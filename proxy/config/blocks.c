/*
 * What `listen`, `exchange` and the words inside them do.
 */
#include <string.h>

#include "config/words.h"

/* `443`, `10.0.0.1:443` or `[::1]:443`. */
static int
read_listen_address(struct reader *r, struct text text,
    struct config_listen *listen, struct problem *why)
{
	struct text host;
	uint64_t port;

	if (text_to_number(text, &port) && port <= UINT16_MAX) {
		listen->port = (uint16_t)port;
		return 0;
	}
	if (!value_is_address(text) && memchr(text.at, ':', text.len) == NULL) {
		problem_set(why,
		    "`listen` needs PORT, ADDRESS:PORT or [V6]:PORT, with a "
		    "port from 0 to 65535");
		return -1;
	}
	if (value_endpoint(text, 0, &host, &listen->port, why) == -1)
		return -1;
	if (!value_is_address(host)) {
		problem_set(why,
		    "'%.*s' is no address; for all of them, write the port "
		    "alone",
		    TEXT_ARG(host));
		return -1;
	}
	listen->address = reader_dup(r, host);
	return 0;
}

static bool
same_socket(const struct config_listen *a, const struct config_listen *b)
{
	if (a->port == 0 || a->port != b->port ||
	    (a->address == NULL) != (b->address == NULL))
		return false;
	return a->address == NULL || strcmp(a->address, b->address) == 0;
}

static void
check_listen_is_new(struct reader *r, const struct config_listen *listen)
{
	const struct config_listen *other;
	char place[PLACE_TEXT_MAX];

	STAILQ_FOREACH (other, &r->config->listens, next) {
		if (other == listen || !same_socket(other, listen))
			continue;
		problems_add(r->problems, listen->where,
		    "`listen %s` is given twice; %s has it already",
		    listen->text,
		    place_tell(other->where, listen->where, place));
		return;
	}
}

void
open_listen(struct reader *r, const struct statement *s, struct block *block)
{
	struct config_listen *listen = reader_alloc(r, sizeof(*listen));
	struct problem why;

	block->object = listen;
	block->kind = IN_PLAIN_LISTEN;
	if (listen == NULL)
		return;
	STAILQ_INIT(&listen->certificates);
	STAILQ_INSERT_TAIL(&r->config->listens, listen, next);
	listen->where = s->where;
	listen->text = reader_dup(r, s->values[0].text);
	if (read_listen_address(r, s->values[0].text, listen, &why) == -1)
		reader_error(r, s->values[0].where, "%s", why.sentence);
	if (s->count > 1) {
		/* Whatever it is, TLS is most likely meant. */
		listen->tls = true;
		block->kind = IN_TLS_LISTEN;
		if (!text_equals_fold(s->values[1].text, TEXT("tls")))
			reader_error(r, s->values[1].where,
			    "only `tls` may stand behind the port, not '%.*s'",
			    TEXT_ARG(s->values[1].text));
	}
	if (block_is_right(r, block))
		check_listen_is_new(r, listen);
}

void
close_listen(struct reader *r, struct block *block)
{
	const struct config_listen *listen = block->object;

	if (listen->tls && block_is_right(r, block) &&
	    STAILQ_EMPTY(&listen->certificates))
		problems_add(r->problems, block->where,
		    "a `listen` with tls needs a `certificate`");
}

void
read_certificate(
    struct reader *r, const struct statement *s, struct block *block)
{
	struct config_listen *listen = block->object;
	struct config_certificate *certificate, *other;
	char place[PLACE_TEXT_MAX];

	if (s->count > 1 &&
	    (s->count < 3 ||
		!text_equals_fold(s->values[1].text, TEXT("key")))) {
		reader_error(r, s->values[1].where,
		    "a certificate is FILE, a folder, or CHAIN key KEY");
		return;
	}
	certificate = reader_alloc(r, sizeof(*certificate));
	if (certificate == NULL)
		return;
	certificate->where = s->where;
	certificate->path = path_take(r, &s->values[0]);
	if (s->count > 1)
		certificate->key = path_take(r, &s->values[2]);
	STAILQ_FOREACH (other, &listen->certificates, next)
		if (!r->out_of_memory &&
		    strcmp(other->path, certificate->path) == 0)
			problems_add(r->problems, s->where,
			    "this certificate is given twice; %s has it "
			    "already",
			    place_tell(other->where, s->where, place));
	STAILQ_INSERT_TAIL(&listen->certificates, certificate, next);
}

void
read_fallback(struct reader *r, const struct statement *s, struct block *block)
{
	struct config_listen *listen = block->object;
	struct text name = s->values[0].text, host = name;
	struct problem why;

	if (text_starts(host, TEXT("*."))) /* as certificates write it */
		host = (struct text){host.at + 2, host.len - 2};
	if (value_host(host, &why) == -1)
		value_error(r, &s->values[0], &why);
	else
		name_take(r, &listen->fallback, name, s->values[0].where);
}

void
read_profile(struct reader *r, const struct statement *s, struct block *block)
{
	/* In the order of enum profile. */
	static const char *const profiles[] = {
	    "modern", "intermediate", "legacy", NULL};
	struct config_listen *listen = block->object;
	int profile = choice_read(r, &s->values[0], profiles);

	if (profile == -1)
		return;
	listen->profile = (enum profile)profile;
	listen->profile_where = s->values[0].where;
}

/* Names we give to things, which logs show. */
static bool
is_plain_name(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = text_lower(name.at[i]);

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
		    memchr("-_.", c, 3) == NULL)
			return false;
	}
	return name.len > 0 && name.len <= 63;
}

/* Takes such a name in lower case. */
static char *
take_plain_name(struct reader *r, const struct token *value)
{
	struct config_string name = {0};

	if (!is_plain_name(value->text))
		reader_error(r, value->where,
		    "'%.*s' is no name; it has up to 63 letters, digits, `-`, "
		    "`_` and `.`",
		    TEXT_ARG(value->text));
	name_take(r, &name, value->text, value->where);
	return name.value;
}

void
open_exchange(struct reader *r, const struct statement *s, struct block *block)
{
	struct config_exchange *exchange = reader_alloc(r, sizeof(*exchange));
	const struct config_exchange *other;
	char place[PLACE_TEXT_MAX];

	block->object = exchange;
	block->kind = IN_EXCHANGE;
	if (exchange == NULL)
		return;
	STAILQ_INIT(&exchange->servers);
	exchange->where = s->where;
	exchange->name = take_plain_name(r, &s->values[0]);
	STAILQ_FOREACH (other, &r->config->exchanges, next)
		if (!r->out_of_memory &&
		    strcmp(other->name, exchange->name) == 0)
			problems_add(r->problems, s->values[0].where,
			    "`exchange %s` is given twice; %s has it already",
			    exchange->name,
			    place_tell(other->where, s->where, place));
	STAILQ_INSERT_TAIL(&r->config->exchanges, exchange, next);
}

void
close_exchange(struct reader *r, struct block *block)
{
	const struct config_exchange *exchange = block->object;

	if (block_is_right(r, block) && STAILQ_EMPTY(&exchange->servers))
		problems_add(r->problems, block->where,
		    "`exchange %s` has no `server`", exchange->name);
}

static void
check_server_is_new(struct reader *r, const struct config_exchange *exchange,
    const struct config_server *server)
{
	const struct config_server *other;
	char place[PLACE_TEXT_MAX];

	STAILQ_FOREACH (other, &exchange->servers, next) {
		place_tell(other->where, server->where, place);
		if (strcmp(other->name, server->name) == 0)
			problems_add(r->problems, server->where,
			    "`server %s` is given twice; %s has it already",
			    server->name, place);
		else if (strcmp(other->host, server->host) == 0 &&
		    other->port == server->port)
			problems_warn(r->problems, server->where,
			    "`server %s` has the same address as the one in %s",
			    server->name, place);
	}
}

void
read_server(struct reader *r, const struct statement *s, struct block *block)
{
	struct config_exchange *exchange = block->object;
	struct config_server *server;
	struct problem why;
	struct text host;
	uint16_t port;

	if (value_endpoint(s->values[1].text, 1, &host, &port, &why) == -1 ||
	    (!value_is_address(host) && value_host(host, &why) == -1)) {
		value_error(r, &s->values[1], &why);
		return;
	}
	server = reader_alloc(r, sizeof(*server));
	if (server == NULL)
		return;
	server->where = s->where;
	server->name = take_plain_name(r, &s->values[0]);
	server->host = reader_dup(r, host);
	server->port = port;
	if (!r->out_of_memory)
		check_server_is_new(r, exchange, server);
	STAILQ_INSERT_TAIL(&exchange->servers, server, next);
}
