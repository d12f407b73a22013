/*
 * Who is connected from where.
 */
#include "net/callers.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/siphash.h"

/* An address belongs into one set, in any place of it. 10,000 addresses at a
 * worker all have one (but for a chance of 1 in 3,000), 50,000 nearly all. */
#define SETS 16384
#define SET_CALLERS 8

#define TOLD_AGAIN_MS 60000

/* The others read what is atomic. */
struct caller {
	_Atomic uint64_t who;           /* hash of the address; 0: nobody yet */
	_Atomic uint64_t paid_until_us; /* by its handshakes so far */
	_Atomic uint32_t open;
	uint32_t quiet_until_s; /* nothing more is told of it */
};

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
    "a lock would not be shared between processes");

struct table {
	struct caller sets[SETS][SET_CALLERS];
};

struct callers {
	unsigned char key[SIPHASH_KEY_BYTES];
	size_t workers;
	struct table *tables; /* shared, one for each worker */
};

struct callers *
callers_new(size_t workers, struct problem *why)
{
	struct callers *all = calloc(1, sizeof(*all));

	if (all == NULL) {
		problem_set(why, "no memory for the table of addresses");
		return NULL;
	}
	all->workers = workers;
	/* Pages that nobody writes to cost nothing. */
	all->tables =
	    mmap(NULL, workers * sizeof(*all->tables), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (all->tables == MAP_FAILED ||
	    getrandom(all->key, sizeof(all->key), 0) != sizeof(all->key)) {
		problem_errno(why, "no table of addresses");
		callers_free(all);
		return NULL;
	}
	/* What is locked can't be given back. */
	munlock(all->tables, workers * sizeof(*all->tables));
	return all;
}

void
callers_free(struct callers *all)
{
	if (all == NULL)
		return;
	if (all->tables != MAP_FAILED)
		munmap(all->tables, all->workers * sizeof(*all->tables));
	free(all);
}

void
callers_forget(struct callers *all, size_t worker)
{
	struct table *table = &all->tables[worker];

	/* Gives the pages back, too. */
	if (madvise(table, sizeof(*table), MADV_REMOVE) == -1)
		memset(table, 0, sizeof(*table));
}

static uint64_t
identify(const struct callers *all, const struct address *from)
{
	unsigned char host[16];
	uint64_t who;

	address_host(from, host);
	if (!address_is_v4(from))
		memset(host + 8, 0, 8);
	who = siphash(all->key, host, sizeof(host));
	return who == 0 ? 1 : who;
}

static struct caller *
set_of(struct table *table, uint64_t who)
{
	return table->sets[who % SETS];
}

static struct caller *
find(struct table *table, uint64_t who)
{
	struct caller *set = set_of(table, who);

	for (size_t i = 0; i < SET_CALLERS; i++)
		if (set[i].who == who)
			return &set[i];
	return NULL;
}

/* How well the place can be had: nothing would be forgotten; only how many
 * handshakes there were, or that it was told of; not at all. */
static unsigned
freedom(const struct caller *caller, uint64_t now_ms)
{
	if (caller->open > 0)
		return 0;
	return caller->paid_until_us > now_ms * 1000 ||
		caller->quiet_until_s > now_ms / 1000
	    ? 1
	    : 2;
}

/* The address's own place, or one that it may have; NULL: there is none. */
static struct caller *
find_place(struct table *table, uint64_t who, uint64_t now_ms)
{
	struct caller *own = find(table, who);
	struct caller *set = set_of(table, who), *best = &set[0];

	if (own != NULL)
		return own;
	for (size_t i = 1; i < SET_CALLERS; i++)
		if (freedom(&set[i], now_ms) > freedom(best, now_ms))
			best = &set[i];
	if (freedom(best, now_ms) == 0)
		return NULL;
	best->paid_until_us = 0;
	best->quiet_until_s = 0;
	best->who = who;
	return best;
}

static uint64_t
count_open(const struct callers *all, uint64_t who)
{
	uint64_t open = 0;

	for (size_t i = 0; i < all->workers; i++) {
		const struct caller *one = find(&all->tables[i], who);

		if (one != NULL)
			open += one->open;
	}
	return open;
}

/*
 * A bucket of tokens, kept as the time up to which they are spent (the generic
 * cell rate algorithm, ITU-T I.371): the latest of what all workers noted.
 */
static bool
pay(const struct callers *all, struct caller *own, uint64_t rate_s,
    uint64_t now_us)
{
	uint64_t paid_until_us = now_us;

	for (size_t i = 0; i < all->workers; i++) {
		const struct caller *one = find(&all->tables[i], own->who);

		if (one != NULL && one->paid_until_us > paid_until_us)
			paid_until_us = one->paid_until_us;
	}
	paid_until_us += 1000000 / rate_s;
	if (paid_until_us - now_us > HANDSHAKES_SAVED_S * 1000000)
		return false;
	own->paid_until_us = paid_until_us;
	return true;
}

enum admission
callers_admit(struct callers *all, size_t worker, const struct address *from,
    struct allowance allowed, uint64_t now_ms, struct caller **caller)
{
	uint64_t who = identify(all, from);
	struct caller *own = find_place(&all->tables[worker], who, now_ms);
	enum admission admission = ADMITTED;

	*caller = own;
	if (own == NULL)
		return ADMITTED;
	/* Counted first: of two workers that do so at once, neither misses the
	 * other's. */
	own->open++;
	if (allowed.connections > 0 &&
	    count_open(all, who) > allowed.connections)
		admission = TOO_MANY;
	else if (allowed.handshakes_per_s > 0 &&
	    !pay(all, own, allowed.handshakes_per_s, now_ms * 1000))
		admission = TOO_FAST;
	if (admission != ADMITTED)
		own->open--;
	return admission;
}

void
caller_leave(struct caller *caller)
{
	if (caller != NULL)
		caller->open--;
}

bool
caller_is_news(struct caller *caller, uint64_t now_ms)
{
	if (caller->quiet_until_s > now_ms / 1000)
		return false;
	caller->quiet_until_s = (uint32_t)((now_ms + TOLD_AGAIN_MS) / 1000);
	return true;
}
