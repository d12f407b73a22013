/*
 * The services of Exchange: which paths are whose, and how long each may be
 * silent. (Later also: probes, affinity.)
 */
#ifndef CASGATE_SITE_SERVICES_H
#define CASGATE_SITE_SERVICES_H

#include "base/text.h"
#include "config/config.h"

struct service {
	enum service_word word;
	const char *name; /* the log's word: "rpc", "owa" ... "other" */
	bool is_rpc; /* /rpc: heads are not mended, channels may live long */
};

/* The service a path (as target_path() writes it) belongs to; never NULL. */
const struct service *services_find(struct text path);

#endif
