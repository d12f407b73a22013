/*
 * Tells what casgate makes of messages, for a judge in another language.
 *
 * Reads blocks from stdin, each a length (four bytes, little-endian) and so
 * many bytes: a letter for what it is (Q: a request, A: an answer, H: an
 * answer to HEAD) and the message. Writes, for one that is refused, an empty
 * block, and else three: how it was understood, as lines; the data of its
 * body; the head as it goes on to a CAS (of an answer, nothing).
 */
#include <stdio.h>
#include <stdlib.h>

#include "http/guard.h"
#include "http/rewrite.h"

static const struct guard_limits limits = {128 << 10, 128, 16 << 10};

static struct head head;

static void
write_block(const void *bytes, size_t len)
{
	unsigned char length[4];

	for (size_t i = 0; i < 4; i++)
		length[i] = (unsigned char)(len >> 8 * i);
	fwrite(length, 1, 4, stdout);
	if (len > 0) /* else `bytes` may be NULL */
		fwrite(bytes, 1, len, stdout);
}

static bool
understand(char what, struct text bytes)
{
	struct refusal refusal;

	if (what == 'Q')
		return head_read_request(&head, bytes, &refusal) == 0;
	return head_read_response(&head, bytes,
		   what == 'H' ? METHOD_HEAD : METHOD_OTHER, &refusal) == 0;
}

static void
add_part(struct buffer *to, const char *name, struct text value)
{
	buffer_printf(to, "%s ", name);
	buffer_add_text(to, value);
	buffer_add_string(to, "\n");
}

/* One line for each part; a field's name and value stand behind ":". */
static void
tell_head(struct buffer *to)
{
	static const char *const kinds[] = {
	    [BODY_NONE] = "none",
	    [BODY_COUNTED] = "counted",
	    [BODY_CHUNKED] = "chunked",
	    [BODY_UNTIL_CLOSE] = "until-close",
	};

	add_part(to, "method", head.method);
	add_part(to, "target", head.target);
	buffer_printf(to, "status %u\nversion 1.%u\nbody %s\nlength %llu\n",
	    head.status, head.minor, kinds[head.body.kind],
	    (unsigned long long)head.body.left);
	for (size_t i = 0; i < head.field_count; i++) {
		buffer_printf(to, ":");
		buffer_add_text(to, head.fields[i].name);
		buffer_add_string(to, ":");
		buffer_add_text(to, head.fields[i].value);
		buffer_add_string(to, "\n");
	}
}

/* How far the body goes, and its data in place of its bytes. */
static size_t
tell_body(struct buffer *to, char *bytes, size_t len)
{
	static const char *const progresses[] = {
	    [BODY_FLOWING] = "flowing",
	    [BODY_COMPLETE] = "complete",
	    [BODY_BROKEN] = "broken",
	};
	struct body body = head.body;
	enum body_progress progress;
	size_t used, kept;

	body.dechunk = true;
	progress = body_pass(&body, (unsigned char *)bytes, len, &used, &kept);
	buffer_printf(
	    to, "progress %s\nrest %zu\n", progresses[progress], len - used);
	return kept;
}

static void
tell(char what, char *bytes, size_t len)
{
	static const struct forwarding forwarding = {
	    {"192.0.2.1", 9}, 443, true};
	struct buffer told = {0}, onward = {0};
	struct guard guard;
	size_t used, kept;

	guard_init(&guard, what == 'Q' ? GUARD_REQUEST : GUARD_RESPONSE);
	if (guard_read(&guard, &limits, (struct text){bytes, len}, &used) !=
		GUARD_COMPLETE ||
	    !understand(what, (struct text){bytes, used})) {
		write_block("", 0);
		return;
	}
	tell_head(&told);
	if (what == 'Q')
		rewrite_request(&onward, &head, &forwarding);
	kept = tell_body(&told, bytes + used, len - used);
	write_block(told.at, told.len);
	write_block(bytes + used, kept);
	write_block(onward.at, onward.len);
	buffer_clear(&told);
	buffer_clear(&onward);
}

int
main(void)
{
	unsigned char length[4];

	while (fread(length, 1, 4, stdin) == 4) {
		size_t len = (size_t)length[0] | (size_t)length[1] << 8 |
		    (size_t)length[2] << 16 | (size_t)length[3] << 24;
		/* No spare byte, so that reading past the end is seen. */
		char *block = malloc(len);

		if (block == NULL || len == 0 ||
		    fread(block, 1, len, stdin) != len)
			return 1;
		tell(block[0], block + 1, len - 1);
		free(block);
	}
	return ferror(stdin) || fflush(stdout) != 0;
}
