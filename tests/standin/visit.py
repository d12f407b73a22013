"""One connection at the stand-in: reading requests, writing answers."""

import asyncio
import socket
import struct
import time
from email.utils import formatdate
from http import HTTPStatus

from .record import Request

HEAD_BYTES_MAX = 1 << 18
BLOCK = 1 << 16

REASONS = {status.value: status.phrase for status in HTTPStatus}
REASONS[302] = "Redirect"  # as IIS says it


class Ended(Exception):
    """The client has ended its side where more was to come."""


class Recorder(asyncio.StreamReaderProtocol):
    """Writes down every byte and both ends of a connection."""

    def __init__(self, reader, serve, loop):
        super().__init__(reader, serve, loop=loop)
        self.connection = None  # set by whoever knows its number

    def data_received(self, data):
        self.connection.took(data)
        super().data_received(data)

    def eof_received(self):
        self.connection.client_ended_at = time.monotonic()
        return super().eof_received()

    def connection_lost(self, error):
        connection = self.connection
        connection.closed_at = time.monotonic()
        if connection.closed_by is None:
            reset = isinstance(error, ConnectionError)
            connection.closed_by = "client reset" if reset else "client"
        super().connection_lost(error)


class Visit:
    """The stand-in's side of one connection."""

    def __init__(self, cas, reader, writer, connection):
        self.cas = cas
        self.reader = reader
        self.writer = writer
        self.connection = connection
        self.challenge = None  # of an NTLM handshake under way
        self.body_left = 0
        self.chunked = False
        self.request = None
        self.keeps = True  # may another request follow?

    # Reading.

    async def read_head(self):
        """The next request, or None when the client has ended."""
        try:
            raw = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                self.connection.faults.append(f"a cut-off head: {error.partial!r}")
            return None
        except ConnectionError:
            return None
        request = Request(raw, self.connection)
        self.request = request
        self.chunked = request.header("Transfer-Encoding") == "chunked"
        self.body_left = int(request.header("Content-Length") or 0)
        connection = ", ".join(request.header_all("Connection")).lower()
        self.keeps = (
            "close" not in connection
            if request.version == "HTTP/1.1"
            else "keep-alive" in connection
        )
        self.connection.requests.append(request)
        self.cas.requests.append(request)
        if not self.has_body():
            request.body_complete = True
        return request

    def has_body(self):
        return self.chunked or self.body_left > 0

    async def expect(self):
        """Says 100 when the client waits for it."""
        if (self.request.header("Expect") or "").lower() == "100-continue":
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def read_body_some(self):
        """Some bytes of the body, b"" at its end."""
        if self.request.body_complete:
            return b""
        if self.chunked:
            data = await self._read_chunk()
        else:
            data = await self.reader.read(min(BLOCK, self.body_left))
            if not data:
                raise Ended
            self.body_left -= len(data)
            self.request.body_complete = self.body_left == 0
        self.request.took(data)
        return data

    async def _read_chunk(self):
        line = await self._line()
        size = int(line, 16)
        data = await self.read_exactly(size)
        if size == 0:
            while await self._line():
                pass
            self.request.body_complete = True
        elif await self._line() != b"":
            raise ValueError("a chunk without its end")
        return data

    async def _line(self):
        line = await self.reader.readline()
        if not line.endswith(b"\r\n"):
            raise Ended
        return line[:-2]

    async def read_exactly(self, count):
        """Bytes of the stream, whatever the framing says."""
        try:
            return await self.reader.readexactly(count)
        except asyncio.IncompleteReadError as error:
            raise Ended from error

    async def read_body_exactly(self, count):
        """The next bytes of a body with Content-Length."""
        data = await self.read_exactly(count)
        self.body_left -= count
        self.request.body_complete = self.body_left == 0
        self.request.took(data)
        return data

    async def read_body(self):
        while await self.read_body_some():
            pass
        return bytes(self.request.body)

    # Writing.

    def write(self, data):
        self.connection.sent_bytes += len(data)
        self.writer.write(data)

    async def drain(self):
        await self.writer.drain()

    def head(self, status, fields=(), reason=None, length=None, version="1.1"):
        """Begins an answer. `length` None: no Content-Length."""
        lines = [f"HTTP/{version} {status} {reason or REASONS[status]}"]
        lines += [f"{name}: {value}" for name, value in fields]
        lines += [
            "Server: Microsoft-IIS/7.5",
            f"X-Standin: {self.cas.name}",
            f"X-Standin-Connection: {self.connection.number}",
        ]
        user = self.request.user if self.request else None
        if user:
            lines.append(f"X-Standin-User: {user}")
        nonce = self.request.header("X-Nonce") if self.request else None
        if nonce:
            lines.append(f"X-Standin-Nonce: {nonce}")
        lines += ["X-Powered-By: ASP.NET", f"Date: {formatdate(usegmt=True)}"]
        if length is not None:
            lines.append(f"Content-Length: {length}")
        if not self.keeps:
            lines.append("Connection: close")
        elif self.request and self.request.version == "HTTP/1.0":
            lines.append("Connection: Keep-Alive")
        self.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n")

    async def answer(self, status, body=b"", content_type="text/html", fields=()):
        """A whole answer; what is left of the request's body is read first,
        unless it is more than a stranger may send."""
        if self.body_left > 1 << 20:
            self.keeps = False
        fields = list(fields)
        if body:
            fields.insert(0, ("Content-Type", content_type))
        self.head(status, fields, length=len(body))
        if self.request.method != "HEAD":
            self.write(body)
        if self.keeps:
            await self.read_body()
        await self.drain()

    def chunk(self, data):
        self.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    # Ending.

    def half_close(self):
        if self.writer.can_write_eof():
            self.writer.write_eof()

    def close(self):
        if self.connection.closed_by is None and not self.reader.at_eof():
            self.connection.closed_by = "cas"
        self.writer.close()

    def reset(self):
        if self.connection.closed_by is None:
            self.connection.closed_by = "cas reset"
        raw = self.writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
