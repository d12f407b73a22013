/*
 * The table of all words of the configuration language.
 *
 * A new word is one row here. Give it a function in words.h that reads it (a
 * mere number needs none), a field in config.h for what it reads, a line in
 * print.c for -T, and a paragraph in casgate.conf(5).
 */
#include "config/grammar.h"

#include "config/config.h"
#include "config/words.h"

/* A number: the field it goes into, what it counts, the least, the most. */
#define RANGE(field, unit, least, most)                                        \
	.number = {offsetof(struct config, field), unit, least, most}
#define NUMBER(field, unit, least, most)                                       \
	.few = 1, .many = 1, .read = read_number,                              \
	RANGE(field, unit, least, most)

/* Seconds and bytes. */
#define MINUTE ((uint64_t)60)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB ((uint64_t)1024)
#define MIB (1024 * KIB)

/* How long a service may be silent in both directions. */
#define SILENCE(service)                                                       \
	.values = "TIME", .inside = IN_FILE,                                   \
	NUMBER(timeouts.silence_s[service], UNIT_SECONDS, 1, 7 * DAY)

/* clang-format off */
const struct word grammar[] = {
    /* Where clients come in. */
    {.name = "listen", .values = "PORT | ADDRESS:PORT | [V6]:PORT [tls]",
     .inside = IN_FILE, .few = 1, .many = 2, .often = true,
     .open = open_listen, .close = close_listen,
     .help = "an address and port where clients come in",
     .more = "A port alone stands for all addresses, IPv4 and IPv6. Port 0 "
             "lets the kernel pick one, and the ready line tells which. "
             "With `tls`, its block has one `certificate` or more, and "
             "the sites answer. Without, its block may say by itself what "
             "is done (`forward`, `autodiscover-redirect`, `otherwise`); "
             "if it says nothing, the sites answer here too."},
    {.name = "certificate", .values = "FILE | FOLDER | CHAIN key KEY",
     .inside = IN_TLS_LISTEN, .few = 1, .many = 3, .often = true,
     .read = read_certificate,
     .help = "a certificate, its chain and its key, in PEM",
     .more = "The names it is for are read from the certificate. Chain and "
             "key may be in one file, in any order, or in two; of a folder, "
             "the files are taken that end in .pem, .crt or .cer. A client "
             "gets the one that has the name it asks for (SNI). The key "
             "must not be encrypted, nor readable by others."},
    {.name = "fallback", .values = "NAME | refuse",
     .inside = IN_TLS_LISTEN, .few = 1, .many = 1,
     .read = read_fallback,
     .standard = "(the first)",
     .help = "for clients that ask for no name we have",
     .more = "Old clients send no name (SNI), and some send one that no "
             "certificate covers. They get the certificate that covers "
             "NAME, or a TLS alert with `refuse`. Outlook on Windows XP "
             "compares the common name (CN) of this certificate with the "
             "host of Outlook Anywhere: they must be the same."},
    {.name = "profile", .values = "modern | intermediate | legacy",
     .inside = IN_TLS_LISTEN, .few = 1, .many = 1,
     .read = read_profile,
     .standard = "intermediate",
     .help = "which versions of TLS are spoken",
     .more = "modern: TLS 1.2 and 1.3, forward secrecy, AES-GCM or "
             "ChaCha20. intermediate: also AES-CBC with forward secrecy, "
             "for Windows 7. legacy: also TLS 1.0 and RSA key exchange, "
             "for clients that know nothing better; only for the listener "
             "that says so."},

    /* Where requests go. */
    {.name = "exchange", .values = "NAME",
     .inside = IN_FILE, .few = 1, .many = 1, .often = true,
     .open = open_exchange, .close = close_exchange,
     .help = "a group of Client Access servers",
     .more = "Each client is sent to one of its servers, and the same "
             "client to the same server as long as that accepts "
             "connections. A server that refuses one is left alone for a "
             "moment, and the next is tried."},
    {.name = "server", .values = "NAME ADDRESS:PORT",
     .inside = IN_EXCHANGE, .few = 2, .many = 2, .often = true,
     .read = read_server,
     .help = "one Client Access server, reached in plain HTTP",
     .more = "NAME is what the log calls it. ADDRESS is an IPv4 address, an "
             "IPv6 address in brackets, or a host name, which is resolved "
             "at the start and by a reload."},

    /* What is done with them. */
    {.name = "site", .values = "NAME...",
     .inside = IN_FILE, .few = 1, .many = ANY_NUMBER, .often = true,
     .open = open_site, .close = close_site,
     .help = "what is done with requests for these host names",
     .more = "Each NAME is a whole host name, without a port; `*` is every "
             "name that no other site has. Requests for a name without a "
             "site are answered with 404."},
    {.name = "forward", .values = "EXCHANGE",
     .inside = IN_SITE | IN_PLAIN_LISTEN, .few = 1, .many = 1,
     .read = read_forward,
     .help = "pass every request on to this group of servers",
     .more = "Autodiscover is redirected first where "
             "`autodiscover-redirect` says so."},
    {.name = "autodiscover-redirect", .values = "HOST",
     .inside = IN_SITE | IN_PLAIN_LISTEN, .few = 1, .many = 1,
     .read = read_autodiscover_redirect,
     .help = "send Autodiscover on to https://HOST with 302",
     .more = "Everything below /autodiscover/, in any letter case, is "
             "redirected with its path and query, never asked for a "
             "password. This is what the root domain and port 80 of the "
             "autodiscover name should do."},
    {.name = "otherwise",
     .values = "404 | https | redirect URL | forward EXCHANGE",
     .inside = IN_SITE | IN_PLAIN_LISTEN, .few = 1, .many = 2,
     .read = read_otherwise,
     .standard = "404",
     .help = "what is done with all other requests",
     .more = "404 answers that there is nothing, https sends the client "
             "back to the same place over TLS, redirect sends it to a URL, "
             "forward passes the request on."},

    /* The program. */
    {.name = "workers", .values = "NUMBER",
     .inside = IN_FILE, NUMBER(workers, UNIT_NONE, 1, 256),
     .standard = "(one a core)",
     .help = "how many processes move the bytes",
     .more = "Each takes its share of the connections."},
    {.name = "user", .values = "NAME",
     .inside = IN_FILE, .few = 1, .many = 1,
     .read = read_user,
     .standard = "(casgate, or else nobody)",
     .help = "who the workers run as",
     .more = "Used only when casgate is started as root. Certificates and "
             "keys are read before, so only root needs to read them."},
    {.name = "sandbox", .values = "on | off",
     .inside = IN_FILE, .few = 1, .many = 1,
     .read = read_sandbox,
     .standard = "on",
     .help = "workers can do nothing but their work",
     .more = "The kernel refuses them every file, other programs and "
             "processes, and any use of the network but connections. `off` "
             "is for debuggers and profilers that look at a worker from "
             "inside."},
    {.name = "log error", .values = "stderr | syslog | journald | FILE",
     .inside = IN_FILE, .few = 1, .many = 1,
     .read = read_log_error,
     .standard = "stderr",
     .help = "where it is told what goes wrong",
     .more = "A FILE has a slash or a dot in its name. Repeated lines are "
             "folded and counted. SIGUSR1 opens the file again, after it "
             "was moved away."},
    {.name = "log access",
     .values = "stderr | off | FILE [exchange | combined | json]",
     .inside = IN_FILE, .few = 1, .many = 2,
     .read = read_log_access,
     .standard = "stderr",
     .help = "where each request is noted, in which format",
     .more = "A line for each request and for the end of each connection, "
             "with the reason in words. exchange, which holds when none is "
             "given, is made for reading; combined is what web servers "
             "write; json has one object in a line. Passwords, cookies and "
             "bodies are in none of them."},
    {.name = "include", .values = "GLOB",
     .inside = IN_FILE, .few = 1, .many = 1, .often = true,
     .read = read_include,
     .help = "read other files here, as in: include conf.d/*.conf",
     .more = "In the order of their names. Files may include others, ten "
             "deep. A relative path, here and anywhere, starts at the "
             "folder of the file it stands in."},

    /* Limits. */
    {.name = "limit connections",
     .values = "NUMBER [per-address [except NET...]]",
     .inside = IN_FILE, .few = 1, .many = ANY_NUMBER, .often = true,
     .read = read_limit_connections,
     RANGE(limits.connections, UNIT_NONE, 1, 10000000),
     .standard = "(what descriptors allow)",
     .help = "clients connected at a time",
     .more = "In all workers together, each of which has an equal share; "
             "more are closed at once. Each needs two descriptors "
             "(RLIMIT_NOFILE). With `per-address`, on a line of its own: "
             "those of one client address, in all workers together, of an "
             "IPv6 one those of its /64. An office behind one address needs "
             "some ten for each Outlook; NET as in 10.0.0.0/8 or "
             "2001:db8::/32 has no such limit."},
    {.name = "limit handshakes",
     .values = "NUMBER/s per-address [except NET...]",
     .inside = IN_FILE, .few = 2, .many = ANY_NUMBER,
     .read = read_limit_handshakes,
     .standard = "(off)",
     .help = "TLS connections a second of one client address",
     .more = "More are closed at once. An address that was idle for 10 "
             "seconds or more may make those of 10 seconds together. Of an "
             "IPv6 address, its /64 counts."},
    {.name = "limit head", .values = "SIZE",
     .inside = IN_FILE, NUMBER(limits.head_bytes, UNIT_BYTES, 4 * KIB, MIB),
     .standard = "128k",
     .help = "the request line with all headers of a request",
     .more = "A larger one is answered with 431. Kerberos tickets of users "
             "in many groups take up to 64k."},
    {.name = "limit headers", .values = "NUMBER",
     .inside = IN_FILE, NUMBER(limits.headers, UNIT_NONE, 16, 512),
     .standard = "128",
     .help = "headers of a request",
     .more = "More are answered with 431."},
    {.name = "limit target", .values = "SIZE",
     .inside = IN_FILE, NUMBER(limits.target_bytes, UNIT_BYTES, 256, 64 * KIB),
     .standard = "16k",
     .help = "path and query of a request",
     .more = "A longer one is answered with 414."},

    /* Times. */
    {.name = "timeout handshake", .values = "TIME",
     .inside = IN_FILE,
     NUMBER(timeouts.handshake_s, UNIT_SECONDS, 1, 10 * MINUTE),
     .standard = "10s",
     .help = "for the TLS handshake",
     .more = "From the connection on."},
    {.name = "timeout head", .values = "TIME",
     .inside = IN_FILE, NUMBER(timeouts.head_s, UNIT_SECONDS, 1, 10 * MINUTE),
     .standard = "30s",
     .help = "for the head of a request",
     .more = "From its first byte on, or from the connection on for the "
             "first request. Then the answer is 408."},
    {.name = "timeout keepalive", .values = "TIME",
     .inside = IN_FILE, NUMBER(timeouts.keepalive_s, UNIT_SECONDS, 1, DAY),
     .standard = "10m",
     .help = "between two requests of a connection",
     .more = "A client that logged in with NTLM must do so again on its "
             "next connection, so this should not be short."},
    {.name = "timeout connect", .values = "TIME",
     .inside = IN_FILE, NUMBER(timeouts.connect_s, UNIT_SECONDS, 1, 2 * MINUTE),
     .standard = "5s",
     .help = "for a server to accept a connection",
     .more = "Then the next server is tried."},
    {.name = "timeout drain", .values = "TIME",
     .inside = IN_FILE, NUMBER(timeouts.drain_s, UNIT_SECONDS, 1, DAY),
     .standard = "10m",
     .help = "for connections to end after SIGQUIT",
     .more = "Those that are left then are closed."},
    {.name = "timeout rpc", SILENCE(SERVICE_RPC),
     .standard = "60m",
     .help = "silence on /rpc/ (Outlook Anywhere)",
     .more = "Both directions count: a channel that is quiet in one of them "
             "goes on."},
    {.name = "timeout autodiscover", SILENCE(SERVICE_AUTODISCOVER),
     .standard = "5m",
     .help = "silence on /autodiscover/",
     .more = "In both directions."},
    {.name = "timeout owa", SILENCE(SERVICE_OWA),
     .standard = "5m",
     .help = "silence on /owa/ (Outlook on the web)",
     .more = "In both directions. Also for /exchange/, /exchweb/ and "
             "/public/."},
    {.name = "timeout ecp", SILENCE(SERVICE_ECP),
     .standard = "5m",
     .help = "silence on /ecp/ (Exchange control panel)",
     .more = "In both directions."},
    {.name = "timeout ews", SILENCE(SERVICE_EWS),
     .standard = "35m",
     .help = "silence on /ews/ (Exchange Web Services)",
     .more = "In both directions. Streaming notifications are quiet for up "
             "to 30 minutes."},
    {.name = "timeout oab", SILENCE(SERVICE_OAB),
     .standard = "5m",
     .help = "silence on /oab/ (offline address book)",
     .more = "In both directions."},
    {.name = "timeout activesync", SILENCE(SERVICE_ACTIVESYNC),
     .standard = "65m",
     .help = "silence on /microsoft-server-activesync",
     .more = "In both directions. A Ping of a phone is quiet for up to 59 "
             "minutes, and a time below that drains its battery."},
    {.name = "timeout mapi", SILENCE(SERVICE_MAPI),
     .standard = "35m",
     .help = "silence on /mapi/ (MAPI over HTTP)",
     .more = "In both directions."},
    {.name = "timeout powershell", SILENCE(SERVICE_POWERSHELL),
     .standard = "5m",
     .help = "silence on /powershell",
     .more = "In both directions."},
    {.name = "timeout other", SILENCE(SERVICE_OTHER),
     .standard = "5m",
     .help = "silence on any other path",
     .more = "In both directions."},
};
/* clang-format on */

const size_t grammar_count = sizeof(grammar) / sizeof(*grammar);

_Static_assert(sizeof(grammar) / sizeof(*grammar) <= GRAMMAR_MAX,
    "GRAMMAR_MAX is too small");

struct text
word_part(const struct word *word, unsigned part)
{
	struct text rest = text_of(word->name), text;

	do
		if (!text_split(&rest, ' ', &text))
			return (struct text){"", 0};
	while (part-- > 0);
	return text;
}

bool
word_has_standard(const struct word *word)
{
	return word->standard != NULL && word->standard[0] != '(';
}

const struct config_number *
word_number(const struct word *word, const struct config *config)
{
	if (word->number.most == 0)
		return NULL;
	return (const struct config_number *)((const char *)config +
	    word->number.at);
}

const struct word *
word_find(struct text first, struct text second, bool *starts)
{
	*starts = false;
	for (size_t i = 0; i < grammar_count; i++) {
		struct text part = word_part(&grammar[i], 1);

		if (!text_equals_fold(word_part(&grammar[i], 0), first))
			continue;
		*starts = true;
		if (part.len == 0 || text_equals_fold(part, second))
			return &grammar[i];
	}
	return NULL;
}
