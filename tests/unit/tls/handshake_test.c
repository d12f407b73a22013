/*
 * Handshakes: which certificate is shown to whom, who is refused, what the
 * profiles allow, and what a ticket resumes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>

#include "handshaking.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "one secret";
static const unsigned char other_secret[TICKET_SECRET_BYTES] = "another";

static struct issued mail_rsa, mail_ecdsa, any, fabrikam, old, weak;

static int
make_all(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN); /* as the program does */
	mail_rsa = issue(&(struct wish){.common_name = "mail rsa",
	    .alternative = "DNS:mail.contoso.com",
	    .rsa_bits = 2048});
	mail_ecdsa = issue(&(struct wish){.common_name = "mail ecdsa",
	    .alternative =
		"DNS:mail.contoso.com,DNS:autodiscover.contoso.com"});
	any = issue(&(struct wish){
	    .common_name = "any", .alternative = "DNS:*.contoso.com"});
	fabrikam = issue(&(struct wish){
	    .common_name = "fabrikam", .alternative = "DNS:mail.fabrikam.com"});
	old = issue(&(struct wish){.common_name = "old",
	    .alternative = "DNS:mail.fabrikam.com",
	    .begins_days = -90,
	    .expires_days = -1});
	weak = issue(&(struct wish){.common_name = "weak",
	    .alternative = "DNS:weak.contoso.com",
	    .rsa_bits = 1024,
	    .digest = EVP_sha1()});
	return 0;
}

static int
free_all(void **state)
{
	(void)state;
	issued_clear(&mail_rsa);
	issued_clear(&mail_ecdsa);
	issued_clear(&any);
	issued_clear(&fabrikam);
	issued_clear(&old);
	issued_clear(&weak);
	return 0;
}

/* The key kind of the certificate that was shown: EVP_PKEY_RSA ... */
static int
shown_kind(const struct meeting *m)
{
	X509 *shown = SSL_get0_peer_certificate(m->client);

	return shown == NULL ? 0
			     : EVP_PKEY_get_base_id(X509_get0_pubkey(shown));
}

static const char *
shown_name(const struct meeting *m)
{
	static char name[128];
	X509 *shown = SSL_get0_peer_certificate(m->client);

	name[0] = '\0';
	if (shown != NULL)
		X509_NAME_get_text_by_NID(X509_get_subject_name(shown),
		    NID_commonName, name, sizeof(name));
	return name;
}

static struct tls_listener *
listener_of(enum tls_profile profile, const unsigned char *with,
    const char *fallback, ...)
{
	struct tls_listener *listener = tls_listener_new(profile, with);
	const struct issued *is;
	struct problems problems = {0};
	va_list args;

	va_start(args, fallback);
	while ((is = va_arg(args, const struct issued *)) != NULL)
		give(listener, is, &problems);
	va_end(args);
	assert_int_equal(tls_listener_ready(
			     listener, fallback, (struct place){0}, &problems),
	    0);
	assert_int_equal(problems.errors, 0);
	return listener;
}

static void
assert_shown(struct tls_listener *listener, const char *sni, const char *name)
{
	struct meeting m;

	meet(&m, listener, &(struct client_wish){.sni = sni});
	assert_int_equal(m.server, IO_DONE);
	assert_string_equal(shown_name(&m), name);
	part(&m);
}

static void
the_name_picks_the_certificate(void **state)
{
	struct tls_listener *listener = listener_of(
	    TLS_INTERMEDIATE, secret, NULL, &fabrikam, &any, &mail_ecdsa, NULL);

	(void)state;
	assert_shown(listener, "mail.fabrikam.com", "fabrikam");
	assert_shown(listener, "MAIL.Contoso.com", "mail ecdsa");
	assert_shown(listener, "autodiscover.contoso.com", "mail ecdsa");
	assert_shown(listener, "www.contoso.com", "any");
	/* A star stands for one label; the others get the fallback. */
	assert_shown(listener, "a.b.contoso.com", "fabrikam");
	assert_shown(listener, "contoso.com", "fabrikam");
	assert_shown(listener, "unknown.example", "fabrikam");
	assert_shown(listener, NULL, "fabrikam");
	tls_listener_free(listener);
}

