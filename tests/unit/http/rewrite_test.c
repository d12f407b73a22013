/*
 * Heads as they go on: what stays, what goes, what is ours.
 */
#include "http_test.h"

#include "http/rewrite.h"
#include "shortage.h"

static struct head head;
static char mail[] = "mail.contoso.com", a[] = "a";
static struct buffer out;

static bool
is_ours(void *owner, struct text host)
{
	const char *ours = owner;

	return text_equals_fold(host, text_of(ours));
}

static int
clear(void **state)
{
	(void)state;
	buffer_clear(&out);
	return 0;
}

static struct text
forward(const char *bytes, const struct forwarding *forwarding)
{
	struct refusal refusal;

	if (head_read_request(&head, text_of(bytes), &refusal) == -1)
		fail_msg("%s: %s", refusal.reason, bytes);
	buffer_reset(&out);
	rewrite_request(&out, &head, forwarding);
	assert_false(out.failed);
	return buffer_text(&out);
}

static struct text
mend(const char *bytes, const struct mending *mending)
{
	struct refusal refusal;

	if (head_read_response(&head, text_of(bytes), METHOD_OTHER, &refusal) ==
	    -1)
		fail_msg("%s: %s", refusal.reason, bytes);
	buffer_reset(&out);
	rewrite_response(&out, &head, mending);
	assert_false(out.failed);
	return buffer_text(&out);
}

#define OURS                                                                   \
	"Front-End-Https: On\r\n"                                              \
	"X-Forwarded-For: 2001:db8::7\r\n"                                     \
	"X-Forwarded-Proto: https\r\n"                                         \
	"X-Forwarded-Port: 443\r\n\r\n"

static const struct {
	const char *from, *to;
} requests[] = {
    /* as received: order, letter case, repeated fields */
    {"RPC_IN_DATA /rpc/RpcProxy.dll?a@b:6001 HTTP/1.1\r\n"
     "Cache-Control: no-cache\r\nConnection: Keep-Alive\r\n"
     "Pragma: no-cache\r\nhOST:mail.contoso.com:443\r\n"
     "Pragma: SessionId=1, x\r\nContent-Length: 1073741824\r\n"
     "Authorization: NTLM TlRM==\r\nX-Empty:\r\n\r\n",
	"RPC_IN_DATA /rpc/RpcProxy.dll?a@b:6001 HTTP/1.1\r\n"
	"Cache-Control: no-cache\r\nConnection: Keep-Alive\r\n"
	"Pragma: no-cache\r\nhOST: mail.contoso.com:443\r\n"
	"Pragma: SessionId=1, x\r\nContent-Length: 1073741824\r\n"
	"Authorization: NTLM TlRM==\r\nX-Empty: \r\n" OURS},
    {"GET /%7Ea//b?c HTTP/1.0\r\n\r\n", "GET /%7Ea//b?c HTTP/1.0\r\n" OURS},
    {"\r\nGET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
	"GET /b HTTP/1.1\r\nHost: a\r\n" OURS},
    {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Expect: 100-continue\r\n\r\n",
	"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	"Expect: 100-continue\r\n" OURS},
    /* hop by hop */
    {"GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: 300\r\n"
     "Proxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X\r\n"
     "Upgrade: h2c, websocket\r\nHTTP2-Settings: AAMAAABk\r\n"
     "Via: 1.1 x\r\nvia: 1.0 y\r\nX-One: 1\r\nX-Two: 2\r\n"
     "Connection: Upgrade, HTTP2-Settings, x-one\r\n"
     "Proxy-Support: Session-Based-Authentication\r\n"
     "Proxy-Authorization: Basic eDp5\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX-Two: 2\r\n"
	"Proxy-Support: Session-Based-Authentication\r\n"
	"Proxy-Authorization: Basic eDp5\r\n" OURS},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: X-A,Keep-Alive ,\tCLOSE\r\n"
     "X-A: 1\r\nConnection: x-b\r\nConnection: close\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, CLOSE\r\n"
	"Connection: close\r\n" OURS},
    /* named, but of the far end */
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Proxy-Support\r\n"
     "Proxy-Support: Session-Based-Authentication\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\n"
	"Proxy-Support: Session-Based-Authentication\r\n" OURS},
    /* ours, forged */
    {"GET / HTTP/1.1\r\nHost: a\r\nFront-End-Https: Off\r\n"
     "x-forwarded-for: 1.2.3.4\r\nX-Forwarded-Proto: http\r\n"
     "X-FORWARDED-PORT: 1\r\nX-Forwarded-Host: b\r\n"
     "X-Forwarded-Anything: c\r\nForwarded: for=1.2.3.4\r\n"
     "X-Real-IP: 1.2.3.4\r\nX-Forwarded: kept\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded: kept\r\n" OURS},
    /* shadows */
    {"GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: 1.2.3.4\r\n"
     "X-Forwarded_For: 1.2.3.4\r\nX_Forwarded_Host: b\r\n"
     "Front_End_Https: On\r\nTransfer_Encoding: chunked\r\n"
     "Content_Length: 5\r\nContent_Type: x\r\nUser_Agent: x\r\n"
     "X_Custom: kept\r\n_: kept\r\n\r\n",
	"GET / HTTP/1.1\r\nHost: a\r\nX_Custom: kept\r\n_: kept\r\n" OURS},
};

