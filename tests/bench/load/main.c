/*
 * bench-load: drives a server on 127.0.0.1 and times its answers.
 *
 * It opens what the mode needs, says "ready", and then obeys stdin, a line at
 * a time, so that whoever runs it can look at the server's clocks in between:
 *   run COUNT [RATE]   so many operations, RATE a second or as fast as they
 *                      are answered; their times come back as a line of JSON
 *   carry BYTES        through each pair of channels; "carried" comes back
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/modes.h"

static const struct mode *const modes[] = {
    &mode_requests, &mode_visits, &mode_channels};

static const char usage_text[] =
    "usage: bench-load [option...] requests|visits|channels PORT\n"
    "  --plain           no TLS\n"
    "  --tls12           TLS 1.2 instead of 1.3\n"
    "  --resume          visits resume a session\n"
    "  --host NAME       asked for (mail.contoso.com)\n"
    "  --connections N   open at a time (1)\n"
    "  --method METHOD   (GET)\n"
    "  --path PATH       (/ews/exchange.asmx)\n"
    "  --body BYTES      of each request (0)\n"
    "  --headers N       of each request, at least 5\n"
    "  --limit SECONDS   no command may take longer (120)\n";

static _Noreturn void
usage(void)
{
	fputs(usage_text, stderr);
	exit(2);
}

enum {
	PLAIN,
	TLS12,
	RESUME,
	HOST,
	CONNECTIONS,
	METHOD,
	PATH,
	BODY,
	HEADERS,
	LIMIT
};

static const struct option long_options[] = {
    {"plain", no_argument, NULL, PLAIN},
    {"tls12", no_argument, NULL, TLS12},
    {"resume", no_argument, NULL, RESUME},
    {"host", required_argument, NULL, HOST},
    {"connections", required_argument, NULL, CONNECTIONS},
    {"method", required_argument, NULL, METHOD},
    {"path", required_argument, NULL, PATH},
    {"body", required_argument, NULL, BODY},
    {"headers", required_argument, NULL, HEADERS},
    {"limit", required_argument, NULL, LIMIT},
    {NULL, 0, NULL, 0},
};

static uint64_t
number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (end == text || *end != '\0')
		usage();
	return value;
}

/* Reads the options into `options` and its target; returns the time limit. */
static unsigned
read_options(int argc, char **argv, struct options *options)
{
	bool plain = false, tls12 = false, resume = false;
	unsigned limit_s = 120;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		switch (option) {
		case PLAIN:
			plain = true;
			break;
		case TLS12:
			tls12 = true;
			break;
		case RESUME:
			resume = true;
			break;
		case HOST:
			options->shape.host = optarg;
			break;
		case CONNECTIONS:
			options->connections = (unsigned)number(optarg);
			break;
		case METHOD:
			options->method = optarg;
			break;
		case PATH:
			options->path = optarg;
			break;
		case BODY:
			options->body_bytes = number(optarg);
			break;
		case HEADERS:
			options->shape.headers = (unsigned)number(optarg);
			break;
		case LIMIT:
			limit_s = (unsigned)number(optarg);
			break;
		default:
			usage();
		}
	target_init(options->target, !plain, tls12);
	options->target->resume = resume;
	options->target->name = options->shape.host;
	return limit_s;
}

static const struct mode *
mode_of(const char *name)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i]->name, name) == 0)
			return modes[i];
	usage();
}

static void
obey(const struct mode *mode, const char *line)
{
	struct run run;
	uint64_t count;
	double rate = 0;

	if (sscanf(line, "run %" SCNu64 " %lf", &count, &rate) >= 1) {
		run_init(&run, count, rate);
		mode->run(&run);
		run_report(&run);
	} else if (mode->carry != NULL &&
	    sscanf(line, "carry %" SCNu64, &count) == 1) {
		mode->carry(count);
		puts("carried");
		fflush(stdout);
	} else {
		usage();
	}
}

int
main(int argc, char **argv)
{
	static struct target target;
	struct options options = {
	    .target = &target,
	    .shape = {.host = "mail.contoso.com"},
	    .method = "GET",
	    .path = "/ews/exchange.asmx",
	    .connections = 1,
	};
	unsigned limit_s = read_options(argc, argv, &options);
	const struct mode *mode;
	char line[128];

	if (argc - optind != 2)
		usage();
	mode = mode_of(argv[optind]);
	target.port = (uint16_t)number(argv[optind + 1]);
	signal(SIGPIPE, SIG_IGN);
	loop_open();
	alarm(limit_s);
	mode->open(&options);
	puts("ready");
	fflush(stdout);
	while (alarm(0), fgets(line, sizeof(line), stdin) != NULL) {
		alarm(limit_s);
		obey(mode, line);
	}
	return 0;
}
