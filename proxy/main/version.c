/*
 * What this casgate is made of.
 */
#include "main/version.h"

#include <jansson.h>

#include "daemon/syscalls.h"
#include "http/parse.h"
#include "net/loop.h"
#include "tls/tls_library.h"

/* As far as the compiler tells; how it was linked is for a tool to see
 * (`checksec`, `readelf -d`). */
static const char *const hardening[] = {
#if defined(__PIE__) || defined(__pie__)
    "position independent",
#endif
#if defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE > 0
    "fortified",
#endif
#if defined(__SSP_STRONG__) || defined(__SSP_ALL__)
    "stack protector",
#endif
#if defined(__CET__)
    "control-flow protection",
#endif
#if defined(__SANITIZE_ADDRESS__)
    "address sanitizer",
#endif
    "assertions",
};

void
version_print(FILE *to)
{
	fprintf(to, "casgate %s\n", CASGATE_VERSION);
	fprintf(to, "libevent %s\n", loop_library());
	fprintf(to, "http-parser %s\n", parse_library());
	fprintf(to, "jansson %s\n", jansson_version_str());
	fprintf(to, "libseccomp %s\n", syscalls_library());
	tls_library_print(to);
	fprintf(to, "built by %s:", __VERSION__);
	for (size_t i = 0; i < sizeof(hardening) / sizeof(hardening[0]); i++)
		fprintf(to, "%s %s", i == 0 ? "" : ",", hardening[i]);
	fputc('\n', to);
}
