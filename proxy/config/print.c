/*
 * The configuration in force, in the language itself.
 */
#include "config/print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/grammar.h"

const char *
profile_name(enum profile profile)
{
	static const char *const names[] = {[PROFILE_MODERN] = "modern",
	    [PROFILE_INTERMEDIATE] = "intermediate",
	    [PROFILE_LEGACY] = "legacy"};

	return names[profile];
}

const char *
otherwise_name(enum otherwise otherwise)
{
	static const char *const names[] = {[OTHERWISE_404] = "404",
	    [OTHERWISE_HTTPS] = "https",
	    [OTHERWISE_REDIRECT] = "redirect",
	    [OTHERWISE_FORWARD] = "forward"};

	return names[otherwise];
}

const char *
log_format_name(enum log_format format)
{
	static const char *const names[] = {[LOG_EXCHANGE] = "exchange",
	    [LOG_COMBINED] = "combined",
	    [LOG_JSON] = "json",
	    [LOG_OFF] = "off"};

	return names[format];
}

const char *
print_origin(struct place where, char *to)
{
	if (where.line == 0)
		return "default";
	snprintf(to, PRINT_TEXT_MAX, "%s:%u", where.file->name, where.line);
	return to;
}

const char *
print_path(const char *path, char *to)
{
	char here[PRINT_TEXT_MAX / 2];

	if (path[0] == '/' || getcwd(here, sizeof(here)) == NULL)
		return path;
	snprintf(to, PRINT_TEXT_MAX, "%s/%s", here, path);
	return to;
}

const char *
print_destination(const char *destination, char *to)
{
	if (strpbrk(destination, "/.") == NULL)
		return destination;
	return print_path(destination, to);
}

const char *
print_endpoint(const char *host, unsigned port, char *to)
{
	if (host == NULL)
		snprintf(to, PRINT_TEXT_MAX, "%u", port);
	else if (strchr(host, ':') != NULL)
		snprintf(to, PRINT_TEXT_MAX, "[%s]:%u", host, port);
	else
		snprintf(to, PRINT_TEXT_MAX, "%s:%u", host, port);
	return to;
}

/* One line being put together. */
struct line {
	FILE *to;
	int width; /* printed so far */
	bool inside;
};

/* Where the remark starts, if the line is not longer. */
#define REMARK_COLUMN 56

static struct line
start(FILE *to, bool inside, const char *word)
{
	struct line line = {.to = to, .inside = inside};

	line.width = fprintf(to, "%s%s", inside ? "    " : "", word);
	return line;
}

static void
add(struct line *line, const char *value)
{
	const char *quote =
	    value[0] == '\0' || strpbrk(value, " \t{};#'") != NULL ? "\"" : "";

	line->width += fprintf(line->to, " %s%s%s", quote, value, quote);
}

static void
finish(struct line *line, struct place where, bool opens)
{
	char text[PRINT_TEXT_MAX];

	if (opens)
		line->width += fprintf(line->to, " {");
	fprintf(line->to, "%*s # %s\n",
	    line->width < REMARK_COLUMN ? REMARK_COLUMN - line->width : 0, "",
	    print_origin(where, text));
}

/* A word that is not given and whose default is no value: as a comment, less
 * the parentheses of the remark. */
static void
print_unset(FILE *to, bool inside, const struct word *word)
{
	struct line line = start(to, inside, "#");

	line.width += fprintf(to, " %s: %.*s", word->name,
	    (int)strlen(word->standard) - 2, word->standard + 1);
	finish(&line, (struct place){0}, false);
}

static void
print_unset_name(FILE *to, bool inside, const char *name)
{
	bool starts;

	print_unset(to, inside,
	    word_find(text_of(name), (struct text){"", 0}, &starts));
}

static void
print_string(
    FILE *to, bool inside, const char *word, const struct config_string *string)
{
	struct line line;

	if (string->value == NULL)
		return;
	line = start(to, inside, word);
	add(&line, string->value);
	finish(&line, string->where, false);
}

static void
print_actions(const struct config_actions *actions, FILE *to)
{
	struct line line;

	print_string(to, true, "forward", &actions->forward);
	print_string(
	    to, true, "autodiscover-redirect", &actions->autodiscover_redirect);
	if (actions->forward.value != NULL)
		return; /* nothing is left for it */
	line = start(to, true, "otherwise");
	add(&line, otherwise_name(actions->otherwise));
	if (actions->otherwise_target.value != NULL)
		add(&line, actions->otherwise_target.value);
	finish(&line, actions->otherwise_where, false);
}

static void
print_certificate(const struct config_certificate *certificate, FILE *to)
{
	struct line line = start(to, true, "certificate");
	char path[PRINT_TEXT_MAX];

	add(&line, print_path(certificate->path, path));
	if (certificate->key != NULL) {
		add(&line, "key");
		add(&line, print_path(certificate->key, path));
	}
	finish(&line, certificate->where, false);
}

