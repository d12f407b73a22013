/*
 * bench-backend: a plaintext HTTP server on 127.0.0.1, as little in the way of
 * what is measured as can be. It says "listening PORT" and runs until killed.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "backend/visitor.h"
#include "common/loop.h"

static void
on_connection(struct watcher *listener)
{
	int fd, on = 1;

	while ((fd = accept4(listener->fd, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		visitor_new(fd);
	}
	if (errno != EAGAIN)
		die("accept4");
}

int
main(void)
{
	struct watcher listener;
	struct sockaddr_in address = {
	    .sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	signal(SIGPIPE, SIG_IGN);
	if (fd == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) == -1)
		die("listening");
	loop_open();
	loop_watch(&listener, fd, on_connection);
	printf("listening %u\n", ntohs(address.sin_port));
	fflush(stdout);
	for (;;)
		loop_turn(NEVER);
}
