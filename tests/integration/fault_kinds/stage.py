"""The casgate that faults happen to, as long as they leave it alive.

Several happen to it at the same time, each to a server of its own that is
driven by hand: Stage.door().
"""

import contextlib
import queue
import socket
import ssl
import time

from harness import name_of_end, silent_address
from standin.client import Closed

DOORS = 20

TIMEOUTS = """
workers 1
timeout handshake 3s
timeout head 3s
timeout keepalive 3s
timeout connect 3s
timeout ews 3s
timeout rpc 3s
"""


def forwarded(name, *addresses):
    """The words for a site NAME.contoso.com and its servers."""
    servers = " ".join(f"server {name}-{n} {a}" for n, a in enumerate(addresses))
    return (
        f"exchange {name} {{ {servers} }}\n"
        f"site {name}.contoso.com {{ forward {name} }}\n"
    )


class Door:
    """Where a server listens; `host` is the site in front of it."""

    def __init__(self, name):
        self.host = f"{name}.contoso.com"
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(10)
        self.address = "%s:%d" % self._socket.getsockname()

    def accept(self):
        server, _ = self._socket.accept()
        server.settimeout(10)
        return server

    def empty(self):
        """Whoever knocked and was not let in is forgotten."""
        self._socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
        self._socket.settimeout(10)

    def close(self):
        self._socket.close()


class Stage:
    def __init__(self, start, certs, cas):
        """`start` is the fixture `casgate`, or one like it."""
        self.cas = cas
        self._doors = queue.Queue()
        self._stack = contextlib.ExitStack()
        doors = [Door(f"door{n}") for n in range(DOORS)]
        for door in doors:
            self._stack.callback(door.close)
            self._doors.put(door)
        silent = self._stack.enter_context(silent_address())
        self.gate = start(
            TIMEOUTS
            + f"listen 127.0.0.1:0 tls {{ certificate {certs.wildcard} }}\n"
            + "listen 127.0.0.1:0\n"
            + forwarded("mail", cas.address)
            + forwarded("silent", silent)
            + "".join(forwarded(f"door{n}", d.address) for n, d in enumerate(doors))
        )

    def close(self):
        self._stack.close()

    @contextlib.contextmanager
    def door(self):
        """A door that nobody else has meanwhile."""
        door = self._doors.get()
        try:
            yield door
        finally:
            door.empty()
            self._doors.put(door)

    def serve_the_next_client(self):
        with self.gate.connect(1, tls=False) as client:
            assert client.request("GET", "/owa/healthcheck.htm").status == 200


class Scene:
    """One run of a fault: its client comes from an address of its own, by
    which the access log knows it."""

    def __init__(self, stage, number, order):
        self.stage = stage
        self.order = order  # a random.Random
        self.source = f"127.1.{number // 250}.{number % 250 + 1}"

    def ends(self):
        """Of its client, so far, as the access log has them."""
        return {
            name_of_end(line["end"])
            for line in self.stage.gate.access_log()
            if line["client"].startswith(f"{self.source}:")
        }

    def tcp(self, index):
        """A client that only connects."""
        return self.stage.gate.connect(index, tls=False, source=self.source)

    def connect(self, host, tls=None, **options):
        """A client of a site, with TLS or without."""
        if tls is None:
            tls = self.order.random() < 0.5
        return self.stage.gate.connect(
            0 if tls else 1, tls=tls, sni=host, source=self.source, **options
        )


def read_head(server):
    """Bytes of the server's side until the head of a request is there."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = server.recv(65536)
        assert more, f"casgate closed after {data!r}"
        data += more
    return data


def read_to_the_end(client, timeout_s=20):
    """What still comes until casgate ends the connection, in whatever way."""
    deadline = time.monotonic() + timeout_s
    data = b""
    try:
        while more := client.read_some(deadline - time.monotonic()):
            data += more
    except TimeoutError:
        raise AssertionError(f"not closed within {timeout_s} s") from None
    except (OSError, ssl.SSLError, Closed):
        pass
    return data
