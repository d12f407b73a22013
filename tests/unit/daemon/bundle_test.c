/*
 * A bundle answers in a worker what the parent saw, and nothing else.
 */
#include "daemon/bundle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "shortage.h"

static const unsigned char secret[TICKET_SECRET_BYTES] = "the ticket secret";

static char folder[] = "/tmp/casgate-bundle-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
write_file(const char *name, const char *text, mode_t mode)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path_of(name), mode), 0);
}

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	write_file("casgate.conf", "listen 80\n", 0644);
	write_file("b.pem", "certificate b", 0644);
	write_file("a.pem", "certificate a", 0644);
	write_file(".hidden.pem", "an editor's", 0644);
	write_file("key.pem", "a key", 0600);
	write_file("group.pem", "a key of a group", 0640);
	write_file("open.pem", "a key for everybody", 0604);
	write_file("empty.pem", "", 0600);
	return mkdir(path_of("inner"), 0755);
}

static int
remove_folder(void **state)
{
	static const char *const names[] = {"casgate.conf", "b.pem", "a.pem",
	    ".hidden.pem", "key.pem", "group.pem", "open.pem", "empty.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(path_of("inner"));
	return rmdir(folder);
}

static int
read_from(struct bundle *bundle, const char *name, bool is_secret,
    struct text *contents, struct problem *why)
{
	struct source *source = bundle_source(bundle);

	return source->read(source, path_of(name), is_secret, contents, why);
}

/* The same questions to both sides; each answer as a line. */
static void
interrogate(struct bundle *bundle, struct buffer *said)
{
	static const char *const names[] = {"casgate.conf", "a.pem", "key.pem",
	    "group.pem", "open.pem", "empty.pem", "missing.pem", "inner"};
	struct source *source = bundle_source(bundle);
	struct text text;
	struct problem why;
	char pattern[256];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (int is_secret = 0; is_secret < 2; is_secret++) {
			int result =
			    read_from(bundle, names[i], is_secret, &text, &why);

			buffer_printf(said, "%s %d %d: %.*s\n", names[i],
			    is_secret, result,
			    result == 0 ? (int)text.len
					: (int)strlen(why.sentence),
			    result == 0 ? text.at : why.sentence);
		}
	}
	snprintf(pattern, sizeof(pattern), "%s/*.pem", folder);
	assert_int_equal(source->list(source, pattern, &text, &why), 0);
	buffer_add_text(said, text);
	assert_int_equal(source->list(source, folder, &text, &why), 0);
	buffer_add_text(said, text);
	snprintf(pattern, sizeof(pattern), "%s/*.none", folder);
	assert_int_equal(source->list(source, pattern, &text, &why), 0);
	assert_int_equal(text.len, 0);
	assert_int_equal(
	    source->resolve(source, "127.0.0.1", 80, &text, &why), 0);
	buffer_add_text(said, text);
	assert_int_equal(source->resolve(source, "::1", 80, &text, &why), 0);
	buffer_add_text(said, text);
	assert_int_equal(
	    source->resolve(source, "not a host", 80, &text, &why), -1);
	buffer_add_string(said, why.sentence);
	assert_false(said->failed);
}

static struct bundle *
pass_on(const struct bundle *seen)
{
	struct problem why;
	int fd = bundle_seal(seen, &why);
	struct bundle *passed = bundle_open(fd, &why);

	assert_int_not_equal(fd, -1);
	close(fd);
	return passed;
}

static void
test_worker_reads_what_the_parent_saw(void **state)
{
	struct bundle *seen = bundle_new(secret), *passed;
	struct buffer before = {0}, after = {0};

	(void)state;
	interrogate(seen, &before);
	passed = pass_on(seen);
	assert_non_null(passed);
	interrogate(passed, &after);
	assert_true(text_equals(buffer_text(&before), buffer_text(&after)));
	assert_memory_equal(bundle_secret(passed), secret, sizeof(secret));
	buffer_clear(&before);
	buffer_clear(&after);
	bundle_free(seen);
	bundle_free(passed);
}

