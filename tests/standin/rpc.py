"""An Outlook's side of RPC over HTTP: legs, channels, pings, calls."""

import struct
import time

from . import dcerpc, ntlm, rts
from .client import Closed

TARGET = "/rpc/rpcproxy.dll?94d75396-fb08-4a5f-9d65-5a5a4a9d7d6c@contoso.com:6001"
USER, PASSWORD = "alice", "Secret-1"
IN_BYTES = 1073741824


def head(method, length, authorization=None, target=TARGET, host="mail.contoso.com"):
    """A request's head with the fields, in the order, of a real Outlook."""
    lines = [
        f"{method} {target} HTTP/1.1",
        "Cache-Control: no-cache",
        "Connection: Keep-Alive",
        "Pragma: no-cache",
        "Accept: application/rpc",
        "User-Agent: MSRPC",
        f"Content-Length: {length}",
        f"Host: {host}",
    ]
    if authorization:
        lines.append(f"Authorization: {authorization}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


def log_in(client, method, user=USER, password=PASSWORD, **options):
    """The first two legs of NTLM; gives the Authorization of the third."""
    client.send(head(method, 0, ntlm.negotiate(), **options))
    answer = client.read_response()
    assert answer.status == 401 and answer.body == b"", answer
    challenge = answer.header("WWW-Authenticate")
    return ntlm.authenticate(challenge, user, password)


class Session:
    """A virtual connection over two clients, one for each channel."""

    def __init__(
        self, connect, auth="ntlm", user=USER, password=PASSWORD, **head_options
    ):
        """`connect()` gives a fresh standin.client.Client; auth is "ntlm",
        "basic" or None."""
        self._connect = connect
        self._login = auth, user, password
        self._head_options = head_options
        self.virtual = rts.new_cookie()
        self.out_cookie, self.in_cookie = rts.new_cookie(), rts.new_cookie()
        self.calls = 0
        self.out = self._open("RPC_OUT_DATA", 76)
        self.out.send(rts.conn_a1(self.virtual, self.out_cookie))
        self.incoming = self._open("RPC_IN_DATA", IN_BYTES)
        self.incoming.send(
            rts.conn_b1(self.virtual, self.in_cookie, rts.new_cookie())
        )
        self.response = self.out.read_head()
        if self.response.status != 200:
            raise Closed(self.response.status_line)
        assert rts.parse_rts(self.read_pdu()).commands[0][0] == rts.CONNECTION_TIMEOUT
        assert len(rts.parse_rts(self.read_pdu()).commands) == 3  # CONN/C2

    def __enter__(self):
        return self

    def __exit__(self, *_exception):
        self.close()

    def _open(self, method, length):
        auth, user, password = self._login
        client = self._connect()
        authorization = None
        if auth == "ntlm":
            authorization = log_in(client, method, user, password, **self._head_options)
        elif auth == "basic":
            authorization = ntlm.basic(user, password)
        client.send(head(method, length, authorization, **self._head_options))
        return client

    def read_pdu(self, client=None):
        client = client or self.out
        header = client.read_exactly(rts.HEADER_BYTES)
        return header + client.read_exactly(rts.length_of(header) - len(header))

    def ping(self):
        self.incoming.send(rts.ping())

    def timed_ping(self):
        """Seconds from a ping on IN to the one that answers it on OUT, of a
        CAS that answers pings."""
        began = time.perf_counter()
        self.ping()
        pdu = self.read_pdu()
        assert pdu == rts.ping(), pdu
        return time.perf_counter() - began

    # DCE/RPC.

    def bind(self, interface=dcerpc.RPCECHO, version=1):
        body = struct.pack("<HHIB3x", 4280, 4280, 0, 1)
        body += struct.pack("<HBB", 0, 1, 0) + interface.bytes_le
        body += struct.pack("<I", version) + dcerpc.NDR.bytes_le + struct.pack("<I", 2)
        answer = rts.parse(self.exchange(dcerpc.BIND, body))
        assert answer.ptype == dcerpc.BIND_ACK, answer

    def call(self, opnum, stub):
        """A call and the stub of its (one-fragment) answer."""
        body = struct.pack("<IHH", len(stub), 0, opnum) + stub
        answer = rts.parse(self.exchange(dcerpc.REQUEST, body))
        assert answer.ptype == dcerpc.RESPONSE, answer
        return answer.raw[24:]

    def add_one(self, number):
        return struct.unpack("<I", self.call(0, struct.pack("<I", number)))[0]

    def exchange(self, ptype, body):
        self.calls += 1
        header = struct.pack(
            "<BBBB4sHHI", 5, 0, ptype, 3, b"\x10\0\0\0", 16 + len(body), 0, self.calls
        )
        self.incoming.send(header + body)
        while rts.parse(pdu := self.read_pdu()).ptype == rts.PTYPE_RTS:
            pass  # flow control
        return pdu

    # Recycling, as MS-RPCH 3.2.2 has it.

    def recycle_out(self):
        """Answers an OUT_R2/A2 that has been asked for; gives the successor
        before the last 24 bytes of its request are sent (finish_out())."""
        assert self.read_pdu() == rts.out_r2_a2()
        cookie = rts.new_cookie()
        successor = self._open("RPC_OUT_DATA", 120)
        successor.send(rts.out_r2_a3(self.virtual, self.out_cookie, cookie))
        assert self.read_pdu() == rts.out_r2_a6()
        self.incoming.send(rts.out_r2_a7(cookie))
        predecessor, self.out, self.out_cookie = self.out, successor, cookie
        assert self.read_pdu(predecessor) == rts.out_r2_b3()
        return predecessor

    def finish_out(self):
        self.out.send(rts.out_r2_c1())

    def recycle_in(self):
        """Opens a successor IN channel and moves over; the predecessor."""
        cookie = rts.new_cookie()
        successor = self._open("RPC_IN_DATA", IN_BYTES)
        successor.send(rts.in_r2_a1(self.virtual, self.in_cookie, cookie))
        assert self.read_pdu() == rts.in_r2_a4()
        self.incoming.send(rts.in_r2_a5(cookie))
        predecessor, self.incoming, self.in_cookie = self.incoming, successor, cookie
        return predecessor

    def close(self):
        self.out.close()
        self.incoming.close()
