/*
 * What casgate says on standard output.
 */
#include "daemon/announce.h"

#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"

/* A hundred customers' names would hide what the line is for. */
#define NAMES_TOLD_MAX 12

#define DAY_S (24 * 60 * 60)

static void
add_name(struct buffer *to, size_t nth, const char *name)
{
	if (nth >= NAMES_TOLD_MAX)
		return;
	buffer_add_string(to, nth == 0 ? " for " : " ");
	buffer_add_string(to, name);
}

static void
add_rest(struct buffer *to, size_t count)
{
	if (count > NAMES_TOLD_MAX)
		buffer_printf(to, " and %zu more", count - NAMES_TOLD_MAX);
}

static void
add_tls(struct buffer *to, const struct tls_listener *tls)
{
	time_t expiry = tls_listener_expiry(tls);
	long days = (long)((expiry - time(NULL)) / DAY_S);
	const char *name;
	struct tm tm;
	char date[16];
	size_t i;

	buffer_add_string(to, " tls");
	for (i = 0; (name = tls_listener_name(tls, i)) != NULL; i++)
		add_name(to, i, name);
	add_rest(to, i);
	gmtime_r(&expiry, &tm);
	strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	buffer_printf(to, ", certificate expires %s (%ld days)", date, days);
}

static void
add_plain(struct buffer *to, const struct site *site,
    const struct site_listener *listener)
{
	size_t count = 0;

	buffer_add_string(to, " http");
	if (listener->own != NULL) {
		buffer_add_string(to, " for every name");
		return;
	}
	for (size_t t = 0; t < site->tenant_count; t++) {
		const struct tenant *tenant = &site->tenants[t];

		for (size_t n = 0; n < tenant->name_count; n++)
			add_name(to, count++, tenant->names[n]);
	}
	add_rest(to, count);
}

static void
put_out(const struct buffer *lines)
{
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};
	size_t done = 0;

	while (done < lines->len && poll(&room, 1, 0) > 0) {
		size_t len = lines->len - done;
		ssize_t n;

		/* A writable pipe takes so much without waiting. */
		if (len > PIPE_BUF)
			len = PIPE_BUF;
		n = write(STDOUT_FILENO, lines->at + done, len);
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void
announce(const struct edition *edition)
{
	const struct site *site = edition->site;
	struct buffer lines = {0};

	for (size_t i = 0; i < site->listener_count; i++) {
		const struct site_listener *listener = &site->listeners[i];

		buffer_printf(&lines, "casgate: listening on %s",
		    sockets_text(edition->sockets, i));
		if (listener->tls != NULL)
			add_tls(&lines, listener->tls);
		else
			add_plain(&lines, site, listener);
		buffer_add(&lines, "\n", 1);
	}
	buffer_add_string(&lines, "casgate: ready on");
	for (size_t i = 0; i < site->listener_count; i++) {
		buffer_add(&lines, " ", 1);
		buffer_add_string(&lines, sockets_text(edition->sockets, i));
	}
	buffer_add(&lines, "\n", 1);
	put_out(&lines);
	buffer_clear(&lines);
}