static void
the_fallback_may_be_named(void **state)
{
	struct tls_listener *listener = listener_of(
	    TLS_INTERMEDIATE, secret, "owa.contoso.com", &fabrikam, &any, NULL);

	(void)state;
	assert_shown(listener, NULL, "any");
	assert_shown(listener, "unknown.example", "any");
	assert_shown(listener, "mail.fabrikam.com", "fabrikam");
	tls_listener_free(listener);
}

static void
the_name_is_kept_folded(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.sni = "OWA.Contoso.COM."});
	assert_true(
	    text_equals(tls_conn_sni(&m.conn), TEXT("owa.contoso.com")));
	assert_string_equal(shown_name(&m), "any");
	assert_string_equal(tls_conn_version(&m.conn), "TLSv1.3");
	assert_string_equal(tls_conn_suite(&m.conn), "TLS_AES_128_GCM_SHA256");
	assert_string_equal(tls_conn_error(&m.conn), "");
	part(&m);
	meet(&m, listener, &(struct client_wish){0});
	assert_int_equal(tls_conn_sni(&m.conn).len, 0);
	part(&m);
	tls_listener_free(listener);
}

static void
a_plain_conn_has_no_name(void **state)
{
	struct conn plain = {0};

	(void)state;
	assert_int_equal(tls_conn_sni(&plain).len, 0);
	assert_string_equal(tls_conn_version(&plain), "");
	assert_string_equal(tls_conn_suite(&plain), "");
	assert_string_equal(tls_conn_error(&plain), "");
}

static void
refusing_sends_unrecognized_name(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, "refuse", &any, NULL);
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.sni = "mail.fabrikam.com"});
	assert_int_equal(m.server, IO_FAILED);
	assert_int_equal(m.conn.error, 0);
	assert_int_equal(m.client_alert, SSL_AD_UNRECOGNIZED_NAME);
	assert_string_equal(tls_conn_error(&m.conn),
	    "no certificate covers the name the client asked for");
	/* The log tells which. */
	assert_true(
	    text_equals(tls_conn_sni(&m.conn), TEXT("mail.fabrikam.com")));
	part(&m);
	meet(&m, listener, &(struct client_wish){0});
	assert_int_equal(m.client_alert, SSL_AD_UNRECOGNIZED_NAME);
	part(&m);
	assert_shown(listener, "mail.contoso.com", "any");
	tls_listener_free(listener);
}

static void
rsa_and_ecdsa_serve_one_name(void **state)
{
	struct tls_listener *listener = listener_of(
	    TLS_INTERMEDIATE, secret, NULL, &mail_rsa, &mail_ecdsa, NULL);
	struct client_wish rsa_only = {.sni = "mail.contoso.com",
	    .signatures = "RSA-PSS+SHA256:RSA+SHA256"};
	struct client_wish rsa_only_12 = {.sni = "mail.contoso.com",
	    .version_max = TLS1_2_VERSION,
	    .suites = "ECDHE-RSA-AES256-GCM-SHA384"};
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.sni = "mail.contoso.com"});
	assert_int_equal(shown_kind(&m), EVP_PKEY_EC);
	part(&m);
	meet(&m, listener, &rsa_only);
	assert_int_equal(shown_kind(&m), EVP_PKEY_RSA);
	part(&m);
	meet(&m, listener, &rsa_only_12);
	assert_int_equal(shown_kind(&m), EVP_PKEY_RSA);
	part(&m);
	/* The other name has no RSA certificate. */
	rsa_only.sni = "autodiscover.contoso.com";
	meet(&m, listener, &rsa_only);
	assert_int_equal(m.server, IO_FAILED);
	part(&m);
	tls_listener_free(listener);
}

