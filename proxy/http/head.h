/*
 * The head of a request or a response, as views into its bytes.
 *
 * Made from bytes the guard has passed, with http-parser reading the tokens.
 * It owns nothing: it is good for as long as the bytes. A head is large;
 * the worker has one for requests and one for responses, and uses it between
 * two returns to the loop only.
 */
#ifndef CASGATE_HTTP_HEAD_H
#define CASGATE_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "http/body.h"
#include "http/field.h"
#include "http/guard.h"
#include "http/method.h"

#define HEAD_FIELDS_MAX 512

/* In all Connection fields of a head; each is looked for among all fields. */
#define CONNECTION_TOKENS_MAX 32

struct head {
	struct text method; /* as received, never the stand-in */
	enum method method_is;
	struct text target; /* as received; absolute-form made origin-form */
	struct text status_line; /* as received, without CRLF */
	unsigned status;
	unsigned minor;   /* of HTTP/1.minor: 0 or 1 */
	struct text host; /* its value as received; empty when there is none */
	bool has_host;
	bool keep_alive;       /* the sender keeps its connection afterwards */
	bool expects_continue; /* Expect: 100-continue */
	struct body body;      /* how the body ends */
	size_t field_count;
	struct field fields[HEAD_FIELDS_MAX];
};

/*
 * Reads a whole request head. Refuses what the guard can't see: versions,
 * Host (RFC 9112 3.2), Content-Length and Transfer-Encoding (RFC 9112 6),
 * targets (RFC 9112 3.2 and corrections: %00, '#', CTL), methods.
 * 0, or -1 and the refusal.
 */
int head_read_request(
    struct head *head, struct text bytes, struct refusal *refusal);

/*
 * Reads a whole response head. `request_method` decides whether it has a
 * body (RFC 9112 6.3). 0, or -1 and the refusal (502).
 */
int head_read_response(struct head *head, struct text bytes,
    enum method request_method, struct refusal *refusal);

/* The first field of that name in any letter case, or NULL. */
const struct field *head_find(const struct head *head, struct text name);

/* The host alone of a Host value: no port, no trailing dot. Still in the
 * letter case it came in. */
struct text head_host_name(struct text host);

#endif