static void
test_worker_looks_at_nothing_else(void **state)
{
	struct bundle *seen = bundle_new(secret), *passed = pass_on(seen);
	struct source *source = bundle_source(passed);
	struct problem why;
	struct text text;

	(void)state;
	assert_int_equal(read_from(passed, "a.pem", false, &text, &why), -1);
	assert_non_null(strstr(why.sentence, "not in the bundle"));
	assert_int_equal(source->list(source, folder, &text, &why), -1);
	assert_int_equal(
	    source->resolve(source, "127.0.0.1", 80, &text, &why), -1);
	bundle_free(seen);
	bundle_free(passed);
}

static void
test_an_answer_stays_what_it_was(void **state)
{
	struct bundle *seen = bundle_new(secret);
	struct text first, second;
	struct problem why;

	(void)state;
	assert_int_equal(read_from(seen, "a.pem", false, &first, &why), 0);
	write_file("a.pem", "changed meanwhile", 0644);
	assert_int_equal(read_from(seen, "a.pem", false, &second, &why), 0);
	assert_ptr_equal(first.at, second.at);
	assert_int_equal(first.len, second.len);
	write_file("a.pem", "certificate a", 0644);
	bundle_free(seen);
}

static void
test_key_that_others_may_read_is_refused(void **state)
{
	struct bundle *seen = bundle_new(secret);
	struct problem why;
	struct text text;

	(void)state;
	assert_int_equal(read_from(seen, "key.pem", true, &text, &why), 0);
	assert_int_equal(read_from(seen, "group.pem", true, &text, &why), 0);
	assert_int_equal(read_from(seen, "open.pem", false, &text, &why), 0);
	assert_int_equal(read_from(seen, "open.pem", true, &text, &why), -1);
	assert_non_null(strstr(why.sentence, path_of("open.pem")));
	bundle_free(seen);
}

static void
test_failures_name_the_file(void **state)
{
	struct bundle *seen = bundle_new(secret);
	struct problem why;
	struct text text;

	(void)state;
	assert_int_equal(read_from(seen, "none", false, &text, &why), -1);
	assert_non_null(strstr(why.sentence, path_of("none")));
	assert_non_null(strstr(why.sentence, "No such file"));
	assert_int_equal(read_from(seen, "inner", false, &text, &why), -1);
	assert_non_null(strstr(why.sentence, "is a folder"));
	bundle_free(seen);
}

static void
test_sealed_bundle_cannot_be_changed(void **state)
{
	struct bundle *seen = bundle_new(secret);
	struct problem why;
	int fd = bundle_seal(seen, &why);

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(ftruncate(fd, 1 << 20), -1);
	close(fd);
	bundle_free(seen);
}

static void
test_unsealed_memory_is_no_bundle(void **state)
{
	int fd = memfd_create("not sealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct problem why;

	(void)state;
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_null(bundle_open(fd, &why));
	close(fd);
	assert_null(bundle_open(-1, &why));
}

static bool
see_and_pass_on(void *with)
{
	struct bundle *seen = bundle_new(secret), *passed = NULL;
	struct source *source = seen == NULL ? NULL : bundle_source(seen);
	struct problem why;
	struct text text;
	int fd = -1;

	(void)with;
	if (seen != NULL &&
	    read_from(seen, "key.pem", true, &text, &why) == 0 &&
	    source->list(source, folder, &text, &why) == 0 &&
	    source->resolve(source, "127.0.0.1", 80, &text, &why) == 0)
		fd = bundle_seal(seen, &why);
	if (fd != -1) {
		passed = bundle_open(fd, &why);
		close(fd);
	}
	if (seen != NULL && passed == NULL)
		assert_true(strlen(why.sentence) > 10);
	bundle_free(seen);
	bundle_free(passed);
	return passed != NULL;
}

static void
test_without_memory_there_is_no_bundle(void **state)
{
	(void)state;
	shortage_sweep(see_and_pass_on, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_worker_reads_what_the_parent_saw),
	    cmocka_unit_test(test_worker_looks_at_nothing_else),
	    cmocka_unit_test(test_an_answer_stays_what_it_was),
	    cmocka_unit_test(test_key_that_others_may_read_is_refused),
	    cmocka_unit_test(test_failures_name_the_file),
	    cmocka_unit_test(test_sealed_bundle_cannot_be_changed),
	    cmocka_unit_test(test_unsealed_memory_is_no_bundle),
	    cmocka_unit_test(test_without_memory_there_is_no_bundle),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