static void
one_that_is_valid_is_preferred(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &old, &fabrikam, NULL);

	(void)state;
	assert_shown(listener, "mail.fabrikam.com", "fabrikam");
	assert_shown(listener, NULL, "fabrikam");
	tls_listener_free(listener);
	listener = listener_of(TLS_INTERMEDIATE, secret, NULL, &old, NULL);
	assert_shown(listener, "mail.fabrikam.com", "old");
	tls_listener_free(listener);
}

static void
a_weak_certificate_is_served(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_MODERN, secret, NULL, &weak, &any, NULL);
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.sni = "weak.contoso.com"});
	assert_int_equal(m.server, IO_DONE);
	assert_string_equal(shown_name(&m), "weak");
	part(&m);
	tls_listener_free(listener);
}

/* Does the handshake come about, and with which suite? */
static const char *
suite_of(enum tls_profile profile, const struct issued *is,
    const struct client_wish *wish)
{
	struct tls_listener *listener =
	    listener_of(profile, secret, NULL, is, NULL);
	static char suite[64];
	struct meeting m;

	meet(&m, listener, wish);
	snprintf(suite, sizeof(suite), "%s",
	    m.server == IO_DONE ? tls_conn_suite(&m.conn) : "none");
	part(&m);
	tls_listener_free(listener);
	return suite;
}

static void
profiles_allow_what_they_say(void **state)
{
	struct client_wish old_client = {.version_max = TLS1_VERSION};
	struct client_wish one_one = {
	    .version_min = TLS1_1_VERSION, .version_max = TLS1_1_VERSION};
	struct client_wish cbc = {
	    .version_max = TLS1_2_VERSION, .suites = "ECDHE-RSA-AES128-SHA"};
	struct client_wish rsa_cbc = {
	    .version_max = TLS1_2_VERSION, .suites = "AES256-SHA"};
	struct client_wish gcm = {.version_max = TLS1_2_VERSION};
	struct client_wish dhe = {.version_max = TLS1_2_VERSION,
	    .suites = "DHE-RSA-AES128-GCM-SHA256"};

	(void)state;
	assert_string_equal(
	    suite_of(TLS_MODERN, &mail_rsa, &old_client), "none");
	assert_string_equal(
	    suite_of(TLS_INTERMEDIATE, &mail_rsa, &old_client), "none");
	assert_string_equal(
	    suite_of(TLS_INTERMEDIATE, &mail_rsa, &one_one), "none");
	assert_string_equal(suite_of(TLS_LEGACY, &mail_rsa, &old_client),
	    "ECDHE-RSA-AES128-SHA");
	assert_string_equal(
	    suite_of(TLS_LEGACY, &mail_rsa, &one_one), "ECDHE-RSA-AES128-SHA");
	assert_string_equal(suite_of(TLS_MODERN, &mail_rsa, &cbc), "none");
	assert_string_equal(suite_of(TLS_INTERMEDIATE, &mail_rsa, &cbc),
	    "ECDHE-RSA-AES128-SHA");
	assert_string_equal(
	    suite_of(TLS_INTERMEDIATE, &mail_rsa, &rsa_cbc), "none");
	assert_string_equal(
	    suite_of(TLS_LEGACY, &mail_rsa, &rsa_cbc), "AES256-SHA");
	assert_string_equal(suite_of(TLS_MODERN, &mail_rsa, &gcm),
	    "ECDHE-RSA-AES128-GCM-SHA256");
	assert_string_equal(suite_of(TLS_LEGACY, &mail_rsa, &dhe), "none");
	old_client.suites = "AES128-SHA";
	assert_string_equal(
	    suite_of(TLS_LEGACY, &mail_rsa, &old_client), "AES128-SHA");
}

static void
a_legacy_listener_weakens_no_other(void **state)
{
	struct tls_listener *legacy =
	    listener_of(TLS_LEGACY, secret, NULL, &mail_rsa, NULL);
	struct client_wish old_client = {.version_max = TLS1_VERSION};

	(void)state;
	assert_string_equal(
	    suite_of(TLS_MODERN, &mail_rsa, &old_client), "none");
	tls_listener_free(legacy);
}

