/*
 * A ClientHello with any bytes as its list of names and of protocols: behind
 * a byte that says how long it is, the extension server_name (RFC 6066 3),
 * then the extension ALPN (RFC 7301 3.1). Without names, without extension.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../unit/tls/issuing.h"
#include "base/names.h"
#include "fuzz.h"
#include "tls/tls_conn.h"

#define SNI_TYPE 0
#define ALPN_TYPE 16

static const uint8_t opening[] = {
    0x03, 0x03, /* TLS 1.2, and see supported_versions */
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, /* random */
    0,                                          /* no session */
    0, 4, 0x13, 0x01, 0xc0, 0x2b,               /* suites of TLS 1.3 and 1.2 */
    1, 0,                                       /* no compression */
};

static const uint8_t extensions[] = {
    0,
    43,
    0,
    5,
    4,
    3,
    4,
    3,
    3, /* supported_versions: 1.3, 1.2 */
    0,
    10,
    0,
    4,
    0,
    2,
    0,
    29, /* supported_groups: X25519 */
    0,
    13,
    0,
    4,
    0,
    2,
    4,
    3, /* signature_algorithms: ECDSA, SHA-256 */
    0,
    51,
    0,
    38,
    0,
    36,
    0,
    29,
    0,
    32, /* key_share: X25519 */
    9,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
};

static struct tls_listener *
listener_with(const char *names, const char *fallback)
{
	static const unsigned char secret[TICKET_SECRET_BYTES];
	struct tls_listener *listener = tls_listener_new(TLS_MODERN, secret);
	struct issued is = issue(&(struct wish){.alternative = names});
	char *pem = pem_of("ck", &is);
	struct tls_file file = {"one.pem", text_of(pem)};
	struct problems problems = {0};

	tls_listener_add(listener, &file, NULL, (struct place){0}, &problems);
	CHECK(tls_listener_ready(
		  listener, fallback, (struct place){0}, &problems) == 0);
	free(pem);
	issued_clear(&is);
	return listener;
}

static size_t
put_number(uint8_t *to, unsigned bytes, size_t number)
{
	for (unsigned i = 0; i < bytes; i++)
		to[i] = (uint8_t)(number >> 8 * (bytes - 1 - i));
	return bytes;
}

static size_t
put_extension(uint8_t *to, unsigned type, const uint8_t *bytes, size_t len)
{
	size_t at = put_number(to, 2, type);

	at += put_number(to + at, 2, len);
	memcpy(to + at, bytes, len);
	return at + len;
}

/* A record with a ClientHello; returns its length. */
static size_t
put_hello(uint8_t *to, const uint8_t *sni, size_t sni_len, const uint8_t *alpn,
    size_t alpn_len)
{
	size_t first = 9 + sizeof(opening) + 2, at = first;

	memcpy(to + at, extensions, sizeof(extensions));
	at += sizeof(extensions);
	if (sni_len > 0)
		at += put_extension(to + at, SNI_TYPE, sni, sni_len);
	if (alpn_len > 0)
		at += put_extension(to + at, ALPN_TYPE, alpn, alpn_len);
	put_number(to, 3, 0x160301); /* a handshake's record */
	put_number(to + 3, 2, at - 5);
	put_number(to + 5, 1, 1); /* ClientHello */
	put_number(to + 6, 3, at - 9);
	memcpy(to + 9, opening, sizeof(opening));
	put_number(to + first - 2, 2, at - first);
	return at;
}

/* The name in a list of just one host, or nothing. */
static struct text
only_name(const uint8_t *sni, size_t len)
{
	if (len < 5 || sni[2] != 0 ||
	    (size_t)(sni[0] << 8 | sni[1]) != len - 2 ||
	    (size_t)(sni[3] << 8 | sni[4]) != len - 5)
		return (struct text){"", 0};
	return (struct text){(const char *)sni + 5, len - 5};
}

static void
check_name(const struct conn *conn, enum io result, struct text asked)
{
	struct text name = tls_conn_sni(conn);
	char folded[NAME_BYTES_MAX + 1];

	CHECK(result == IO_AGAIN || result == IO_FAILED);
	CHECK((result == IO_FAILED) == (tls_conn_error(conn)[0] != '\0'));
	if (result == IO_FAILED)
		return;
	/* What was answered is what was asked for. */
	CHECK(text_equals(
	    name, (struct text){folded, names_fold(asked, folded)}));
	CHECK(memchr(asked.at, '\0', asked.len) == NULL);
}

static void
shake_hands(struct tls_listener *listener, const uint8_t *hello, size_t len,
    struct text asked)
{
	static struct loop loop; /* nothing of it but its blocks */
	struct conn conn = {.loop = &loop};
	int fds[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	CHECK(write(fds[0], hello, len) == (ssize_t)len);
	block_store_init(&loop.blocks);
	conn.fd = fds[1];
	CHECK(tls_conn_accept(&conn, listener) == 0);
	check_name(&conn, tls_conn_handshake(&conn), asked);
	conn.stream->free(&conn);
	block_store_clear(&loop.blocks);
	close(fds[0]);
	close(fds[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_listener *strict, *open;
	uint8_t hello[8192];
	size_t sni_len, len;

	if (strict == NULL) {
		strict = listener_with(
		    "DNS:mail.contoso.com,DNS:*.fabrikam.com", "refuse");
		open = listener_with("DNS:mail.contoso.com", NULL);
	}
	if (size < 1 || size > 4096)
		return 0;
	sni_len = data[0] < size - 1 ? data[0] : size - 1;
	len = put_hello(
	    hello, data + 1, sni_len, data + 1 + sni_len, size - 1 - sni_len);
	shake_hands(strict, hello, len, only_name(data + 1, sni_len));
	shake_hands(open, hello, len, only_name(data + 1, sni_len));
	return 0;
}
