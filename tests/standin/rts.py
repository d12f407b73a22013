"""RTS PDUs of RPC over HTTP v2 (MS-RPCH 2.2.3, 2.2.4): made and taken apart."""

import struct
import uuid
from collections import namedtuple

PTYPE_RTS = 0x14
HEADER_BYTES = 16

# Flags of the RTS header, 2.2.3.6.1.
PING, OTHER_CMD, RECYCLE, IN, OUT, EOF, ECHO = 0x1, 0x2, 0x4, 0x8, 0x10, 0x20, 0x40

# Commands, 2.2.3.5, and where a command with a Destination goes, 2.2.3.3.
RECEIVE_WINDOW, FLOW_CONTROL_ACK, CONNECTION_TIMEOUT, COOKIE = 0, 1, 2, 3
CHANNEL_LIFETIME, CLIENT_KEEPALIVE, VERSION, EMPTY, PADDING = 4, 5, 6, 7, 8
NEGATIVE_ANCE, ANCE, CLIENT_ADDRESS, ASSOCIATION_GROUP = 9, 10, 11, 12
DESTINATION, PING_TRAFFIC_SENT = 13, 14
TO_CLIENT, TO_IN_PROXY, TO_SERVER, TO_OUT_PROXY = 0, 1, 2, 3

WINDOW = 65536
CONNECTION_TIMEOUT_MS = 120000
CHANNEL_BYTES = 1073741824

Pdu = namedtuple("Pdu", "ptype flags auth_length call_id raw")
Rts = namedtuple("Rts", "flags commands")

_BODY_BYTES = {
    RECEIVE_WINDOW: 4,
    FLOW_CONTROL_ACK: 24,
    CONNECTION_TIMEOUT: 4,
    COOKIE: 16,
    CHANNEL_LIFETIME: 4,
    CLIENT_KEEPALIVE: 4,
    VERSION: 4,
    EMPTY: 0,
    NEGATIVE_ANCE: 0,
    ANCE: 0,
    ASSOCIATION_GROUP: 16,
    DESTINATION: 4,
    PING_TRAFFIC_SENT: 4,
}


def new_cookie():
    return uuid.uuid4().bytes


def rts(flags, *commands):
    """A PDU of (command, value) pairs; the value is an int, bytes or None."""
    body = b""
    for command, value in commands:
        body += struct.pack("<I", command)
        if isinstance(value, int):
            body += struct.pack("<I", value)
        elif value is not None:
            body += value
    length = 20 + len(body)
    return (
        struct.pack("<BBBB4sHHI", 5, 0, PTYPE_RTS, 3, b"\x10\0\0\0", length, 0, 0)
        + struct.pack("<HH", flags, len(commands))
        + body
    )


def length_of(header):
    """Bytes of the whole PDU of which `header` is the beginning."""
    return struct.unpack_from("<H", header, 8)[0]


def parse(raw):
    """The DCE/RPC header of any PDU."""
    version, _, ptype, flags, _, length, auth_length, call_id = struct.unpack_from(
        "<BBBB4sHHI", raw
    )
    if version != 5 or length != len(raw):
        raise ValueError(f"not a PDU: {raw[:32].hex()}")
    return Pdu(ptype, flags, auth_length, call_id, raw)


def parse_rts(raw):
    """Flags and commands of an RTS PDU."""
    if parse(raw).ptype != PTYPE_RTS:
        raise ValueError("not an RTS PDU")
    flags, count = struct.unpack_from("<HH", raw, 16)
    commands, at = [], 20
    for _ in range(count):
        (command,) = struct.unpack_from("<I", raw, at)
        size = _BODY_BYTES[command]
        body = raw[at + 4 : at + 4 + size]
        commands.append(
            (command, struct.unpack("<I", body)[0] if size == 4 else body)
        )
        at += 4 + size
    if at != len(raw):
        raise ValueError("an RTS PDU with bytes after its commands")
    return Rts(flags, commands)


def split(stream):
    """The whole PDUs at the beginning of `stream`, and the rest of it."""
    pdus = []
    while len(stream) >= HEADER_BYTES and len(stream) >= length_of(stream):
        length = length_of(stream)
        pdus.append(bytes(stream[:length]))
        stream = stream[length:]
    return pdus, stream


# Alive.


def ping():
    return rts(PING)


def echo():
    return rts(ECHO)


# Setting up a virtual connection, 2.2.4.2 to 2.2.4.9.


def conn_a1(virtual, out_channel, window=WINDOW):
    return rts(
        0,
        (VERSION, 1),
        (COOKIE, virtual),
        (COOKIE, out_channel),
        (RECEIVE_WINDOW, window),
    )


def conn_b1(virtual, in_channel, group, keepalive_ms=300000):
    return rts(
        0,
        (VERSION, 1),
        (COOKIE, virtual),
        (COOKIE, in_channel),
        (CHANNEL_LIFETIME, CHANNEL_BYTES),
        (CLIENT_KEEPALIVE, keepalive_ms),
        (ASSOCIATION_GROUP, group),
    )


def conn_a3(timeout_ms=CONNECTION_TIMEOUT_MS):
    return rts(0, (CONNECTION_TIMEOUT, timeout_ms))


def conn_c2(window=WINDOW, timeout_ms=CONNECTION_TIMEOUT_MS):
    return rts(
        0, (VERSION, 1), (RECEIVE_WINDOW, window), (CONNECTION_TIMEOUT, timeout_ms)
    )


# Flow control, 2.2.4.50 and 2.2.4.51. Each travels on the other channel.


def flow_control_ack(destination, received, window, channel):
    return rts(
        OTHER_CMD,
        (DESTINATION, destination),
        (FLOW_CONTROL_ACK, struct.pack("<II", received, window) + channel),
    )


# Recycling a channel within one proxy, 2.2.4.17 to 2.2.4.45 ("R2").


def out_r2_a2():
    """Asks the client for a successor of its OUT channel."""
    return rts(RECYCLE, (DESTINATION, TO_CLIENT))


def out_r2_a3(virtual, predecessor, successor, window=WINDOW):
    """The first 96 of the 120 bytes of a replacement OUT channel."""
    return rts(
        RECYCLE,
        (VERSION, 1),
        (COOKIE, virtual),
        (COOKIE, predecessor),
        (COOKIE, successor),
        (RECEIVE_WINDOW, window),
    )


def out_r2_a6():
    return rts(0, (DESTINATION, TO_CLIENT), (ANCE, None))


def out_r2_a7(successor):
    """The client says on IN that it has the successor."""
    return rts(OUT, (DESTINATION, TO_SERVER), (COOKIE, successor), (VERSION, 1))


def out_r2_b3():
    """The last PDU on the predecessor."""
    return rts(EOF, (ANCE, None))


def out_r2_c1():
    """The last 24 of the 120 bytes."""
    return rts(PING, (EMPTY, None))


def in_r2_a1(virtual, predecessor, successor):
    """The first PDU on a replacement IN channel."""
    return rts(
        RECYCLE,
        (VERSION, 1),
        (COOKIE, virtual),
        (COOKIE, predecessor),
        (COOKIE, successor),
    )


def in_r2_a4():
    return rts(0, (DESTINATION, TO_CLIENT))


def in_r2_a5(successor):
    """The client's last PDU on the predecessor IN channel."""
    return rts(0, (COOKIE, successor))
