"""A raw client: exact bytes in exact segments, over TCP or TLS.

TLS runs over memory, so that what goes into one record and into one TCP
segment is the caller's choice, and a connection can end in every way there
is: with close_notify, with a bare FIN, half, or with a reset.
"""

import socket
import ssl
import struct
import time
import warnings

TIMEOUT_S = 10


class Closed(Exception):
    """The other side has ended where more was expected."""


class Response:
    """A whole answer; `interim` are the 1xx that came before it."""

    def __init__(self, raw_head, body=b"", interim=()):
        self.raw_head = raw_head
        self.status_line, *fields = raw_head[:-4].decode("latin-1").split("\r\n")
        self.version, status, *reason = self.status_line.split(" ", 2)
        self.status = int(status)
        self.reason = reason[0] if reason else ""
        self.headers = [
            (n, v.strip(" \t")) for n, _, v in (f.partition(":") for f in fields)
        ]
        self.body = body
        self.interim = list(interim)

    def __repr__(self):
        return f"<{self.status_line}, {len(self.body)} bytes of body>"

    def header(self, name):
        values = self.header_all(name)
        assert len(values) <= 1, f"{name} stands there {len(values)} times"
        return values[0] if values else None

    def header_all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def names(self):
        return [name for name, _ in self.headers]