static void
test_requests(void **state)
{
	struct forwarding forwarding = {TEXT("2001:db8::7"), 443, true};

	(void)state;
	for (size_t i = 0; i < ROWS(requests); i++)
		assert_text_equal(
		    forward(requests[i].from, &forwarding), requests[i].to);
}

static void
test_a_plain_client_is_said_to_be_plain(void **state)
{
	struct forwarding forwarding = {TEXT("192.0.2.1"), 8080, false};

	(void)state;
	assert_text_equal(
	    forward("GET / HTTP/1.1\r\nHost: a\r\n\r\n", &forwarding),
	    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n"
	    "X-Forwarded-Proto: http\r\nX-Forwarded-Port: 8080\r\n\r\n");
}

#define LINE "HTTP/1.1 200 OK\r\n"

static const struct {
	const char *from, *to;
} responses[] = {
    {"HTTP/1.0 503 RPC Error: 6ba, EEInfo: AQ==\r\nA:b\r\n\r\n",
	"HTTP/1.0 503 RPC Error: 6ba, EEInfo: AQ==\r\nA: b\r\n\r\n"},
    {"HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200\r\n\r\n"},
    {LINE "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
	  "Date: x\r\nServer: Microsoft-IIS/7.5\r\nVia: 1.1 x\r\n"
	  "Persistent-Auth: true\r\nX_Forwarded_For: y\r\n\r\n",
	LINE "WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"
	     "Date: x\r\nServer: Microsoft-IIS/7.5\r\nVia: 1.1 x\r\n"
	     "Persistent-Auth: true\r\nX_Forwarded_For: y\r\n\r\n"},
    {LINE "Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n"
	  "Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
	LINE "Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"},
    /* Location */
    {LINE "Location: http://mail.contoso.com/owa/?a=http://b\r\n\r\n",
	LINE "Location: https://mail.contoso.com:8443/owa/?a=http://b"
	     "\r\n\r\n"},
    {LINE "location: HTTP://Mail.Contoso.com.:80/owa\r\n\r\n",
	LINE "location: https://Mail.Contoso.com:8443/owa\r\n\r\n"},
    {LINE "Location: http://mail.contoso.com\r\n\r\n",
	LINE "Location: https://mail.contoso.com:8443\r\n\r\n"},
    {LINE "Location: http://mail.contoso.com?x\r\n\r\n",
	LINE "Location: https://mail.contoso.com:8443?x\r\n\r\n"},
    {LINE "Content-Location: http://mail.contoso.com/a#b\r\n\r\n",
	LINE "Content-Location: https://mail.contoso.com:8443/a#b\r\n\r\n"},
    {LINE "Location: http://mail.contoso.com:81/\r\n\r\n",
	LINE "Location: http://mail.contoso.com:81/\r\n\r\n"},
    {LINE "Location: http://other.example/\r\n\r\n",
	LINE "Location: http://other.example/\r\n\r\n"},
    {LINE "Location: http://mail.contoso.com@b/\r\n\r\n",
	LINE "Location: http://mail.contoso.com@b/\r\n\r\n"},
    {LINE "Location: http://mail.contoso.com.evil.example/\r\n\r\n",
	LINE "Location: http://mail.contoso.com.evil.example/\r\n\r\n"},
    {LINE "Location: https://mail.contoso.com/\r\n\r\n",
	LINE "Location: https://mail.contoso.com/\r\n\r\n"},
    {LINE "Location: /owa/\r\n\r\n", LINE "Location: /owa/\r\n\r\n"},
    {LINE "Location: http:///\r\n\r\n", LINE "Location: http:///\r\n\r\n"},
    {LINE "Location:\r\n\r\n", LINE "Location: \r\n\r\n"},
    /* cookies */
    {LINE "Set-Cookie: a=b\r\nSet-Cookie: c=d; path=/; HttpOnly\r\n\r\n",
	LINE "Set-Cookie: a=b; Secure\r\n"
	     "Set-Cookie: c=d; path=/; HttpOnly; Secure\r\n\r\n"},
    {LINE "Set-Cookie: a=b; secure\r\nSet-Cookie: a=b;SECURE ;x\r\n\r\n",
	LINE "Set-Cookie: a=b; secure\r\nSet-Cookie: a=b;SECURE ;x\r\n\r\n"},
    {LINE "Set-Cookie: secure\r\nSet-Cookie: a=secure; insecure\r\n\r\n",
	LINE "Set-Cookie: secure; Secure\r\n"
	     "Set-Cookie: a=secure; insecure; Secure\r\n\r\n"},
};