static void
alpn_is_http_1_1_or_nothing(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
	const unsigned char *chosen;
	unsigned len;
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.alpn = "\x02h2\x08http/1.1"});
	SSL_get0_alpn_selected(m.client, &chosen, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	part(&m);
	meet(&m, listener, &(struct client_wish){.alpn = "\x02h2"});
	assert_int_equal(m.server, IO_FAILED);
	assert_int_equal(m.client_alert, SSL_AD_NO_APPLICATION_PROTOCOL);
	assert_string_equal(tls_conn_error(&m.conn),
	    "the client does not offer HTTP/1.1 (ALPN)");
	part(&m);
	meet(&m, listener, &(struct client_wish){0});
	SSL_get0_alpn_selected(m.client, &chosen, &len);
	assert_int_equal(len, 0);
	part(&m);
	tls_listener_free(listener);
}

static SSL_SESSION *
session_of(struct tls_listener *listener, const char *sni, int version)
{
	struct meeting m;
	SSL_SESSION *session;

	meet(&m, listener,
	    &(struct client_wish){
		.sni = sni, .version_min = version, .version_max = version});
	assert_int_equal(m.server, IO_DONE);
	session = SSL_get1_session(m.client);
	assert_true(SSL_SESSION_is_resumable(session));
	part(&m);
	return session;
}

static bool
resumes(struct tls_listener *listener, const char *sni, SSL_SESSION *session)
{
	struct meeting m;
	bool resumed;

	meet(&m, listener,
	    &(struct client_wish){.sni = sni,
		.version_max = SSL_SESSION_get_protocol_version(session),
		.session = session});
	assert_int_equal(m.server, IO_DONE);
	resumed = SSL_session_reused(m.client);
	if (sni != NULL)
		assert_true(text_equals(tls_conn_sni(&m.conn), text_of(sni)));
	part(&m);
	return resumed;
}

static void
tickets_resume_on_any_worker(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_listener *one =
		    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
		struct tls_listener *two =
		    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
		struct tls_listener *stranger = listener_of(
		    TLS_INTERMEDIATE, other_secret, NULL, &any, NULL);
		SSL_SESSION *session =
		    session_of(one, "mail.contoso.com", versions[i]);

		assert_true(resumes(two, "mail.contoso.com", session));
		assert_true(resumes(one, "mail.contoso.com", session));
		assert_false(resumes(stranger, "mail.contoso.com", session));
		SSL_SESSION_free(session);
		tls_listener_free(one);
		tls_listener_free(two);
		tls_listener_free(stranger);
	}
}

/* Both names have one certificate, so only the name tells them apart. */
static void
tickets_never_cross_names(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		SSL_SESSION *session =
		    session_of(listener, "mail.contoso.com", versions[i]);

		for (unsigned n = 0; n < 100; n++) {
			char name[32];

			snprintf(name, sizeof(name), "n%u.contoso.com", n);
			assert_false(resumes(listener, name, session));
		}
		assert_false(resumes(listener, NULL, session));
		assert_true(resumes(listener, "mail.contoso.com", session));
		SSL_SESSION_free(session);
	}
	tls_listener_free(listener);
}

static void
one_ticket_and_no_early_data(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
	SSL_SESSION *session =
	    session_of(listener, "mail.contoso.com", TLS1_3_VERSION);

	(void)state;
	assert_int_equal(SSL_SESSION_get_max_early_data(session), 0);
	assert_in_range(
	    SSL_SESSION_get_ticket_lifetime_hint(session), 3600, 604800);
	SSL_SESSION_free(session);
	tls_listener_free(listener);
}

static void
x25519_comes_first(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
	struct meeting m;

	(void)state;
	meet(
	    &m, listener, &(struct client_wish){.version_max = TLS1_2_VERSION});
	assert_int_equal(SSL_get_negotiated_group(m.client), NID_X25519);
	part(&m);
	tls_listener_free(listener);
}

