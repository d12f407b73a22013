/*
 * What the name of a header means to us.
 */
#include "http_test.h"

#include "http/field.h"

static const struct {
	const char *name;
	enum field_kind kind;
} names[] = {
    {"Host", FIELD_HOST},
    {"hOsT", FIELD_HOST},
    {"Hos", FIELD_PLAIN},
    {"Hostt", FIELD_PLAIN},
    {"Content-Length", FIELD_CONTENT_LENGTH},
    {"Transfer-Encoding", FIELD_TRANSFER_ENCODING},
    {"Connection", FIELD_CONNECTION},
    {"Expect", FIELD_EXPECT},
    {"Location", FIELD_LOCATION},
    {"Content-Location", FIELD_LOCATION},
    {"Set-Cookie", FIELD_SET_COOKIE},
    {"Set-Cookie2", FIELD_PLAIN},
    {"Authorization", FIELD_END_TO_END},
    {"Proxy-Authorization", FIELD_PROXY},
    {"Proxy-Authentication-Info", FIELD_PROXY},
    {"TE", FIELD_HOP_BY_HOP},
    {"Upgrade", FIELD_HOP_BY_HOP},
    {"Via", FIELD_VIA},
    {"Front-End-Https", FIELD_FORWARDING},
    {"X-Forwarded-For", FIELD_FORWARDING},
    {"X-Forwarded-Anything-However-Long-It-May-Be", FIELD_FORWARDING},
    {"X-Forwarded-", FIELD_PLAIN},
    {"X-Forwarded", FIELD_PLAIN},
    {"X-AnchorMailbox", FIELD_PLAIN},
    {"X-A-Name-That-Is-Longer-Than-Any-We-Know", FIELD_PLAIN},
    /* To CGI and its kin these are the same with dashes. */
    {"Content_Length", FIELD_SHADOW},
    {"transfer_encoding", FIELD_SHADOW},
    {"X_Forwarded-For", FIELD_SHADOW},
    {"X_Forwarded_Anything_However_Long_It_May_Be", FIELD_SHADOW},
    {"_Host", FIELD_PLAIN},
    {"X_Thing", FIELD_PLAIN},
    {"X_A_Name_That_Is_Longer_Than_Any_We_Know", FIELD_PLAIN},
};

static void
test_each_name_has_its_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		if (field_kind_of(text_of(names[i].name)) != names[i].kind)
			fail_msg("%s", names[i].name);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_name_has_its_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