def tls_context(ca=None, ciphers=None, oldest=None, newest=None, alpn=None):
    """Verifies by `ca` when given (a name is never checked: tests look at
    .certificate_names); versions are ssl.TLSVersion."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(str(ca))
    if ciphers:
        context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        if oldest:
            context.minimum_version = oldest
        if newest:
            context.maximum_version = newest
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class Client:
    def __init__(
        self,
        address,
        tls=False,
        sni=None,
        ca=None,
        context=None,
        session=None,
        source=None,
        receive_buffer=None,
        timeout_s=TIMEOUT_S,
        **tls_options,
    ):
        """Connects, and shakes hands when `tls`. `session` resumes one of an
        earlier client (of the same `context`); `receive_buffer` makes a small
        one; other options are tls_context()'s."""
        self.timeout_s = timeout_s
        self.unread = b""
        self._tls = None
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            if receive_buffer:
                self.socket.setsockopt(
                    socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer
                )
            if source:
                self.socket.bind((source, 0))
            self.socket.settimeout(timeout_s)
            self.socket.connect(address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if tls:
                self.context = context or tls_context(ca, **tls_options)
                self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                self._tls = self.context.wrap_bio(
                    self._incoming,
                    self._outgoing,
                    server_hostname=sni,
                    session=session,
                )
                self._run(self._tls.do_handshake)
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.socket.close()

    # TLS over memory.

    def _flush(self):
        data = self._outgoing.read()
        if data:
            self.socket.sendall(data)

    def _run(self, function, *arguments):
        """Runs a function of the TLS object to its end."""
        deadline = time.monotonic() + self.timeout_s
        while True:
            try:
                result = function(*arguments)
                self._flush()
                return result
            except ssl.SSLWantReadError:
                self._flush()
                self._receive(deadline)
            except ssl.SSLError:
                self._flush()  # the alert is the other side's to see
                raise

    def _receive(self, deadline):
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        data = self.socket.recv(65536)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    # What was agreed on.

    @property
    def is_tls(self):
        return self._tls is not None

    @property
    def tls_version(self):
        return self._tls.version()

    @property
    def suite(self):
        return self._tls.cipher()[0]

    @property
    def alpn(self):
        return self._tls.selected_alpn_protocol()

    @property
    def session(self):
        return self._tls.session

    @property
    def resumed(self):
        return self._tls.session_reused

    @property
    def certificate_names(self):
        """The DNS names of the server's certificate; empty without `ca`."""
        names = self._tls.getpeercert().get("subjectAltName", ())
        return [name for kind, name in names if kind == "DNS"]

    @property
    def local(self):
        return self.socket.getsockname()

    # Sending.

    def send(self, data):
        """In one write (one TLS record for each 16 KiB)."""
        self.socket.settimeout(self.timeout_s)
        if self._tls is None:
            self.socket.sendall(data)
            return
        view = memoryview(data)
        while view:
            view = view[self._run(self._tls.write, view[:16384]) :]

    def send_parts(self, *parts, pause_s=0.01):
        """Each part in a segment (and record) of its own."""
        for number, part in enumerate(parts):
            if number:
                time.sleep(pause_s)
            self.send(part)

    def send_split_record(self, data, at, pause_s=0.01):
        """One TLS record, cut into two TCP segments after `at` bytes."""
        self._tls.write(data)
        record = self._outgoing.read()
        self.socket.sendall(record[:at])
        time.sleep(pause_s)
        self.socket.sendall(record[at:])

    # Receiving.

    def read_some(self, timeout_s=None):
        """What comes next; b"" at the end. TimeoutError when nothing does.
        A reset, and a TLS stream cut off without close_notify, are Closed."""
        if self.unread:
            data, self.unread = self.unread, b""
            return data
        deadline = time.monotonic() + (timeout_s or self.timeout_s)
        try:
            if self._tls is None:
                self.socket.settimeout(timeout_s or self.timeout_s)
                return self.socket.recv(65536)
            while True:
                try:
                    return self._tls.read(65536)
                except ssl.SSLWantReadError:
                    self._flush()
                    self._receive(deadline)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except socket.timeout as error:
            raise TimeoutError("nothing came") from error

    def read_exactly(self, count, timeout_s=None):
        data = b""
        while len(data) < count:
            data += self._more(data, timeout_s)
        self.unread = data[count:] + self.unread
        return data[:count]

    def read_until(self, end, timeout_s=None):
        data = b""
        while end not in data:
            data += self._more(data, timeout_s)
        at = data.index(end) + len(end)
        self.unread = data[at:] + self.unread
        return data[:at]

    def _more(self, so_far, timeout_s):
        more = self.read_some(timeout_s)
        if not more:
            raise Closed(f"closed after {so_far!r}")
        return more

    def read_to_end(self, timeout_s=None):
        """Everything until the other side ends."""
        data = b""
        while more := self.read_some(timeout_s):
            data += more
        return data

    def read_head(self, timeout_s=None):
        """The head of an answer, 1xx ones too, as a Response without body."""
        return Response(self.read_until(b"\r\n\r\n", timeout_s))

    def read_response(self, method="GET", timeout_s=None):
        """A whole answer, past any 1xx."""
        interim = []
        while (response := self.read_head(timeout_s)).status < 200:
            interim.append(response)
        response.interim = interim
        if method == "HEAD" or response.status in (204, 304):
            return response
        if response.header("Transfer-Encoding") == "chunked":
            response.body = b"".join(self.read_chunks(timeout_s))
        elif (length := response.header("Content-Length")) is not None:
            response.body = self.read_exactly(int(length), timeout_s)
        else:
            response.body = self.read_to_end(timeout_s)
        return response

    def read_chunks(self, timeout_s=None):
        """The chunks of a body, one at a time as they come."""
        while True:
            size = int(self.read_until(b"\r\n", timeout_s), 16)
            chunk = self.read_exactly(size, timeout_s)
            assert self.read_exactly(2, timeout_s) == b"\r\n"
            if size == 0:
                return
            yield chunk

    def request(self, method, target, *fields, body=b"", host="mail.contoso.com"):
        """A request with the usual fields and its whole answer."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", *fields]
        if body and not any(f.lower().startswith("content-length") for f in fields):
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return self.read_response(method)

    # What must (not) come.

    def expect_closed(self, timeout_s=5):
        """Nothing but the other side's end comes, soon."""
        try:
            rest = self.read_some(timeout_s)
        except ConnectionResetError:
            return
        except TimeoutError:
            raise AssertionError(f"not closed within {timeout_s} s") from None
        assert rest == b"", f"more came: {rest!r}"

    def expect_silence(self, seconds):
        """Neither bytes nor an end come for so long."""
        try:
            rest = self.read_some(seconds)
        except TimeoutError:
            return
        raise AssertionError(f"came: {rest!r}" if rest else "closed")

    @property
    def is_readable(self):
        """Is there something to read, or the end? (Not so: TLS tickets.)"""
        try:
            self.unread = self.read_some(0.001)
        except TimeoutError:
            return False
        except ConnectionResetError:
            pass
        return True

    # Ending.

    def half_close(self):
        """A bare FIN; over TLS without close_notify, as Windows does."""
        self.socket.shutdown(socket.SHUT_WR)

    def close_notify(self):
        """TLS's own end of our direction; the connection stays."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            pass
        self._flush()

    def close(self):
        self.socket.close()

    def reset(self):
        self.socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self.socket.close()
