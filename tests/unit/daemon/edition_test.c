/*
 * An edition of the configuration is read and bound whole, or not at all.
 */
#include "daemon/edition.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/channel.h"
#include "shortage.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "the ticket secret";
static char path[] = "/tmp/casgate-edition-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd == -1)
		return -1;
	return close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void
write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static struct edition *
read_right(size_t workers)
{
	struct problems problems = {0};
	struct edition *edition =
	    edition_read(path, secret, workers, &problems);

	if (edition == NULL)
		problems_print(&problems, stderr);
	assert_non_null(edition);
	return edition;
}

static void
bind_right(struct edition *edition, const struct edition *before)
{
	struct problem why;

	if (edition_bind(edition, before, &why) == -1)
		fail_msg("%s", why.sentence);
}

static void
test_each_worker_has_a_socket_for_each_listen(void **state)
{
	struct edition *edition;

	(void)state;
	write_file("workers 3\nlisten 127.0.0.1:0 { otherwise 404 }\n"
		   "listen [::1]:0 { otherwise 404 }\n");
	edition = read_right(0);
	assert_int_equal(edition->workers, 3);
	bind_right(edition, NULL);
	assert_int_equal(sockets_count(edition->sockets), 2);
	for (size_t listener = 0; listener < 2; listener++)
		for (size_t worker = 0; worker < 3; worker++)
			assert_int_not_equal(fcntl(sockets_fd(edition->sockets,
						       listener, worker),
						 F_GETFD),
			    -1);
	edition_unbind(edition);
	assert_null(edition->sockets);
	edition_free(edition);
	edition_free(NULL);
}

static void
test_a_reload_keeps_the_ports_that_the_kernel_picked(void **state)
{
	struct edition *before, *after;

	(void)state;
	write_file("listen 127.0.0.1:0 { otherwise 404 }\n"
		   "listen 127.0.0.1:0 { otherwise https }\n");
	before = read_right(2);
	bind_right(before, NULL);
	assert_string_not_equal(
	    sockets_text(before->sockets, 0), sockets_text(before->sockets, 1));
	after = read_right(2);
	bind_right(after, before);
	for (size_t listener = 0; listener < 2; listener++)
		assert_string_equal(sockets_text(before->sockets, listener),
		    sockets_text(after->sockets, listener));
	edition_free(before);
	edition_free(after);
}

static void
test_an_address_of_somebody_else_is_named(void **state)
{
	struct edition *theirs, *ours;
	struct problem why;
	char text[100];

	(void)state;
	write_file("listen 127.0.0.1:0 { otherwise 404 }\n");
	theirs = read_right(1);
	bind_right(theirs, NULL);
	assert_int_equal(sockets_listen(theirs->sockets, &why), 0);
	snprintf(text, sizeof(text), "listen %s { otherwise 404 }\n",
	    sockets_text(theirs->sockets, 0));
	write_file(text);
	ours = read_right(1);
	assert_int_equal(edition_bind(ours, NULL, &why), -1);
	assert_non_null(strstr(why.sentence, sockets_text(theirs->sockets, 0)));
	edition_free(ours);
	edition_free(theirs);
}

/* All of them and the bundle go to a worker in one message. */
static void
test_more_listens_than_a_message_holds_are_refused(void **state)
{
	(void)state;
	for (int count = MESSAGE_FDS_MAX - 1; count <= MESSAGE_FDS_MAX;
	     count++) {
		struct problems problems = {0};
		struct edition *edition;
		FILE *file = fopen(path, "w");

		for (int i = 0; i < count; i++)
			fprintf(file, "listen 127.0.0.1:0 { otherwise 404 }\n");
		fclose(file);
		edition = edition_read(path, secret, 1, &problems);
		assert_int_equal(edition != NULL, count < MESSAGE_FDS_MAX);
		if (edition == NULL) {
			assert_int_equal(problems.errors, 1);
			assert_int_equal(
			    problems.list[0].where.line, MESSAGE_FDS_MAX);
		}
		edition_free(edition);
	}
}

static bool
read_and_bind(void *with)
{
	struct problems problems = {0};
	struct edition *edition = edition_read(path, secret, 2, &problems);
	struct problem why = {0};
	bool bound = false;

	(void)with;
	assert_int_equal(edition == NULL, problems.errors > 0);
	if (edition != NULL) {
		bound = edition_bind(edition, NULL, &why) == 0;
		assert_int_equal(bound, why.sentence[0] == '\0');
	}
	edition_free(edition);
	assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1);
	return bound;
}

static void
test_without_memory_there_is_no_edition_and_that_is_told(void **state)
{
	(void)state;
	write_file("listen 127.0.0.1:0 { otherwise 404 }\n"
		   "listen [::1]:0\n"
		   "exchange cas { server cas1 127.0.0.1:80 }\n"
		   "site * { forward cas }\n");
	shortage_sweep(read_and_bind, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_worker_has_a_socket_for_each_listen),
	    cmocka_unit_test(
		test_a_reload_keeps_the_ports_that_the_kernel_picked),
	    cmocka_unit_test(test_an_address_of_somebody_else_is_named),
	    cmocka_unit_test(
		test_more_listens_than_a_message_holds_are_refused),
	    cmocka_unit_test(
		test_without_memory_there_is_no_edition_and_that_is_told),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
