"""What casgate lets through, h11 reads in the same way: another reader of
HTTP, written by others, as the judge of mutated heads (R9).

A few of them go over the wire, and many to casgate's own reader alone; with
CASGATE_LONG=1 a million.
"""

import random
from collections import Counter

import h11
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import mutants
import two_readers
from harness import LONG, SEED
from standin import steps
from two_readers import ANSWER, ANSWER_TO_HEAD, REQUEST
from test_smuggling import cas, gate

__all__ = ["cas", "gate"]  # fixtures

HOST = "mail.contoso.com"
MESSAGES = 1_000_000 if LONG else 40_000
AT_ONCE = 20_000

METHODS = ["GET", "POST", "RPC_IN_DATA", "RPC_OUT_DATA", "PROPFIND", "X-MS-ENUMATTS"]
TARGETS = ["/standin/head", "/standin/head?a=b", "/standin/head/%41%zz//x", "*"]
TARGETS += [f"http://{HOST}/standin/head"]
FIELDS = [
    f"Host: {HOST}",
    f"host:{HOST}:443",
    "Content-Length: 0",
    "Content-Length: 5",
    "Content-Length:\t5 ",
    "Transfer-Encoding: chunked",
    "transfer-encoding: Chunked",
    "Connection: close",
    "Connection: keep-alive, X-One",
    "X-One: 1",
    "X-Two: a,\tb; c=\"d\" \xe4\xff",
    "X-Empty:",
    "X-Blank: \t ",
    "X_Under: score",
    "Authorization: NTLM TlRM==",
    "Cookie: a=b; c=d",
    "Expect: something",
]
# Dropped or added on the way, and so not compared.
NOT_COMPARED = {b"connection", b"x-one", b"front-end-https", b"x-forwarded-for"}
NOT_COMPARED |= {b"x-forwarded-proto", b"x-forwarded-port"}

MUTATIONS = ["\r", "\n", "\r\n", " ", "\t", "\0", ":", ",", ";", "\x0b", "\x7f", "\x80"]
MUTATIONS += ["#", "%00", "0", "+", '"', "\r\n ", "\r\nHost: a", "Transfer-Encoding: x\r\n"]


ARRIVED = b"HTTP/1.1 299 Arrived\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@st.composite
def heads(draw):
    """Mostly good, with a few bytes put in, taken out or doubled."""
    line = " ".join(
        [
            draw(st.sampled_from(METHODS)),
            draw(st.sampled_from(TARGETS)),
            draw(st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0"])),
        ]
    )
    fields = draw(st.lists(st.sampled_from(FIELDS[1:]), max_size=6, unique=True))
    if draw(st.integers(0, 9)):
        fields.insert(draw(st.integers(0, len(fields))), FIELDS[0])
    text = "".join(f"{x}\r\n" for x in [line, *fields]) + "\r\n"
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        at = draw(st.integers(0, len(text) - 1))
        until = at + draw(st.integers(0, 2))
        text = text[:at] + draw(st.sampled_from(["", *MUTATIONS])) + text[until:]
    assume("\r\n\r\n" in text)
    return text.encode("latin-1")


def read_by_h11(raw):
    """Its request, the bytes of its head, and how its body ends."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(raw)
    request = reader.next_event()
    assert isinstance(request, h11.Request), f"h11 wants more of {raw!r}"
    fields = [(n, v) for n, v in request.headers if n not in NOT_COMPARED]
    framing = [(n, v) for n, v in fields if n in (b"content-length", b"transfer-encoding")]
    rest = reader.trailing_data[0]
    return request, fields, framing, len(raw) - len(rest)


@pytest.fixture(scope="module")
def answering(cas):
    """The CAS answers a head at once, whatever body it announces."""
    cas.script("*", steps.send(ARRIVED))
    yield cas
    cas.clear_scripts()


def arrived(gate, cas, raw):
    """The request as the CAS got it, or None when it was refused."""
    before = len(cas.requests)
    with gate.connect(1, tls=False) as client:
        client.send(raw)
        refused = client.read_head().status != 299
    assert len(cas.requests) == before + (not refused)
    return None if refused else cas.requests[before]


@pytest.mark.requirement(35)
@settings(
    max_examples=1500,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(raw=heads())
def test_what_goes_through_h11_reads_alike(gate, answering, raw):
    request = arrived(gate, answering, raw)
    if request is None:
        return
    skipped = raw[2:] if raw.startswith(b"\r\n") else raw
    theirs, fields, framing, _ = read_by_h11(skipped)
    again, same_fields, same_framing, head_bytes = read_by_h11(request.raw_head)
    assert again.method == theirs.method == request.method.encode()
    assert again.http_version == theirs.http_version
    assert same_framing == framing
    assert head_bytes == len(request.raw_head)
    assert same_fields == [(n, v) for n, v in fields]
    target = theirs.target.removeprefix(f"http://{HOST}".encode())
    assert again.target == target


def draw(order):
    kind = order.choice([REQUEST, REQUEST, ANSWER, ANSWER_TO_HEAD])
    make = mutants.request if kind == REQUEST else mutants.answer
    return kind, make(order)


@pytest.mark.requirement(35)
def test_both_readers_see_the_same_fields_and_the_same_end():
    order = random.Random(SEED)
    passed, found = Counter(), []
    for _ in range(MESSAGES // AT_ONCE):
        messages = [draw(order) for _ in range(AT_ONCE)]
        for message, told in zip(messages, two_readers.read_by_casgate(messages)):
            if told is not None:
                passed[message[0]] += 1
                if wrong := two_readers.disagreement(*message, told):
                    found.append((wrong, message, told))
    assert not found, min(found, key=lambda one: len(one[1][1]))
    for kind in (REQUEST, ANSWER, ANSWER_TO_HEAD):
        assert passed[kind] > MESSAGES / 20, passed
