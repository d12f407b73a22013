/*
 * The plain stream: bytes go over the socket as they are.
 */
#include <errno.h>
#include <sys/socket.h>

#include "net/conn.h"

static enum io
failed(struct conn *conn)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK)
		return IO_AGAIN;
	conn->error = errno;
	return IO_FAILED;
}

static enum io
plain_read(struct conn *conn, void *to, size_t len, size_t *moved)
{
	ssize_t n;

	do
		n = recv(conn->fd, to, len, 0);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return failed(conn);
	if (n == 0)
		return IO_EOF;
	*moved = (size_t)n;
	return IO_DONE;
}

static enum io
plain_write(struct conn *conn, const void *from, size_t len, size_t *moved)
{
	ssize_t n;

	do
		n = send(conn->fd, from, len, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return failed(conn);
	*moved = (size_t)n;
	return IO_DONE;
}

static bool
plain_holds(struct conn *conn)
{
	(void)conn;
	return false;
}

static enum io
plain_flush(struct conn *conn)
{
	(void)conn;
	return IO_DONE;
}

static void
plain_part(struct conn *conn, bool follows)
{
	(void)conn;
	(void)follows;
}

static void
plain_free(struct conn *conn)
{
	(void)conn;
}

const struct stream conn_plain = {
    .read = plain_read,
    .write = plain_write,
    .flush = plain_flush,
    .holds = plain_holds,
    .part = plain_part,
    .free = plain_free,
};
