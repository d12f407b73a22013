"""Whoever logs in is nobody else: interleaved clients of many users, before a
CAS that ties a login to its connection, as IIS does.

CASGATE_LONG=1 asks 100,000 times for 500 clients; CASGATE_SEED is where the
random choices begin.
"""

import random
import signal

import pytest

from crowd import SCHEMES, Crowd, MixUp
from harness import LONG, SEED
from mixing import Mixing
from standin.client import Client, tls_context

CLIENTS, ANSWERS = (500, 100_000) if LONG else (100, 2500)

CONFIG = """
workers {workers}
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
exchange cas {{ server cas1 {one.address}; server cas2 {two.address} }}
site mail.contoso.com {{ forward cas }}
"""


class Trouble:
    """Servers that vanish, and reloads, now and then."""

    def __init__(self, gate, servers, seed):
        self._gate = gate
        self._servers = servers
        self._order = random.Random(seed)
        self._closed = None
        self.reloads = 0

    def make(self):
        order = self._order
        server = order.choice(self._servers)
        if self._closed:
            self._closed.accept()
            self._closed = None
        elif order.random() < 0.05:
            server.refuse()
            server.drop(1, order)
            self._closed = server
        if order.random() < 0.2:
            server.drop(0.1, order)
        if order.random() < 0.3:
            self._gate.signal(signal.SIGHUP)
            self.reloads += 1


@pytest.mark.requirement(8, 9)
@pytest.mark.parametrize("workers", [1, 2])
def test_no_answer_ever_carries_anothers_name(casgate, two_cas, certs, workers):
    one, two = two_cas
    gate = casgate(
        CONFIG.format(workers=workers, certificate=certs.mail_ecdsa, one=one, two=two)
    )
    context = tls_context(certs.ca)
    seed = SEED + workers
    sources = random.Random(seed)
    trouble = Trouble(gate, two_cas, seed)

    def connect(session):
        source = f"127.0.0.{sources.randrange(1, 255)}"
        return gate.connect(context=context, session=session, source=source)

    with Crowd(connect, CLIENTS, seed) as crowd:
        while crowd.answers < ANSWERS:
            crowd.round()
            trouble.make()
    assert crowd.check(*two_cas) >= ANSWERS
    for word in (*SCHEMES, "resumed", "servers gone"):
        assert crowd.seen[word] > ANSWERS / 200, crowd.seen
    assert trouble.reloads > 0
    gate.wait_for_stderr("casgate: reload")


@pytest.mark.parametrize("how", ["pool", "answers", "requests"])
def test_a_proxy_that_mixes_its_clients_up_is_found_out(cas, how):
    """By what the clients hear and, but for swapped answers, by the CAS."""

    def connect(_session):
        return Client(mixing.address)

    with Mixing(("127.0.0.1", cas.port), how) as mixing, Crowd(connect, 20) as crowd:
        with pytest.raises(MixUp):
            while crowd.answers < 500:
                crowd.round(vanish=0)
        if how != "answers":
            with pytest.raises(MixUp):
                crowd.check(cas)


def test_a_crowd_without_a_proxy_is_not_mixed_up(cas):
    def connect(_session):
        return Client(("127.0.0.1", cas.port))

    with Crowd(connect, 20) as crowd:
        while crowd.answers < 500:
            crowd.round()
    assert crowd.check(cas) >= 500
