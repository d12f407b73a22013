/*
 * Does AddressSanitizer watch this build? LeakSanitizer then looks through the
 * worker at its end, as a debugger would, so that a few doors stay open. No
 * such build is for serving strangers.
 */
#ifndef CASGATE_DAEMON_SANITIZED_H
#define CASGATE_DAEMON_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
