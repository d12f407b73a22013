#!/usr/bin/python3
"""A stand-in for an Exchange Client Access server.

In a test:

    with Cas("cas1") as cas:
        ... cas.address ... cas.requests ... cas.connections[0].received ...

    cas.script("/owa/", steps.send(b"..."), steps.reset())   misbehave there
    cas.script("*", steps.garbage())                         or everywhere
    held = cas.hold("/rpc/rpcproxy.dll").next()              drive it by hand
    cas.anonymous = True                                     ask nobody
    cas.refuse(); cas.accept()                               close the door, open

As a program:

    cas.py --listen 127.0.0.1:0 --name cas1 [--answer-pings]

It prints one line, "cas1: ready on 127.0.0.1:PORT". What it answers is in
services.py (every virtual directory, and /standin/WORD for experiments) and
rpcproxy.py; what it writes down is in record.py.
"""

import argparse
import asyncio
import base64
import binascii
import pathlib
import socket
import sys
import threading
import time

if __package__ in (None, ""):  # run as a program
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    __package__ = "standin"

from standin import ntlm, rpcproxy, services  # noqa: E402
from standin.held import Hold  # noqa: E402
from standin.record import Connection  # noqa: E402
from standin.visit import HEAD_BYTES_MAX, Ended, Recorder, Visit  # noqa: E402

USERS = {"alice": "Secret-1", "bob": "Secret-2"}
USERS.update({f"user{n}": f"Secret-{n}" for n in range(1000)})


