/*
 * The table of ends.
 */
#include "session/end.h"

#include <assert.h>
#include <stddef.h>

static const struct end_rule rules[ENDS] = {
    [END_ANSWERED] = {"answered", "the server's answer reached the client"},
    [END_REPLIED] = {"replied", "casgate answered by itself"},
    [END_CLIENT_CLOSED] = {"client closed",
	"the client closed its connection; a channel usually ends so"},
    [END_CLIENT_RESET] = {"client reset",
	"the client's connection was reset or broke"},
    [END_CLIENT_STALLED] = {"client stalled",
	"the client took nothing of its answer for too long"},
    [END_SERVER_CLOSED] = {"server closed", "the server closed its connection"},
    [END_SERVER_RESET] = {"server reset",
	"the server's connection was reset or broke"},
    [END_SERVER_CUT] = {"server cut",
	"the server closed in the middle of its answer"},
    [END_SERVER_REFUSED] = {"server refused",
	"no server of the group accepted the connection"},
    [END_SERVER_SILENT] = {"server silent",
	"no server of the group accepted the connection in time"},
    [END_ANSWER_BAD] = {"bad answer",
	"the server's answer broke the rules of HTTP"},
    [END_REQUEST_BAD] = {"bad request",
	"the head of the request broke the rules of HTTP"},
    [END_HEAD_TOO_LARGE] = {"head too large",
	"the head of the request was over a limit"},
    [END_BODY_BAD] = {"bad body", "the body of the request broke its framing"},
    [END_HANDSHAKE_FAILED] = {"handshake failed",
	"TLS could not be agreed on; the error says why"},
    [END_HANDSHAKE_TIMEOUT] = {"handshake timeout",
	"the TLS handshake was not over in time"},
    [END_HEAD_TIMEOUT] = {"head timeout",
	"the head of the request was not complete in time"},
    [END_KEEPALIVE_TIMEOUT] = {"keepalive timeout",
	"no further request came in time"},
    [END_IDLE] = {"idle", "both directions were silent for too long"},
    [END_LIMIT] = {"limit",
	"there were as many connections as `limit connections`, or else the "
	"descriptors, allow"},
    [END_ADDRESS_LIMIT] = {"address limit",
	"its address had as many connections as `limit connections` allows"},
    [END_HANDSHAKE_LIMIT] = {"handshake limit",
	"its address made TLS connections faster than `limit handshakes` "
	"allows"},
    [END_STOPPED] = {"stopped", "casgate was told to stop or to drain"},
    [END_NO_MEMORY] = {"no memory", "there was no memory left for it"},
};

const struct end_rule *
end_rule(enum end end)
{
	assert(end < ENDS && rules[end].name != NULL);
	return &rules[end];
}
