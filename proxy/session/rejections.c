/*
 * Connections that are closed as soon as they come.
 */
#include "session/rejections.h"

#include <inttypes.h>

#include "base/log.h"

#define QUIET_MS 60000

static void
tell(struct rejections *all, enum end why)
{
	struct rejection *r = &all->of[why];
	const char *sentence = end_rule(why)->sentence;
	char from[ADDRESS_TEXT_MAX];

	address_print(&r->last, from);
	if (r->untold == 1)
		log_warning(
		    "the connection from %s was refused: %s", from, sentence);
	else
		log_warning("%" PRIu64
			    " connections were refused, the last one from %s:"
			    " %s",
		    r->untold, from, sentence);
	r->untold = 0;
	r->quiet_until_ms = all->loop->now_ms + QUIET_MS;
}

static void
on_timer(void *owner)
{
	struct rejections *all = owner;

	for (int why = 0; why < ENDS; why++) {
		const struct rejection *r = &all->of[why];

		if (r->untold > 0 && all->loop->now_ms >= r->quiet_until_ms)
			tell(all, (enum end)why);
		else if (r->untold > 0)
			timer_aim(all->timer, r->quiet_until_ms);
	}
}

int
rejections_init(struct rejections *all, struct loop *loop)
{
	*all = (struct rejections){.loop = loop};
	all->timer = timer_new(loop, on_timer, all);
	return all->timer == NULL ? -1 : 0;
}

void
rejections_clear(struct rejections *all)
{
	timer_free(all->timer);
}

bool
rejections_add(struct rejections *all, enum end why, const struct address *peer)
{
	struct rejection *r = &all->of[why];

	r->untold++;
	r->last = *peer;
	if (all->loop->now_ms < r->quiet_until_ms) {
		timer_aim(all->timer, r->quiet_until_ms);
		return false;
	}
	tell(all, why);
	return true;
}
