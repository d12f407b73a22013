/*
 * Certificates and keys as files, alone or in a folder.
 */
#ifndef CASGATE_SITE_CERTIFICATE_FOLDER_H
#define CASGATE_SITE_CERTIFICATE_FOLDER_H

#include "config/source.h"
#include "tls/tls_listener.h"

/* Adds `certificate PATH` or `certificate PATH key KEY` (NULL: in the same
 * file). A file with a key in it must not be readable by others. */
void certificate_file_add(struct tls_listener *listener, const char *path,
    const char *key, struct place where, struct source *source,
    struct problems *problems);

/*
 * Adds what is in a folder: each .pem, .crt or .cer with its key in it, or in
 * NAME.key beside it. Those without a key are passed over with a warning, all
 * other files without a word. `paths` is what source->list() gave.
 */
void certificate_folder_add(struct tls_listener *listener, const char *folder,
    struct text paths, struct place where, struct source *source,
    struct problems *problems);

#endif
