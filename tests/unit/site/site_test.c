/*
 * Whole configurations: what a site is made of, and what is said of one that
 * does not do what was meant.
 */
#include "site/site.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "shortage.h"
#include "tls/issuing.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "one secret";

/* A world of its own: files by name, and names that resolve. */
struct world {
	struct source source;
	struct {
		const char *path, *contents;
		bool others_may;
	} files[16];
	size_t count;
	char list[512];
};

static struct world world;
static char *mail, *autodiscover, *any, *chain, *key, *weak;

static int
world_read(struct source *source, const char *path, bool is_secret,
    struct text *contents, struct problem *why)
{
	struct world *w = (struct world *)source;

	for (size_t i = 0; i < w->count; i++) {
		if (strcmp(w->files[i].path, path) != 0)
			continue;
		if (w->files[i].contents == NULL)
			break;
		if (is_secret && w->files[i].others_may) {
			problem_set(why, "others may read %s", path);
			return -1;
		}
		*contents = text_of(w->files[i].contents);
		return 0;
	}
	problem_set(why, "%s is not there", path);
	return -1;
}

/* A folder ends in '/', as no path does that casgate makes. */
static int
world_list(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	struct world *w = (struct world *)source;
	size_t used = 0;

	if (strcmp(pattern, "/closed") == 0) {
		problem_set(why, "%s may not be read", pattern);
		return -1;
	}
	for (size_t i = 0; i < w->count; i++) {
		struct text path = text_of(w->files[i].path);
		size_t len = strlen(pattern);

		if (text_equals(path, text_of(pattern)) ||
		    (text_starts(path, text_of(pattern)) &&
			path.at[len] == '/'))
			used += (size_t)snprintf(w->list + used,
			    sizeof(w->list) - used, "%s\n", path.at);
	}
	*paths = (struct text){w->list, used};
	return 0;
}

static int
world_resolve(struct source *source, const char *host, unsigned port,
    struct text *addresses, struct problem *why)
{
	static char text[64];

	(void)source;
	if (strcmp(host, "cas.two") == 0) {
		snprintf(text, sizeof(text), "10.0.0.1:%u\n[2001:db8::1]:%u\n",
		    port, port);
	} else if (strcmp(host, "cas.none") == 0) {
		text[0] = '\0';
	} else if (strcmp(host, "cas.odd") == 0) {
		snprintf(text, sizeof(text), "10.0.0.1:80\nfe80::1\n");
	} else if (strncmp(host, "10.", 3) == 0) {
		snprintf(text, sizeof(text), "%s:%u\n", host, port);
	} else {
		problem_set(why, "%s is not known", host);
		return -1;
	}
	*addresses = text_of(text);
	return 0;
}

static void
add_file(const char *path, const char *contents)
{
	world.files[world.count].path = path;
	world.files[world.count].others_may = false;
	world.files[world.count++].contents = contents;
}

static int
reset(void **state)
{
	(void)state;
	world =
	    (struct world){.source = {world_read, world_list, world_resolve}};
	add_file("/mail.pem", mail);
	add_file("/autodiscover.pem", autodiscover);
	add_file("/any.pem", any);
	return 0;
}

static char *
pem_for(const char *names, const struct issued *by, const char *order)
{
	char cn[64];
	struct issued is;
	char *pem;

	snprintf(
	    cn, sizeof(cn), "%.*s", (int)strcspn(names + 4, ","), names + 4);
	is = issue(
	    &(struct wish){.common_name = cn, .alternative = names, .by = by});
	pem = pem_of(order, &is, by);
	issued_clear(&is);
	return pem;
}

static int
make_all(void **state)
{
	struct issued root =
	    issue(&(struct wish){.common_name = "Root", .authority = true});
	struct issued apart =
	    issue(&(struct wish){.common_name = "apart.example",
		.alternative = "DNS:apart.example",
		.by = &root});
	struct issued weak_one =
	    issue(&(struct wish){.common_name = "mail.contoso.com",
		.alternative = "DNS:mail.contoso.com",
		.by = &root,
		.rsa_bits = 1024});

	(void)state;
	mail = pem_for("DNS:mail.contoso.com", &root, "ck1");
	autodiscover = pem_for(
	    "DNS:autodiscover.contoso.com,DNS:contoso.com", &root, "ck1");
	any = pem_for("DNS:*.contoso.com", &root, "ck1");
	chain = pem_of("c1", &apart, &root);
	key = pem_of("k", &apart);
	weak = pem_of("ck1", &weak_one, &root);
	issued_clear(&apart);
	issued_clear(&weak_one);
	issued_clear(&root);
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	free(mail);
	free(autodiscover);
	free(any);
	free(chain);
	free(key);
	free(weak);
	return 0;
}

