/*
 * What a worker keeps of the parent's process.
 */
#include "daemon/inheritance.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* Everything a worker writes, and be it an assertion's last words, goes into
 * the error log; nothing of the parent's stays open here. */
static void
keep_own_descriptors(const struct worker_start *start)
{
	int channel = fcntl(start->channel, F_DUPFD, FIRST_FREE_FD);
	int access_log = fcntl(start->access_log, F_DUPFD, FIRST_FREE_FD);
	int error_log = fcntl(start->error_log, F_DUPFD, FIRST_FREE_FD);
	int nothing = open("/dev/null", O_RDWR);

	dup2(nothing, STDIN_FILENO);
	dup2(nothing, STDOUT_FILENO);
	dup2(error_log, STDERR_FILENO);
	dup2(access_log, ACCESS_LOG_FD);
	dup2(channel, CHANNEL_FD);
	close_range(FIRST_FREE_FD, ~0U, 0);
}

/* A terminal's Ctrl-C and a service manager's TERM reach all processes of
 * casgate; what they mean for a worker is the parent's to say. */
static void
ignore_signals(void)
{
	static const int ignored[] = {
	    SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE};
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

void
inheritance_keep(const struct worker_start *start)
{
	keep_own_descriptors(start);
	ignore_signals();
}
