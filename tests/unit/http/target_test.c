#include "http_test.h"

#include "http/target.h"

static const struct {
	const char *target, *path, *query;
} targets[] = {
    {"/", "/", ""},
    {"", "", ""},
    {"?a", "", "a"},
    {"*", "*", ""},
    {"/?", "/", ""},
    {"/??", "/", "?"},
    {"/a?b?c", "/a", "b?c"},
    {"/a/b/", "/a/b/", ""},
    {"/Rpc/RpcProxy.DLL?g@X.y:6001", "/rpc/rpcproxy.dll", "g@X.y:6001"},
    {"/AutoDiscover/AUTODISCOVER.XML", "/autodiscover/autodiscover.xml", ""},
    /* escapes, once */
    {"/%61utodiscover", "/autodiscover", ""},
    {"/%41utodiscover", "/autodiscover", ""},
    {"/%2561utodiscover", "/%61utodiscover", ""},
    {"/a%2Fb", "/a/b", ""},
    {"/a%2fb", "/a/b", ""},
    {"/a%3Fb?c", "/a?b", "c"},
    {"/a%3fb%23c", "/a?b#c", ""},
    {"/%", "/%", ""},
    {"/%4", "/%4", ""},
    {"/%zz", "/%zz", ""},
    {"/%%41", "/%a", ""},
    {"/%e4", "/\xe4", ""},
    {"/%C0%AE%C0%AE/", "/\xc0\xae\xc0\xae/", ""},
    /* slashes */
    {"//a///b//", "/a/b/", ""},
    {"/a\\b", "/a/b", ""},
    {"/a%5cb", "/a/b", ""},
    {"/a\\/\\b", "/a/b", ""},
    /* dot segments */
    {"/.", "/", ""},
    {"/..", "/", ""},
    {"/../..", "/", ""},
    {"/a/.", "/a/", ""},
    {"/a/./b", "/a/b", ""},
    {"/a/..", "/", ""},
    {"/a/../b", "/b", ""},
    {"/a/b/../../../c", "/c", ""},
    {"/a/b/..", "/a/", ""},
    {"/a//../b", "/b", ""},
    {"/a/%2e%2e/b", "/b", ""},
    {"/a/.%2E/b", "/b", ""},
    {"/a/%252e%252e/b", "/a/%2e%2e/b", ""},
    {"/a/..%2fb", "/b", ""},
    {"/a/..\\b", "/b", ""},
    {"/a/...", "/a/...", ""},
    {"/a/..b", "/a/..b", ""},
    {"/a/.b./", "/a/.b./", ""},
    {"/owa/..;/ecp", "/owa/..;/ecp", ""},
    {"/a?/../b", "/a", "/../b"},
};

static void
test_path_and_query(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(targets); i++) {
		struct text target = text_of(targets[i].target);
		char path[64];

		assert_text_equal(
		    ((struct text){path, target_path(target, path)}),
		    targets[i].path);
		assert_text_equal(target_query(target), targets[i].query);
	}
}

static const struct {
	const char *path, *folder;
	bool under;
} folders[] = {
    {"/a", "", true},
    {"a", "", false},
    {"/rpc", "/rpc", true},
    {"/rpc", "/rpc/", true},
    {"/rpc/", "/rpc", true},
    {"/rpc/", "/rpc/", true},
    {"/rpc/rpcproxy.dll", "/rpc/", true},
    {"/rpcwithcert", "/rpc", false},
    {"/rp", "/rpc", false},
    {"/x/rpc", "/rpc", false},
    {"/", "/", true},
    {"/a", "/", true},
    {"*", "/", false},
    {"*", "/rpc", false},
};

static void
test_is_under(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(folders); i++)
		if (target_is_under(text_of(folders[i].path),
			text_of(folders[i].folder)) != folders[i].under)
			fail_msg(
			    "%s under %s", folders[i].path, folders[i].folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_path_and_query),
	    cmocka_unit_test(test_is_under),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
