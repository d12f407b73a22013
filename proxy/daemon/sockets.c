/*
 * Binding.
 */
#include "daemon/sockets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/address.h"
#include "net/listener.h"

/* What one `listen` block has. */
struct bound {
	char *address;  /* as asked for; NULL: all */
	uint16_t asked; /* port; 0: any */
	uint16_t port;  /* that it became */
	char text[ADDRESS_TEXT_MAX];
	int *fds; /* one a worker; -1: not open */
};

struct sockets {
	struct bound *list;
	size_t count, workers;
};

void
sockets_close(struct sockets *sockets)
{
	if (sockets == NULL)
		return;
	for (size_t i = 0; i < sockets->count; i++) {
		struct bound *b = &sockets->list[i];

		for (size_t w = 0; b->fds != NULL && w < sockets->workers; w++)
			if (b->fds[w] != -1)
				close(b->fds[w]);
		free(b->fds);
		free(b->address);
	}
	free(sockets->list);
	free(sockets);
}

static bool
same_address(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/* How many blocks before `upto` ask for the same: with port 0 the second of
 * them wants a port of its own. */
static size_t
rank(const struct bound *list, size_t upto, const struct bound *wanted)
{
	size_t same = 0;

	for (size_t i = 0; i < upto; i++)
		if (list[i].asked == wanted->asked &&
		    same_address(list[i].address, wanted->address))
			same++;
	return same;
}

static const struct bound *
find_kept(const struct sockets *before, const struct bound *wanted, size_t nth)
{
	for (size_t i = 0; before != NULL && i < before->count; i++) {
		const struct bound *b = &before->list[i];

		if (b->asked == wanted->asked &&
		    same_address(b->address, wanted->address) &&
		    rank(before->list, i, wanted) == nth)
			return b;
	}
	return NULL;
}

static int
keep(struct bound *b, const struct bound *kept, size_t workers,
    struct problem *why)
{
	memcpy(b->text, kept->text, sizeof(b->text));
	b->port = kept->port;
	for (size_t w = 0; w < workers; w++) {
		b->fds[w] = fcntl(kept->fds[w], F_DUPFD_CLOEXEC, 3);
		if (b->fds[w] == -1) {
			problem_errno(why, b->text);
			return -1;
		}
	}
	return 0;
}

static bool
port_is_ours(const struct sockets *sockets, uint16_t port)
{
	for (size_t i = 0; sockets != NULL && i < sockets->count; i++)
		if (sockets->list[i].port == port)
			return true;
	return false;
}

static int
note_address(struct bound *b, int fd, struct problem *why)
{
	struct address at = {.len = sizeof(at.sa)};

	if (getsockname(fd, &at.sa.any, &at.len) == -1) {
		problem_errno(why, "cannot tell what was bound");
		return -1;
	}
	b->text[address_print(&at, b->text)] = '\0';
	b->port = address_port(&at);
	return 0;
}

static int
bind_shared(struct bound *b, size_t workers, struct problem *why)
{
	for (size_t w = 0; w < workers; w++) {
		b->fds[w] = listener_bind(b->address, b->port, true, why);
		if (b->fds[w] == -1)
			return -1;
	}
	return note_address(b, b->fds[0], why);
}

/*
 * A socket that does not share comes first: it finds out whether somebody
 * else is there already, where sharing ones would quietly join a casgate of
 * the same user. It also picks the port, and holds it until the others are
 * bound. One of our own on that port (`443` beside `10.0.0.1:443`) is in its
 * way once that listens.
 */
static int
bind_new(struct bound *b, size_t workers, const struct sockets *before,
    struct problem *why)
{
	int first = -1, result;

	b->port = b->asked;
	if (b->asked == 0 || !port_is_ours(before, b->asked)) {
		first = listener_bind(b->address, b->asked, false, why);
		if (first == -1 || note_address(b, first, why) == -1) {
			if (first != -1)
				close(first);
			return -1;
		}
	}
	result = bind_shared(b, workers, why);
	if (first != -1)
		close(first);
	return result;
}

static int
bind_one(struct sockets *sockets, const struct config_listen *listen,
    const struct sockets *before, struct problem *why)
{
	struct bound *b = &sockets->list[sockets->count];
	const struct bound *kept;

	b->asked = listen->port;
	b->fds = malloc(sockets->workers * sizeof(*b->fds));
	if (listen->address != NULL)
		b->address = strdup(listen->address);
	if (b->fds == NULL || (listen->address != NULL && b->address == NULL)) {
		free(b->fds);
		free(b->address);
		problem_set(why, "no memory for %s", listen->text);
		return -1;
	}
	for (size_t w = 0; w < sockets->workers; w++)
		b->fds[w] = -1;
	sockets->count++;
	kept = find_kept(before, b, rank(sockets->list, sockets->count - 1, b));
	if (kept != NULL)
		return keep(b, kept, sockets->workers, why);
	return bind_new(b, sockets->workers, before, why);
}

struct sockets *
sockets_bind(const struct config *config, size_t workers,
    const struct sockets *before, struct problem *why)
{
	struct sockets *sockets = calloc(1, sizeof(*sockets));
	const struct config_listen *listen;
	size_t count = 0;

	STAILQ_FOREACH (listen, &config->listens, next)
		count++;
	if (sockets != NULL)
		sockets->list = calloc(count, sizeof(*sockets->list));
	if (sockets == NULL || sockets->list == NULL) {
		problem_set(why, "no memory for the listening sockets");
		sockets_close(sockets);
		return NULL;
	}
	sockets->workers = workers;
	STAILQ_FOREACH (listen, &config->listens, next) {
		if (bind_one(sockets, listen, before, why) == -1) {
			sockets_close(sockets);
			return NULL;
		}
	}
	return sockets;
}

int
sockets_listen(const struct sockets *sockets, struct problem *why)
{
	for (size_t i = 0; i < sockets->count; i++) {
		const struct bound *b = &sockets->list[i];

		for (size_t w = 0; w < sockets->workers; w++) {
			if (listen(b->fds[w], SOMAXCONN) == -1) {
				problem_errno(why, b->text);
				return -1;
			}
		}
	}
	return 0;
}

size_t
sockets_count(const struct sockets *sockets)
{
	return sockets->count;
}

int
sockets_fd(const struct sockets *sockets, size_t listener, size_t worker)
{
	return sockets->list[listener].fds[worker];
}

const char *
sockets_text(const struct sockets *sockets, size_t listener)
{
	return sockets->list[listener].text;
}
