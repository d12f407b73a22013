/*
 * What a configuration becomes.
 */
#include "config_test.h"

#define SERVED                                                                 \
	"exchange cas { server cas1 10.0.0.11:80 }\n"                          \
	"site mail.contoso.com { forward cas }\n"

static void
test_defaults(void **state)
{
	struct config *config = right_config("listen 80\n" SERVED);
	const struct config_timeouts *t = &config->timeouts;
	static const unsigned silence_minutes[SERVICES] = {[SERVICE_RPC] = 60,
	    [SERVICE_AUTODISCOVER] = 5,
	    [SERVICE_OWA] = 5,
	    [SERVICE_ECP] = 5,
	    [SERVICE_EWS] = 35,
	    [SERVICE_OAB] = 5,
	    [SERVICE_ACTIVESYNC] = 65,
	    [SERVICE_MAPI] = 35,
	    [SERVICE_POWERSHELL] = 5,
	    [SERVICE_OTHER] = 5};

	(void)state;
	assert_string_equal(config->file, "casgate.conf");
	assert_int_equal(config->workers.value, 0);
	assert_null(config->user.value);
	assert_true(config->sandbox.on);
	assert_string_equal(config->log_error.value, "stderr");
	assert_string_equal(config->log_access.value, "stderr");
	assert_int_equal(config->log_format, LOG_EXCHANGE);
	assert_int_equal(t->handshake_s.value, 10);
	assert_int_equal(t->handshake_s.where.line, 0);
	assert_int_equal(t->head_s.value, 30);
	assert_int_equal(t->keepalive_s.value, 600);
	assert_int_equal(t->connect_s.value, 5);
	assert_int_equal(t->drain_s.value, 600);
	for (size_t i = 0; i < SERVICES; i++)
		assert_int_equal(
		    t->silence_s[i].value, silence_minutes[i] * 60);
	assert_int_equal(config->limits.connections.value, 0);
	assert_int_equal(config->limits.connections_share.each.value, 0);
	assert_int_equal(config->limits.handshakes_share.each.value, 0);
	assert_int_equal(config->limits.head_bytes.value, 131072);
	assert_int_equal(config->limits.headers.value, 128);
	assert_int_equal(config->limits.target_bytes.value, 16384);
	config_free(config);
}

static void
test_all_words(void **state)
{
	struct config *config = right_config(
	    "workers 3\n"
	    "USER mailgate\n"
	    "log error syslog\n"
	    "log access \"logs/my access.log\" json\n"
	    "limit connections 5000\n"
	    "limit connections 64 Per-Address except 10.0.0.0/8 ::1\n"
	    "limit handshakes 5/s per-address\n"
	    "timeout RPC 2h\n"
	    "listen [::1]:443 tls {\n"
	    "    certificate tls/chain.pem key /etc/keys/mail.key\n"
	    "    certificate folder\n"
	    "    fallback Mail.Contoso.com.\n"
	    "    profile legacy\n"
	    "}\n"
	    "listen 80 { autodiscover-redirect a.example; otherwise https }\n"
	    "exchange CAS { server One 10.0.0.11:80; server two [::2]:81 }\n"
	    "site Mail.contoso.com. * { forward Cas }\n"
	    "site contoso.com {\n"
	    "    otherwise redirect https://www.contoso.com/#start\n"
	    "}\n");
	const struct config_listen *tls = STAILQ_FIRST(&config->listens);
	const struct config_listen *plain = STAILQ_NEXT(tls, next);
	const struct config_certificate *pair =
	    STAILQ_FIRST(&tls->certificates);
	const struct config_exchange *cas = STAILQ_FIRST(&config->exchanges);
	const struct config_server *one = STAILQ_FIRST(&cas->servers);
	const struct config_site *site = STAILQ_FIRST(&config->sites);
	const struct config_name *name = STAILQ_FIRST(&site->names);
	const struct config_actions *root = &STAILQ_NEXT(site, next)->actions;

	(void)state;
	assert_int_equal(config->workers.value, 3);
	assert_int_equal(config->workers.where.line, 1);
	assert_string_equal(config->user.value, "mailgate");
	assert_string_equal(config->log_error.value, "syslog");
	assert_string_equal(config->log_access.value, "logs/my access.log");
	assert_int_equal(config->log_format, LOG_JSON);
	assert_int_equal(config->limits.connections.value, 5000);
	assert_int_equal(config->limits.connections_share.each.value, 64);
	assert_int_equal(config->limits.connections_share.except_count, 2);
	assert_int_equal(config->limits.handshakes_share.each.value, 5);
	assert_int_equal(config->limits.handshakes_share.except_count, 0);
	assert_int_equal(config->timeouts.silence_s[SERVICE_RPC].value, 7200);

	assert_string_equal(tls->address, "::1");
	assert_int_equal(tls->port, 443);
	assert_true(tls->tls);
	assert_false(tls->has_actions);
	assert_string_equal(pair->path, "tls/chain.pem");
	assert_string_equal(pair->key, "/etc/keys/mail.key");
	assert_string_equal(STAILQ_NEXT(pair, next)->path, "folder");
	assert_null(STAILQ_NEXT(pair, next)->key);
	assert_string_equal(tls->fallback.value, "mail.contoso.com");
	assert_int_equal(tls->profile, PROFILE_LEGACY);

	assert_null(plain->address);
	assert_true(plain->has_actions);
	assert_string_equal(
	    plain->actions.autodiscover_redirect.value, "a.example");
	assert_int_equal(plain->actions.otherwise, OTHERWISE_HTTPS);

	assert_string_equal(cas->name, "cas");
	assert_string_equal(one->name, "one");
	assert_string_equal(one->host, "10.0.0.11");
	assert_string_equal(STAILQ_NEXT(one, next)->host, "::2");
	assert_int_equal(STAILQ_NEXT(one, next)->port, 81);

	assert_string_equal(name->name, "mail.contoso.com");
	assert_string_equal(STAILQ_NEXT(name, next)->name, "*");
	assert_string_equal(site->actions.forward.value, "cas");
	assert_int_equal(root->otherwise, OTHERWISE_REDIRECT);
	assert_string_equal(
	    root->otherwise_target.value, "https://www.contoso.com/#start");
	config_free(config);
}

