/*
 * A client of OpenSSL's and a conn of ours at the two ends of a socketpair.
 */
#ifndef CASGATE_TESTS_HANDSHAKING_H
#define CASGATE_TESTS_HANDSHAKING_H

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

#include "issuing.h"
#include "tls/tls_conn.h"

struct meeting {
	SSL *client;
	int client_fd;
	struct loop loop; /* nothing of it but its blocks */
	struct conn conn;
	enum io server;   /* what the handshake came to */
	int client_alert; /* the alert the client got; 0: none */
};

/* What the client wants; all zero is anything, without a name. */
struct client_wish {
	const char *sni;
	int version_min, version_max;
	const char *suites; /* of TLS 1.2 and before */
	const char *signatures;
	const char *groups;
	const char *alpn;     /* in wire format, or NULL */
	SSL_SESSION *session; /* to resume; NULL: none */
};

static SSL *
client_new(const struct client_wish *wish, int fd)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	SSL *client;

	SSL_CTX_set_security_level(context, 0);
	SSL_CTX_set_min_proto_version(context, wish->version_min);
	SSL_CTX_set_max_proto_version(context, wish->version_max);
	SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
	if (wish->suites != NULL)
		SSL_CTX_set_cipher_list(context, wish->suites);
	if (wish->signatures != NULL)
		SSL_CTX_set1_sigalgs_list(context, wish->signatures);
	if (wish->groups != NULL)
		SSL_CTX_set1_groups_list(context, wish->groups);
	client = SSL_new(context);
	SSL_CTX_free(context);
	SSL_set_fd(client, fd);
	if (wish->sni != NULL)
		SSL_set_tlsext_host_name(client, wish->sni);
	if (wish->alpn != NULL)
		SSL_set_alpn_protos(client, (const unsigned char *)wish->alpn,
		    (unsigned)strlen(wish->alpn));
	if (wish->session != NULL) {
		/* OpenSSL would send the name of the session otherwise, and
		 * refuse to resume it under another one. */
		SSL_SESSION_set1_hostname(wish->session, wish->sni);
		SSL_set_session(client, wish->session);
	}
	SSL_set_connect_state(client);
	return client;
}

/* Lets both go on until neither can. */
static void
shake_hands(struct meeting *m)
{
	int client = 0;

	m->server = IO_AGAIN;
	for (int i = 0; i < 20 && (client != 1 || m->server == IO_AGAIN); i++) {
		if (client != 1) {
			ERR_clear_error();
			client = SSL_do_handshake(m->client);
		}
		if (client < 0 &&
		    SSL_get_error(m->client, client) == SSL_ERROR_SSL)
			m->client_alert =
			    ERR_GET_REASON(ERR_peek_error()) - 1000;
		if (m->server == IO_AGAIN)
			m->server = tls_conn_handshake(&m->conn);
	}
	if (m->server == IO_DONE) {
		char byte;

		/* Takes the ticket. */
		SSL_read(m->client, &byte, 1);
	}
	ERR_clear_error();
}

/* All but the conn's being accepted. */
static void
prepare(struct meeting *m, const struct client_wish *wish)
{
	int fds[2];

	*m = (struct meeting){0};
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == -1)
		abort();
	m->client_fd = fds[0];
	m->client = client_new(wish, fds[0]);
	block_store_init(&m->loop.blocks);
	m->conn.loop = &m->loop;
	m->conn.fd = fds[1];
}

static void
meet(struct meeting *m, struct tls_listener *listener,
    const struct client_wish *wish)
{
	prepare(m, wish);
	m->server = IO_FAILED;
	if (tls_conn_accept(&m->conn, listener) == 0)
		shake_hands(m);
}

static void
part(struct meeting *m)
{
	/* Without it OpenSSL takes the session for a broken one. */
	SSL_set_shutdown(m->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(m->client);
	if (m->conn.stream != NULL)
		m->conn.stream->free(&m->conn);
	block_store_clear(&m->loop.blocks); /* none is still lent */
	close(m->client_fd);
	close(m->conn.fd);
}

static void
give(struct tls_listener *listener, const struct issued *is,
    struct problems *problems)
{
	char *pem = pem_of("ck", is);
	struct tls_file file = {"one.pem", text_of(pem)};

	tls_listener_add(listener, &file, NULL, (struct place){0}, problems);
	free(pem);
}

#endif
