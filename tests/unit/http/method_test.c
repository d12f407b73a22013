#include "http_test.h"

#include "http/method.h"

static const struct {
	const char *token;
	enum method method;
} methods[] = {
    {"GET", METHOD_OTHER},
    {"HEAD", METHOD_HEAD},
    {"POST", METHOD_OTHER},
    {"PUT", METHOD_OTHER},
    {"DELETE", METHOD_OTHER},
    {"OPTIONS", METHOD_OTHER},
    {"PATCH", METHOD_OTHER},
    {"RPC_IN_DATA", METHOD_RPC},
    {"RPC_OUT_DATA", METHOD_RPC},
    {"PROPFIND", METHOD_OTHER},
    {"PROPPATCH", METHOD_OTHER},
    {"MKCOL", METHOD_OTHER},
    {"COPY", METHOD_OTHER},
    {"MOVE", METHOD_OTHER},
    {"LOCK", METHOD_OTHER},
    {"UNLOCK", METHOD_OTHER},
    {"SEARCH", METHOD_OTHER},
    {"POLL", METHOD_OTHER},
    {"SUBSCRIBE", METHOD_OTHER},
    {"UNSUBSCRIBE", METHOD_OTHER},
    {"NOTIFY", METHOD_OTHER},
    {"BCOPY", METHOD_OTHER},
    {"BDELETE", METHOD_OTHER},
    {"BMOVE", METHOD_OTHER},
    {"BPROPFIND", METHOD_OTHER},
    {"BPROPPATCH", METHOD_OTHER},
    {"X-MS-ENUMATTS", METHOD_OTHER},
    {"", METHOD_REFUSED},
    {"get", METHOD_REFUSED},
    {"GE", METHOD_REFUSED},
    {"GETS", METHOD_REFUSED},
    {"CONNECT", METHOD_REFUSED},
    {"TRACE", METHOD_REFUSED},
    {"PRI", METHOD_REFUSED},
    {"RPC_CONNECT", METHOD_REFUSED},
    {"RDG_IN_DATA", METHOD_REFUSED},
    {"RDG_OUT_DATA", METHOD_REFUSED},
    {"SOURCE", METHOD_REFUSED},
};

static void
test_methods(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(methods); i++)
		if (method_of(text_of(methods[i].token)) != methods[i].method)
			fail_msg("%s", methods[i].token);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