#define CAS "exchange cas { server cas1 10.0.0.11:80 }\n"

static struct site *
site_of(const char *text, struct problems *problems)
{
	*problems = (struct problems){0};
	add_file("/casgate.conf", text);
	return site_new("/casgate.conf", &world.source, secret, problems);
}

/* A site of which there is nothing to say. */
static struct site *
good_site(const char *text)
{
	struct problems problems;
	struct site *site = site_of(text, &problems);

	if (problems.count > 0)
		fail_msg("%s", problems.list[0].sentence);
	assert_non_null(site);
	return site;
}

/* Checks that this, and this alone, is said, and where. */
static void
assert_said(const char *text, bool warning, unsigned line, const char *sentence)
{
	struct problems problems;
	struct site *site = site_of(text, &problems);

	assert_int_equal(site != NULL, warning);
	site_release(site);
	if (problems.count != 1)
		fail_msg("%zu instead of one: %s", problems.count,
		    problems.list[problems.count > 1 ? 1 : 0].sentence);
	if (strstr(problems.list[0].sentence, sentence) == NULL)
		fail_msg(
		    "%s\ninstead of\n%s", problems.list[0].sentence, sentence);
	assert_int_equal(problems.list[0].warning, warning);
	assert_int_equal(problems.list[0].where.line, line);
	assert_string_equal(problems.list[0].where.file, "/casgate.conf");
	assert_int_equal(reset(NULL), 0);
}

static void
a_site_has_all_that_was_written(void **state)
{
	struct site *site = good_site(
	    "listen 443 tls { certificate mail.pem; "
	    "certificate autodiscover.pem }\n"
	    "listen 80 { autodiscover-redirect autodiscover.contoso.com; "
	    "otherwise https }\n"
	    "listen 8080\n"
	    "exchange cas { server cas1 10.0.0.11:80; server cas2 cas.two:81 }\n"
	    "exchange web { server web 10.0.0.13:8000 }\n"
	    "site mail.contoso.com autodiscover.contoso.com { forward cas }\n"
	    "site contoso.com { autodiscover-redirect "
	    "autodiscover.contoso.com; otherwise redirect "
	    "https://www.contoso.com/ }\n"
	    "site * { otherwise forward web }\n"
	    "timeout rpc 61m\n"
	    "limit headers 77\n");
	struct tenant *tenant;
	bool listed;

	(void)state;
	assert_int_equal(site->listener_count, 3);
	assert_non_null(site->listeners[0].tls);
	assert_null(site->listeners[0].own);
	assert_true(
	    tls_listener_covers(site->listeners[0].tls, TEXT("contoso.com")));
	assert_null(site->listeners[1].tls);
	assert_string_equal(site->listeners[1].own->autodiscover_redirect,
	    "autodiscover.contoso.com");
	assert_int_equal(site->listeners[1].own->otherwise, OTHERWISE_HTTPS);
	assert_null(site->listeners[2].tls);
	assert_null(site->listeners[2].own);

	assert_int_equal(site->pool_count, 2);
	assert_int_equal(site->pools[0].server_count, 2);
	assert_string_equal(site->pools[0].servers[1].name, "cas2");
	assert_int_equal(site->pools[0].servers[0].address_count, 1);
	assert_int_equal(site->pools[0].servers[1].address_count, 2);
	assert_int_equal(
	    address_port(&site->pools[0].servers[1].addresses[1]), 81);

	tenant = site_tenant(site, TEXT("MAIL.contoso.com"), &listed);
	assert_true(listed);
	assert_ptr_equal(tenant->forward, &site->pools[0]);
	assert_int_equal(tenant->name_count, 2);
	tenant = site_tenant(site, TEXT("contoso.com"), NULL);
	assert_int_equal(tenant->otherwise, OTHERWISE_REDIRECT);
	assert_string_equal(tenant->otherwise_url, "https://www.contoso.com/");
	tenant = site_tenant(site, TEXT("www.example"), &listed);
	assert_false(listed);
	assert_ptr_equal(tenant->otherwise_pool, &site->pools[1]);
	assert_ptr_equal(site_tenant(site, TEXT(""), NULL), tenant);
	site_tenant(site, TEXT("*"), &listed);
	assert_false(listed);

	assert_int_equal(site_silence_ms(site, SERVICE_RPC), 61 * 60 * 1000);
	assert_int_equal(site->head_limits.headers, 77);
	assert_int_equal(site->head_limits.head_bytes, 128 * 1024);
	site_release(site);
}