static struct mending
to_tls(void)
{
	return (struct mending){
	    .tls = true,
	    .port = 8443,
	    .is_ours = is_ours,
	    .owner = mail,
	};
}

static void
test_responses(void **state)
{
	struct mending mending = to_tls();

	(void)state;
	for (size_t i = 0; i < ROWS(responses); i++)
		assert_text_equal(
		    mend(responses[i].from, &mending), responses[i].to);
}

static void
test_port_443_is_not_written(void **state)
{
	struct mending mending = to_tls();

	(void)state;
	mending.port = 443;
	assert_text_equal(
	    mend(LINE "Location: http://mail.contoso.com/\r\n\r\n", &mending),
	    LINE "Location: https://mail.contoso.com/\r\n\r\n");
}

#define MENDABLE                                                               \
	LINE "Location: http://mail.contoso.com/\r\n"                          \
	     "Set-Cookie: a=b\r\n\r\n"

static void
test_nothing_is_mended_for_a_plain_client_or_rpc(void **state)
{
	struct mending mending = to_tls();

	(void)state;
	mending.tls = false;
	assert_text_equal(mend(MENDABLE, &mending), MENDABLE);
	mending = to_tls();
	mending.plain_rpc = true;
	assert_text_equal(mend(MENDABLE, &mending), MENDABLE);
}

static const struct {
	const char *from, *to, *on_rpc;
} closed[] = {
    {LINE "Content-Length: 0\r\n\r\n",
	LINE "Content-Length: 0\r\nConnection: close\r\n\r\n",
	LINE "Content-Length: 0\r\n\r\n"},
    {LINE "Connection: keep-alive\r\nA: b\r\n\r\n",
	LINE "A: b\r\nConnection: close\r\n\r\n", LINE "A: b\r\n\r\n"},
    {LINE "Connection: Close\r\nA: b\r\n\r\n",
	LINE "Connection: Close\r\nA: b\r\n\r\n",
	LINE "Connection: Close\r\nA: b\r\n\r\n"},
};

