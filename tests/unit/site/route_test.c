/*
 * What is done with a request, by name, path and listener.
 */
#include "site/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "shortage.h"

static struct pool cas = {.name = (char[]){"cas"}};
static struct pool web = {.name = (char[]){"web"}};

enum { MAIL, ROOT, SECURE, MOVED, OTHER, TENANTS };
static struct tenant tenants[TENANTS] = {
    [MAIL] = {.forward = &cas},
    [ROOT] = {.autodiscover_redirect = "autodiscover.contoso.com",
	.otherwise = OTHERWISE_REDIRECT,
	.otherwise_url = "https://www.contoso.com/"},
    /* Redirects on port 80, serves on 443. */
    [SECURE] = {.autodiscover_redirect = "autodiscover.contoso.com",
	.otherwise = OTHERWISE_HTTPS},
    [MOVED] = {.otherwise = OTHERWISE_REDIRECT,
	.otherwise_url = "https://moved.contoso.com/owa"},
    [OTHER] = {.otherwise = OTHERWISE_FORWARD, .otherwise_pool = &web},
};
static struct tenant edge = {
    .autodiscover_redirect = "autodiscover.contoso.com"};

static struct site site = {.tenants = tenants, .tenant_count = TENANTS};
static struct site_listener tls = {.tls = (struct tls_listener *)&cas};
static struct site_listener plain;
static struct site_listener own = {.own = &edge};

static struct buffer scratch;
static struct head head;
static const char *sni;

static int
make_names(void **state)
{
	static const struct {
		const char *name;
		int tenant;
	} names[] = {
	    {"mail.contoso.com", MAIL},
	    {"autodiscover.contoso.com", MAIL},
	    {"contoso.com", ROOT},
	    {"secure.contoso.com", SECURE},
	    {"moved.contoso.com", MOVED},
	};

	(void)state;
	site.names = names_new();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		*names_add(site.names, text_of(names[i].name)) =
		    &tenants[names[i].tenant];
	return 0;
}

static int
free_names(void **state)
{
	(void)state;
	names_free(site.names);
	buffer_clear(&scratch);
	return 0;
}

static int
reset(void **state)
{
	(void)state;
	site.other = NULL;
	sni = NULL;
	return 0;
}

static struct route
route(
    const struct site_listener *listener, const char *host, const char *target)
{
	head.host = text_of(host);
	head.has_host = host != NULL;
	head.target = text_of(target);
	return route_request(&site, listener, text_of(sni), &head, &scratch);
}

static void
assert_forwarded(const struct site_listener *listener, const char *host,
    const char *target, const struct pool *pool)
{
	struct route is = route(listener, host, target);

	assert_int_equal(is.kind, ROUTE_FORWARD);
	assert_ptr_equal(is.pool, pool);
	assert_non_null(is.service);
}

static void
assert_redirected(const struct site_listener *listener, const char *host,
    const char *target, const char *location, bool no_store)
{
	struct route is = route(listener, host, target);

	assert_int_equal(is.kind, ROUTE_REDIRECT);
	assert_int_equal(is.no_store, no_store);
	if (!text_equals(buffer_text(&scratch), text_of(location)))
		fail_msg("%.*s instead of %s", TEXT_ARG(buffer_text(&scratch)),
		    location);
}

static void
assert_refused(const struct site_listener *listener, const char *host,
    const char *target, unsigned status)
{
	struct route is = route(listener, host, target);

	assert_int_equal(is.kind, ROUTE_REFUSE);
	assert_int_equal(is.status, status);
	assert_non_null(is.reason);
	assert_non_null(is.service);
}

static void
a_host_leads_to_its_site(void **state)
{
	(void)state;
	assert_forwarded(&tls, "mail.contoso.com", "/owa/", &cas);
	assert_forwarded(&tls, "MAIL.Contoso.com:443", "/anything", &cas);
	assert_forwarded(&tls, "mail.contoso.com.", "/", &cas);
	assert_forwarded(&plain, "mail.contoso.com:8080", "/", &cas);
	assert_forwarded(&tls, "mail.contoso.com", "*", &cas);
}

static void
an_unknown_host_is_404(void **state)
{
	(void)state;
	assert_refused(&tls, "www.contoso.com", "/owa/", 404);
	assert_refused(&tls, NULL, "/owa/", 404);
	assert_refused(&plain, "[::1]:80", "/owa/", 404);
}

