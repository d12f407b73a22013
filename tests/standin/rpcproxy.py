"""The RPC proxy of a CAS: virtual connections over pairs of channels.

States and PDUs follow MS-RPCH 3.2.3 and 3.2.4 with both proxies and the
server in one place. A virtual connection is found by its RTS cookie, so its
two channels may come over any two TCP connections.
"""

import struct

from . import rts
from .dcerpc import Association
from .ntlm import Challenge

PORTS = {593, 6001, 6002, 6004}
OUT_BYTES = 1073741824
UNAVAILABLE = "RPC Error: 6ba, EEInfo: AQAAAAYAAAAAAAAAugYAAAAAAAABAAAA"


class Channel:
    """One of the two TCP connections."""

    def __init__(self, visit, cookie):
        self.visit = visit
        self.cookie = cookie
        self.received_bytes = 0  # of RPC PDUs, for flow control
        self.acknowledged_bytes = 0


class Virtual:
    """A virtual connection. Tests read `pings`, `acks`, `log`, `established`
    and may call ping() and recycle_out() from any thread."""

    def __init__(self, cas, cookie):
        self.cas = cas
        self.cookie = cookie
        self.user = None
        self.target = None
        self.out = self.out_successor = None
        self.incoming = self.incoming_successor = None
        self.association = None
        self.established = False
        self.pings = 0  # from the client
        self.acks = 0  # flow control, from the client
        self.log = []  # what happened, in the names of MS-RPCH

    def _note(self, event):
        self.log.append(event)

    def send(self, *pdus):
        """On the OUT channel, from the stand-in's own loop."""
        for pdu in pdus:
            self.out.visit.write(pdu)

    # From tests.

    def ping(self):
        self.cas.call(self.send, rts.ping())

    def recycle_out(self):
        """Asks the client for a successor of its OUT channel."""
        self._note("OUT_R2/A2")
        self.cas.call(self.send, rts.out_r2_a2())

    # From the channels.

    def try_to_establish(self):
        if self.established or self.out is None or self.incoming is None:
            return
        self.established = True
        self._note("CONN/C2")
        self.send(rts.conn_c2())

    def incoming_rts(self, channel, pdu):
        message = rts.parse_rts(pdu.raw)
        commands = dict(message.commands)
        if message.flags == rts.PING and not commands:
            self.pings += 1
            if self.cas.answers_pings:
                self.send(rts.ping())
        elif rts.FLOW_CONTROL_ACK in commands:
            self.acks += 1
        elif message.flags == rts.OUT and rts.COOKIE in commands:
            self._note("OUT_R2/A7")
            self._switch_out()
        elif rts.COOKIE in commands and self.incoming_successor:
            self._note("IN_R2/A5")
            self.incoming = self.incoming_successor
            self.incoming_successor = None
        else:
            self._note(f"unknown RTS {pdu.raw.hex()}")

    def _switch_out(self):
        """OUT_R2/B1: the successor's head now, whatever of its request's
        last 24 bytes has come; the predecessor ends with B3."""
        old, self.out, self.out_successor = self.out, self.out_successor, None
        self._note("OUT_R2/B3")
        out_head(self.out.visit)
        old.visit.write(rts.out_r2_b3())
        old.visit.close()

    def incoming_rpc(self, channel, pdu):
        channel.received_bytes += len(pdu.raw)
        unacknowledged = channel.received_bytes - channel.acknowledged_bytes
        if unacknowledged > rts.WINDOW // 2:
            channel.acknowledged_bytes = channel.received_bytes
            self.send(
                rts.flow_control_ack(
                    rts.TO_CLIENT, channel.received_bytes, rts.WINDOW, channel.cookie
                )
            )
        self.send(*self.association.answer(pdu))

    def channel_ended(self, channel):
        """Either channel's end is the end of both (MS-RPCH 3.2.3.5.10)."""
        if channel not in (self.out, self.incoming):
            return  # a predecessor, or one that never came so far
        self.established = False
        self.cas.virtual.pop(self.cookie, None)
        for other in (self.out, self.incoming):
            if other is not None and other is not channel:
                other.visit.close()


async def serve(visit):
    """RPC_IN_DATA or RPC_OUT_DATA from somebody who may."""
    if visit.body_left <= 0x10:
        await _echo(visit)
        return
    _, _, port = visit.request.query.rpartition(":")
    if not port.isdigit() or int(port) not in PORTS:
        await visit.expect()
        refuse(visit)
        return
    await visit.expect()
    visit.keeps = False
    if visit.request.method == "RPC_OUT_DATA":
        await _serve_out(visit, int(port))
    else:
        await _serve_in(visit)


async def _echo(visit):
    await visit.read_body()
    visit.head(200, [("Content-Type", "application/rpc")], "Success", length=20)
    visit.write(rts.echo())


def refuse(visit, error=UNAVAILABLE):
    """HTTP/1.0 503 with the reason in the status line; then the end."""
    visit.keeps = False
    visit.head(503, [], error, length=0, version="1.0")


def out_head(visit):
    visit.head(
        200, [("Content-Type", "application/rpc")], "Success", length=OUT_BYTES
    )


def _cookies(message):
    return [value for command, value in message.commands if command == rts.COOKIE]


async def _read_pdu(visit):
    header = await visit.read_body_exactly(rts.HEADER_BYTES)
    rest = await visit.read_body_exactly(rts.length_of(header) - rts.HEADER_BYTES)
    return rts.parse(header + rest)


async def _serve_out(visit, port):
    cas = visit.cas
    message = rts.parse_rts((await _read_pdu(visit)).raw)
    cookies = _cookies(message)
    virtual = cas.virtual_connection(cookies[0])
    channel = Channel(visit, cookies[-1])
    if message.flags & rts.RECYCLE:
        virtual.out_successor = channel
        virtual._note("OUT_R2/A3")
        virtual.send(rts.out_r2_a6())
        await _read_pdu(visit)
        virtual._note("OUT_R2/C1")
    else:
        virtual.user, virtual.target = visit.request.user, visit.request.query
        virtual.association = Association(port, Challenge(cas.name, cas.users))
        virtual.out = channel
        virtual._note("CONN/A1")
        out_head(visit)
        visit.write(rts.conn_a3())
        virtual.try_to_establish()
    try:
        while await visit.reader.read(1 << 16):
            pass
    finally:
        virtual.channel_ended(channel)


async def _serve_in(visit):
    cas = visit.cas
    message = rts.parse_rts((await _read_pdu(visit)).raw)
    cookies = _cookies(message)
    virtual = cas.virtual_connection(cookies[0])
    channel = Channel(visit, cookies[-1])
    if message.flags & rts.RECYCLE:
        virtual.incoming_successor = channel
        virtual._note("IN_R2/A1")
        virtual.send(rts.in_r2_a4())
    else:
        virtual.incoming = channel
        virtual._note("CONN/B1")
        virtual.try_to_establish()
    try:
        while True:
            pdu = await _read_pdu(visit)
            if pdu.ptype == rts.PTYPE_RTS:
                virtual.incoming_rts(channel, pdu)
            else:
                virtual.incoming_rpc(channel, pdu)
    except struct.error as error:
        visit.connection.faults.append(f"a PDU cut short: {error}")
    finally:
        virtual.channel_ended(channel)