static void
the_last_holder_frees(void **state)
{
	struct site *site =
	    good_site("listen 80 { autodiscover-redirect a.example }\n");

	(void)state;
	assert_ptr_equal(site_hold(site), site);
	site_release(site);
	assert_int_equal(site->references, 1);
	assert_null(site_tenant(site, TEXT("a.example"), NULL));
	site_release(site);
	site_release(NULL);
}

static void
chain_and_key_may_be_apart(void **state)
{
	struct site *site;

	(void)state;
	add_file("/apart.pem", chain);
	add_file("/apart.key", key);
	site = good_site(
	    CAS "listen 443 tls { certificate apart.pem key apart.key }\n"
		"site apart.example { forward cas }\n");
	site_release(site);
}

static void
a_folder_is_read(void **state)
{
	struct site *site;
	struct tls_listener *tls;

	(void)state;
	add_file("/tls/README", "no certificate");
	add_file("/tls/apart.crt", chain);
	add_file("/tls/apart.key", key);
	add_file("/tls/mail.pem", mail);
	site = good_site(CAS "listen 443 tls { certificate tls }\n"
			     "site mail.contoso.com apart.example "
			     "{ forward cas }\n");
	tls = site->listeners[0].tls;
	assert_true(tls_listener_covers(tls, TEXT("mail.contoso.com")));
	assert_true(tls_listener_covers(tls, TEXT("apart.example")));
	site_release(site);
}

static void
a_folder_without_keys_is_told(void **state)
{
	struct problems problems;

	(void)state;
	add_file("/tls/apart.crt", chain);
	assert_null(site_of(CAS "listen 443 tls { certificate tls }\n"
				"site apart.example { forward cas }\n",
	    &problems));
	assert_int_equal(problems.count, 2);
	assert_non_null(strstr(problems.list[0].sentence,
	    "'/tls/apart.crt' is passed over: it holds no key"));
	assert_true(problems.list[0].warning);
	assert_non_null(strstr(problems.list[1].sentence,
	    "no certificate with its key is in the folder '/tls'"));
}

static void
wrong_certificates_are_errors(void **state)
{
	(void)state;
	assert_said("listen 443 tls {\ncertificate gone.pem\n}\n"
		    "site a.example { otherwise 404 }\n",
	    false, 2, "/gone.pem is not there");
	add_file("/apart.pem", chain);
	assert_said("listen 443 tls {\ncertificate apart.pem\n}\n"
		    "site a.example { otherwise 404 }\n",
	    false, 2, "there is no private key in '/apart.pem'");
	add_file("/apart.key", key);
	assert_said("listen 443 tls {\ncertificate mail.pem key apart.key\n}\n"
		    "site a.example { otherwise 404 }\n",
	    false, 2,
	    "the key in '/apart.key' does not fit the certificate of "
	    "'mail.contoso.com' in '/mail.pem'");
	world.files[0].others_may = true;
	assert_said("listen 443 tls {\ncertificate mail.pem\n}\n"
		    "site a.example { otherwise 404 }\n",
	    false, 2, "others may read /mail.pem");
	assert_said("listen 443 tls {\ncertificate mail.pem\n"
		    "fallback www.fabrikam.com }\n"
		    "site a.example { otherwise 404 }\n",
	    false, 3,
	    "no certificate of this listen covers the fallback "
	    "'www.fabrikam.com'");
}

/* A certificate that holds no key may be read by all. */
static void
only_keys_must_be_secret(void **state)
{
	struct site *site;

	(void)state;
	add_file("/apart.pem", chain);
	world.files[world.count - 1].others_may = true;
	add_file("/apart.key", key);
	site = good_site(
	    CAS "listen 443 tls { certificate apart.pem key apart.key }\n"
		"site apart.example { forward cas }\n");
	site_release(site);
}

