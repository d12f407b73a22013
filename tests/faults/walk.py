"""Twelve requests that between them use most of casgate, and what each came
to for the client: the same list each time, unless something failed."""

import contextlib
import signal
import ssl
import time

from harness import wait_for
from standin import rpc
from standin.client import Client, Closed, tls_context

CONFIG = """
workers 1
listen 127.0.0.1:0 tls {{ certificate {certificate} }}
listen 127.0.0.1:0
exchange cas {{ server cas1 {address} }}
site mail.contoso.com {{ forward cas }}
site contoso.com {{ autodiscover-redirect autodiscover.contoso.com }}
timeout handshake 1s
timeout head 1s
timeout keepalive 1s
timeout connect 1s
timeout rpc 2s
timeout owa 2s
timeout other 2s
"""

# What it comes to if nothing fails.
ORDINARY_WALK = [
    "visit: 200",
    "visit: (200, True)",
    r"visit: b'5 3610a686\n'",
    "visit: (200, 300000)",
    "resumed: 200",
    "redirect: (302, 'https://autodiscover.contoso.com/autodiscover/')",
    "refusal: 400",
    "channels: pong",
    "channels: reloaded",
    "channels: pong",
    "channels: 200",
    "stranger: closed",
]

# Longer than any limit of casgate above.
CLIENT_S = 5

# A worker that does not answer is given up after 20 s.
RELOAD_S = 23

TROUBLE = (OSError, ssl.SSLError, Closed, AssertionError)


def is_served(gate, within_s):
    """Whether it answers a client by then."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        with contextlib.suppress(TROUBLE):
            with gate.connect(1, tls=False, timeout_s=2) as client:
                if client.request("GET", "/owa/").status == 200:
                    return True
        time.sleep(0.05)
    return False


class Walk:
    def __init__(self, gate, cas):
        self.gate = gate
        self.context = tls_context(gate.ca, newest=ssl.TLSVersion.TLSv1_2)
        self.session = None
        self.ports = []  # that the clients came from
        cas.answers_pings = True

    def run(self):
        self.ports = []
        with _Results() as results:
            results.note("visit", self._visit)
            results.note("resumed", self._resume)
            results.note("redirect", self._be_redirected)
            results.note("refusal", self._be_refused)
            results.note("channels", self._hold_channels)
            results.note("stranger", self._speak_no_tls)
        return results

    def _connect(self, index=0, **options):
        tls = {"tls": True, "sni": "mail.contoso.com", "ca": self.gate.ca}
        options = {"timeout_s": CLIENT_S, **({} if index else tls), **options}
        return _Noted(self.ports, self.gate.addresses[index], **options)

    def _visit(self):
        """A body each way, with a length and in chunks; an answer that does
        not fit between casgate and a slow client."""
        with self._connect(receive_buffer=4096) as client:
            yield client.request("GET", "/owa/").status
            body = bytes(3000)
            answer = client.request("POST", "/standin/echo?as=chunked", body=body)
            yield answer.status, answer.body == body
            client.send(
                b"POST /standin/upload HTTP/1.1\r\nHost: mail.contoso.com\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n"
            )
            client.send_parts(b"5\r\nhello\r\n", b"0\r\n\r\n", pause_s=0)
            yield client.read_response().body
            answer = client.request("GET", "/standin/bytes/300000")
            yield answer.status, len(answer.body)

    def _resume(self):
        options = {"context": self.context, "session": self.session}
        with self._connect(**options) as client:
            yield client.request("HEAD", "/owa/", "Connection: close").status
            client.expect_closed(CLIENT_S)
            self.session = client.session

    def _be_redirected(self):
        with self._connect(1) as client:
            answer = client.request("GET", "/autodiscover/", host="contoso.com")
            yield answer.status, answer.header("Location")

    def _be_refused(self):
        with self._connect(1) as client:
            client.send(b"GET / HTTP/1.1\r\nHost : mail.contoso.com\r\n\r\n")
            yield client.read_response().status
            client.expect_closed(CLIENT_S)

    def _hold_channels(self):
        """An Outlook that logs in, and stays over a reload."""
        with rpc.Session(self._connect) as session:
            session.timed_ping()
            yield "pong"
            yield self._reload()
            session.timed_ping()
            yield "pong"
            with self._connect() as client:
                yield client.request("GET", "/owa/").status

    def _speak_no_tls(self):
        """Which a worker logs: the lines of two walks are never folded."""
        with self.gate.connect(0, tls=False, timeout_s=CLIENT_S) as client:
            client.send(b"GET / HTTP/1.0\r\n\r\n")
            client.expect_closed(CLIENT_S)
            yield "closed"

    def _reload(self):
        """Asks once more if nothing is heard: the answer itself may be lost,
        but not those of two."""
        before = len(self.gate.stderr)
        for wait_s in (2, RELOAD_S):
            self.gate.signal(signal.SIGHUP)
            with contextlib.suppress(AssertionError):
                wait_for(
                    lambda: "casgate: reload" in self.gate.stderr[before:],
                    wait_s,
                    lambda: "",
                )
                done = "casgate: reloaded" in self.gate.stderr[before:]
                return "reloaded" if done else "reload refused"
        return "no answer to HUP"


class _Noted(Client):
    """Its port is known even if the handshake fails."""

    def __init__(self, ports, address, **options):
        self._ports = ports
        super().__init__(address, **options)
        self._note()

    def _note(self):
        port = self.local[1]
        if port not in self._ports:
            self._ports.append(port)

    def _run(self, function, *arguments):
        self._note()
        return super()._run(function, *arguments)


class _Results(list):
    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        pass

    def note(self, what, steps):
        try:
            for result in steps():
                self.append(f"{what}: {result}")
        except TROUBLE as error:
            self.append(f"{what}: {type(error).__name__}")
