/*
 * The Autodiscover redirect.
 */
#include "site/autodiscover.h"

#include "http/head.h"
#include "http/target.h"

/* Outlook, phones and others ask for .xml, .svc and .json in any case: the
 * folder is what they have in common. */
bool
autodiscover_is_probe(struct text path)
{
	return target_is_under(path, TEXT("/autodiscover/"));
}

bool
autodiscover_location(struct buffer *location, const char *redirect_host,
    struct text host, bool tls, struct text target)
{
	struct text to = text_of(redirect_host);

	if (tls && text_equals_fold(host, head_host_name(to)))
		return false;
	buffer_add_text(location, TEXT("https://"));
	buffer_add_text(location, to);
	buffer_add_text(location, target);
	return true;
}