static void
servers_must_have_addresses(void **state)
{
	(void)state;
	assert_said("listen 80\nexchange cas {\nserver cas1 10.0.0.11:80\n"
		    "server cas2 gone.example:80\n}\n"
		    "site mail.contoso.com { forward cas }\n",
	    false, 4, "gone.example is not known");
	assert_said("listen 80\nexchange cas { server cas1 cas.none:80 }\n"
		    "site mail.contoso.com { forward cas }\n",
	    false, 2, "'cas.none' has no address that can be used");
	assert_said("listen 80\nexchange cas { server cas1 cas.odd:80 }\n"
		    "site mail.contoso.com { forward cas }\n",
	    false, 2, "'cas.odd' has no address that can be used");
}

static void
doubtful_certificates_are_warnings(void **state)
{
	(void)state;
	add_file("/weak.pem", weak);
	assert_said(CAS "listen 443 tls {\ncertificate weak.pem\n}\n"
			"site mail.contoso.com { forward cas }\n",
	    true, 3, "weak key of 1024 bits");
}

static void
uncovered_names_are_told(void **state)
{
	(void)state;
	assert_said(CAS "listen 443 tls { certificate mail.pem }\n"
			"site mail.contoso.com\tmail.fabrikam.com "
			"{ forward cas }\n",
	    true, 3, "no certificate covers 'mail.fabrikam.com'");
	assert_said(CAS "listen 443 tls { certificate any.pem }\n"
			"site mail.contoso.com { forward cas }\n"
			"site contoso.com { autodiscover-redirect "
			"mail.contoso.com }\n",
	    true, 4, "no certificate covers 'contoso.com'");
	/* Meant for port 80 alone. */
	site_release(good_site(
	    CAS "listen 443 tls { certificate mail.pem }\nlisten 80\n"
		"site mail.contoso.com { forward cas }\n"
		"site autodiscover.contoso.com { autodiscover-redirect "
		"mail.contoso.com }\n"));
}

static void
sites_that_nothing_reaches_are_told(void **state)
{
	(void)state;
	assert_said(CAS "listen 80 { otherwise https }\n"
			"site mail.contoso.com { forward cas }\n",
	    true, 3, "no `listen` leads to the site 'mail.contoso.com'");
}

static void
a_fallback_of_another_name_is_told(void **state)
{
	(void)state;
	assert_said(CAS "listen 443 tls { certificate autodiscover.pem; "
			"certificate mail.pem }\n"
			"site mail.contoso.com autodiscover.contoso.com "
			"{ forward cas }\n",
	    true, 2, "say `fallback mail.contoso.com`");
	site_release(
	    good_site(CAS "listen 443 tls { certificate autodiscover.pem; "
			  "certificate mail.pem; fallback mail.contoso.com }\n"
			  "site mail.contoso.com autodiscover.contoso.com "
			  "{ forward cas }\n"));
	reset(NULL);
	/* An address for each name. */
	site_release(
	    good_site(CAS "listen 192.0.2.10:443 tls { certificate mail.pem }\n"
			  "listen 192.0.2.11:443 tls { "
			  "certificate autodiscover.pem; "
			  "fallback autodiscover.contoso.com }\n"
			  "site mail.contoso.com autodiscover.contoso.com "
			  "{ forward cas }\n"));
	reset(NULL);
	site_release(
	    good_site(CAS "listen 443 tls { certificate autodiscover.pem; "
			  "certificate mail.pem; fallback refuse }\n"
			  "site mail.contoso.com autodiscover.contoso.com "
			  "{ forward cas }\n"));
	reset(NULL);
	site_release(good_site(CAS "listen 443 tls { certificate any.pem }\n"
				   "site mail.contoso.com { forward cas }\n"));
	reset(NULL);
	site_release(
	    good_site(CAS "listen 443 tls { certificate autodiscover.pem }\n"
			  "site * { forward cas }\n"));
}

