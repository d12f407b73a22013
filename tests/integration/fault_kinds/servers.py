"""What a server may do wrong, and at which point of an exchange.

The server has sent its answer up to some byte, which the seed draws from
those that a place allows. Then it acts.
"""

import contextlib
import socket
import struct
import time
from typing import NamedTuple

from fault_kinds.stage import read_head, read_to_the_end
from standin import bulk, rpc, steps

HEAD = b"HTTP/1.1 200 OK\r\nServer: Microsoft-IIS/7.5\r\n"
COUNTED = HEAD + b"Content-Length: 5000\r\n\r\n" + bulk.content(5000)
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SIZE, LAST = b"1388\r\n", b"\r\n0\r\n\r\n"
CHUNKS = CHUNKED + SIZE + bulk.content(5000) + LAST
UNTIL_CLOSE = HEAD + b"\r\n" + bulk.content(5000)
ENDLESS = HEAD + b"Content-Length: 1073741824\r\n\r\n" + bulk.content(5000)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + COUNTED
IN_HEAD = len(HEAD) + len(b"Content-Length: 5000\r\n\r\n")
IN_CHUNKS = len(CHUNKED) + len(SIZE)

UPLOAD = 300_000


def get(host):
    return b"GET /ews/x HTTP/1.1\r\nHost: %s\r\n\r\n" % host.encode()


def upload(host):
    head = b"POST /ews/x HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
    return head % (host.encode(), UPLOAD) + bytes(UPLOAD // 2)


def channel_out(host):
    return rpc.head("RPC_OUT_DATA", 76, host=host) + bytes(76)


def channel_in(host):
    return rpc.head("RPC_IN_DATA", rpc.IN_BYTES, host=host) + bytes(20)


class Place(NamedTuple):
    answer: bytes
    first: int  # so many bytes of it were sent, at least
    last: int  # and at most
    request: object = get


PLACES = {
    "on accept": None,  # before it has read anything
    "after the request": Place(COUNTED, 0, 0),
    "after an interim answer": Place(INTERIM, 25, 25),
    "in the head": Place(COUNTED, 1, IN_HEAD - 1),
    "in a counted body": Place(COUNTED, IN_HEAD, len(COUNTED) - 1),
    "in the size of a chunk": Place(CHUNKS, len(CHUNKED), IN_CHUNKS - 2),
    "in a chunk": Place(CHUNKS, IN_CHUNKS, IN_CHUNKS + 4999),
    "in the last chunk": Place(CHUNKS, len(CHUNKS) - len(LAST), len(CHUNKS) - 1),
    "in a body without length": Place(UNTIL_CLOSE, len(HEAD) + 2, len(UNTIL_CLOSE)),
    "between answers": Place(COUNTED, len(COUNTED), len(COUNTED)),
    "in an upload": Place(COUNTED, 0, 0, upload),
    "in an IN channel": Place(COUNTED, 0, 0, channel_in),
    "in an OUT channel": Place(ENDLESS, len(ENDLESS) - 5000, len(ENDLESS), channel_out),
}


def close(server, rest, order):
    server.close()


def reset(server, rest, order):
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    server.close()


def half_close(server, rest, order):
    server.shutdown(socket.SHUT_WR)


def fall_silent(server, rest, order):
    pass


def talk_nonsense(server, rest, order):
    server.sendall(steps.GARBAGE)


def crawl(server, rest, order):
    """All of it, in some pieces."""
    each = 1 + len(rest) // order.choice([5, 20])
    for at in range(0, len(rest), each):
        server.sendall(rest[at : at + each])
        time.sleep(0.005)


ACTS = {
    "closes": close,
    "resets": reset,
    "half-closes": half_close,
    "falls silent": fall_silent,
    "talks nonsense": talk_nonsense,
    "crawls": crawl,
}


def run(scene, where, what):
    """One client whose server does that."""
    place, act, order = PLACES[where], ACTS[what], scene.order
    with scene.stage.door() as door, scene.connect(door.host) as client:
        client.send((place.request if place else get)(door.host))
        with door.accept() as server:
            rest = speak(server, place, order) if place else b""
            act(server, rest, order)
            if place and place.request is upload:
                with contextlib.suppress(OSError):
                    client.send(bytes(UPLOAD // 2))
            finish(client, what)


def speak(server, place, order):
    """Answers so far; gives the rest."""
    read_head(server)
    cut = order.randint(place.first, place.last)
    server.sendall(place.answer[:cut])
    time.sleep(order.choice([0, 0.01]))
    return place.answer[cut:]


def finish(client, what):
    """A slow answer is one all the same; any other connection is ended."""
    if what == "crawls":
        assert client.read_response().body == bulk.content(5000)
    else:
        read_to_the_end(client)
