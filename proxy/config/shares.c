/*
 * Limits that may be those of each client address: `limit connections` and
 * `limit handshakes`.
 */
#include <stdlib.h>
#include <string.h>

#include "config/words.h"

#define HANDSHAKES_MOST 100000

static bool
is_given_twice(struct reader *r, const struct statement *s, struct place before)
{
	char place[PLACE_TEXT_MAX];

	if (before.line == 0)
		return false;
	problems_add(r->problems, s->where,
	    "`%s` is given twice; %s has it already", s->word->name,
	    place_tell(before, s->where, place));
	return true;
}

/* `except NET...`, the `count` values from `at` on. */
static void
read_except(struct reader *r, const struct token *at, size_t count,
    struct config_share *share)
{
	static const char *const choices[] = {"except", NULL};
	struct problem why;

	if (count == 0 || choice_read(r, &at[0], choices) == -1)
		return;
	if (count == 1) {
		problems_add(r->problems, at[0].where,
		    "`except` needs networks, as in 10.0.0.0/8");
		return;
	}
	share->except = reader_alloc(r, (count - 1) * sizeof(*share->except));
	for (size_t i = 1; i < count && share->except != NULL; i++) {
		struct network *network = &share->except[share->except_count++];

		if (network_parse(network, at[i].text, &why) == -1)
			value_error(r, &at[i], &why);
	}
}

/* The number in front, and `per-address [except NET...]` from values[1] on. */
static void
read_share(struct reader *r, const struct statement *s,
    const struct number *rule, const struct token *value,
    struct config_share *share)
{
	static const char *const choices[] = {"per-address", NULL};
	uint64_t each;

	if (choice_read(r, &s->values[1], choices) == -1 ||
	    is_given_twice(r, s, share->each.where) ||
	    !number_take(r, s->word->name, rule, value, &each))
		return;
	share->each = (struct config_number){each, value->where};
	read_except(r, s->values + 2, s->count - 2, share);
}

void
read_limit_connections(
    struct reader *r, const struct statement *s, struct block *block)
{
	struct config_limits *limits = &r->config->limits;

	if (s->count > 1)
		read_share(r, s, &s->word->number, &s->values[0],
		    &limits->connections_share);
	else if (!is_given_twice(r, s, limits->connections.where))
		read_number(r, s, block);
}

void
read_limit_handshakes(
    struct reader *r, const struct statement *s, struct block *block)
{
	static const struct number rule = {
	    .unit = UNIT_NONE, .least = 1, .most = HANDSHAKES_MOST};
	struct token number = s->values[0];

	(void)block;
	if (number.text.len < 2 ||
	    text_lower(number.text.at[number.text.len - 1]) != 's' ||
	    number.text.at[number.text.len - 2] != '/') {
		problems_add(r->problems, number.where,
		    "'%.*s' is no number a second, as 5/s is",
		    TEXT_ARG(number.text));
		return;
	}
	number.text.len -= 2;
	read_share(r, s, &rule, &number, &r->config->limits.handshakes_share);
}
