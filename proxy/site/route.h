/*
 * What is done with a request: forwarded, redirected or refused. Pure: the
 * rules of Exchange and of the configuration, no sockets.
 */
#ifndef CASGATE_SITE_ROUTE_H
#define CASGATE_SITE_ROUTE_H

#include "base/buffer.h"
#include "base/text.h"
#include "http/head.h"
#include "site/services.h"
#include "site/site.h"

enum route_kind { ROUTE_FORWARD, ROUTE_REDIRECT, ROUTE_REFUSE };

struct route {
	enum route_kind kind;
	struct pool *pool;             /* FORWARD; borrowed from the site */
	const struct service *service; /* always set */
	unsigned status;               /* REFUSE: 404, 421, 503 */
	const char *reason;            /* REFUSE: a sentence, a literal */
	bool no_store;                 /* REDIRECT: an Autodiscover one */
};

/*
 * Decides. `sni` is empty when the client sent none or came without TLS.
 * `scratch` receives the location of a redirect and is otherwise used for
 * the path; it is reset first. (RFC 9110 15.5.20 for 421; MS-OXDISCO 3.1.5.4)
 */
struct route route_request(const struct site *site,
    const struct site_listener *listener, struct text sni,
    const struct head *head, struct buffer *scratch);

#endif