static void
redirects_that_lead_nowhere_are_told(void **state)
{
	(void)state;
	assert_said("listen 80\n"
		    "site contoso.com { otherwise 404\n"
		    "autodiscover-redirect autodiscover.contoso.com }\n"
		    "site autodiscover.contoso.com { otherwise https }\n",
	    true, 3,
	    "the redirect leads to the site 'autodiscover.contoso.com', "
	    "which forwards to no exchange");
	assert_said("listen 80\n"
		    "site autodiscover.contoso.com {\n"
		    "autodiscover-redirect autodiscover.contoso.com }\n",
	    true, 3, "which forwards to no exchange");
	/* That one sends the client on to yet another place. */
	site_release(
	    good_site("listen 80\n"
		      "site contoso.com { autodiscover-redirect "
		      "autodiscover.contoso.com }\n"
		      "site autodiscover.contoso.com { autodiscover-redirect "
		      "autodiscover.hoster.example }\n"));
}

static void
a_folder_that_cannot_be_read_is_an_error(void **state)
{
	(void)state;
	assert_said(CAS "listen 443 tls { certificate closed }\n"
			"site mail.contoso.com { forward cas }\n",
	    false, 2, "/closed may not be read");
	add_file("/tls/mail.pem", mail);
	add_file("/tls/torn.cer", NULL);
	assert_said(CAS "listen 443 tls { certificate tls }\n"
			"site mail.contoso.com { forward cas }\n",
	    false, 2, "/tls/torn.cer is not there");
	add_file("/apart.pem", chain);
	assert_said(CAS
	    "listen 443 tls { certificate apart.pem key apart.key }\n"
	    "site apart.example { forward cas }\n",
	    false, 2, "/apart.key is not there");
}

/* The mask of those that were tried has as many bits. */
static void
a_group_has_64_servers_at_most(void **state)
{
	struct problems problems;

	(void)state;
	for (unsigned count = 64; count <= 65; count++) {
		struct buffer text = {0};
		struct site *site;

		buffer_add_string(&text, "exchange cas {\n");
		for (unsigned i = 0; i < count; i++)
			buffer_printf(&text, "server s%u 10.0.0.%u:80\n", i, i);
		buffer_add_string(&text, "}\nlisten 80 { forward cas }\n");
		buffer_add(&text, "", 1);
		site = site_of(text.at, &problems);
		assert_int_equal(site != NULL, count == 64);
		assert_int_equal(problems.count, count == 64 ? 0 : 1);
		site_release(site);
		buffer_clear(&text);
		reset(NULL);
	}
}

static bool
make_site(void *with)
{
	struct problems problems = {0};
	struct site *site =
	    site_new("/casgate.conf", &world.source, secret, &problems);

	(void)with;
	assert_int_equal(site == NULL, problems.errors > 0);
	site_release(site);
	return site != NULL;
}

static void
without_memory_there_is_no_site_and_that_is_told(void **state)
{
	(void)state;
	add_file("/tls/apart.crt", chain);
	add_file("/tls/apart.key", key);
	add_file("/casgate.conf",
	    "listen 443 tls { certificate tls; certificate mail.pem }\n"
	    "listen 80 { autodiscover-redirect autodiscover.contoso.com; "
	    "otherwise https }\n"
	    "exchange cas { server cas1 10.0.0.11:80; server cas2 cas.two:81 }\n"
	    "site mail.contoso.com apart.example { forward cas }\n"
	    "site * { otherwise 404 }\n");
	shortage_sweep(make_site, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(a_site_has_all_that_was_written, reset),
	    cmocka_unit_test_setup(the_last_holder_frees, reset),
	    cmocka_unit_test_setup(chain_and_key_may_be_apart, reset),
	    cmocka_unit_test_setup(a_folder_is_read, reset),
	    cmocka_unit_test_setup(a_folder_without_keys_is_told, reset),
	    cmocka_unit_test_setup(wrong_certificates_are_errors, reset),
	    cmocka_unit_test_setup(only_keys_must_be_secret, reset),
	    cmocka_unit_test_setup(servers_must_have_addresses, reset),
	    cmocka_unit_test_setup(doubtful_certificates_are_warnings, reset),
	    cmocka_unit_test_setup(uncovered_names_are_told, reset),
	    cmocka_unit_test_setup(sites_that_nothing_reaches_are_told, reset),
	    cmocka_unit_test_setup(a_fallback_of_another_name_is_told, reset),
	    cmocka_unit_test_setup(redirects_that_lead_nowhere_are_told, reset),
	    cmocka_unit_test_setup(
		a_folder_that_cannot_be_read_is_an_error, reset),
	    cmocka_unit_test_setup(a_group_has_64_servers_at_most, reset),
	    cmocka_unit_test_setup(
		without_memory_there_is_no_site_and_that_is_told, reset),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
