/*
 * A configuration as plain data: made from a file, and freed.
 */
#include "config/config.h"

#include <stdlib.h>

#include "config/reader.h"

static void
init(struct config *config)
{
	STAILQ_INIT(&config->listens);
	STAILQ_INIT(&config->exchanges);
	STAILQ_INIT(&config->sites);
	STAILQ_INIT(&config->files);
}

struct config *
config_read(const char *file, struct source *source, struct problems *problems)
{
	struct reader r = {.source = source, .problems = problems};
	struct block whole = {.kind = IN_FILE, .errors = problems->errors};
	bool is_right = false;

	r.config = reader_alloc(&r, sizeof(*r.config));
	r.site_names = names_new();
	if (r.site_names == NULL)
		reader_error(&r, (struct place){0}, "no memory for the sites");
	if (r.config != NULL) {
		init(r.config);
		r.config->file = reader_dup(&r, text_of(file));
		whole.object = r.config;
	}
	if (r.config != NULL && r.config->file != NULL &&
	    r.site_names != NULL) {
		reader_defaults(&r, &whole);
		if (reader_file(&r, file, NULL, (struct place){0}, &whole) == 0)
			reader_check(&r);
		is_right = block_is_right(&r, &whole);
	}
	names_free(r.site_names);
	free(r.words);
	if (is_right)
		return r.config;
	config_free(r.config);
	return NULL;
}

static void
clear_actions(struct config_actions *actions)
{
	free(actions->forward.value);
	free(actions->autodiscover_redirect.value);
	free(actions->otherwise_target.value);
}

static void
free_listen(struct config_listen *listen)
{
	struct config_certificate *certificate;

	while ((certificate = STAILQ_FIRST(&listen->certificates)) != NULL) {
		STAILQ_REMOVE_HEAD(&listen->certificates, next);
		free(certificate->path);
		free(certificate->key);
		free(certificate);
	}
	clear_actions(&listen->actions);
	free(listen->fallback.value);
	free(listen->text);
	free(listen->address);
	free(listen);
}

static void
free_exchange(struct config_exchange *exchange)
{
	struct config_server *server;

	while ((server = STAILQ_FIRST(&exchange->servers)) != NULL) {
		STAILQ_REMOVE_HEAD(&exchange->servers, next);
		free(server->name);
		free(server->host);
		free(server);
	}
	free(exchange->name);
	free(exchange);
}

static void
free_site(struct config_site *site)
{
	struct config_name *name;

	while ((name = STAILQ_FIRST(&site->names)) != NULL) {
		STAILQ_REMOVE_HEAD(&site->names, next);
		free(name->name);
		free(name);
	}
	clear_actions(&site->actions);
	free(site);
}

static void
free_file(struct config_file *file)
{
	free(file->name);
	free(file->text);
	free(file);
}

void
config_free(struct config *config)
{
	struct config_listen *listen;
	struct config_exchange *exchange;
	struct config_site *site;
	struct config_file *file;

	if (config == NULL)
		return;
	while ((listen = STAILQ_FIRST(&config->listens)) != NULL) {
		STAILQ_REMOVE_HEAD(&config->listens, next);
		free_listen(listen);
	}
	while ((exchange = STAILQ_FIRST(&config->exchanges)) != NULL) {
		STAILQ_REMOVE_HEAD(&config->exchanges, next);
		free_exchange(exchange);
	}
	while ((site = STAILQ_FIRST(&config->sites)) != NULL) {
		STAILQ_REMOVE_HEAD(&config->sites, next);
		free_site(site);
	}
	while ((file = STAILQ_FIRST(&config->files)) != NULL) {
		STAILQ_REMOVE_HEAD(&config->files, next);
		free_file(file);
	}
	free(config->limits.connections_share.except);
	free(config->limits.handshakes_share.except);
	free(config->user.value);
	free(config->log_error.value);
	free(config->log_access.value);
	free(config->file);
	free(config);
}