static void
print_tls(const struct config_listen *listen, FILE *to)
{
	const struct config_certificate *certificate;
	struct line line;

	STAILQ_FOREACH (certificate, &listen->certificates, next)
		print_certificate(certificate, to);
	if (listen->fallback.value == NULL)
		print_unset_name(to, true, "fallback");
	print_string(to, true, "fallback", &listen->fallback);
	line = start(to, true, "profile");
	add(&line, profile_name(listen->profile));
	finish(&line, listen->profile_where, false);
}

static void
print_listen(const struct config_listen *listen, FILE *to)
{
	struct line line = start(to, false, "listen");
	char text[PRINT_TEXT_MAX];
	bool opens = listen->tls || listen->has_actions;

	add(&line, print_endpoint(listen->address, listen->port, text));
	if (listen->tls)
		add(&line, "tls");
	finish(&line, listen->where, opens);
	if (listen->tls)
		print_tls(listen, to);
	else if (listen->has_actions)
		print_actions(&listen->actions, to);
	if (opens)
		fputs("}\n", to);
}

static void
print_exchange(const struct config_exchange *exchange, FILE *to)
{
	const struct config_server *server;
	struct line line = start(to, false, "exchange");
	char text[PRINT_TEXT_MAX];

	add(&line, exchange->name);
	finish(&line, exchange->where, true);
	STAILQ_FOREACH (server, &exchange->servers, next) {
		line = start(to, true, "server");
		add(&line, server->name);
		add(&line, print_endpoint(server->host, server->port, text));
		finish(&line, server->where, false);
	}
	fputs("}\n", to);
}

static void
print_site(const struct config_site *site, FILE *to)
{
	const struct config_name *name;
	struct line line = start(to, false, "site");

	STAILQ_FOREACH (name, &site->names, next)
		add(&line, name->name);
	finish(&line, site->where, true);
	print_actions(&site->actions, to);
	fputs("}\n", to);
}

/* Those words that are numbers are all in the grammar. */
static void
print_numbers(const struct config *config, FILE *to)
{
	char text[VALUE_TEXT_MAX];

	for (size_t i = 0; i < grammar_count; i++) {
		const struct word *word = &grammar[i];
		const struct config_number *number = word_number(word, config);
		struct line line;

		if (number == NULL)
			continue;
		if (number->where.line == 0 && !word_has_standard(word)) {
			print_unset(to, false, word);
			continue;
		}
		line = start(to, false, word->name);
		add(&line,
		    value_number_print(number->value, word->number.unit, text));
		finish(&line, number->where, false);
	}
}

/* `unit` stands behind the number: "/s". */
static void
print_share(FILE *to, const char *word, const struct config_share *share,
    const char *unit)
{
	char text[NETWORK_TEXT_MAX];
	struct line line;

	if (share->each.value == 0) {
		line = start(to, false, "#");
		line.width += fprintf(to, " %s per-address: off", word);
		finish(&line, share->each.where, false);
		return;
	}
	line = start(to, false, word);
	snprintf(text, sizeof(text), "%" PRIu64 "%s", share->each.value, unit);
	add(&line, text);
	add(&line, "per-address");
	if (share->except_count > 0)
		add(&line, "except");
	for (size_t i = 0; i < share->except_count; i++)
		add(&line, network_print(&share->except[i], text));
	finish(&line, share->each.where, false);
}

static void
print_switch(FILE *to, const char *word, const struct config_switch *is)
{
	struct line line = start(to, false, word);

	add(&line, is->on ? "on" : "off");
	finish(&line, is->where, false);
}

static void
print_logs(const struct config *config, FILE *to)
{
	struct line line = start(to, false, "log error");
	char text[PRINT_TEXT_MAX];

	add(&line, print_destination(config->log_error.value, text));
	finish(&line, config->log_error.where, false);
	line = start(to, false, "log access");
	add(&line, print_destination(config->log_access.value, text));
	if (config->log_format != LOG_OFF)
		add(&line, log_format_name(config->log_format));
	finish(&line, config->log_access.where, false);
}

void
config_print(const struct config *config, FILE *to)
{
	const struct config_listen *listen;
	const struct config_exchange *exchange;
	const struct config_site *site;

	STAILQ_FOREACH (listen, &config->listens, next)
		print_listen(listen, to);
	STAILQ_FOREACH (exchange, &config->exchanges, next)
		print_exchange(exchange, to);
	STAILQ_FOREACH (site, &config->sites, next)
		print_site(site, to);
	if (config->user.value == NULL)
		print_unset_name(to, false, "user");
	print_string(to, false, "user", &config->user);
	print_switch(to, "sandbox", &config->sandbox);
	print_logs(config, to);
	print_numbers(config, to);
	print_share(
	    to, "limit connections", &config->limits.connections_share, "");
	print_share(
	    to, "limit handshakes", &config->limits.handshakes_share, "/s");
}
