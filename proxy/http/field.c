#include "http/field.h"

#include <stdbool.h>
#include <string.h>

/* In lower case; the first index is the length of the name. */
static const struct known {
	const char *name;
	enum field_kind kind;
} known[][8] = {
    [2] = {{"te", FIELD_HOP_BY_HOP}},
    [3] = {{"via", FIELD_VIA}},
    [4] = {{"host", FIELD_HOST}},
    [5] = {{"range", FIELD_END_TO_END}},
    [6] = {{"accept", FIELD_END_TO_END}, {"cookie", FIELD_END_TO_END},
	{"expect", FIELD_EXPECT}, {"pragma", FIELD_END_TO_END}},
    [7] = {{"trailer", FIELD_HOP_BY_HOP}, {"upgrade", FIELD_HOP_BY_HOP}},
    [8] = {{"if-match", FIELD_END_TO_END}, {"if-range", FIELD_END_TO_END},
	{"location", FIELD_LOCATION}},
    [9] = {{"forwarded", FIELD_FORWARDING}, {"x-real-ip", FIELD_FORWARDING}},
    [10] = {{"connection", FIELD_CONNECTION}, {"keep-alive", FIELD_HOP_BY_HOP},
	{"set-cookie", FIELD_SET_COOKIE}, {"user-agent", FIELD_END_TO_END}},
    [12] = {{"content-type", FIELD_END_TO_END}},
    [13] = {{"authorization", FIELD_END_TO_END},
	{"cache-control", FIELD_END_TO_END},
	{"content-range", FIELD_END_TO_END},
	{"if-none-match", FIELD_END_TO_END}, {"proxy-support", FIELD_PROXY}},
    [14] = {{"content-length", FIELD_CONTENT_LENGTH},
	{"http2-settings", FIELD_HOP_BY_HOP}},
    [15] = {{"accept-encoding", FIELD_END_TO_END},
	{"accept-language", FIELD_END_TO_END},
	{"front-end-https", FIELD_FORWARDING}},
    [16] = {{"content-encoding", FIELD_END_TO_END},
	{"content-location", FIELD_LOCATION},
	{"proxy-connection", FIELD_HOP_BY_HOP},
	{"www-authenticate", FIELD_END_TO_END}},
    [17] = {{"if-modified-since", FIELD_END_TO_END},
	{"transfer-encoding", FIELD_TRANSFER_ENCODING}},
    [18] = {{"proxy-authenticate", FIELD_PROXY}},
    [19] = {{"if-unmodified-since", FIELD_END_TO_END},
	{"proxy-authorization", FIELD_PROXY}},
    [25] = {{"proxy-authentication-info", FIELD_PROXY}},
};

#define LENGTHS (sizeof(known) / sizeof(known[0]))

static const char forwarded[] = "x-forwarded-";

/* `lower` holds letters, digits and dashes, and `token` no control character:
 * so the bit that makes a letter small makes nothing else alike. */
static bool
equals(const char *token, const char *lower, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((token[i] | 0x20) != lower[i])
			return false;
	return true;
}

static enum field_kind
look_up(struct text name)
{
	if (name.len < LENGTHS)
		for (const struct known *k = known[name.len]; k->name; k++)
			if (equals(name.at, k->name, name.len))
				return k->kind;
	if (name.len >= sizeof(forwarded) &&
	    equals(name.at, forwarded, sizeof(forwarded) - 1))
		return FIELD_FORWARDING;
	return FIELD_PLAIN;
}

/* Would it be one of the names we know, with dashes for its underscores? */
static bool
shadows(struct text name)
{
	char dashed[LENGTHS];
	struct text t = {dashed, 0};

	for (; t.len < name.len && t.len < sizeof(dashed); t.len++)
		dashed[t.len] = name.at[t.len] == '_' ? '-' : name.at[t.len];
	return look_up(t) != FIELD_PLAIN;
}

enum field_kind
field_kind_of(struct text name)
{
	enum field_kind kind = look_up(name);

	if (kind == FIELD_PLAIN && memchr(name.at, '_', name.len) != NULL &&
	    shadows(name))
		return FIELD_SHADOW;
	return kind;
}
