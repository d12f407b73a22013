/*
 * A bundle as bytes.
 */
#include "daemon/sealed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char magic[16] = "casgate bundle 1";

struct preamble {
	char magic[sizeof(magic)];
	unsigned char secret[TICKET_SECRET_BYTES];
	uint64_t answers;
};

/* Stands before each answer; the key and the contents follow. */
struct row {
	uint32_t question;
	uint32_t failed;
	uint32_t others_may;
	uint32_t reserved;
	uint64_t key_bytes, contents_bytes;
};

static int
write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		ssize_t n = write(fd, at, len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_answer(int fd, const struct answer *a)
{
	struct row row = {.question = a->question,
	    .failed = a->failed,
	    .others_may = a->others_may,
	    .key_bytes = a->key.len,
	    .contents_bytes = a->contents.len};

	if (write_all(fd, &row, sizeof(row)) == -1 ||
	    write_all(fd, a->key.at, a->key.len) == -1)
		return -1;
	return write_all(fd, a->contents.at, a->contents.len);
}

static int
write_bundle(int fd, const unsigned char secret[TICKET_SECRET_BYTES],
    const struct answers *answers)
{
	struct preamble preamble = {0};
	const struct answer *a;
	int result;

	memcpy(preamble.magic, magic, sizeof(magic));
	memcpy(preamble.secret, secret, sizeof(preamble.secret));
	STAILQ_FOREACH (a, answers, next)
		preamble.answers++;
	result = write_all(fd, &preamble, sizeof(preamble));
	explicit_bzero(&preamble, sizeof(preamble));
	STAILQ_FOREACH (a, answers, next) {
		if (result == -1)
			break;
		result = write_answer(fd, a);
	}
	return result;
}

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

int
sealed_write(const unsigned char secret[TICKET_SECRET_BYTES],
    const struct answers *answers, struct problem *why)
{
	int fd =
	    memfd_create("casgate bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd == -1 || write_bundle(fd, secret, answers) == -1 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		problem_errno(why, "cannot make the bundle");
		if (fd != -1)
			close(fd);
		return -1;
	}
	return fd;
}

const char *
sealed_map(int fd, size_t *len, struct problem *why)
{
	off_t size = lseek(fd, 0, SEEK_END);
	void *bytes;

	/* Else it could shrink under the mapping. */
	if (size <= 0 || fcntl(fd, F_GET_SEALS) != SEALS) {
		problem_set(why, "the bundle is not sealed");
		return NULL;
	}
	*len = (size_t)size;
	bytes = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		problem_errno(why, "cannot map the bundle");
		return NULL;
	}
	/* Keys are in it. Best effort: a small RLIMIT_MEMLOCK is no reason
	 * not to serve. */
	mlock(bytes, *len);
	madvise(bytes, *len, MADV_DONTDUMP);
	madvise(bytes, *len, MADV_DONTFORK);
	return bytes;
}

void
sealed_unmap(const char *bytes, size_t len)
{
	munmap((void *)(uintptr_t)bytes, len);
}

static bool
take(struct text *rest, uint64_t len, struct text *part)
{
	if (len > rest->len)
		return false;
	*part = (struct text){rest->at, len};
	rest->at += len;
	rest->len -= len;
	return true;
}

static bool
read_answer(struct text *rest, struct answers *answers)
{
	struct text bytes, key, contents;
	struct answer *a;
	struct row row;

	if (!take(rest, sizeof(row), &bytes))
		return false;
	memcpy(&row, bytes.at, sizeof(row));
	if (row.question >= QUESTIONS || row.failed > 1 || row.others_may > 1 ||
	    row.reserved != 0 || !take(rest, row.key_bytes, &key) ||
	    !take(rest, row.contents_bytes, &contents))
		return false;
	a = answers_add(answers, row.question, key, false);
	if (a == NULL)
		return false;
	a->contents = contents;
	a->failed = row.failed;
	a->others_may = row.others_may;
	return true;
}

bool
sealed_read(struct text bytes, unsigned char secret[TICKET_SECRET_BYTES],
    struct answers *answers)
{
	struct preamble preamble;
	struct text front;

	if (!take(&bytes, sizeof(preamble), &front))
		return false;
	memcpy(&preamble, front.at, sizeof(preamble));
	memcpy(secret, preamble.secret, sizeof(preamble.secret));
	explicit_bzero(preamble.secret, sizeof(preamble.secret));
	if (memcmp(preamble.magic, magic, sizeof(magic)) != 0)
		return false;
	for (uint64_t i = 0; i < preamble.answers; i++) {
		if (!read_answer(&bytes, answers))
			return false;
	}
	return bytes.len == 0;
}
