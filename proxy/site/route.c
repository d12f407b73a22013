/*
 * What is done with a request.
 */
#include "site/route.h"

#include "http/host.h"
#include "http/target.h"
#include "site/autodiscover.h"

static struct route
refuse(unsigned status, const char *reason)
{
	return (struct route){
	    .kind = ROUTE_REFUSE, .status = status, .reason = reason};
}

static struct route
forward(struct pool *pool)
{
	return (struct route){.kind = ROUTE_FORWARD, .pool = pool};
}

static struct route
redirect(bool autodiscover)
{
	return (struct route){.kind = ROUTE_REDIRECT, .no_store = autodiscover};
}

/* A target that is no path ("*" of OPTIONS) leads to the root. */
static struct text
path_and_query(const struct head *head)
{
	return text_starts(head->target, TEXT("/")) ? head->target : TEXT("/");
}

/* To the same place on https, unless that is where the client is. */
static struct route
redirect_https(const struct head *head, bool tls, struct buffer *location)
{
	struct text host = head_host_name(head->host);

	if (tls || host.len == 0)
		return refuse(404, "there is nothing at this address");
	buffer_add_text(location, TEXT("https://"));
	buffer_add_text(location, host);
	buffer_add_text(location, path_and_query(head));
	return redirect(false);
}

static uint16_t
port_of(struct host host, bool tls)
{
	if (host.port != 0)
		return host.port;
	return tls ? 443 : 80;
}

/* Would `url` bring the client back with this very request? */
static bool
leads_back(struct text url, const struct head *head, bool tls)
{
	struct text scheme = tls ? TEXT("https://") : TEXT("http://");
	struct host there, here;
	struct text target;
	size_t len = 0;

	if (!text_starts_fold(url, scheme) || !host_read(head->host, &here))
		return false;
	url = (struct text){url.at + scheme.len, url.len - scheme.len};
	while (len < url.len && url.at[len] != '/' && url.at[len] != '?')
		len++;
	if (!host_read((struct text){url.at, len}, &there))
		return false;
	target = (struct text){url.at + len, url.len - len};
	if (target.len == 0)
		target = TEXT("/");
	return port_of(there, tls) == port_of(here, tls) &&
	    text_equals_fold(there.name, here.name) &&
	    text_equals(target, path_and_query(head));
}

static struct route
redirect_url(
    const char *url, const struct head *head, bool tls, struct buffer *location)
{
	if (leads_back(text_of(url), head, tls))
		return refuse(404, "there is nothing at this address");
	buffer_add_string(location, url);
	return redirect(false);
}

static struct route
route_otherwise(const struct tenant *tenant, const struct head *head, bool tls,
    struct buffer *location)
{
	switch (tenant->otherwise) {
	case OTHERWISE_404:
		break;
	case OTHERWISE_HTTPS:
		return redirect_https(head, tls, location);
	case OTHERWISE_REDIRECT:
		return redirect_url(tenant->otherwise_url, head, tls, location);
	case OTHERWISE_FORWARD:
		return forward(tenant->otherwise_pool);
	}
	return refuse(404, "there is nothing at this address");
}

/* A probe that would be sent back to where it is goes the way of all other
 * requests: a site may redirect on port 80 and serve on 443. */
static struct route
route_tenant(const struct tenant *tenant, const struct head *head, bool tls,
    struct text path, struct buffer *location)
{
	bool is_probe = autodiscover_is_probe(path);

	buffer_reset(location); /* the path was in it */
	if (tenant->autodiscover_redirect != NULL && is_probe &&
	    autodiscover_location(location, tenant->autodiscover_redirect,
		head_host_name(head->host), tls, path_and_query(head)))
		return redirect(true);
	if (tenant->forward != NULL)
		return forward(tenant->forward);
	return route_otherwise(tenant, head, tls, location);
}

/*
 * A client that reuses a connection for another site's host gets 421 and
 * opens a new one (RFC 9110 15.5.20). Only for names that a site lists: a
 * client of a wildcard certificate may have any.
 */
static bool
misdirected(
    const struct site *site, const struct tenant *tenant, struct text sni)
{
	const struct tenant *asked_for;
	bool listed;

	if (sni.len == 0)
		return false;
	asked_for = site_tenant(site, sni, &listed);
	return listed && asked_for != tenant;
}

static struct route
decide(const struct site *site, const struct site_listener *listener,
    struct text sni, const struct head *head, struct text path,
    struct buffer *location)
{
	bool tls = listener->tls != NULL;
	struct tenant *tenant;

	if (listener->own != NULL)
		return route_tenant(listener->own, head, tls, path, location);
	tenant = site_tenant(site, head_host_name(head->host), NULL);
	if (tenant == NULL)
		return refuse(404, "no site has this name");
	if (head->host.len > 0 && misdirected(site, tenant, sni))
		return refuse(421,
		    "this host is not served on a connection that was opened "
		    "for another one");
	return route_tenant(tenant, head, tls, path, location);
}

struct route
route_request(const struct site *site, const struct site_listener *listener,
    struct text sni, const struct head *head, struct buffer *scratch)
{
	const struct service *service;
	struct text path = {"", 0};
	struct route route;
	char *to;

	buffer_reset(scratch);
	to = buffer_reserve(scratch, head->target.len);
	if (to != NULL)
		path = (struct text){to, target_path(head->target, to)};
	service = services_find(path);
	route = to == NULL ? refuse(503, "there is no memory for the request")
			   : decide(site, listener, sni, head, path, scratch);
	if (scratch->failed)
		route = refuse(503, "there is no memory for the answer");
	route.service = service;
	return route;
}
