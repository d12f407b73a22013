/*
 * What the words of the grammar do with their values. Private to config/.
 */
#ifndef CASGATE_CONFIG_WORDS_H
#define CASGATE_CONFIG_WORDS_H

#include "config/reader.h"

/* Any word that is a number. */
void read_number(struct reader *, const struct statement *, struct block *);

/* Those that may say `per-address`. */
void read_limit_connections(
    struct reader *, const struct statement *, struct block *);
void read_limit_handshakes(
    struct reader *, const struct statement *, struct block *);

void read_user(struct reader *, const struct statement *, struct block *);
void read_sandbox(struct reader *, const struct statement *, struct block *);
void read_log_error(struct reader *, const struct statement *, struct block *);
void read_log_access(struct reader *, const struct statement *, struct block *);

void open_listen(struct reader *, const struct statement *, struct block *);
void close_listen(struct reader *, struct block *);
void read_certificate(
    struct reader *, const struct statement *, struct block *);
void read_fallback(struct reader *, const struct statement *, struct block *);
void read_profile(struct reader *, const struct statement *, struct block *);

void open_exchange(struct reader *, const struct statement *, struct block *);
void close_exchange(struct reader *, struct block *);
void read_server(struct reader *, const struct statement *, struct block *);

void open_site(struct reader *, const struct statement *, struct block *);
void close_site(struct reader *, struct block *);
void read_forward(struct reader *, const struct statement *, struct block *);
void read_autodiscover_redirect(
    struct reader *, const struct statement *, struct block *);
void read_otherwise(struct reader *, const struct statement *, struct block *);

/* Helpers of theirs. */

/* An error that `why` has, at the value. */
void value_error(
    struct reader *r, const struct token *value, const struct problem *why);

/* The number that the value is, in the range of its rule. False, and an error,
 * when it is none; `word` is what the range is told of. */
bool number_take(struct reader *r, const char *word, const struct number *rule,
    const struct token *value, uint64_t *number);

/* Puts a copy of `value` in place of what is there. */
void string_take(struct reader *r, struct config_string *string,
    struct text value, struct place where);

/* The same, in lower case and without a dot at its end. */
void name_take(struct reader *r, struct config_string *string, struct text name,
    struct place where);

/* A path on the heap: a relative one starts at the folder of its file. */
char *path_take(struct reader *r, const struct token *value);

/* Which of the choices, up to NULL, is it? -1, and an error that names them,
 * when it is none. */
int choice_read(
    struct reader *r, const struct token *value, const char *const *choices);

#endif
