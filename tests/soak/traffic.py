"""What clients do: KINDS, of which each visit is one.

Each takes a Place and a random.Random. An exception is a failure of casgate,
unless the servers there are troubled.
"""

import contextlib
import ssl
import time
import zlib
from typing import NamedTuple

import smuggling_cases
from standin import bulk, ntlm, rpc
from standin.client import Closed

BASIC = "Authorization: " + ntlm.basic("alice", "Secret-1")
REFUSED = [
    case
    for name, (_, cases) in smuggling_cases.REFUSED.items()
    for case in cases
    if name != "misdirected"  # that takes other sites
]

# What one asks for on a connection, and the status of the answer.
ASKED = [
    ("GET", "/owa/healthcheck.htm", 200),
    ("GET", "/owa/", 200),
    ("GET", "/owa", 302),
    ("HEAD", "/owa/", 200),
    ("GET", "/oab/x/oab.xml", 200),
    ("POST", "/ews/exchange.asmx", 200),
    ("POST", "/ews/exchange.asmx?chunks=5&pause=0.01", 200),
    ("POST", "/mapi/emsmdb/?pause=0.01", 200),
    ("POST", "/autodiscover/autodiscover.xml", 200),
    ("OPTIONS", "/microsoft-server-activesync", 200),
    ("POST", "/microsoft-server-activesync?wait=0.05", 200),
    ("PROPFIND", "/exchange/inbox", 207),
    ("GET", "/nowhere", 404),
]


class Place(NamedTuple):
    host: str
    connect: object  # gives a fresh client

    def head(self, line, *fields):
        return "\r\n".join([line, f"Host: {self.host}", *fields, "", ""]).encode()


def browse(place, order):
    """Some requests on one connection."""
    with place.connect() as client:
        for _ in range(order.randint(1, 20)):
            method, target, status = order.choice(ASKED)
            body = bytes(order.choice([0, 10, 3000])) if method == "POST" else b""
            answer = client.request(
                method, target, BASIC, body=body, host=place.host
            )
            assert answer.status == status, (method, target, answer)


def log_in(place, order):
    """With NTLM; and it is oneself as long as the connection lasts."""
    number = order.randrange(1000)
    user, password = f"user{number}", f"Secret-{number}"
    with place.connect() as client:
        target = "/standin/whoami"
        proof = rpc.log_in(
            client, "GET", user, password, target=target, host=place.host
        )
        fields = [f"Authorization: {proof}"]
        for _ in range(order.randint(1, 10)):
            answer = client.request("GET", target, *fields, host=place.host)
            assert answer.body.split()[1:] == [user.encode()], answer.body
            fields = []


def outlook(place, order):
    """A pair of channels, for a while."""
    auth = order.choice(["ntlm", "basic"])
    with rpc.Session(place.connect, auth=auth, host=place.host) as session:
        session.bind()
        for number in range(order.randint(1, 30)):
            assert session.add_one(number) == number + 1
            assert session.timed_ping() < 10
            time.sleep(order.choice([0, 0.05]))


def download(place, order):
    count = order.choice([100_000, 3_000_000, 20_000_000])
    with place.connect() as client:
        client.send(place.head(f"GET /standin/bytes/{count} HTTP/1.1"))
        assert client.read_head().status == 200
        got = checksum = 0
        while got < count:
            data = client.read_some()
            assert data, "closed"
            got, checksum = got + len(data), zlib.crc32(data, checksum)
        assert checksum == bulk.crc32(count)


def upload(place, order):
    count = order.choice([1000, 300_000, 5_000_000])
    chunked = order.random() < 0.5
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {count}"
    with place.connect() as client:
        client.send(place.head("POST /standin/upload HTTP/1.1", framing))
        for block in bulk.blocks(count):
            client.send(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
        if chunked:
            client.send(b"0\r\n\r\n")
        expected = b"%d %08x\n" % (count, bulk.crc32(count))
        assert client.read_response().body == expected


def half_close(place, order):
    """All that was asked before is answered."""
    count = order.randint(1, 5)
    with place.connect() as client:
        client.send(place.head("GET /owa/healthcheck.htm HTTP/1.1") * count)
        client.half_close()
        for _ in range(count):
            assert client.read_response().status == 200
        client.expect_closed()


def break_the_rules(place, order):
    case = order.choice(REFUSED)
    with place.connect() as client:
        with contextlib.suppress(OSError):
            client.send(case.request)
        answer = client.read_response()
        assert answer.status == case.status, (case, answer)
        client.expect_closed(10)


def vanish(place, order):
    """In the midst of anything."""
    with place.connect() as client:
        request = place.head("POST /standin/echo HTTP/1.1", "Content-Length: 100000")
        request += bytes(100_000)
        client.send(request[: order.randrange(len(request) + 1)])
        with contextlib.suppress(TimeoutError):
            client.read_some(order.choice([0.001, 0.05]))
        order.choice([client.close, client.reset])()


KINDS = {
    browse: 10,
    log_in: 4,
    outlook: 4,
    download: 1,
    upload: 2,
    half_close: 2,
    break_the_rules: 4,
    vanish: 3,
}

# How a client hears of trouble with its server.
TROUBLE = (OSError, ssl.SSLError, Closed, AssertionError)
TROUBLED = [f"/standin/{word}" for word in ("reset", "cut", "garbage", "stall")]


def be_in_trouble(place, order):
    """Whatever a server does that is killed, stopped, or has gone mad."""
    if order.random() < 0.5:
        kind = order.choice([browse, outlook, download, upload, vanish])
        with contextlib.suppress(*TROUBLE):
            kind(place, order)
        return
    with contextlib.suppress(OSError, ssl.SSLError, Closed):
        with place.connect() as client:
            client.timeout_s = 1
            answer = client.request("GET", order.choice(["/owa/", *TROUBLED]), host=place.host)
            assert answer.status in (200, 502, 503, 504), answer