static void
test_blocks_may_come_in_any_order(void **state)
{
	(void)state;
	config_free(right_config("site mail.contoso.com { forward cas }\n"
				 "listen 80\n"
				 "exchange cas { server cas1 10.0.0.11:80 }"));
}

static void
test_layout_is_free(void **state)
{
	static const char *const layouts[] = {
	    "listen 80 {\n  otherwise https\n}\n",
	    "listen 80 { otherwise https }",
	    "listen 80{otherwise https;}",
	    "listen 80 { otherwise https; autodiscover-redirect a.example; }\n",
	    "listen 80 {\r\n\totherwise https # to TLS\r\n}\r\n",
	    "\xef\xbb\xbflisten 80 { otherwise https }\n",
	    "\n# first\n\n  LISTEN 80 { # open\n\n\n otherwise HTTPS }\n# last",
	    "listen 80 { otherwise https\n}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		config_free(right_config(layouts[i]));
}

static void
test_a_block_on_one_line_may_be_long(void **state)
{
	struct buffer text = {0};
	struct config *config;

	(void)state;
	buffer_add_string(&text, "listen 80\nexchange cas {");
	for (unsigned i = 0; i < 2000; i++)
		buffer_printf(
		    &text, " server cas%u 10.0.%u.%u:80;", i, i / 250, i % 250);
	buffer_add_string(&text, " }\nsite * { forward cas }");
	buffer_add(&text, "", 1);
	config = right_config(text.at);
	buffer_clear(&text);
	config_free(config);
}

static void
test_paths_start_at_the_folder_of_their_file(void **state)
{
	struct memory memory = {
	    .files = {{"casgate.conf",
			  "include conf.d/*.conf\nlisten 80\n" SERVED
			  "log access ./access.log\n"},
		{"conf.d/b.conf", "include ../more/log.conf\n"},
		{"conf.d/a.conf", "listen 443 tls { certificate a.pem }\n"},
		{"conf.d/../more/log.conf", "log error error.log\n"}}};
	struct problems problems;
	struct config *config = memory_config(&memory, &problems);
	const struct config_listen *listen;

	(void)state;
	assert_non_null(config);
	listen = STAILQ_FIRST(&config->listens);
	assert_string_equal(
	    STAILQ_FIRST(&listen->certificates)->path, "conf.d/a.pem");
	assert_string_equal(listen->where.file->name, "conf.d/a.conf");
	assert_string_equal(
	    config->log_error.value, "conf.d/../more/error.log");
	assert_string_equal(config->log_access.value, "./access.log");
	config_free(config);
}

static void
test_ten_files_deep_is_fine(void **state)
{
	struct memory memory = {
	    .files = {{"casgate.conf",
			  "listen 80 { otherwise 404 }\n"
			  "include 1.conf\n"},
		{"1.conf", "include 2.conf"}, {"2.conf", "include 3.conf"},
		{"3.conf", "include 4.conf"}, {"4.conf", "include 5.conf"},
		{"5.conf", "include 6.conf"}, {"6.conf", "include 7.conf"},
		{"7.conf", "include 8.conf"}, {"8.conf", "include 9.conf"},
		{"9.conf", "include 10.conf"}, {"10.conf", "workers 2"}}};
	struct problems problems;
	struct config *config = memory_config(&memory, &problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(config->workers.value, 2);
	assert_string_equal(config->workers.where.file->name, "10.conf");
	config_free(config);
}

static void
test_a_glob_that_fits_nothing_is_a_warning(void **state)
{
	struct problems problems;
	struct config *config = text_config(
	    "listen 80 { otherwise 404 }\ninclude conf.d/*.conf\n", &problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(problems.count, 1);
	assert_true(problems.list[0].warning);
	assert_string_equal(
	    problems.list[0].sentence, "no file fits conf.d/*.conf");
	config_free(config);
}

static void
test_doubtful_things_are_warnings(void **state)
{
	struct problems problems;
	struct config *config = text_config(
	    "listen 80\nexchange cas {\n server a 10.0.0.1:80\n"
	    " server b 10.0.0.1:80\n}\nexchange idle { server c 10.0.0.2:80 }\n"
	    "site * { forward cas }\n",
	    &problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(problems.count, 2);
	assert_int_equal(problems.errors, 0);
	assert_int_equal(problems.list[0].where.line, 4);
	assert_int_equal(problems.list[1].where.line, 6);
	config_free(config);
}

static void
test_a_missing_file_is_told_by_name(void **state)
{
	struct memory memory = {0};
	struct problems problems;

	(void)state;
	assert_null(memory_config(&memory, &problems));
	assert_int_equal(problems.errors, 1);
	assert_int_equal(problems.list[0].where.line, 0);
	assert_string_equal(problems.list[0].sentence,
	    "casgate.conf: No such file or directory");
}

static void
test_a_problem_outlives_the_configuration(void **state)
{
	struct problems problems;
	char *printed = NULL;
	size_t size;
	FILE *to = open_memstream(&printed, &size);

	(void)state;
	assert_null(text_config("\tlisten 80 {\n\t\tlisten\t80x\n", &problems));
	problems_print(&problems, to);
	fclose(to);
	assert_string_equal(printed,
	    "casgate.conf:2:3: `listen` stands outside all blocks, not inside "
	    "`listen`\n"
	    "    \t\tlisten\t80x\n"
	    "    \t\t^\n"
	    "casgate.conf:1:2: the file ends inside this `listen`, opened in "
	    "line 1; a `}` is missing\n"
	    "    \tlisten 80 {\n"
	    "    \t^\n");
	free(printed);
}

static void
test_a_long_line_is_cut_around_the_caret(void **state)
{
	struct problems problems;
	struct buffer text = {0};
	const char *caret;

	(void)state;
	buffer_add_string(&text, "listen 80 {");
	for (int i = 0; i < 100; i++)
		buffer_add_string(&text, "                    ");
	buffer_add_string(&text, "otherwise nowhere }");
	for (int i = 0; i < 100; i++)
		buffer_add_string(&text, "                    ");
	buffer_add(&text, "", 1);
	assert_null(text_config(text.at, &problems));
	buffer_clear(&text);
	caret = problems.list[0].excerpt + problems.list[0].caret;
	assert_memory_equal(caret, "nowhere }", 9);
}

static void
test_sockets_differ_by_address_or_port(void **state)
{
	(void)state;
	config_free(
	    right_config("listen 80\nlisten 81\nlisten 10.0.0.1:80\n"
			 "listen 10.0.0.2:80\nlisten [::1]:80\n" SERVED));
	/* The kernel picks another port each time. */
	config_free(right_config("listen 0\nlisten 0\nlisten 127.0.0.1:0\n"
				 "listen 127.0.0.1:0\n" SERVED));
}

static void
test_servers_differ_by_address_or_port(void **state)
{
	(void)state;
	config_free(right_config("listen 80\nexchange cas {\n"
				 "  server a 10.0.0.1:80\n"
				 "  server b 10.0.0.1:81\n"
				 "  server c 10.0.0.2:80\n"
				 "}\nsite * { forward cas }\n"));
}

static void
test_a_name_of_ours_has_letters_digits_and_marks(void **state)
{
	struct config *config =
	    right_config("listen 80\n"
			 "exchange Cas-2_az.09 { server a 10.0.0.1:80 }\n"
			 "site * { forward cas-2_AZ.09 }\n");

	(void)state;
	assert_string_equal(
	    STAILQ_FIRST(&config->exchanges)->name, "cas-2_az.09");
	config_free(config);
}

/* Above, between and below the letters and digits of ASCII. */
static void
test_a_name_of_ours_has_nothing_else(void **state)
{
	static const char *const others = "!/:@[`~";

	(void)state;
	for (const char *c = others; *c != '\0'; c++) {
		struct problems problems;
		char text[100];

		snprintf(text, sizeof(text),
		    "exchange a%c { server a 10.0.0.1:80 }\n"
		    "listen 80 { otherwise 404 }",
		    *c);
		assert_null(text_config(text, &problems));
		assert_int_equal(problems.errors, 1);
		assert_int_equal(problems.list[0].where.column, 10);
	}
}

static void
test_a_fallback_may_be_the_wildcard_of_a_certificate(void **state)
{
	struct config *config = right_config(
	    "listen 443 tls { certificate a.pem; fallback *.Contoso.com }\n"
	    "site * { otherwise 404 }\n");

	(void)state;
	assert_string_equal(
	    STAILQ_FIRST(&config->listens)->fallback.value, "*.contoso.com");
	config_free(config);
}

static void
test_each_way_of_forwarding_uses_a_group(void **state)
{
	(void)state;
	config_free(right_config(
	    "exchange one { server a 10.0.0.1:80 }\n"
	    "exchange two { server a 10.0.0.2:80 }\n"
	    "exchange three { server a 10.0.0.3:80 }\n"
	    "exchange four { server a 10.0.0.4:80 }\n"
	    "listen 80 { forward one }\nlisten 81 { otherwise forward two }\n"
	    "site a.example { forward three }\n"
	    "site b.example { otherwise forward four }\n"
	    "listen 82\n"));
}

static void
test_a_redirect_to_what_a_group_is_called_does_not_use_it(void **state)
{
	struct problems problems;
	struct config *config =
	    text_config("exchange cas { server a 10.0.0.1:80 }\n"
			"listen 80 { otherwise redirect https://cas }\n",
		&problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.list[0].sentence,
	    "nothing is forwarded to `exchange cas`");
	config_free(config);
}

static void
test_all_connections_may_be_fewer_than_one_address_has(void **state)
{
	struct problems problems;
	struct config *config =
	    text_config("listen 80 { otherwise 404 }\n"
			"limit connections 10\n"
			"limit connections 11 per-address\n",
		&problems);

	(void)state;
	assert_non_null(config);
	assert_int_equal(problems.count, 1);
	assert_true(problems.list[0].warning);
	assert_int_equal(problems.list[0].where.line, 3);
	config_free(config);
}

static int
unreadable_list(struct source *source, const char *pattern, struct text *paths,
    struct problem *why)
{
	(void)source, (void)paths;
	problem_set(why, "%s: Permission denied", pattern);
	return -1;
}

static void
test_a_folder_that_cannot_be_read_is_an_error(void **state)
{
	struct memory memory = {
	    .files = {{"casgate.conf", "include conf.d/*.conf\n"}}};
	struct problems problems = {0};

	(void)state;
	memory.source = (struct source){memory_read, unreadable_list, NULL};
	assert_null(config_read("casgate.conf", &memory.source, &problems));
	assert_int_equal(problems.errors, 1);
	assert_string_equal(
	    problems.list[0].sentence, "conf.d/*.conf: Permission denied");
	assert_int_equal(problems.list[0].where.line, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_all_words),
	    cmocka_unit_test(test_blocks_may_come_in_any_order),
	    cmocka_unit_test(test_layout_is_free),
	    cmocka_unit_test(test_a_block_on_one_line_may_be_long),
	    cmocka_unit_test(test_paths_start_at_the_folder_of_their_file),
	    cmocka_unit_test(test_ten_files_deep_is_fine),
	    cmocka_unit_test(test_a_glob_that_fits_nothing_is_a_warning),
	    cmocka_unit_test(test_doubtful_things_are_warnings),
	    cmocka_unit_test(test_a_missing_file_is_told_by_name),
	    cmocka_unit_test(test_a_problem_outlives_the_configuration),
	    cmocka_unit_test(test_a_long_line_is_cut_around_the_caret),
	    cmocka_unit_test(test_sockets_differ_by_address_or_port),
	    cmocka_unit_test(test_servers_differ_by_address_or_port),
	    cmocka_unit_test(test_a_name_of_ours_has_letters_digits_and_marks),
	    cmocka_unit_test(test_a_name_of_ours_has_nothing_else),
	    cmocka_unit_test(
		test_a_fallback_may_be_the_wildcard_of_a_certificate),
	    cmocka_unit_test(test_each_way_of_forwarding_uses_a_group),
	    cmocka_unit_test(
		test_a_redirect_to_what_a_group_is_called_does_not_use_it),
	    cmocka_unit_test(
		test_all_connections_may_be_fewer_than_one_address_has),
	    cmocka_unit_test(test_a_folder_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
