/*
 * A connection to the backend, and what it is answered.
 *
 *   any request         a page of 1 KiB, or of as many bytes as `bytes=N` in
 *                       the target says; its own body is read and forgotten
 *   RPC_OUT_DATA        an answer of 1 GiB that begins at once; `X-Pair` in
 *                       its head names it
 *   RPC_IN_DATA         with `pair=N` in the target: its body goes down that
 *                       answer, after a greeting of 20 bytes
 *
 * "Connection: close" is honoured. Requests are those of bench-load as proxies
 * pass them on: with a Content-Length, one after another.
 */
#ifndef BENCH_BACKEND_VISITOR_H
#define BENCH_BACKEND_VISITOR_H

/* Sees to the new connection `fd`, which it owns from now on. */
void visitor_new(int fd);

#endif
