"""At which point of its visit a client vanishes, and how.

At each byte of a handshake and of heads: the seed draws it.
"""

import contextlib
import ssl
import time

from fault_kinds import servers
from fault_kinds.stage import read_head, read_to_the_end
from harness import wait_for
from standin.client import tls_context


def handshake(client, count):
    """Sends `count` bytes of its side of the handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = tls_context().wrap_bio(incoming, outgoing, server_hostname="x.contoso.com")
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        flight = outgoing.read()
        client.send(flight[:count])
        if count <= len(flight):
            return
        count -= len(flight)
        incoming.write(client.read_some())


# Each place gives the client that has come there; what is to outlive it, it
# leaves with `stack`.


def connected(scene, door, stack):
    return scene.tcp(scene.order.choice([0, 1]))


def in_the_handshake(scene, door, stack):
    client = scene.tcp(0)
    handshake(client, scene.order.randint(1, 560))
    return client


def behind_the_handshake(scene, door, stack):
    return scene.connect(door.host, tls=True)


def in_the_head(scene, door, stack):
    client = scene.connect(door.host)
    request = servers.channel_in(door.host)
    client.send(request[: scene.order.randrange(1, request.index(b"\r\n\r\n") + 4)])
    return client


def while_connecting(scene, door, stack):
    client = scene.connect("silent.contoso.com")
    client.send(servers.get("silent.contoso.com"))
    return client


def asking(scene, door, stack, request, answer=b"", cut=0):
    """The server has read what is there, and has answered so far; with the
    rest of its answer it waits until the client has vanished."""
    client = scene.connect(door.host)
    client.send(request)
    server = stack.enter_context(door.accept())
    stack.callback(finish, server, answer[cut:])
    read_head(server)
    server.sendall(answer[:cut])
    return client


def finish(server, rest):
    """The server leaves when casgate has."""
    with contextlib.suppress(OSError):
        server.settimeout(20)
        server.sendall(rest)
        while server.recv(65536):
            pass


def in_a_body(scene, door, stack):
    request = servers.upload(door.host)
    least = request.index(b"\r\n\r\n") + 4
    request = request[: scene.order.randrange(least, len(request))]
    return asking(scene, door, stack, request)


def in_chunks(scene, door, stack):
    head = b"POST /ews/x HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n"
    head %= door.host.encode()
    body = servers.CHUNKS[len(servers.CHUNKED) :]
    request = head + body[: scene.order.randrange(len(body))]
    return asking(scene, door, stack, request)


def waiting(scene, door, stack):
    request = servers.get(door.host)
    return asking(scene, door, stack, request, servers.COUNTED)


def in_the_answer(scene, door, stack):
    cut = scene.order.randrange(servers.IN_HEAD, len(servers.COUNTED))
    request = servers.get(door.host)
    client = asking(scene, door, stack, request, servers.COUNTED, cut)
    client.read_head()
    return client


def taking_nothing(scene, door, stack):
    """Of an answer that is larger than all the buffers on its way."""
    client = scene.connect(door.host, receive_buffer=4096)
    client.send(servers.get(door.host))
    server = stack.enter_context(door.accept())
    stack.callback(finish, server, b"")
    read_head(server)
    server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n")
    server.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        for _ in range(100):
            server.send(bytes(1 << 20))
    return client


def between_requests(scene, door, stack):
    request, answer = servers.get(door.host), servers.COUNTED
    client = asking(scene, door, stack, request, answer, len(answer))
    assert client.read_response().status == 200
    return client


def in_an_in_channel(scene, door, stack):
    return asking(scene, door, stack, servers.channel_in(door.host))


def in_an_out_channel(scene, door, stack):
    cut = scene.order.randrange(servers.IN_HEAD, len(servers.ENDLESS))
    request = servers.channel_out(door.host)
    return asking(scene, door, stack, request, servers.ENDLESS, cut)


PLACES = {
    "before its first byte": connected,
    "in the handshake": in_the_handshake,
    "behind the handshake": behind_the_handshake,
    "in the head": in_the_head,
    "while a server is connected to": while_connecting,
    "in a body": in_a_body,
    "in chunks": in_chunks,
    "waiting for the answer": waiting,
    "in the answer": in_the_answer,
    "taking nothing of the answer": taking_nothing,
    "between requests": between_requests,
    "in an IN channel": in_an_in_channel,
    "in an OUT channel": in_an_out_channel,
}

def leave(scene, client):
    client.close()


def reset(scene, client):
    client.reset()


def half_close(scene, client):
    client.half_close()
    read_to_the_end(client)


def fall_silent(scene, client):
    read_to_the_end(client)


def wait(scene, client):
    """Without reading, and so without hearing of the end."""
    wait_for(scene.ends, 20, lambda: "no end")


ACTS = {
    "leaves": leave,
    "resets": reset,
    "half-closes": half_close,
    "falls silent": fall_silent,
    "waits": wait,
}


def run(scene, where, what):
    """One client that does that."""
    with scene.stage.door() as door, contextlib.ExitStack() as stack:
        with PLACES[where](scene, door, stack) as client:
            time.sleep(scene.order.choice([0, 0.01]))
            ACTS[what](scene, client)
