"""NTLM (MS-NLMP) for both ends: a challenge tied to a connection, NTLMv2."""

import base64
import hashlib
import hmac
import os
import struct
import time

from impacket import ntlm

SIGNATURE = b"NTLMSSP\0"
DOMAIN = "CONTOSO"

_FLAGS = (
    ntlm.NTLMSSP_NEGOTIATE_UNICODE
    | ntlm.NTLMSSP_REQUEST_TARGET
    | ntlm.NTLMSSP_NEGOTIATE_NTLM
    | ntlm.NTLMSSP_NEGOTIATE_ALWAYS_SIGN
    | ntlm.NTLMSSP_TARGET_TYPE_DOMAIN
    | ntlm.NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY
    | ntlm.NTLMSSP_NEGOTIATE_TARGET_INFO
    | ntlm.NTLMSSP_NEGOTIATE_VERSION
    | ntlm.NTLMSSP_NEGOTIATE_128
    | ntlm.NTLMSSP_NEGOTIATE_56
)


class Challenge:
    """The server's side of one handshake."""

    def __init__(self, computer, users):
        self.users = users
        self.server_challenge = os.urandom(8)
        self.computer = computer

    def message(self, negotiate):
        """The type 2 message that answers a type 1."""
        if negotiate[:8] != SIGNATURE or negotiate[8] != 1:
            raise ValueError("not a type 1 message")
        (asked,) = struct.unpack_from("<I", negotiate, 12)
        target = DOMAIN.encode("utf-16le")
        info = self._target_info()
        # Key exchange and sealing are for those who ask for them.
        flags = _FLAGS | asked & (
            ntlm.NTLMSSP_NEGOTIATE_KEY_EXCH
            | ntlm.NTLMSSP_NEGOTIATE_SIGN
            | ntlm.NTLMSSP_NEGOTIATE_SEAL
        )
        return (
            SIGNATURE
            + struct.pack("<IHHI", 2, len(target), len(target), 56)
            + struct.pack("<I", flags)
            + self.server_challenge
            + bytes(8)
            + struct.pack("<HHI", len(info), len(info), 56 + len(target))
            + bytes([10, 0, 0x63, 0x45, 0, 0, 0, 15])
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
        filetime = (int(time.time()) + 11644473600) * 10_000_000
        return info + struct.pack("<HHQ", 7, 8, filetime) + bytes(4)

    def verify(self, authenticate):
        """The user of a type 3 message, or None when the password is wrong."""
        if authenticate[:8] != SIGNATURE or authenticate[8] != 3:
            return None
        response, domain, user = (
            _field(authenticate, at) for at in (20, 28, 36)
        )
        domain, user = domain.decode("utf-16le"), user.decode("utf-16le")
        password = self.users.get(user.lower().split("@")[0])
        if password is None or len(response) < 24:
            return None
        key = ntlm.NTOWFv2(user, password, domain)
        proof, rest = response[:16], response[16:]
        expected = hmac.new(key, self.server_challenge + rest, hashlib.md5).digest()
        if not hmac.compare_digest(proof, expected):
            return None
        return user.lower().split("@")[0]


def _field(message, at):
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset : offset + length]


# The client's side.


def negotiate():
    """A type 1 message, and its header value."""
    message = ntlm.getNTLMSSPType1(domain=DOMAIN)
    return message, header(message.getData())


def authenticate(negotiated, challenge, user, password):
    """The header value of a type 3 message; `challenge` is the header value
    that the server answered with."""
    blob = base64.b64decode(challenge.split(" ", 1)[1])
    message, _ = ntlm.getNTLMSSPType3(negotiated, blob, user, password, DOMAIN)
    return header(message.getData())


def header(message, scheme="NTLM"):
    return f"{scheme} {base64.b64encode(message).decode()}"


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
