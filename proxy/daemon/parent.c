/*
 * The life of the program, from above:
 *
 *   start    read the configuration, bind, fork the workers, offer them the
 *            first edition
 *   go_on    whenever something changed: all are ready, so it goes into
 *            force; all use it, so that is told; one refuses, so it is dropped
 *   reload   the same with the next edition
 *   end      drain or stop the workers, and leave when the last has gone
 */
#include "daemon/parent.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "daemon/announce.h"
#include "daemon/descriptors.h"
#include "daemon/edition.h"
#include "daemon/log_files.h"
#include "daemon/memory.h"
#include "daemon/notify.h"
#include "daemon/report.h"
#include "daemon/sandbox.h"
#include "daemon/workers.h"
#include "net/loop.h"
#include "tls/tls_library.h"

/* A worker builds its site in far less. */
#define ANSWER_MS 20000

/* All is over within 5 s of TERM. */
#define STOP_MS 4000

#define LOG_FLUSH_MS 10000

enum life { STARTING, RUNNING, DRAINING, STOPPING };

struct parent {
	const char *file;
	unsigned char secret[TICKET_SECRET_BYTES]; /* as long as we live */
	struct loop *loop;
	struct log_files *logs;
	bool locked; /* in memory */
	int own_log; /* our pipe into them; -1: not yet */
	struct workers *workers;
	struct crew crew;        /* as it was at the start */
	uint64_t workers_asked;  /* by the configuration at the start */
	struct edition *current; /* in force; NULL: none yet */
	struct edition *next;    /* offered; NULL: none */
	unsigned editions;       /* so far */
	bool untold; /* `current` is in force, but not yet everywhere */
	bool again;  /* a HUP came meanwhile: once more */
	enum life life;
	struct timer *deadline; /* of what is under way */
	struct timer *flush_timer;
	struct watch *signals[6];
	int result;
};

/* The end. */

static void
stop(struct parent *parent)
{
	if (parent->life != STARTING)
		log_notice("stopping");
	parent->life = STOPPING;
	notify("STOPPING=1");
	workers_stop(parent->workers);
	timer_rest(parent->deadline);
	timer_aim(parent->deadline, parent->loop->now_ms + STOP_MS);
	if (workers_alive(parent->workers) == 0)
		loop_stop(parent->loop);
}

static void
drain(struct parent *parent)
{
	uint64_t limit_s =
	    parent->current->site->config->timeouts.drain_s.value;

	parent->life = DRAINING;
	notify("STOPPING=1");
	log_notice("draining: no new connections, up to %llu s for those here",
	    (unsigned long long)limit_s);
	edition_unbind(parent->current);
	workers_drain(parent->workers);
	timer_rest(parent->deadline);
	timer_aim(parent->deadline, parent->loop->now_ms + limit_s * 1000);
	if (workers_alive(parent->workers) == 0)
		loop_stop(parent->loop);
}

/* What an edition may come to. */

static void reload(struct parent *parent);

static void
reload_is_over(struct parent *parent)
{
	timer_rest(parent->deadline);
	notify("READY=1");
	if (!parent->again)
		return;
	parent->again = false;
	reload(parent);
}

/* The edition offered is not to be had. Before there is another one, that is
 * the end of casgate. */
static void
give_up(struct parent *parent, const char *why)
{
	if (parent->life == STARTING)
		log_error("cannot start: %s", why);
	else
		log_error(
		    "reload refused: %s, the old configuration stays", why);
	workers_withdraw(parent->workers); /* `why` may be theirs */
	log_files_forget(parent->logs);
	edition_free(parent->next);
	parent->next = NULL;
	if (parent->life == STARTING) {
		parent->result = EXIT_FAILED;
		stop(parent);
	} else {
		reload_is_over(parent);
	}
}

static void
put_in_force(struct parent *parent)
{
	struct edition *before = parent->current;
	struct problem why;

	if (sockets_listen(parent->next->sockets, &why) == -1) {
		give_up(parent, why.sentence);
		return;
	}
	log_files_use(parent->logs);
	workers_use(parent->workers);
	parent->current = parent->next;
	parent->next = NULL;
	parent->untold = true;
	edition_free(before);
}

/* Some words of the configuration are for the next start. */
static void
tell_what_waits(const struct parent *parent)
{
	const struct config *config = parent->current->site->config;
	struct problems ignored = {0};
	struct identity identity;

	if (config->workers.value != parent->workers_asked)
		log_warning("`workers` has changed: that takes a restart");
	if (privileges_identity(&config->user, &identity, &ignored) == 0 &&
	    identity.uid != parent->crew.identity.uid)
		log_warning("`user` has changed: that takes a restart");
	if (config->sandbox.on != parent->crew.sandboxed)
		log_warning("`sandbox` has changed: that takes a restart");
}

