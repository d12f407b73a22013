/*
 * The configuration in force as JSON.
 */
#include <string.h>

#include <jansson.h>

#include "config/grammar.h"
#include "config/print.h"

/* Anything that has a value, with the place it comes from. All of jansson's
 * functions take NULL for "no memory" and pass it on, so only the whole is
 * asked. */
static json_t *
with_origin(json_t *object, struct place where)
{
	char text[PRINT_TEXT_MAX];

	json_object_set_new(
	    object, "from", json_string(print_origin(where, text)));
	return object;
}

static json_t *
value_of(const struct config_string *string)
{
	if (string->value == NULL)
		return json_pack("{s:n, s:s}", "value", "from", "default");
	return with_origin(
	    json_pack("{s:s}", "value", string->value), string->where);
}

static json_t *
switch_of(const struct config_switch *is)
{
	return with_origin(json_pack("{s:b}", "value", (int)is->on), is->where);
}

static json_t *
actions_of(const struct config_actions *actions)
{
	return json_pack("{s:o, s:o, s:o}", "forward",
	    value_of(&actions->forward), "autodiscover-redirect",
	    value_of(&actions->autodiscover_redirect), "otherwise",
	    with_origin(json_pack("{s:s, s:s?}", "value",
			    otherwise_name(actions->otherwise), "target",
			    actions->otherwise_target.value),
		actions->otherwise_where));
}

static void
add_tls(json_t *to, const struct config_listen *listen)
{
	const struct config_certificate *certificate;
	json_t *list = json_array();
	char path[PRINT_TEXT_MAX], key[PRINT_TEXT_MAX];

	STAILQ_FOREACH (certificate, &listen->certificates, next)
		json_array_append_new(list,
		    with_origin(json_pack("{s:s, s:s?}", "path",
				    print_path(certificate->path, path), "key",
				    certificate->key == NULL
					? NULL
					: print_path(certificate->key, key)),
			certificate->where));
	json_object_set_new(to, "certificate", list);
	json_object_set_new(to, "fallback", value_of(&listen->fallback));
	json_object_set_new(to, "profile",
	    with_origin(
		json_pack("{s:s}", "value", profile_name(listen->profile)),
		listen->profile_where));
}

static json_t *
listen_of(const struct config_listen *listen)
{
	json_t *one = json_pack("{s:s?, s:i, s:b}", "address", listen->address,
	    "port", (int)listen->port, "tls", listen->tls);

	if (listen->tls)
		add_tls(one, listen);
	else if (listen->has_actions)
		json_object_update_new(one, actions_of(&listen->actions));
	return with_origin(one, listen->where);
}

static json_t *
exchange_of(const struct config_exchange *exchange)
{
	const struct config_server *server;
	json_t *list = json_array();

	STAILQ_FOREACH (server, &exchange->servers, next)
		json_array_append_new(list,
		    with_origin(
			json_pack("{s:s, s:s, s:i}", "name", server->name,
			    "host", server->host, "port", (int)server->port),
			server->where));
	return with_origin(
	    json_pack("{s:s, s:o}", "name", exchange->name, "server", list),
	    exchange->where);
}

static json_t *
site_of(const struct config_site *site)
{
	const struct config_name *name;
	json_t *list = json_array(), *one;

	STAILQ_FOREACH (name, &site->names, next)
		json_array_append_new(list, json_string(name->name));
	one = json_pack("{s:o}", "names", list);
	json_object_update_new(one, actions_of(&site->actions));
	return with_origin(one, site->where);
}

static json_t *
number_of(const struct word *word, const struct config_number *number)
{
	static const char *const units[] = {[UNIT_NONE] = "value",
	    [UNIT_SECONDS] = "seconds",
	    [UNIT_BYTES] = "bytes"};
	const char *unit = units[word->number.unit];

	if (number->where.line == 0 && !word_has_standard(word))
		return json_pack("{s:n, s:s}", unit, "from", "default");
	return with_origin(
	    json_pack("{s:I}", unit, (json_int_t)number->value), number->where);
}

/* "timeout rpc" becomes {"timeout": {"rpc": ...}}. */
static void
add_numbers(json_t *to, const struct config *config)
{
	for (size_t i = 0; i < grammar_count; i++) {
		const struct word *word = &grammar[i];
		const struct config_number *number = word_number(word, config);
		struct text first = word_part(word, 0);
		struct text second = word_part(word, 1);
		char key[32];

		if (number == NULL)
			continue;
		snprintf(key, sizeof(key), "%.*s", TEXT_ARG(first));
		if (second.len == 0) {
			json_object_set_new(to, key, number_of(word, number));
			continue;
		}
		if (json_object_get(to, key) == NULL)
			json_object_set_new(to, key, json_object());
		/* A name ends in NUL, and so does its second part. */
		json_object_set_new(json_object_get(to, key), second.at,
		    number_of(word, number));
	}
}

static json_t *
share_of(const struct config_share *share)
{
	char text[NETWORK_TEXT_MAX];
	json_t *except;

	if (share->each.value == 0)
		return json_pack("{s:n, s:s}", "value", "from", "default");
	except = json_array();
	for (size_t i = 0; i < share->except_count; i++)
		json_array_append_new(except,
		    json_string(network_print(&share->except[i], text)));
	return with_origin(json_pack("{s:I, s:o}", "value",
			       (json_int_t)share->each.value, "except", except),
	    share->each.where);
}

/* Beside the limits that are mere numbers. */
static void
add_shares(json_t *limits, const struct config_limits *config)
{
	json_object_set_new(limits, "connections per-address",
	    share_of(&config->connections_share));
	json_object_set_new(limits, "handshakes per-address",
	    share_of(&config->handshakes_share));
}

static json_t *
logs_of(const struct config *config)
{
	char text[PRINT_TEXT_MAX];
	json_t *error, *access;

	error = json_pack(
	    "{s:s}", "value", print_destination(config->log_error.value, text));
	access = json_pack("{s:s, s:s}", "value",
	    print_destination(config->log_access.value, text), "format",
	    log_format_name(config->log_format));
	return json_pack("{s:o, s:o}", "error",
	    with_origin(error, config->log_error.where), "access",
	    with_origin(access, config->log_access.where));
}

void
config_print_json(const struct config *config, FILE *to)
{
	const struct config_listen *listen;
	const struct config_exchange *exchange;
	const struct config_site *site;
	json_t *listens = json_array(), *exchanges = json_array();
	json_t *sites = json_array(), *all;

	STAILQ_FOREACH (listen, &config->listens, next)
		json_array_append_new(listens, listen_of(listen));
	STAILQ_FOREACH (exchange, &config->exchanges, next)
		json_array_append_new(exchanges, exchange_of(exchange));
	STAILQ_FOREACH (site, &config->sites, next)
		json_array_append_new(sites, site_of(site));
	all = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
	    config->file, "listen", listens, "exchange", exchanges, "site",
	    sites, "user", value_of(&config->user), "sandbox",
	    switch_of(&config->sandbox), "log", logs_of(config));
	add_numbers(all, config);
	add_shares(json_object_get(all, "limit"), &config->limits);
	json_dumpf(all, to, JSON_INDENT(2));
	fputc('\n', to);
	json_decref(all);
}
