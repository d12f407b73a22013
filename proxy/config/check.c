/*
 * What must hold between the words, once all of them are read.
 */
#include <string.h>

#include "config/reader.h"

static bool
has_exchange(const struct config *config, const char *name)
{
	const struct config_exchange *exchange;

	STAILQ_FOREACH (exchange, &config->exchanges, next)
		if (strcmp(exchange->name, name) == 0)
			return true;
	return false;
}

static void
check_group(struct reader *r, const struct config_string *name)
{
	const struct config_exchange *exchange;
	struct guess guess;

	if (name->value == NULL || has_exchange(r->config, name->value))
		return;
	guess_init(&guess, text_of(name->value));
	STAILQ_FOREACH (exchange, &r->config->exchanges, next)
		guess_try(&guess, text_of(exchange->name));
	if (guess.best.len > 0)
		problems_add(r->problems, name->where,
		    "there is no `exchange %s`; did you mean '%.*s'?",
		    name->value, TEXT_ARG(guess.best));
	else
		problems_add(r->problems, name->where,
		    "there is no `exchange %s`", name->value);
}

static void
check_actions(struct reader *r, const struct config_actions *actions)
{
	if (actions->forward.value != NULL && actions->otherwise_where.line > 0)
		problems_add(r->problems, actions->otherwise_where,
		    "`forward` takes every request, so `otherwise` has none "
		    "left; leave one of them out");
	check_group(r, &actions->forward);
	if (actions->otherwise == OTHERWISE_FORWARD)
		check_group(r, &actions->otherwise_target);
}

static bool
is_used_by(const struct config_actions *actions, const char *name)
{
	const char *forward = actions->forward.value;
	const char *target = actions->otherwise_target.value;

	return (forward != NULL && strcmp(forward, name) == 0) ||
	    (actions->otherwise == OTHERWISE_FORWARD && target != NULL &&
		strcmp(target, name) == 0);
}

static void
check_is_used(struct reader *r, const struct config_exchange *exchange)
{
	const struct config_listen *listen;
	const struct config_site *site;

	STAILQ_FOREACH (listen, &r->config->listens, next)
		if (is_used_by(&listen->actions, exchange->name))
			return;
	STAILQ_FOREACH (site, &r->config->sites, next)
		if (is_used_by(&site->actions, exchange->name))
			return;
	problems_warn(r->problems, exchange->where,
	    "nothing is forwarded to `exchange %s`", exchange->name);
}

static void
check_listens(struct reader *r)
{
	const struct config_listen *listen;

	if (STAILQ_EMPTY(&r->config->listens))
		problems_add(r->problems, STAILQ_FIRST(&r->config->files)->end,
		    "there is no `listen`; at least one is needed");
	STAILQ_FOREACH (listen, &r->config->listens, next) {
		check_actions(r, &listen->actions);
		if (listen->has_actions || !STAILQ_EMPTY(&r->config->sites))
			continue;
		problems_add(r->problems, listen->where,
		    listen->tls
			? "there is no `site` to answer what comes in here"
			: "nothing answers what comes in here; add a `site`, "
			  "or give this `listen` actions of its own");
	}
}

static void
check_limits(struct reader *r, const struct config_limits *limits)
{
	const struct config_number *share = &limits->connections_share.each;

	if (limits->target_bytes.value >= limits->head_bytes.value)
		problems_add(r->problems,
		    limits->target_bytes.where.line > 0
			? limits->target_bytes.where
			: limits->head_bytes.where,
		    "`limit target` must be less than `limit head`, which "
		    "contains it");
	if (limits->connections.value > 0 &&
	    share->value > limits->connections.value)
		problems_warn(r->problems, share->where,
		    "an address may have more connections than all together");
}

void
reader_check(struct reader *r)
{
	const struct config_exchange *exchange;
	const struct config_site *site;

	check_limits(r, &r->config->limits);
	if (r->incomplete)
		return;
	check_listens(r);
	STAILQ_FOREACH (site, &r->config->sites, next)
		check_actions(r, &site->actions);
	if (r->problems->errors > 0)
		return; /* one of those may be why it seems unused */
	STAILQ_FOREACH (exchange, &r->config->exchanges, next)
		check_is_used(r, exchange);
}
