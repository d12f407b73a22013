/*
 * What `site` and the words inside it do, which a plain `listen` has too.
 */
#include "config/words.h"

static struct config_actions *
actions_of(struct block *block)
{
	if (block->kind == IN_SITE)
		return &((struct config_site *)block->object)->actions;
	return &((struct config_listen *)block->object)->actions;
}

/* A plain listen that has actions of its own asks no site. */
static void
note_actions(struct block *block, const struct statement *s)
{
	if (block->kind == IN_PLAIN_LISTEN && s->where.line != 0)
		((struct config_listen *)block->object)->has_actions = true;
}

/* Each name belongs to one site. */
static void
claim(struct reader *r, struct config_name *name)
{
	void **holder = names_add(r->site_names, text_of(name->name));
	char place[PLACE_TEXT_MAX];

	if (holder == NULL)
		reader_error(r, name->where, "no memory for the sites");
	else if (*holder != NULL)
		problems_add(r->problems, name->where,
		    "'%s' is given twice; %s has it already", name->name,
		    place_tell(((struct config_name *)*holder)->where,
			name->where, place));
	else
		*holder = name;
}

static void
add_site_name(
    struct reader *r, struct config_site *site, const struct token *value)
{
	struct config_name *name;
	struct config_string folded = {0};
	struct problem why;

	if (!text_equals(value->text, TEXT("*")) &&
	    value_host(value->text, &why) == -1) {
		reader_error(r, value->where, "%s", why.sentence);
		return;
	}
	name = reader_alloc(r, sizeof(*name));
	if (name == NULL)
		return;
	name_take(r, &folded, value->text, value->where);
	name->name = folded.value;
	name->where = value->where;
	STAILQ_INSERT_TAIL(&site->names, name, next);
	if (name->name != NULL)
		claim(r, name);
}

void
open_site(struct reader *r, const struct statement *s, struct block *block)
{
	struct config_site *site = reader_alloc(r, sizeof(*site));

	block->object = site;
	block->kind = IN_SITE;
	if (site == NULL)
		return;
	STAILQ_INIT(&site->names);
	STAILQ_INSERT_TAIL(&r->config->sites, site, next);
	site->where = s->where;
	for (size_t i = 0; i < s->count; i++)
		add_site_name(r, site, &s->values[i]);
}

void
close_site(struct reader *r, struct block *block)
{
	const struct config_actions *actions = actions_of(block);

	if (block_is_right(r, block) && actions->forward.value == NULL &&
	    actions->autodiscover_redirect.value == NULL &&
	    actions->otherwise_where.line == 0)
		problems_add(r->problems, block->where,
		    "this `site` does nothing; give it `forward`, "
		    "`autodiscover-redirect` or `otherwise`");
}

void
read_forward(struct reader *r, const struct statement *s, struct block *block)
{
	note_actions(block, s);
	name_take(r, &actions_of(block)->forward, s->values[0].text,
	    s->values[0].where);
}

void
read_autodiscover_redirect(
    struct reader *r, const struct statement *s, struct block *block)
{
	struct problem why;

	note_actions(block, s);
	if (value_host(s->values[0].text, &why) == -1)
		value_error(r, &s->values[0], &why);
	else
		name_take(r, &actions_of(block)->autodiscover_redirect,
		    s->values[0].text, s->values[0].where);
}

/* What `otherwise redirect` and `otherwise forward` need besides. */
static void
read_target(struct reader *r, const struct statement *s, enum otherwise kind,
    struct config_string *target)
{
	bool wants = kind == OTHERWISE_REDIRECT || kind == OTHERWISE_FORWARD;
	const struct token *value = &s->values[1];
	struct problem why;

	if (wants && s->count < 2)
		reader_error(r, s->values[0].where, "`otherwise %.*s` needs %s",
		    TEXT_ARG(s->values[0].text),
		    kind == OTHERWISE_REDIRECT ? "a URL" : "an exchange");
	else if (!wants && s->count > 1)
		reader_error(r, value->where,
		    "nothing may stand behind `otherwise %.*s`",
		    TEXT_ARG(s->values[0].text));
	else if (kind == OTHERWISE_FORWARD)
		name_take(r, target, value->text, value->where);
	else if (kind == OTHERWISE_REDIRECT &&
	    value_url(value->text, &why) == -1)
		value_error(r, value, &why);
	else if (kind == OTHERWISE_REDIRECT)
		string_take(r, target, value->text, value->where);
}

void
read_otherwise(struct reader *r, const struct statement *s, struct block *block)
{
	/* In the order of enum otherwise. */
	static const char *const kinds[] = {
	    "404", "https", "redirect", "forward", NULL};
	struct config_actions *actions = actions_of(block);
	int kind = choice_read(r, &s->values[0], kinds);

	note_actions(block, s);
	if (kind == -1)
		return;
	actions->otherwise = (enum otherwise)kind;
	actions->otherwise_where = s->values[0].where;
	read_target(r, s, actions->otherwise, &actions->otherwise_target);
}
