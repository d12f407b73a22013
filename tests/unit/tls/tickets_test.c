/*
 * The keys of tickets: who shares them, and for how long they open.
 */
#include "tls/tickets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "tls/policy.h"

#define NOW ((time_t)1795500000)

static const unsigned char secret[TICKET_SECRET_BYTES] = "one secret";
static const unsigned char other_secret[TICKET_SECRET_BYTES] = "another";

struct ticket {
	unsigned char name[16], iv[16], sealed[64], mac[32];
	int len;
};

/* As OpenSSL does it with what it is given. */
static int
handle(struct tickets *tickets, time_t now, struct ticket *ticket, bool seal,
    unsigned char *text, int text_len)
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(hmac);
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	unsigned char code[32];
	size_t code_len;
	int len, last = 0;
	int result = tickets_prepare(
	    tickets, now, ticket->name, ticket->iv, cipher, mac, seal);

	if (result > 0) {
		assert_int_equal(EVP_MAC_init(mac, NULL, 0, NULL), 1);
		EVP_CipherUpdate(cipher, seal ? ticket->sealed : text, &len,
		    seal ? text : ticket->sealed,
		    seal ? text_len : ticket->len);
		assert_int_equal(
		    EVP_CipherFinal_ex(
			cipher, (seal ? ticket->sealed : text) + len, &last),
		    1);
		len += last;
		if (seal)
			ticket->len = len;
		EVP_MAC_update(mac, ticket->sealed, (size_t)ticket->len);
		EVP_MAC_final(mac, code, &code_len, sizeof(code));
		if (seal)
			memcpy(ticket->mac, code, sizeof(code));
		assert_memory_equal(ticket->mac, code, sizeof(code));
	}
	EVP_CIPHER_CTX_free(cipher);
	EVP_MAC_CTX_free(mac);
	EVP_MAC_free(hmac);
	return result;
}

static struct ticket
sealed(struct tickets *tickets, time_t now)
{
	struct ticket ticket;
	unsigned char text[] = "a session";

	assert_int_equal(
	    handle(tickets, now, &ticket, true, text, sizeof(text)), 1);
	return ticket;
}

static int
opens(struct tickets *tickets, time_t now, struct ticket *ticket)
{
	unsigned char text[64];
	int result = handle(tickets, now, ticket, false, text, 0);

	if (result > 0)
		assert_string_equal((char *)text, "a session");
	return result;
}

static void
keys_come_from_secret_and_time(void **state)
{
	struct tickets *one = tickets_new(secret), *two = tickets_new(secret);
	struct tickets *other = tickets_new(other_secret);
	struct ticket ticket = sealed(one, NOW);

	(void)state;
	assert_int_equal(opens(one, NOW, &ticket), 1);
	assert_int_equal(opens(two, NOW, &ticket), 1);
	assert_int_equal(opens(other, NOW, &ticket), 0);
	tickets_free(one);
	tickets_free(two);
	tickets_free(other);
}

static void
keys_open_for_one_more_period(void **state)
{
	struct tickets *one = tickets_new(secret);
	struct ticket ticket = sealed(one, NOW);

	(void)state;
	assert_int_equal(opens(one, NOW + TICKET_PERIOD_S, &ticket), 2);
	assert_int_equal(opens(one, NOW + 2 * TICKET_PERIOD_S, &ticket), 0);
	/* A clock that is behind. */
	assert_int_equal(opens(one, NOW - TICKET_PERIOD_S, &ticket), 2);
	assert_int_equal(opens(one, NOW, &ticket), 1);
	tickets_free(one);
}

static void
no_two_tickets_look_alike(void **state)
{
	struct tickets *one = tickets_new(secret);
	struct ticket a = sealed(one, NOW), b = sealed(one, NOW);
	struct ticket later = sealed(one, NOW + TICKET_PERIOD_S);

	(void)state;
	assert_memory_equal(a.name, b.name, sizeof(a.name));
	assert_memory_not_equal(a.iv, b.iv, sizeof(a.iv));
	assert_memory_not_equal(a.name, later.name, sizeof(a.name));
	tickets_free(one);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_come_from_secret_and_time),
	    cmocka_unit_test(keys_open_for_one_more_period),
	    cmocka_unit_test(no_two_tickets_look_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
