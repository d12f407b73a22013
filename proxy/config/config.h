/*
 * A configuration as plain data: what the file says, with every default
 * filled in and the place of every value, and nothing worked out yet.
 */
#ifndef CASGATE_CONFIG_CONFIG_H
#define CASGATE_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include "base/network.h"
#include "base/problem.h"
#include "config/source.h"

/* `on` or `off`. */
struct config_switch {
	bool on;
	struct place where;
};

/* A word's value and where it was given; line 0 of the place: a default. */
struct config_string {
	char *value; /* owned by the configuration; NULL when not given */
	struct place where;
};

struct config_number {
	uint64_t value; /* in the unit of the field's name */
	struct place where;
};

enum profile { PROFILE_MODERN, PROFILE_INTERMEDIATE, PROFILE_LEGACY };

/* certificate CHAIN [key KEY], or a folder of such. A path is absolute if it
 * or the path of its configuration file was written so. */
struct config_certificate {
	STAILQ_ENTRY(config_certificate) next;
	char *path;
	char *key; /* NULL: in the same file */
	struct place where;
};

/* What is done with requests that nothing else claims. */
enum otherwise {
	OTHERWISE_404,
	OTHERWISE_HTTPS,    /* 302 to the same host and target on https */
	OTHERWISE_REDIRECT, /* 302 to otherwise_target */
	OTHERWISE_FORWARD   /* to the group otherwise_target */
};

/* What a site, or a plain listen of its own, does with requests. */
struct config_actions {
	struct config_string forward;               /* name of an exchange */
	struct config_string autodiscover_redirect; /* host */
	enum otherwise otherwise;
	struct config_string otherwise_target; /* URL or name of an exchange */
	struct place otherwise_where;
};

struct config_listen {
	STAILQ_ENTRY(config_listen) next;
	struct place where;
	char *text;    /* as written: "443", "127.0.0.1:443", "[::1]:443" */
	char *address; /* "10.0.0.1", "::1"; NULL: all, IPv4 and IPv6 */
	uint16_t port; /* 0: the kernel picks one */
	bool tls;
	STAILQ_HEAD(, config_certificate) certificates;
	struct config_string fallback; /* a name, or "refuse" */
	enum profile profile;
	struct place profile_where;
	bool has_actions; /* a plain listen that answers by itself */
	struct config_actions actions;
};

struct config_server {
	STAILQ_ENTRY(config_server) next;
	struct place where;
	char *name;
	char *host; /* an address or a name to resolve */
	uint16_t port;
};

struct config_exchange {
	STAILQ_ENTRY(config_exchange) next;
	struct place where;
	char *name;
	STAILQ_HEAD(, config_server) servers;
};

struct config_name {
	STAILQ_ENTRY(config_name) next;
	struct place where;
	char *name; /* lower case, no trailing dot; "*" is every other name */
};

struct config_site {
	STAILQ_ENTRY(config_site) next;
	struct place where;
	STAILQ_HEAD(, config_name) names;
	struct config_actions actions;
};

enum log_format { LOG_EXCHANGE, LOG_COMBINED, LOG_JSON, LOG_OFF };

/* Silences, in the order of site/services. */
enum service_word {
	SERVICE_RPC,
	SERVICE_AUTODISCOVER,
	SERVICE_OWA,
	SERVICE_ECP,
	SERVICE_EWS,
	SERVICE_OAB,
	SERVICE_ACTIVESYNC,
	SERVICE_MAPI,
	SERVICE_POWERSHELL,
	SERVICE_OTHER, /* any path that belongs to none of these */
	SERVICES
};

struct config_timeouts {
	struct config_number handshake_s, head_s, keepalive_s, connect_s;
	struct config_number drain_s;
	struct config_number silence_s[SERVICES]; /* both ways silent */
};

/* What each client address may have, except those from these networks. */
struct config_share {
	struct config_number each; /* 0: as much as it likes */
	struct network *except;    /* owned by the configuration */
	size_t except_count;
};

struct config_limits {
	struct config_number connections; /* 0: what the descriptors hold */
	struct config_share connections_share, handshakes_share; /* these a s */
	struct config_number head_bytes, headers, target_bytes;
};

struct config {
	char *file;                   /* as given with -c */
	struct config_number workers; /* 0: one a core */
	struct config_string user;
	struct config_switch sandbox;
	struct config_string
	    log_error; /* stderr, syslog, journald, or a path */
	struct config_string log_access; /* stderr, off, or a path */
	enum log_format log_format;
	struct config_timeouts timeouts;
	struct config_limits limits;
	STAILQ_HEAD(, config_listen) listens;
	STAILQ_HEAD(, config_exchange) exchanges;
	STAILQ_HEAD(, config_site) sites;
	STAILQ_HEAD(, config_file) files; /* private: what places are in */
};

/*
 * Reads `file` and all it includes through `source`. Checks everything that
 * can be seen in the words themselves: syntax, known words, values in range,
 * names that must exist, words given twice. NULL when there was an error;
 * what was wrong, and warnings, are added to `problems`.
 */
struct config *config_read(
    const char *file, struct source *source, struct problems *problems);

void config_free(struct config *config);

/* The configuration in force as -T prints it: in the language itself, each
 * value with `# default` or `# file:line`, or as JSON. */
void config_print(const struct config *config, FILE *to);
void config_print_json(const struct config *config, FILE *to);

/* One line of help for each word, or all there is to say of one word.
 * -1 when there is no such word (and a suggestion is printed). */
int config_help(const char *word, FILE *to);

#endif