static void
the_star_gets_every_other_host(void **state)
{
	(void)state;
	site.other = &tenants[OTHER];
	assert_forwarded(&tls, "www.contoso.com", "/", &web);
	assert_forwarded(&tls, "[2001:db8::1]", "/", &web);
	assert_forwarded(&tls, "mail.contoso.com", "/", &cas);
	/* HTTP/1.0 without Host. */
	assert_forwarded(&tls, NULL, "/", &web);
	sni = "mail.contoso.com";
	assert_forwarded(&tls, NULL, "/", &web);
}

static void
hosts_of_other_sites_are_misdirected(void **state)
{
	(void)state;
	sni = "mail.contoso.com";
	assert_forwarded(&tls, "mail.contoso.com", "/", &cas);
	assert_forwarded(&tls, "autodiscover.contoso.com:443", "/", &cas);
	assert_refused(&tls, "contoso.com", "/", 421);
	assert_refused(&tls, "CONTOSO.com.", "/autodiscover/a.xml", 421);
	/* No site: not misdirected but unknown. */
	assert_refused(&tls, "www.fabrikam.com", "/", 404);
	site.other = &tenants[OTHER];
	assert_refused(&tls, "www.fabrikam.com", "/", 421);
	/* A name that no site lists says nothing. */
	sni = "www.fabrikam.com";
	assert_forwarded(&tls, "mail.contoso.com", "/", &cas);
	assert_forwarded(&tls, "other.fabrikam.com", "/", &web);
	/* Nor does none. */
	sni = NULL;
	assert_forwarded(&tls, "mail.contoso.com", "/", &cas);
}

static void
probes_of_the_root_domain_are_redirected(void **state)
{
	static const char *const targets[] = {
	    "/autodiscover/autodiscover.xml",
	    "/AutoDiscover/AUTODISCOVER.XML",
	    "/Autodiscover/Autodiscover.svc?wsdl",
	    "/autodiscover/autodiscover.json/v1.0/u@d?Protocol=x&y=%2F",
	    "/%61utodiscover/autodiscover.xml",
	    "//autodiscover/autodiscover.xml",
	    "/autodiscover/",
	    "/autodiscover",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		char location[128];

		snprintf(location, sizeof(location),
		    "https://autodiscover.contoso.com%s", targets[i]);
		assert_redirected(
		    &tls, "contoso.com", targets[i], location, true);
		assert_redirected(
		    &plain, "Contoso.COM:80", targets[i], location, true);
		assert_redirected(
		    &own, "customer.example", targets[i], location, true);
		assert_redirected(&own, NULL, targets[i], location, true);
	}
}

static void
a_redirect_never_leads_to_itself(void **state)
{
	(void)state;
	/* From http to https of the same host is no loop. */
	assert_redirected(&own, "autodiscover.contoso.com",
	    "/autodiscover/autodiscover.xml",
	    "https://autodiscover.contoso.com/autodiscover/autodiscover.xml",
	    true);
	edge.forward = &cas;
	own.tls = tls.tls;
	assert_forwarded(&own, "AUTODISCOVER.contoso.com.:443",
	    "/autodiscover/autodiscover.xml", &cas);
	edge.forward = NULL;
	assert_refused(&own, "autodiscover.contoso.com",
	    "/autodiscover/autodiscover.xml", 404);
	own.tls = NULL;
}

static void
other_paths_follow_otherwise(void **state)
{
	(void)state;
	assert_redirected(
	    &tls, "contoso.com", "/", "https://www.contoso.com/", false);
	assert_redirected(&tls, "contoso.com", "/autodiscovery/x?y",
	    "https://www.contoso.com/", false);
	assert_redirected(&tls, "contoso.com", "/autodiscover/../owa",
	    "https://www.contoso.com/", false);
	assert_refused(&own, "customer.example", "/owa", 404);
}

static void
otherwise_https_keeps_the_target(void **state)
{
	(void)state;
	assert_redirected(&plain, "Secure.contoso.com:8080", "/owa/?a=b",
	    "https://Secure.contoso.com/owa/?a=b", false);
	assert_redirected(&plain, "secure.contoso.com", "*",
	    "https://secure.contoso.com/", false);
	assert_refused(&tls, "secure.contoso.com", "/owa/", 404);
	edge.otherwise = OTHERWISE_HTTPS;
	assert_redirected(
	    &own, "[2001:db8::1]:80", "/x", "https://[2001:db8::1]/x", false);
	assert_refused(&own, NULL, "/x", 404);
	edge.otherwise = OTHERWISE_404;
}