class Cas:
    def __init__(
        self,
        name="cas1",
        listen=("127.0.0.1", 0),
        users=None,
        anonymous=False,
        answers_pings=False,
        tls=None,
    ):
        """`tls` is an ssl.SSLContext for a CAS that speaks TLS itself."""
        self.name = name
        self.users = USERS if users is None else users
        self.anonymous = anonymous
        self.answers_pings = answers_pings  # a ping on IN is answered on OUT
        self.connections = []
        self.requests = []
        self.virtual = {}  # RTS cookie -> rpcproxy.Virtual
        self.stopping = False
        self._scripts = {}
        self._listen = listen
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._server = None
        self._thread = None
        self._writers = set()
        self.port = None

    # Starting and stopping, from any thread.

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    def start(self):
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.accept()
        return self

    def stop(self):
        self.stopping = True
        self.refuse()
        self.call(self._abort_all)
        asyncio.run_coroutine_threadsafe(self._end_tasks(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end_tasks(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _abort_all(self):
        for writer in list(self._writers):
            writer.transport.abort()

    def drop(self, share, order):
        """Ends so large a share of its connections, wherever they are."""

        def choose():
            for writer in list(self._writers):
                if order.random() < share:
                    writer.transport.abort()

        self.call(choose)

    def accept(self):
        """Listens (again); on the same port as before."""
        host, port = self._listen
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.socket(family, socket.SOCK_STREAM)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind((host, self.port or port))
        self.port = door.getsockname()[1]
        opening = self._loop.create_server(
            self._protocol, sock=door, backlog=4096, ssl=self._tls
        )
        self._server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(5)

    def refuse(self):
        """Closes the door: connects are refused, connections stay."""
        if self._server is not None:
            self.call(self._server.close)
            self._server = None

    def call(self, function, *arguments):
        """Runs a function in the stand-in's loop and gives its result."""

        async def run():
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(5)

    @property
    def address(self):
        host = self._listen[0]
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    # For tests.

    def script(self, path, *steps):
        """Requests to `path` (exact, without query; "*" is any) are answered
        by these steps (standin.steps) until clear_scripts()."""

        async def run(visit):
            visit.keeps = False
            for step in steps:
                await step(visit)

        self._scripts[path.lower()] = run

    def hold(self, path):
        """Requests to `path` wait for the test to drive them; a held.Hold."""
        hold = Hold(self._loop)
        self._scripts[path.lower()] = hold.serve
        return hold

    def clear_scripts(self):
        self._scripts.clear()

    @property
    def received(self):
        """All bytes of all connections, in the order of connections."""
        return b"".join(bytes(c.received) for c in self.connections)

    @property
    def open_connections(self):
        return [c for c in self.connections if c.is_open]

    def wait_for(self, question, timeout_s=5):
        """Asks until the answer is true, and gives it."""
        deadline = time.monotonic() + timeout_s
        while not (answer := question()):
            assert time.monotonic() < deadline, (
                f"waited {timeout_s} s in vain; connections: {self.connections}"
            )
            time.sleep(0.002)
        return answer

    def wait_for_request(self, number=0, timeout_s=5):
        self.wait_for(lambda: len(self.requests) > number, timeout_s)
        return self.requests[number]

    # Serving; in the loop's thread.

    def virtual_connection(self, cookie):
        return self.virtual.setdefault(cookie, rpcproxy.Virtual(self, cookie))

    def _protocol(self):
        reader = asyncio.StreamReader(limit=HEAD_BYTES_MAX, loop=self._loop)
        return _Accepted(reader, self)

    async def _serve(self, reader, writer, connection):
        visit = Visit(self, reader, writer, connection)
        self._writers.add(writer)
        try:
            while visit.keeps and await visit.read_head():
                await self._answer(visit)
        except (Ended, ConnectionError):
            pass
        except (ValueError, asyncio.LimitOverrunError) as error:
            connection.faults.append(str(error))
            visit.request = None
            visit.keeps = False
            visit.head(400, length=0)
        finally:
            self._writers.discard(writer)
            if connection.is_open:
                visit.close()

    async def _answer(self, visit):
        request = visit.request
        script = self._scripts.get(request.path.lower()) or self._scripts.get("*")
        if script is not None:
            await script(visit)
            return
        service, anonymous = services.find(request.path)
        if service is None:
            await visit.answer(404, b"<html>404 - File or directory not found.</html>")
        elif anonymous or self.anonymous or await self._let_in(visit):
            await service(visit)

    async def _let_in(self, visit):
        """Who is it? A login of NTLM is one of the connection; Basic is one
        of the request."""
        request, connection = visit.request, visit.connection
        given = request.header("Authorization")
        if given is None:
            request.user = connection.user
        else:
            scheme, _, blob = given.partition(" ")
            try:
                blob = base64.b64decode(blob, validate=True)
            except binascii.Error:
                blob = b""
            if scheme == "Basic":
                request.user = self._basic(blob)
            elif scheme in ("NTLM", "Negotiate") and blob[:8] == ntlm.SIGNATURE:
                if await self._ntlm(visit, scheme, blob):
                    return False
                request.user = connection.user
        if request.user is None:
            await self._unauthorized(visit)
        return request.user is not None

    def _basic(self, blob):
        name, _, password = blob.decode("utf-8", "replace").partition(":")
        name = name.rpartition("\\")[2].split("@")[0].lower()
        return name if self.users.get(name) == password else None

    async def _ntlm(self, visit, scheme, blob):
        """True when it has answered with a challenge."""
        connection = visit.connection
        if blob[8:9] == b"\x01":
            connection.user = None
            visit.challenge = ntlm.Challenge(self.name, self.users)
            challenge = ntlm.header(visit.challenge.message(blob), scheme)
            await self._unauthorized(visit, [("WWW-Authenticate", challenge)])
            return True
        if visit.challenge is not None:
            connection.user = visit.challenge.verify(blob)
            visit.challenge = None
        return False

    async def _unauthorized(self, visit, fields=None):
        """401 with an empty body, which FreeRDP wants of a challenge."""
        offers = [
            ("WWW-Authenticate", "Negotiate"),
            ("WWW-Authenticate", "NTLM"),
            ("WWW-Authenticate", 'Basic realm="mail.contoso.com"'),
        ]
        await visit.answer(401, fields=fields or offers)


class _Accepted(Recorder):
    """A connection from its accept on: recorded, then served."""

    def __init__(self, reader, cas):
        self._cas = cas
        super().__init__(reader, self._begin, cas._loop)

    def connection_made(self, transport):
        peer = transport.get_extra_info("peername")
        self.connection = Connection(len(self._cas.connections), peer)
        self._cas.connections.append(self.connection)
        transport.get_extra_info("socket").setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )
        super().connection_made(transport)

    async def _begin(self, reader, writer):
        await self._cas._serve(reader, writer, self.connection)


def main():
    options = argparse.ArgumentParser(description="A stand-in Exchange CAS.")
    options.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT")
    options.add_argument("--name", default="cas1")
    options.add_argument("--answer-pings", action="store_true")
    options.add_argument("--anonymous", action="store_true")
    chosen = options.parse_args()
    host, _, port = chosen.listen.rpartition(":")
    cas = Cas(
        chosen.name,
        (host.strip("[]"), int(port)),
        anonymous=chosen.anonymous,
        answers_pings=chosen.answer_pings,
    ).start()
    print(f"{cas.name}: ready on {cas.address}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
