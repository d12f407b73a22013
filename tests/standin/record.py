"""What a stand-in CAS received: the oracle of the tests.

Written by the stand-in's event loop, read by tests in another thread; every
field only ever grows or is set once, so a reader sees a consistent past.
"""

import time
import zlib

KEPT_BYTES = 1 << 20


class Request:
    """One request as it arrived."""

    def __init__(self, raw_head, connection):
        self.connection = connection
        self.raw_head = bytes(raw_head)
        self.received_at = time.monotonic()
        line, *fields = self.raw_head[:-4].split(b"\r\n")
        self.line = line.decode("latin-1")
        self.method, self.target, self.version = self.line.split(" ")
        self.headers = []
        for field in fields:
            name, colon, value = field.decode("latin-1").partition(":")
            if not colon or not name or name != name.strip():
                raise ValueError(f"a malformed field reached the CAS: {field!r}")
            self.headers.append((name, value.strip(" \t")))
        self.user = None
        self.body = bytearray()  # its first KEPT_BYTES
        self.body_bytes = 0
        self.body_crc32 = 0
        self.body_complete = False

    def __repr__(self):
        return f"<{self.line}, {self.body_bytes} bytes of body>"

    @property
    def path(self):
        return self.target.split("?", 1)[0]

    @property
    def query(self):
        return self.target.partition("?")[2]

    def header(self, name):
        """The value of a field that stands there once; None without it."""
        values = self.header_all(name)
        assert len(values) <= 1, f"{name} stands there {len(values)} times"
        return values[0] if values else None

    def header_all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def names(self):
        """Names of fields in their case and order."""
        return [name for name, _ in self.headers]

    def took(self, data):
        self.body_bytes += len(data)
        self.body_crc32 = zlib.crc32(data, self.body_crc32)
        if len(self.body) < KEPT_BYTES:
            self.body += data[: KEPT_BYTES - len(self.body)]


class Connection:
    """One TCP connection, from its accept to its end."""

    def __init__(self, number, peer):
        self.number = number
        self.peer = peer
        self.opened_at = time.monotonic()
        self.closed_at = None
        # "client", "client reset", "cas" or "cas reset", once it has ended.
        self.closed_by = None
        self.client_ended_at = None  # when its FIN arrived
        self.received = bytearray()  # its first KEPT_BYTES
        self.received_bytes = 0
        self.sent_bytes = 0
        self.segments = []  # (monotonic time, bytes), the first thousands
        self.requests = []
        self.user = None  # whose connection it is, after NTLM
        self.faults = []  # what the stand-in could not understand

    def __repr__(self):
        return f"<connection {self.number}: {self.requests}, {self.closed_by}>"

    def took(self, data):
        self.received_bytes += len(data)
        if len(self.segments) < 5000:
            self.segments.append((time.monotonic(), len(data)))
        if len(self.received) < KEPT_BYTES:
            self.received += data[: KEPT_BYTES - len(self.received)]

    @property
    def is_open(self):
        return self.closed_by is None