static void
test_closing_is_said(void **state)
{
	struct mending mending = to_tls();

	(void)state;
	mending.close = true;
	for (size_t i = 0; i < ROWS(closed); i++) {
		mending.plain_rpc = false;
		assert_text_equal(mend(closed[i].from, &mending), closed[i].to);
		mending.plain_rpc = true;
		assert_text_equal(
		    mend(closed[i].from, &mending), closed[i].on_rpc);
	}
}

static void
test_chunks_are_not_named_once_taken_out(void **state)
{
	struct mending mending = to_tls();

	(void)state;
	mending.dechunk = true;
	assert_text_equal(mend(LINE "Transfer-Encoding: chunked\r\nA: b\r\n"
				    "Connection: keep-alive\r\n\r\n",
			      &mending),
	    LINE "A: b\r\nConnection: close\r\n\r\n");
}

/* The room is counted right, whatever grows. */
static void
test_room_for_everything_that_grows(void **state)
{
	static const struct text grows[] = {
	    BYTES("Location: http://a\r\n"),
	    BYTES("Set-Cookie:\r\n"),
	    BYTES("A:\r\n"),
	};
	struct mending mending = to_tls();
	struct forwarding forwarding = {TEXT("a"), 65535, true};

	(void)state;
	mending.owner = a;
	mending.port = 65535;
	mending.close = true;
	for (size_t i = 0; i < ROWS(grows); i++) {
		struct buffer from = {0};

		buffer_add_string(&from, "HTTP/1.1 200\r\n");
		for (size_t n = 0; n < HEAD_FIELDS_MAX; n++)
			buffer_add_text(&from, grows[i]);
		buffer_add(&from, "\r\n", 3);
		mend(from.at, &mending);
		buffer_clear(&from);
		buffer_add_string(&from, "GET / HTTP/1.0\r\n");
		for (size_t n = 0; n < HEAD_FIELDS_MAX; n++)
			buffer_add_text(&from, grows[i]);
		buffer_add(&from, "\r\n", 3);
		forward(from.at, &forwarding);
		buffer_clear(&from);
		buffer_clear(&out);
	}
}

static bool
forward_without_memory(void *with)
{
	struct forwarding forwarding = {TEXT("2001:db8::7"), 443, true};
	struct buffer to = {0};
	bool whole;

	rewrite_request(&to, with, &forwarding);
	whole = !to.failed;
	assert_int_equal(whole, to.len > 0);
	buffer_clear(&to);
	return whole;
}

static bool
mend_without_memory(void *with)
{
	struct mending mending = {.port = 443};
	struct buffer to = {0};
	bool whole;

	rewrite_response(&to, with, &mending);
	whole = !to.failed;
	assert_int_equal(whole, to.len > 0);
	buffer_clear(&to);
	return whole;
}

static void
test_without_memory_nothing_goes_on(void **state)
{
	struct refusal refusal;

	(void)state;
	assert_int_equal(
	    head_read_request(&head,
		TEXT("GET / HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"),
		&refusal),
	    0);
	shortage_sweep(forward_without_memory, &head);
	assert_int_equal(
	    head_read_response(&head,
		TEXT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
		METHOD_OTHER, &refusal),
	    0);
	shortage_sweep(mend_without_memory, &head);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_a_plain_client_is_said_to_be_plain),
	    cmocka_unit_test(test_responses),
	    cmocka_unit_test(test_port_443_is_not_written),
	    cmocka_unit_test(test_nothing_is_mended_for_a_plain_client_or_rpc),
	    cmocka_unit_test(test_closing_is_said),
	    cmocka_unit_test(test_chunks_are_not_named_once_taken_out),
	    cmocka_unit_test(test_room_for_everything_that_grows),
	    cmocka_unit_test(test_without_memory_nothing_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, clear);
}
