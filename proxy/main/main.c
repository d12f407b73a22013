/*
 * casgate: stands before Exchange's Client Access servers. This file reads
 * the command line and does what it asks for; to run is daemon/parent's.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config/config.h"
#include "daemon/bundle.h"
#include "daemon/descriptors.h"
#include "daemon/edition.h"
#include "daemon/parent.h"
#include "daemon/self_test.h"
#include "main/options.h"
#include "main/version.h"

static const char usage[] =
    "casgate: stands before Exchange's Client Access servers\n"
    "\n"
    "  casgate [-c FILE]               run in the foreground\n"
    "  casgate [-c FILE] -t            check the configuration\n"
    "  casgate [-c FILE] -T [--json]   print the configuration in force\n"
    "  casgate -v | -V                 version | and of what it is made\n"
    "  casgate --self-test sandbox     show what a worker cannot do\n"
    "  casgate -h | -H [WORD]          this help | the configuration's words\n"
    "\n"
    "FILE is " DEFAULT_FILE " unless told otherwise.\n"
    "Signals: HUP reads the configuration again, USR1 reopens the logs,\n"
    "QUIT drains and ends, TERM and INT end.\n"
    "Exit codes: 0 fine, 1 failed, 2 wrong usage, 78 wrong configuration.\n";

/* Everything that a start checks, less the addresses. */
static int
test(const char *file)
{
	/* Tickets are not for keeps here. */
	static const unsigned char secret[TICKET_SECRET_BYTES];
	struct problems problems = {0};
	struct edition *edition;

	descriptors_raise();
	edition = edition_read(file, secret, 0, &problems);
	problems_print(&problems, stderr);
	if (edition == NULL)
		return EXIT_WRONG_CONFIGURATION;
	edition_free(edition);
	printf("%s is right\n", file);
	return EXIT_FINE;
}

static int
print(const char *file, bool json)
{
	static const unsigned char secret[TICKET_SECRET_BYTES];
	struct bundle *bundle = bundle_new(secret);
	struct problems problems = {0};
	struct config *config;

	if (bundle == NULL)
		return EXIT_FAILED;
	config = config_read(file, bundle_source(bundle), &problems);
	problems_print(&problems, stderr);
	if (config != NULL && json)
		config_print_json(config, stdout);
	else if (config != NULL)
		config_print(config, stdout);
	bundle_free(bundle);
	if (config == NULL)
		return EXIT_WRONG_CONFIGURATION;
	config_free(config);
	return EXIT_FINE;
}

static int
test_itself(void)
{
	struct problem why;
	int let_through = self_test_sandbox(stdout, true, &why);

	if (let_through == -1)
		fprintf(stderr, "casgate: %s\n", why.sentence);
	return let_through == 0 ? EXIT_FINE : EXIT_FAILED;
}

static int
run_errand(const struct options *options)
{
	switch (options->errand) {
	case DO_RUN:
		return parent_run(options->file);
	case DO_TEST:
		return test(options->file);
	case DO_PRINT:
		return print(options->file, options->json);
	case DO_TELL_VERSION:
		printf("casgate %s\n", CASGATE_VERSION);
		return EXIT_FINE;
	case DO_TELL_ALL:
		version_print(stdout);
		return EXIT_FINE;
	case DO_HELP:
		fputs(usage, stdout);
		return EXIT_FINE;
	case DO_EXPLAIN:
		return config_help(options->word, stdout) == 0
		    ? EXIT_FINE
		    : EXIT_WRONG_USAGE;
	case DO_SELF_TEST:
		return test_itself();
	}
	abort();
}

/* A socket must never become number 2, and get our error messages. */
static void
fill_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd != -1)
		close(fd);
}

int
main(int count, char **words)
{
	struct options options;
	struct problem why;
	int result;

	fill_standard_descriptors();
	signal(SIGPIPE, SIG_IGN);
	if (options_read(&options, count, words, &why) == -1) {
		fprintf(stderr,
		    "casgate: %s; `casgate -h` tells what there"
		    " is\n",
		    why.sentence);
		return EXIT_WRONG_USAGE;
	}
	result = run_errand(&options);
	if (fflush(stdout) == EOF && result == EXIT_FINE)
		return EXIT_FAILED;
	return result;
}