/* Once, and not by each worker. */
static void
tell_what_lacks(const struct parent *parent)
{
	char lacks[64];

	sandbox_lacks(lacks, sizeof(lacks));
	if (!parent->crew.sandboxed)
		log_warning("the sandbox is off");
	else if (lacks[0] != '\0')
		log_warning("the sandbox is weaker than it could be: this"
			    " kernel has no %s",
		    lacks);
	if (!parent->locked)
		log_warning("keys may reach the swap: RLIMIT_MEMLOCK does not"
			    " let memory be locked");
}

static void
tell(struct parent *parent)
{
	parent->untold = false;
	announce(parent->current);
	if (parent->life == STARTING) {
		parent->life = RUNNING;
		log_open(parent->own_log, "casgate: ");
		log_notice("started, %zu listeners, %zu workers",
		    parent->current->site->listener_count,
		    parent->current->workers);
		tell_what_lacks(parent);
	} else {
		log_notice("reloaded, %zu listeners",
		    parent->current->site->listener_count);
		tell_what_waits(parent);
	}
	reload_is_over(parent);
}

static void
go_on(void *owner)
{
	struct parent *parent = owner;
	const char *refusal = workers_refusal(parent->workers);

	switch (parent->life) {
	case STARTING:
	case RUNNING:
		if (parent->next != NULL && refusal != NULL)
			give_up(parent, refusal);
		else if (parent->next != NULL && workers_ready(parent->workers))
			put_in_force(parent);
		else if (parent->untold && workers_using(parent->workers))
			tell(parent);
		break;
	case DRAINING:
	case STOPPING:
		if (workers_alive(parent->workers) == 0)
			loop_stop(parent->loop);
		break;
	}
}

static void
on_deadline(void *owner)
{
	struct parent *parent = owner;
	char why[80];

	switch (parent->life) {
	case STARTING:
	case RUNNING:
		if (parent->next == NULL)
			break;
		snprintf(why, sizeof(why), "worker %zu does not answer",
		    workers_silent(parent->workers));
		give_up(parent, why);
		break;
	case DRAINING:
		log_notice("the time to drain is over");
		stop(parent);
		break;
	case STOPPING:
		log_error("some workers do not stop: they are killed");
		workers_kill(parent->workers);
		break;
	}
}

/* A new edition is offered, at the start and by a reload. */

static void
offer(struct parent *parent, struct edition *edition)
{
	edition->number = ++parent->editions;
	parent->next = edition;
	timer_rest(parent->deadline);
	timer_aim(parent->deadline, parent->loop->now_ms + ANSWER_MS);
	workers_offer(parent->workers, edition);
	go_on(parent); /* it may be refused already */
}

static void
reload(struct parent *parent)
{
	struct problems problems = {0};
	struct edition *edition;
	struct problem why;

	if (parent->next != NULL || parent->untold) {
		parent->again = true;
		return;
	}
	log_notice("reading %s again", parent->file);
	notify("RELOADING=1");
	edition = edition_read(
	    parent->file, parent->secret, parent->current->workers, &problems);
	if (edition == NULL) {
		report_refusal(&problems);
		reload_is_over(parent);
		return;
	}
	report_warnings(&problems);
	if (edition_bind(edition, parent->current, &why) == -1 ||
	    log_files_prepare(parent->logs, edition->site->config, &why) ==
		-1) {
		edition_free(edition);
		give_up(parent, why.sentence);
		return;
	}
	offer(parent, edition);
}

/* Signals. */

static void
on_signal(int signal, void *owner)
{
	struct parent *parent = owner;

	switch (signal) {
	case SIGHUP:
		if (parent->life == RUNNING || parent->life == STARTING)
			reload(parent);
		break;
	case SIGUSR1:
		log_files_reopen(parent->logs);
		break;
	case SIGQUIT:
		if (parent->life == RUNNING)
			drain(parent);
		else if (parent->life == STARTING)
			stop(parent);
		break;
	case SIGTERM:
	case SIGINT:
		if (parent->life != STOPPING)
			stop(parent);
		break;
	case SIGCHLD:
		workers_reap(parent->workers);
		break;
	}
}