static void
what_is_no_tls_is_told_in_words(void **state)
{
	static const struct {
		const char *bytes, *words;
	} junk[] = {
	    {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"plain HTTP came to a port for TLS"},
	    {"RPC_IN_DATA /rpc/rpcproxy.dll HTTP/1.1\r\n",
		"what came is no TLS"},
	    {"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", NULL},
	    {"\x15\x03\x01\x00\x02\x02\x28", NULL},
	};
	static const size_t lengths[] = {27, 41, 10, 7};
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct loop loop = {0};
		struct conn conn = {.loop = &loop};
		int fds[2];

		block_store_init(&loop.blocks);
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
		conn.fd = fds[1];
		assert_int_equal(tls_conn_accept(&conn, listener), 0);
		assert_int_equal(tls_conn_handshake(&conn), IO_AGAIN);
		assert_int_equal(
		    write(fds[0], junk[i].bytes, lengths[i]), lengths[i]);
		assert_int_equal(tls_conn_handshake(&conn), IO_FAILED);
		assert_int_equal(conn.error, 0);
		assert_string_not_equal(tls_conn_error(&conn), "");
		if (junk[i].words != NULL)
			assert_string_equal(
			    tls_conn_error(&conn), junk[i].words);
		conn.stream->free(&conn);
		block_store_clear(&loop.blocks);
		close(fds[0]);
		close(fds[1]);
	}
	tls_listener_free(listener);
}

static void
a_client_that_leaves_is_an_end(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_INTERMEDIATE, secret, NULL, &any, NULL);
	struct loop loop = {0};
	struct conn conn = {.loop = &loop};
	int fds[2];

	(void)state;
	block_store_init(&loop.blocks);
	socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds);
	conn.fd = fds[1];
	assert_int_equal(tls_conn_accept(&conn, listener), 0);
	assert_int_equal(write(fds[0], "\x16\x03\x01", 3), 3);
	assert_int_equal(tls_conn_handshake(&conn), IO_AGAIN);
	assert_false(conn.read_wants_write);
	close(fds[0]);
	assert_int_equal(tls_conn_handshake(&conn), IO_EOF);
	conn.stream->free(&conn);
	close(fds[1]);
	tls_listener_free(listener);
}

static void
the_version_is_refused_in_words(void **state)
{
	struct tls_listener *listener =
	    listener_of(TLS_MODERN, secret, NULL, &mail_rsa, NULL);
	struct meeting m;

	(void)state;
	meet(&m, listener, &(struct client_wish){.version_max = TLS1_VERSION});
	assert_int_equal(m.client_alert, SSL_AD_PROTOCOL_VERSION);
	assert_string_equal(tls_conn_error(&m.conn),
	    "the client offers no TLS version of this profile");
	part(&m);
	meet(&m, listener,
	    &(struct client_wish){
		.version_max = TLS1_2_VERSION, .suites = "AES128-SHA"});
	assert_string_equal(tls_conn_error(&m.conn),
	    "the client offers no suite of this profile");
	part(&m);
	tls_listener_free(listener);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_name_picks_the_certificate),
	    cmocka_unit_test(the_fallback_may_be_named),
	    cmocka_unit_test(the_name_is_kept_folded),
	    cmocka_unit_test(a_plain_conn_has_no_name),
	    cmocka_unit_test(refusing_sends_unrecognized_name),
	    cmocka_unit_test(rsa_and_ecdsa_serve_one_name),
	    cmocka_unit_test(one_that_is_valid_is_preferred),
	    cmocka_unit_test(a_weak_certificate_is_served),
	    cmocka_unit_test(profiles_allow_what_they_say),
	    cmocka_unit_test(a_legacy_listener_weakens_no_other),
	    cmocka_unit_test(alpn_is_http_1_1_or_nothing),
	    cmocka_unit_test(tickets_resume_on_any_worker),
	    cmocka_unit_test(tickets_never_cross_names),
	    cmocka_unit_test(one_ticket_and_no_early_data),
	    cmocka_unit_test(x25519_comes_first),
	    cmocka_unit_test(what_is_no_tls_is_told_in_words),
	    cmocka_unit_test(a_client_that_leaves_is_an_end),
	    cmocka_unit_test(the_version_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
