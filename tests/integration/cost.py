"""What casgate spends: what callgrind counts in a worker for each operation,
and the memory that an open channel takes.

Nothing here depends on time. Client and server go in lock-step, each writing
what belongs together at once, so that an operation is the same each time.
"""

import contextlib
import os
import pathlib
import pwd
import re
import tempfile

from bench import clocks
from harness import ROOT, Casgate
from standin import rpc, steps
from standin.cas import Cas
from standin.client import Client, tls_context

RELEASE = ROOT / "build/release/casgate"

# Not libcrypto and the C library, which do as the processor's features let
# them. All these are plain C: the same each time, on every machine.
COUNTED = re.compile(r"/(casgate|libevent|libhttp_parser|libssl)[^/]*$")

USER = "nobody"
CONFIG = """
workers 1
sandbox off
user {user}
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
exchange cas {{ server cas1 {address} }}
site mail.contoso.com {{ forward cas }}
"""

FIELDS = (
    "Accept: text/html, application/xhtml+xml, */*",
    "Accept-Language: en-US",
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko",
    "Cookie: sessionid=7b1c2f5a-6a3e-4d7e; cadata=0123456789abcdef",
    "Connection: Keep-Alive",
)
BODY = bytes(300)
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"Cache-Control: private\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Length: 1024\r\n"
    b"Server: Microsoft-IIS/8.5\r\n"
    b"X-Powered-By: ASP.NET\r\n\r\n"
) + bytes(1024)


@contextlib.contextmanager
def exchange():
    """A server whose answer, or ping, is a single write."""
    with Cas("cas1", anonymous=True, answers_pings=True) as cas:
        cas.script("/owa/", steps.read_body(), steps.send(ANSWER), steps.keep())
        yield cas


def config(cas, certs):
    return CONFIG.format(
        user=USER, certificate=certs.mail_ecdsa, address=cas.address
    )


# Operations: each is done so many times, over connections of its own.


def get(gate, count):
    with gate.connect() as client:
        for _ in range(count):
            assert client.request("GET", "/owa/", *FIELDS).status == 200


def post(gate, count):
    with gate.connect() as client:
        for _ in range(count):
            assert client.request("POST", "/owa/", *FIELDS, body=BODY).status == 200


def ping(gate, count):
    """20 bytes up one channel, 20 bytes down the other."""
    with rpc.Session(gate.connect, auth=None) as session:
        for _ in range(count):
            session.timed_ping()


class Hasty(Client):
    """Its first request goes in one segment with the end of the handshake."""

    _shook = False

    def _flush(self):
        if self.tls_version is None or self._shook:
            super()._flush()
        self._shook = self.tls_version is not None


def visit(gate, count):
    """Connecting with a resumed handshake, a GET, and closing."""
    options = {"tls": True, "sni": "mail.contoso.com", "context": tls_context(gate.ca)}
    session = None
    for number in range(count + 1):
        with Hasty(gate.addresses[0], session=session, **options) as client:
            assert client.resumed == (number > 0)
            assert client.request("GET", "/owa/", *FIELDS).status == 200
            session = client.session


OPERATIONS = {
    "GET": (get, 600),
    "POST of 300 B": (post, 600),
    "ping": (ping, 600),
    "resumed visit": (visit, 200),
}
FEW = 20


def counted(certs, operations=OPERATIONS):
    """{"GET: instructions": 12345.6, "GET: system calls": 7.0, ...}: from runs
    that differ in how often one operation is done, so that starting, ending
    and everything else drops out."""
    costs = {}
    with exchange() as cas:
        few = _run(cas, certs, operations)
        for name, (_, many) in operations.items():
            more = _run(cas, certs, operations, name)
            for event, count in more.items():
                costs[f"{name}: {event}"] = (count - few[event]) / many
    return costs


def _run(cas, certs, operations, what=None):
    """What a worker's life comes to, with so much more of one operation."""
    with _folder() as folder:
        command = [
            "valgrind",
            "--quiet",
            "--vgdb=no",
            "--tool=callgrind",
            "--trace-children=yes",
            "--collect-systime=yes",
            f"--callgrind-out-file={folder}/%p",
            RELEASE,
        ]
        text = config(cas, certs)
        gate = Casgate(folder, 1, certs.ca, text, command=command, wait_s=60)
        try:
            gate.wait_until_ready()
            (worker,) = gate.children()
            for name, (operation, many) in operations.items():
                operation(gate, FEW + (many if name == what else 0))
        finally:
            problems = gate.finish()
        assert not problems, "\n".join(problems)
        return summed((folder / str(worker)).read_text())


@contextlib.contextmanager
def _folder():
    """A folder that a worker, who has no rights, may write to."""
    with tempfile.TemporaryDirectory(prefix="casgate-cost-") as name:
        if os.geteuid() == 0:
            os.chown(name, pwd.getpwnam(USER).pw_uid, -1)
        yield pathlib.Path(name)


def summed(profile):
    """The sums of a profile: see "Callgrind Format Specification" in
    valgrind's manual. What a call came to stands in the line behind it, and
    once more where it was spent."""
    names, counts, is_call = {}, False, False
    instructions = system_calls = 0
    for line in profile.splitlines():
        if line.startswith(("ob=", "cob=")):
            number, _, name = line.partition("=")[2].partition(" ")
            names.setdefault(number, name)
            if line.startswith("ob="):
                counts = COUNTED.search(names[number]) is not None
        elif line.startswith("calls="):
            is_call = True
        elif line[:1] in tuple("0123456789+-*"):
            _, spent, *rest = line.split()
            if not is_call:
                instructions += int(spent) if counts else 0
                system_calls += int(rest[0]) if rest else 0
            is_call = False
    return {"instructions": instructions, "system calls": system_calls}


# Memory.

CHANNELS = 200


def channel_bytes(gate):
    """What a worker's memory grows by with each idle channel. A little of it
    is there once for all and falls on a few: of thousands (./dev bench) each
    takes some 500 bytes less."""
    (worker,) = gate.children()
    with contextlib.ExitStack() as stack:

        def open_channels(count):
            for _ in range(count // 2):
                stack.enter_context(rpc.Session(gate.connect, auth=None))

        open_channels(20)  # with what comes with the first ones
        before = clocks.anonymous_kib([worker])
        open_channels(CHANNELS)
        return (clocks.anonymous_kib([worker]) - before) * 1024 / CHANNELS
