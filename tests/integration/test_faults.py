"""Both sides close, reset, stall and talk nonsense at random points.

Seeds make the cases; CASGATE_FAULTS is how many there are (300; 3,000 with
CASGATE_LONG), and CASGATE_FAULT_SEED where they begin. What is asked for at the
end: nobody crashed, the next client is served, all descriptors are given back,
and every connection has its line in the access log, with an end that is known.
"""

import asyncio
import concurrent.futures
import contextlib
import os
import random
import ssl
import time

from harness import LONG, known_ends, name_of_end, two_groups, wait_for
from proc import descriptors
from standin.client import Closed, tls_context
from standin.visit import Ended

CASES = int(os.environ.get("CASGATE_FAULTS", "3000" if LONG else "300"))
FIRST = int(os.environ.get("CASGATE_FAULT_SEED", "0"))
PAUSES_S = [0, 0, 0, 0.001, 0.02]
SIZES = [0, 1, 20, 3000, 70_000, 300_000]

IMPATIENT = [
    "workers 1",
    "timeout head 2s",
    "timeout keepalive 2s",
    "timeout ews 3s",
    "timeout rpc 3s",
]


def chunked(order, data):
    """The data in chunks of random sizes."""
    whole, at = b"", 0
    while at < len(data):
        piece = data[at : at + order.choice([1, 7, 4096, 100_000])]
        whole += b"%x\r\n%s\r\n" % (len(piece), piece)
        at += len(piece)
    return whole + b"0\r\n\r\n"


# The server.


def answer(order, method):
    """An answer that is one, and whether the connection may go on."""
    content = bytes(order.choice(SIZES))
    kind = order.choice(["counted", "counted", "chunked", "close", "204", "early"])
    if kind == "204":
        return b"HTTP/1.1 204 No Content\r\n\r\n", True
    if kind == "close":
        body = b"" if method == "HEAD" else content
        return b"HTTP/1.1 200 OK\r\n\r\n" + body, False
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" if kind == "early" else b""
    if kind == "chunked":
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        content = chunked(order, content)
    else:
        head = b"HTTP/1.1 401 No\r\nContent-Length: %d\r\n\r\n" % len(content)
    return interim + head + (b"" if method == "HEAD" else content), True


async def read_some_of_the_body(visit, order):
    for _ in range(order.choice([0, 1, 3, 1000])):
        if not await visit.read_body_some():
            return


