/*
 * What the configuration allows one client address.
 */
#include "site/allowance.h"

bool
allowance_matters(const struct config_limits *limits)
{
	return limits->connections_share.each.value > 0 ||
	    limits->handshakes_share.each.value > 0;
}

static uint32_t
share_of(const struct config_share *share, const unsigned char host[16])
{
	for (size_t i = 0; i < share->except_count; i++)
		if (network_has(&share->except[i], host))
			return 0;
	return (uint32_t)share->each.value;
}

struct allowance
allowance_of(
    const struct config_limits *limits, const struct address *client, bool tls)
{
	unsigned char host[16];
	struct allowance allowed = {0};

	address_host(client, host);
	allowed.connections = share_of(&limits->connections_share, host);
	if (tls)
		allowed.handshakes_per_s =
		    share_of(&limits->handshakes_share, host);
	return allowed;
}
