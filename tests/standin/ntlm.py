"""NTLM (MS-NLMP) for both ends: a challenge tied to a connection, NTLMv2."""

import base64
import functools
import hashlib
import hmac
import os
import struct
import time

from .md4 import md4

SIGNATURE = b"NTLMSSP\0"
DOMAIN = "CONTOSO"

# Flags, MS-NLMP 2.2.2.5.
UNICODE, REQUEST_TARGET, SIGN, SEAL = 0x1, 0x4, 0x10, 0x20
NTLM, ALWAYS_SIGN, TARGET_IS_DOMAIN = 0x200, 0x8000, 0x10000
EXTENDED_SECURITY, TARGET_INFO, VERSION = 0x80000, 0x800000, 0x2000000
BITS_128, KEY_EXCHANGE, BITS_56 = 0x20000000, 0x40000000, 0x80000000

_COMMON = UNICODE | REQUEST_TARGET | NTLM | ALWAYS_SIGN | EXTENDED_SECURITY
_COMMON |= TARGET_INFO | VERSION | BITS_128 | BITS_56
_WINDOWS = bytes([10, 0, 0x63, 0x45, 0, 0, 0, 15])  # 10.0.17763, NTLM revision 15


@functools.lru_cache(maxsize=4096)
def _key(user, password, domain):
    """NTOWFv2."""
    name = (user.upper() + domain).encode("utf-16le")
    return _hmac(md4(password.encode("utf-16le")), name)


def _hmac(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def _filetime():
    return struct.pack("<Q", (int(time.time()) + 11644473600) * 10_000_000)


def _field(message, at):
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset : offset + length]


class Challenge:
    """The server's side of one handshake."""

    def __init__(self, computer, users):
        self.users = users
        self.computer = computer
        self.server_challenge = os.urandom(8)

    def message(self, negotiate):
        """The type 2 message that answers a type 1."""
        if negotiate[:8] != SIGNATURE or negotiate[8] != 1:
            raise ValueError("not a type 1 message")
        (asked,) = struct.unpack_from("<I", negotiate, 12)
        # Signing, sealing and key exchange are for those who ask for them.
        flags = _COMMON | TARGET_IS_DOMAIN | asked & (KEY_EXCHANGE | SIGN | SEAL)
        target, info = DOMAIN.encode("utf-16le"), self._target_info()
        return (
            SIGNATURE
            + struct.pack("<IHHI", 2, len(target), len(target), 56)
            + struct.pack("<I", flags)
            + self.server_challenge
            + bytes(8)
            + struct.pack("<HHI", len(info), len(info), 56 + len(target))
            + _WINDOWS
            + target
            + info
        )

    def _target_info(self):
        computer = self.computer.upper()
        pairs = [
            (2, DOMAIN),
            (1, computer),
            (4, "contoso.com"),
            (3, f"{computer.lower()}.contoso.com"),
        ]
        info = b""
        for number, text in pairs:
            value = text.encode("utf-16le")
            info += struct.pack("<HH", number, len(value)) + value
        return info + struct.pack("<HH", 7, 8) + _filetime() + bytes(4)

    def verify(self, authenticate):
        """The user of a type 3 message, or None when the password is wrong."""
        if authenticate[:8] != SIGNATURE or authenticate[8] != 3:
            return None
        response = _field(authenticate, 20)
        domain = _field(authenticate, 28).decode("utf-16le")
        user = _field(authenticate, 36).decode("utf-16le")
        known_as = user.lower().split("@")[0]
        password = self.users.get(known_as)
        if password is None or len(response) < 24:
            return None
        proof, rest = response[:16], response[16:]
        expected = _hmac(_key(user, password, domain), self.server_challenge + rest)
        return known_as if hmac.compare_digest(proof, expected) else None


# The client's side.


def negotiate():
    """A type 1 message, as a header value."""
    flags = _COMMON & ~TARGET_INFO
    return header(
        SIGNATURE + struct.pack("<II", 1, flags) + bytes(16) + _WINDOWS
    )


def authenticate(challenge, user, password):
    """The header value of a type 3 message; `challenge` is the header value
    that the server answered with."""
    message = base64.b64decode(challenge.split(" ", 1)[1])
    server_challenge, info = message[24:32], _field(message, 40)
    blob = (
        b"\x01\x01" + bytes(6) + _filetime() + os.urandom(8) + bytes(4) + info + bytes(4)
    )
    proof = _hmac(_key(user, password, DOMAIN), server_challenge + blob)
    fields = [
        bytes(24),  # LMv2: none beside NTLMv2
        proof + blob,
        DOMAIN.encode("utf-16le"),
        user.encode("utf-16le"),
        "WORKSTATION".encode("utf-16le"),
        b"",  # session key
    ]
    offset = 72
    descriptors = b""
    for field in fields:
        descriptors += struct.pack("<HHI", len(field), len(field), offset)
        offset += len(field)
    flags = struct.pack("<I", _COMMON)
    return header(
        SIGNATURE + struct.pack("<I", 3) + descriptors + flags + _WINDOWS
        + b"".join(fields)
    )


def header(message, scheme="NTLM"):
    return f"{scheme} {base64.b64encode(message).decode()}"


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
