"""Strangers who want it to have no time, memory or patience left for others.

The short form has smaller crowds; CASGATE_LONG=1 the figures that are promised,
of the release build.
"""

import contextlib
import json
import os
import pathlib
import shutil
import ssl
import statistics
import subprocess
import sys
import time

import pytest

import cost
from harness import LONG, ROOT, one_group, wait_for
from proc import descriptors, resident_kib
from standin import bulk, rpc
from standin.client import tls_context
from standin.rekey import update_keys

RELEASED = {"command": [cost.RELEASE]}
BUILD = RELEASED if LONG else {}
HERE = pathlib.Path(__file__).resolve().parent

needs_release = pytest.mark.skipif(
    not cost.RELEASE.exists(), reason="no build/release/casgate"
)
pytestmark = [needs_release] if LONG else []


@pytest.fixture
def pinging_cas():
    """The address of one in a process of its own, which echoes pings."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "tests/standin/cas.py", "--anonymous", "--answer-pings"],
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline().split()[-1]
    process.kill()
    process.wait()


@pytest.fixture
def besieged(casgate, pinging_cas, certs):
    def start(*limits, workers=1, **options):
        words = (f"workers {workers}", *limits)
        text = one_group(certs.mail_ecdsa, pinging_cas, *words)
        return casgate(text, **{"wait_s": 60, **BUILD, **options})

    return start


def of_all_workers(gate, figure):
    return sum(map(figure, gate.children()))


def is_served(gate):
    with gate.connect() as client:
        return client.request("GET", "/owa/healthcheck.htm").status == 200


# Those who never come to an end.


class Siege:
    """stallers.py at work on one of the listeners."""

    def __init__(self, kind, address, count, every_s):
        command = [sys.executable, HERE / "stallers.py", kind, *address]
        self.process = subprocess.Popen(
            [str(word) for word in [*command, count, every_s, 60]],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    @property
    def goes_on(self):
        return self.process.poll() is None

    def result(self):
        result = json.loads(self.process.stdout.read())
        self.process.wait()
        return result


def latencies_ms(gate, channel, sieges):
    """Of requests and pings of others meanwhile."""
    found = []
    with gate.connect() as client:
        while any(siege.goes_on for siege in sieges):
            began = time.monotonic()
            assert client.request("GET", "/owa/healthcheck.htm").status == 200
            found.append(1000 * (time.monotonic() - began))
            found.append(1000 * channel.timed_ping())
            time.sleep(0.02)
    return found


def test_who_never_comes_to_an_end_is_sent_away_and_nobody_else_notices(besieged):
    count = 5000 if LONG else 300
    head_s, handshake_s = (30, 10) if LONG else (4, 2)
    gate = besieged(
        f"timeout head {head_s}s", f"timeout handshake {handshake_s}s", workers=2
    )
    with rpc.Session(gate.connect, auth=None) as channel:
        channel.timed_ping()
        before = of_all_workers(gate, descriptors)
        heads = Siege("head", gate.addresses[1], count, 1)
        handshakes = Siege("handshake", gate.addresses[0], count, 1)
        found = latencies_ms(gate, channel, [heads, handshakes])
        for siege, limit_s in ((heads, head_s), (handshakes, handshake_s)):
            result = siege.result()
            assert result["left"] == 0
            assert limit_s - 1 < result["longest_s"] <= limit_s + 5
        # The body of a channel takes as long as it likes.
        channel.timed_ping()
        wait_for(
            lambda: of_all_workers(gate, descriptors) <= before,
            15,
            lambda: "some are left",
        )
    p99 = statistics.quantiles(found, n=100)[98]
    assert p99 < (50 if LONG else 1000), f"p99 {p99:.1f} ms of {len(found)}"
    gate.wait_for_log(end="head timeout")
    gate.wait_for_log(end="handshake timeout")


def test_a_head_that_begins_late_has_no_more_time(besieged):
    gate = besieged("timeout head 3s")
    with gate.connect(1, tls=False) as client:
        began = time.monotonic()
        time.sleep(2.2)
        client.send(b"GET /owa/ HTTP/1.1\r\n")
        assert client.read_response(timeout_s=10).status == 408
        assert 2.5 < time.monotonic() - began < 4.7


# Those who take nothing.


# AddressSanitizer keeps 256 MiB of what was freed.
FORGETFUL = {
    "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
}


def settled_kib(gate):
    """Its memory, once it grows no more and the server has time for us."""
    seen, quiet, deadline = 0, 0, time.monotonic() + 90
    while quiet < 4:
        assert time.monotonic() < deadline, "it goes on growing"
        time.sleep(0.25)
        began = time.monotonic()
        assert is_served(gate)
        prompt = time.monotonic() - began < 0.5
        grown = of_all_workers(gate, resident_kib) - seen
        quiet = quiet + 1 if prompt and grown < 512 else 0
        seen = of_all_workers(gate, resident_kib)
    return seen


def test_who_asks_for_much_and_reads_nothing_takes_little_memory(besieged):
    count, offered = 1000 if LONG else 60, 100 << 20
    gate = besieged(env=FORGETFUL)
    with contextlib.ExitStack() as stack:
        channel = stack.enter_context(rpc.Session(gate.connect, auth=None))
        assert is_served(gate)
        before = settled_kib(gate)
        readers = []
        for _ in range(count):
            reader = stack.enter_context(gate.connect(receive_buffer=65536))
            reader.send(
                b"GET /standin/bytes/%d HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n"
                % offered
            )
            assert reader.read_head(timeout_s=60).status == 200
            readers.append(reader)
        grown_kib = settled_kib(gate) - before
        assert grown_kib <= 300 * 1024 * count / 1000
        channel.timed_ping()
        assert is_served(gate)
        # They may still change their mind.
        assert readers[0].read_exactly(4 << 20) == bulk.content(4 << 20)


# Those who would have all of the memory. (AddressSanitizer has none of that.)


def capped(mib):
    return {"command": ["prlimit", f"--as={mib << 20}", "--", cost.RELEASE]}


@needs_release
def test_heads_that_fill_the_memory_end_and_others_go_on(besieged):
    cap_mib, count = (256, 4000) if LONG else (64, 1000)
    gate = besieged(**capped(cap_mib))
    workers = gate.children()
    half_a_head = b"GET / HTTP/1.1\r\nHost: mail.contoso.com\r\nX: " + b"a" * 120_000
    with contextlib.ExitStack() as stack:
        old = [stack.enter_context(gate.connect()) for _ in range(20)]
        assert {c.request("GET", "/owa/healthcheck.htm").status for c in old} == {200}
        channel = stack.enter_context(rpc.Session(gate.connect, auth=None))
        with contextlib.ExitStack() as greedy:
            for _ in range(count):
                client = greedy.enter_context(gate.connect(1, tls=False))
                with contextlib.suppress(OSError):
                    client.send(half_a_head)
            gate.wait_for_log(end="no memory")
            assert {c.request("GET", "/owa/healthcheck.htm").status for c in old} == {200}
            channel.timed_ping()
        wait_for(lambda: recovers(gate), 20, lambda: "it does not recover")
        channel.timed_ping()
        # Who asks for much gets it again.
        old[0].send(exactly(100 << 10))
        assert old[0].read_response().status == 200
    assert gate.children() == workers


@needs_release
def test_connections_that_fill_the_memory_end_and_others_go_on(besieged):
    """With 256 MiB and 20,000 descriptors, those end first."""
    gate = besieged(**capped(128 if LONG else 32))
    workers = gate.children()
    context = tls_context(gate.ca)
    with contextlib.ExitStack() as stack:
        old = [stack.enter_context(gate.connect(context=context)) for _ in range(20)]
        channel = stack.enter_context(rpc.Session(gate.connect, auth=None))
        with contextlib.ExitStack() as greedy:
            come = 0
            while gate.access_text().count('"no memory"') < 200:
                for _ in range(50):
                    with contextlib.suppress(OSError, ssl.SSLError):
                        greedy.enter_context(gate.connect(context=context))
                        come += 1
            assert come > (5000 if LONG else 500)
            assert {c.request("GET", "/owa/healthcheck.htm").status for c in old} == {200}
            channel.timed_ping()
        wait_for(lambda: recovers(gate), 20, lambda: "it does not recover")
        channel.timed_ping()
    assert gate.children() == workers


def recovers(gate):
    with contextlib.suppress(OSError, ssl.SSLError):
        return all(is_served(gate) for _ in range(20))
    return False


# Those who keep it busy with keys.


def test_a_flood_of_key_changes_is_an_end(simple):
    with simple.connect() as client:
        client.send(
            b"POST /standin/upload HTTP/1.1\r\nHost: mail.contoso.com\r\n"
            b"Content-Length: 1000\r\n\r\n"
        )
        with contextlib.suppress(OSError, ssl.SSLError):
            for _ in range(999):
                update_keys(client, asking=False)
                client.send(b"a")
        with contextlib.suppress(ssl.SSLError):
            client.expect_closed()
    line = simple.wait_for_log(method="POST", end="client reset")
    assert line["in"] < 300, "some of the 999 bytes, behind the head"
    assert is_served(simple)


def test_key_changes_now_and_then_are_no_flood(simple):
    content = bulk.content(1 << 20)
    with simple.connect() as client:
        for _ in range(3):
            for _ in range(30):
                update_keys(client)
                assert client.request("GET", "/owa/healthcheck.htm").status == 200
            answer = client.request("POST", "/standin/echo", body=content)
            assert answer.body == content


def test_keys_may_change_while_the_client_reads_nothing(simple):
    """Each change asks us to change ours, behind what does not go out."""
    count = 8 << 20
    with simple.connect(receive_buffer=4096) as client:
        client.send(
            b"GET /standin/bytes/%d HTTP/1.1\r\nHost: mail.contoso.com\r\n\r\n" % count
        )
        assert client.read_head().status == 200
        settled_kib(simple)
        for _ in range(3):
            update_keys(client)
            client._run(client._tls.do_handshake)
            time.sleep(0.1)
        assert client.read_exactly(count, timeout_s=60) == bulk.content(count)


# Heads that make much work of few bytes.


def head(headers=4, target=100, value=20):
    lines = [f"GET /owa/{'a' * target} HTTP/1.1", "Host: mail.contoso.com"]
    lines += [f"X-{n}: {'b' * value}" for n in range(headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


HEADS = {
    "headers": (head(headers=12), head(headers=120)),
    "bytes": (head(value=2900), head(value=29000)),
    "target": (head(target=1600), head(target=16000)),
}


def sending(request):
    def operation(gate, count):
        with gate.connect() as client:
            for _ in range(count):
                client.send(request)
                assert client.read_response().status == 200

    return operation


@needs_release
@pytest.mark.skipif(not shutil.which("valgrind"), reason="no valgrind")
@pytest.mark.parametrize("what", HEADS if LONG else ["headers"])
def test_ten_times_the_head_costs_no_more_than_twelve_times(certs, what):
    small, large = (sending(request) for request in HEADS[what])
    costs = cost.counted(certs, {"small": (small, 100), "large": (large, 100)})
    assert costs["large: instructions"] <= 12 * costs["small: instructions"]


@pytest.mark.parametrize("what", HEADS)
def test_one_more_is_too_much(simple, what):
    limits = {
        "headers": (head(headers=127), head(headers=128), 431),
        "bytes": (exactly(128 << 10), exactly((128 << 10) + 1), 431),
        "target": (head(target=16384 - 5), head(target=16384 - 4), 414),
    }
    most, too_much, status = limits[what]
    with simple.connect() as client:
        client.send(most)
        assert client.read_response().status == 200
        client.send(too_much)
        assert client.read_response().status == status
        client.expect_closed()


def exactly(size):
    """A head of so many bytes."""
    rest = size - len(head(headers=0)) - len("X: \r\n")
    return head(headers=0)[:-2] + b"X: " + b"c" * rest + b"\r\n\r\n"
