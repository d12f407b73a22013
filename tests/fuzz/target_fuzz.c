/*
 * Targets and hosts: what is read for a decision has one form only.
 */
#include <string.h>

#include "fuzz.h"
#include "http/head.h"
#include "http/host.h"
#include "http/target.h"

static bool
holds(struct text t, const char *needle)
{
	return t.len > 0 && memmem(t.at, t.len, needle, strlen(needle)) != NULL;
}

static bool
ends(struct text t, struct text with)
{
	return t.len >= with.len &&
	    memcmp(t.at + t.len - with.len, with.at, with.len) == 0;
}

static void
check_path(struct text path)
{
	CHECK(path.at[0] == '/');
	CHECK(!holds(path, "//") && !holds(path, "\\"));
	CHECK(!holds(path, "/./") && !holds(path, "/../"));
	CHECK(!ends(path, TEXT("/.")) && !ends(path, TEXT("/..")));
	for (size_t i = 0; i < path.len; i++)
		CHECK(path.at[i] < 'A' || path.at[i] > 'Z');
	CHECK(target_is_under(path, TEXT("/")));
	CHECK(target_is_under(path, path));
}

static void
check_host(struct text text)
{
	struct text name = head_host_name(text);
	struct host host, again;

	CHECK(name.len <= text.len);
	if (!host_read(text, &host))
		return;
	CHECK(text_equals(name, host.name));
	CHECK(host_read(host.name, &again));
	CHECK(text_equals(again.name, host.name) && again.port == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text target = {(const char *)data, size};
	struct text query = target_query(target);
	char *to = malloc(size + 1), *twice = malloc(size + 1);
	struct text path = {to, target_path(target, to)};

	CHECK(path.len + query.len <= size);
	CHECK(ends(target, query));
	check_host(target);
	if (size > 0 && data[0] == '/') {
		check_path(path);
		/* Once decoded it is what it is. */
		if (!holds(path, "%") && !holds(path, "?")) {
			CHECK(target_path(path, twice) == path.len);
			CHECK(memcmp(to, twice, path.len) == 0);
		}
	}
	free(to);
	free(twice);
	return 0;
}