static int
watch_signals(struct parent *parent)
{
	static const int signals[] = {
	    SIGHUP, SIGUSR1, SIGQUIT, SIGTERM, SIGINT, SIGCHLD};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		parent->signals[i] =
		    watch_signal(parent->loop, signals[i], on_signal, parent);
		if (parent->signals[i] == NULL)
			return -1;
	}
	return 0;
}

static void
on_flush_timer(void *owner)
{
	struct parent *parent = owner;

	log_flush();
	timer_aim(parent->flush_timer, parent->loop->now_ms + LOG_FLUSH_MS);
}

/* The start. */

static int
set_up(struct parent *parent, struct problem *why)
{
	if (tls_library_start() == -1) {
		problem_set(why, "no memory to start OpenSSL");
		return -1;
	}
	parent->loop = loop_new(why);
	if (parent->loop == NULL)
		return -1;
	parent->logs = log_files_new(parent->loop, why);
	if (parent->logs == NULL)
		return -1;
	parent->own_log = log_files_pipe(parent->logs, ERROR_LOG, why);
	if (parent->own_log == -1)
		return -1;
	parent->deadline = timer_new(parent->loop, on_deadline, parent);
	parent->flush_timer = timer_new(parent->loop, on_flush_timer, parent);
	if (parent->deadline == NULL || parent->flush_timer == NULL ||
	    watch_signals(parent) == -1) {
		problem_set(why, "no memory to start");
		return -1;
	}
	timer_aim(parent->flush_timer, parent->loop->now_ms + LOG_FLUSH_MS);
	if (tls_library_random(parent->secret, sizeof(parent->secret)) == -1) {
		problem_set(why, "no randomness for the ticket secret");
		return -1;
	}
	return 0;
}

/* From the configuration to workers that prepare for it. */
static int
bring_up(struct parent *parent, struct edition *first, struct problem *why)
{
	const struct config *config = first->site->config;
	struct problems ignored = {0}; /* it was looked up before */

	if (log_files_prepare(parent->logs, config, why) == -1) {
		parent->result = EXIT_WRONG_CONFIGURATION;
		return -1;
	}
	log_files_use(parent->logs);
	if (edition_bind(first, NULL, why) == -1)
		return -1;
	privileges_identity(&config->user, &parent->crew.identity, &ignored);
	parent->workers_asked = config->workers.value;
	parent->crew.sandboxed = config->sandbox.on;
	parent->crew.loop = parent->loop;
	parent->crew.logs = parent->logs;
	parent->crew.file = parent->file;
	parent->crew.count = first->workers;
	parent->crew.callers = callers_new(first->workers, why);
	if (parent->crew.callers == NULL)
		return -1;
	parent->workers = workers_new(&parent->crew, go_on, parent, why);
	if (parent->workers == NULL)
		return -1;
	return workers_start(parent->workers, why);
}

/* False: it is over already, and parent->result says how. */
static bool
start(struct parent *parent)
{
	struct problems problems = {0};
	struct edition *first;
	struct problem why;

	parent->result = EXIT_FAILED;
	if (set_up(parent, &why) == -1) {
		log_error("%s", why.sentence);
		return false;
	}
	first = edition_read(parent->file, parent->secret, 0, &problems);
	problems_print(&problems, stderr);
	if (first == NULL) {
		parent->result = EXIT_WRONG_CONFIGURATION;
		return false;
	}
	if (bring_up(parent, first, &why) == -1) {
		log_error("cannot start: %s", why.sentence);
		edition_free(first);
		return false;
	}
	parent->result = EXIT_FINE;
	offer(parent, first);
	return true;
}

static void
clear(struct parent *parent)
{
	if (parent->workers != NULL)
		workers_kill(parent->workers); /* of a start that failed */
	workers_free(parent->workers);
	callers_free(parent->crew.callers);
	edition_free(parent->next);
	edition_free(parent->current);
	log_flush();
	log_open(STDERR_FILENO, "casgate: ");
	if (parent->own_log != -1)
		close(parent->own_log);
	log_files_free(parent->logs);
	timer_free(parent->deadline);
	timer_free(parent->flush_timer);
	for (size_t i = 0; i < sizeof(parent->signals) / sizeof(void *); i++)
		watch_close(parent->signals[i]);
	loop_free(parent->loop);
	explicit_bzero(parent->secret, sizeof(parent->secret));
}

int
parent_run(const char *file)
{
	struct parent parent = {.file = file, .own_log = -1};

	log_open(STDERR_FILENO, "casgate: ");
	memory_hide();
	parent.locked = memory_lock();
	descriptors_raise();
	if (start(&parent))
		loop_run(parent.loop);
	clear(&parent);
	return parent.result;
}