async def serve(visit):
    order = random.Random(visit.request.target)
    await read_some_of_the_body(visit, order)
    data, visit.keeps = answer(order, visit.request.method)
    if order.random() < 0.3:
        data = data[: order.randrange(len(data))]
        visit.keeps = False
    if order.random() < 0.1:
        data += order.choice([b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n", bytes(100_000)])
    middle = order.randrange(len(data) + 1)
    for piece in (data[:middle], data[middle:]):
        visit.write(piece)
        await asyncio.sleep(order.choice(PAUSES_S))
    await read_some_of_the_body(visit, order)
    end = order.choice(["go on"] * 4 + ["close", "reset", "half close", "stall"])
    if end == "reset":
        visit.reset()
    elif end == "half close":
        visit.half_close()
    elif end == "stall":
        await asyncio.sleep(0.3)
    visit.keeps = visit.keeps and end == "go on" and visit.request.body_complete


async def serve_badly(visit):
    with contextlib.suppress(ConnectionError, Ended):
        await serve(visit)


# The client.


def request(order, seed, number):
    method = order.choice(["GET", "HEAD", "POST", "RPC_IN_DATA", "RPC_OUT_DATA"])
    service = "rpc/rpcproxy.dll" if "RPC" in method else "ews"
    host = order.choice(["mail.contoso.com"] * 4 + ["contoso.com", "nobody.example"])
    lines = [f"{method} /{service}?{seed}.{number} HTTP/1.{order.choice('0111')}"]
    lines.append(f"Host: {host}")
    if order.random() < 0.3:
        lines.append("Connection: " + order.choice(["close", "keep-alive"]))
    body = bytes(order.choice(SIZES)) if method != "GET" else b""
    if lines[0].endswith("1.1") and order.random() < 0.3:
        lines.append("Transfer-Encoding: chunked")
        body = chunked(order, body)
    else:
        lines.append(f"Content-Length: {len(body)}")
    if order.random() < 0.1:
        lines.append("Expect: 100-continue")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_for_a_while(client, order):
    with contextlib.suppress(TimeoutError):
        for _ in range(order.choice([0, 1, 1, 5, 1000])):
            if not client.read_some(order.choice([0.01, 0.1])):
                return


def cut_handshake(gate, order):
    """Says hello, or a part of it, or something that is none."""
    outgoing = ssl.MemoryBIO()
    shy = tls_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x")
    with contextlib.suppress(ssl.SSLWantReadError):
        shy.do_handshake()
    hello = bytearray(outgoing.read())
    if order.random() < 0.3:
        hello[order.randrange(len(hello))] ^= 255
    with gate.connect(0, tls=False) as client:
        port = client.local[1]
        with contextlib.suppress(OSError):
            client.send(hello[: order.randrange(len(hello) + 1)])
            read_for_a_while(client, order)
            order.choice([client.close, client.reset, client.half_close])()
            read_for_a_while(client, order)
    return port


def visit(gate, seed):
    """One connection from its beginning to its end; the client's port."""
    order = random.Random(seed)
    if order.random() < 0.1:
        return cut_handshake(gate, order)
    tls = order.random() < 0.5
    client = gate.connect(
        0 if tls else 1,
        tls=tls,
        sni=None,
        receive_buffer=order.choice([None, 4096]),
        timeout_s=2,
        **(order.choice([{}, {"newest": ssl.TLSVersion.TLSv1_2}]) if tls else {}),
    )
    port = client.local[1]
    with client, contextlib.suppress(OSError, ssl.SSLError, Closed):
        data = b"".join(request(order, seed, n) for n in range(order.choice([1, 1, 4])))
        if order.random() < 0.1:
            at = order.randrange(len(data))
            data = data[:at] + b"\0\r\n" + data[at:]
        if order.random() < 0.3:
            data = data[: order.randrange(len(data))]
        while data:
            size = order.choice([1, 100, 65536, 65536, 10**6])
            client.send(data[:size])
            data = data[size:] if size > 1 or order.random() < 0.5 else b""
            time.sleep(order.choice(PAUSES_S))
            read_for_a_while(client, order)
        end = order.choice(["close", "reset", "half close", "close notify", "wait"])
        if end == "reset":
            client.reset()
        elif end == "half close":
            client.half_close()
        elif end == "close notify" and tls:
            client.close_notify()
        read_for_a_while(client, order)
    return port


def test_nothing_is_lost_whatever_both_sides_do(casgate, two_cas, certs):
    one, two = two_cas
    gate = casgate(two_groups(certs, one.address, two.address, *IMPATIENT))
    (worker,) = gate.children()
    with gate.connect() as client:
        client.request("GET", "/owa/healthcheck.htm")
    time.sleep(0.2)
    before = descriptors(worker)
    for cas in two_cas:
        cas.script("*", serve_badly)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        ports = set(pool.map(lambda n: visit(gate, n), range(FIRST, FIRST + CASES)))
    for cas in two_cas:
        cas.clear_scripts()
    with gate.connect() as client:
        assert client.request("GET", "/owa/healthcheck.htm").status == 200
    assert gate.children() == [worker], gate.stderr
    wait_for(
        lambda: descriptors(worker) <= before,
        12,
        lambda: f"{descriptors(worker)} descriptors, {before} before",
    )
    lines = wait_for(
        lambda: (lines := gate.access_log())
        and ports <= {int(line["client"].rpartition(":")[2]) for line in lines}
        and lines,
        2,
        lambda: "connections without a line",
    )
    ends = {line["end"] for line in lines}
    assert {name_of_end(end) for end in ends} <= known_ends()
    assert len(ends) > 5, "not much happened"
