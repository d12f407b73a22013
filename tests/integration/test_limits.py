"""Limits at accept: connections in all, connections and handshakes of one
address. Clients of other addresses come from elsewhere in 127.0.0.0/8."""

import contextlib
import os
import signal
import time

import pytest

from harness import one_group, wait_for


@pytest.fixture
def limited(casgate, cas, certs):
    def start(*limits, workers=1):
        words = (f"workers {workers}", *limits)
        return casgate(one_group(certs.mail, cas.address, *words))

    return start


def is_served(client):
    """Or is it closed at once?"""
    with contextlib.suppress(OSError):
        client.send(b"GET /owa/healthcheck.htm HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n")
        return client.read_some() != b""
    return False


class Crowd:
    """Clients of one address that stay: `come` tells how many were served."""

    def __init__(self, stack, gate, source="127.0.0.1", **options):
        self._stack, self._gate = stack, gate
        self._options = {"index": 1, "tls": False, "source": source, **options}
        self.clients = []

    def come(self, count):
        clients = [
            self._stack.enter_context(self._gate.connect(**self._options))
            for _ in range(count)
        ]
        served = [client for client in clients if is_served(client)]
        self.clients += served
        return len(served)


@pytest.fixture
def crowd():
    with contextlib.ExitStack() as stack:
        yield lambda *args, **options: Crowd(stack, *args, **options)


def ends(gate, word):
    return [line for line in gate.access_log() if line["end"] == word]


@pytest.mark.parametrize("workers", [1, 3])
def test_an_address_has_no_more_than_its_connections(limited, crowd, workers):
    gate = limited("limit connections 7 per-address", workers=workers)
    one, other = crowd(gate, "127.0.0.2"), crowd(gate, "127.0.0.3")
    assert one.come(20) == 7
    assert other.come(5) == 5
    one.clients.pop().close()
    one.clients.pop().close()
    wait_for(lambda: one.come(1) == 1, 5, lambda: "no place became free")
    wait_for(lambda: one.come(1) == 1, 5, lambda: "only one place became free")
    assert one.come(5) == 0
    # They lose nothing by it.
    assert all(is_served(client) for client in one.clients[2:] + other.clients)


def test_some_networks_are_excepted(limited, crowd):
    gate = limited("limit connections 2 per-address except 127.0.1.0/24 127.0.2.1")
    assert crowd(gate, "127.0.1.9").come(5) == 5
    assert crowd(gate, "127.0.2.1").come(5) == 5
    assert crowd(gate, "127.0.2.2").come(5) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_connections_in_all_are_limited(limited, crowd, workers):
    """Each worker has an equal share, and chance spreads the connections."""
    gate = limited("limit connections 20", workers=workers)
    guests = crowd(gate)
    served = guests.come(60)
    assert 10 <= served <= 20
    assert served == 20 or workers > 1
    gate.wait_for_stderr(r"the connection from 127\.0\.0\.1:\d+ was refused: there")
    gate.wait_for_log(end="limit")
    for client in guests.clients:
        client.close()
    wait_for(lambda: guests.come(1) == 1, 5, lambda: "it does not recover")


@pytest.mark.parametrize("workers", [1, 3])
def test_an_address_makes_handshakes_no_faster(limited, crowd, workers):
    gate = limited("limit handshakes 2/s per-address", workers=workers)
    began = time.monotonic()
    served = sum(shakes_hands(gate, "127.0.0.2") for _ in range(60))
    took = time.monotonic() - began
    # Those of ten seconds at once, and two more in each second.
    assert 20 <= served <= 21 + 2 * took
    assert shakes_hands(gate, "127.0.0.3")
    assert crowd(gate, "127.0.0.2").come(5) == 5, "these are without TLS"
    wait_for(lambda: shakes_hands(gate, "127.0.0.2"), 5, lambda: "never again")


def shakes_hands(gate, source):
    with contextlib.suppress(OSError):
        with gate.connect(0, source=source) as client:
            return is_served(client)
    return False


def test_it_is_closed_before_any_tls(limited, crowd):
    gate = limited("limit connections 1 per-address")
    crowd(gate, "127.0.0.2").come(1)
    with gate.connect(0, tls=False, source="127.0.0.2") as client:
        client.expect_closed()
    line = gate.wait_for_log(end="address limit")
    assert line["client"].startswith("127.0.0.2:")
    assert line["in"] == line["out"] == 0 and not line["tls"]


def test_the_logs_are_not_flooded(limited, crowd):
    """A line for each address in the access log; in the error log, one."""
    gate = limited("limit connections 1 per-address")
    for host in range(2, 7):
        assert crowd(gate, f"127.0.0.{host}").come(20) == 1
    wait_for(
        lambda: len(ends(gate, "address limit")) == 5, 5, lambda: gate.access_text()
    )
    assert gate.stderr.count("refused") == 1, gate.stderr
    assert gate.stop() == 0
    assert len(ends(gate, "address limit")) == 5


def test_a_worker_that_dies_gives_its_places_back(limited, crowd):
    gate = limited("limit connections 6 per-address", workers=2)
    guests = crowd(gate)
    assert guests.come(20) == 6
    before = gate.children()
    for worker in before:
        os.kill(worker, signal.SIGKILL)
    wait_for(
        lambda: len(set(gate.children()) - set(before)) == 2,
        20,
        lambda: f"not replaced:\n{gate.stderr}",
    )
    wait_for(lambda: guests.come(1) == 1, 10, lambda: "no place became free")
    assert guests.come(20) == 5


def test_a_reload_brings_the_limit_and_takes_it_away(limited, crowd, cas, certs):
    gate = limited()
    words = ("workers 1", "limit connections 3 per-address")
    text = one_group(certs.mail, cas.address, *words)
    early, late = crowd(gate), crowd(gate)
    assert early.come(5) == 5
    gate.reload(text)
    assert late.come(5) == 3, "those who were there before don't count"
    for client in early.clients + late.clients:
        client.close()
    wait_for(lambda: late.come(1) == 1, 5, lambda: "no place became free")
    gate.reload(text.replace("limit", "#limit"))
    assert crowd(gate).come(10) == 10


def test_ipv6_counts_by_the_first_half(limited, casgate, cas, crowd):
    gate = casgate(
        f"""
        limit connections 2 per-address
        listen [::1]:0
        listen 0
        exchange cas {{ server cas1 {cas.address} }}
        site mail.contoso.com {{ forward cas }}
        """
    )
    assert crowd(gate, None, index=0).come(5) == 2
    # Over the listener for both, an IPv4 client is one of IPv4.
    port = gate.addresses[1][1]
    gate.addresses[1] = ("127.0.0.1", port)
    assert crowd(gate, "127.0.0.2").come(5) == 2
    assert crowd(gate, "127.0.0.3").come(5) == 2
    gate.wait_for_log(end="address limit")