static void
otherwise_redirect_leads_away(void **state)
{
	(void)state;
	assert_redirected(&tls, "moved.contoso.com", "/",
	    "https://moved.contoso.com/owa", false);
	assert_refused(&tls, "moved.contoso.com", "/owa", 404);
	assert_refused(&tls, "MOVED.contoso.com:443", "/owa", 404);
	/* Another scheme or port is another place. */
	assert_redirected(&plain, "moved.contoso.com", "/owa",
	    "https://moved.contoso.com/owa", false);
	assert_redirected(&tls, "moved.contoso.com:8443", "/owa",
	    "https://moved.contoso.com/owa", false);
}

static void
paths_belong_to_services(void **state)
{
	static const struct {
		const char *target, *service;
		bool is_rpc;
	} known[] = {
	    {"/rpc/rpcproxy.dll?srv:6001", "rpc", true},
	    {"/RPC/RpcProxy.DLL", "rpc", true},
	    {"/rpcwithcert/rpcproxy.dll", "rpc", true},
	    {"/rpcx/", "other", false},
	    {"/owa/auth/logon.aspx", "owa", false},
	    {"/Exchange/user", "owa", false},
	    {"/exchweb/img", "owa", false},
	    {"/public/", "owa", false},
	    {"/ecp", "ecp", false},
	    {"/EWS/Exchange.asmx", "ews", false},
	    {"/OAB/1/oab.xml", "oab", false},
	    {"/Microsoft-Server-ActiveSync?Cmd=Ping", "activesync", false},
	    {"/mapi/emsmdb/?MailboxId=x", "mapi", false},
	    {"/PowerShell/", "powershell", false},
	    {"/Autodiscover/Autodiscover.xml", "autodiscover", false},
	    {"/%72pc/rpcproxy.dll", "rpc", true},
	    {"/owa/../rpc/rpcproxy.dll", "rpc", true},
	    {"/", "other", false},
	    {"*", "other", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct route is =
		    route(&tls, "mail.contoso.com", known[i].target);

		assert_string_equal(is.service->name, known[i].service);
		assert_int_equal(is.service->is_rpc, known[i].is_rpc);
	}
}

/* As far as both URLs can be told apart. */
static void
a_redirect_to_the_same_place_is_refused_however_it_is_written(void **state)
{
	(void)state;
	edge.otherwise = OTHERWISE_REDIRECT;
	edge.otherwise_url = "http://www.contoso.com?a";
	assert_redirected(
	    &own, "www.contoso.com", "/?a", "http://www.contoso.com?a", false);
	edge.otherwise_url = "http://www.contoso.com";
	assert_refused(&own, "www.contoso.com", "/", 404);
	assert_redirected(&own, NULL, "/", "http://www.contoso.com", false);
	edge.otherwise_url = "http://user@www.contoso.com/";
	assert_redirected(&own, "www.contoso.com", "/",
	    "http://user@www.contoso.com/", false);
	edge.otherwise = OTHERWISE_404;
}

static bool
route_without_memory(void *with)
{
	struct buffer location = {0};
	struct route is;

	head.host = TEXT("contoso.com");
	head.has_host = true;
	head.target = text_of(with);
	is = route_request(&site, &tls, TEXT(""), &head, &location);
	buffer_clear(&location);
	if (is.kind == ROUTE_REDIRECT)
		return true;
	assert_int_equal(is.kind, ROUTE_REFUSE);
	assert_int_equal(is.status, 503);
	assert_non_null(is.service);
	return false;
}

static void
without_memory_the_answer_is_503(void **state)
{
	char target[] = "/autodiscover/autodiscover.xml";

	(void)state;
	shortage_sweep(route_without_memory, target);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_host_leads_to_its_site, reset),
	    cmocka_unit_test_setup(an_unknown_host_is_404, reset),
	    cmocka_unit_test_setup(the_star_gets_every_other_host, reset),
	    cmocka_unit_test_setup(hosts_of_other_sites_are_misdirected, reset),
	    cmocka_unit_test_setup(
		probes_of_the_root_domain_are_redirected, reset),
	    cmocka_unit_test_setup(a_redirect_never_leads_to_itself, reset),
	    cmocka_unit_test_setup(other_paths_follow_otherwise, reset),
	    cmocka_unit_test_setup(otherwise_https_keeps_the_target, reset),
	    cmocka_unit_test_setup(otherwise_redirect_leads_away, reset),
	    cmocka_unit_test_setup(paths_belong_to_services, reset),
	    cmocka_unit_test(
		a_redirect_to_the_same_place_is_refused_however_it_is_written),
	    cmocka_unit_test(without_memory_the_answer_is_503),
	};

	return cmocka_run_group_tests(tests, make_names, free_names);
}
