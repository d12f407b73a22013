"""Just enough of a DCE/RPC server (C706 chapter 12) to hold a real session.

Three interfaces answer: the endpoint mapper (ept_map), the management
interface (is_server_listening) and Samba's rpcecho (AddOne, EchoData,
SinkData, SourceData). Anything else gets the fault a server would give. A
client may log in with NTLM at the level "connect", which signs nothing.
"""

import struct
import uuid

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, ALTER_CONTEXT, ALTER_CONTEXT_ACK, AUTH3 = 11, 12, 14, 15, 16
FIRST_AND_LAST = 0x03
FRAGMENT_BYTES = 4280

AUTH_NTLM = 10

NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860")
EPMAPPER = uuid.UUID("e1af8308-5d1f-11c9-91a4-08002b14a0fa")
MANAGEMENT = uuid.UUID("afa8bd80-7d8a-11c9-bef4-08002b102989")
RPCECHO = uuid.UUID("60a15ec5-4de8-11d7-a637-005056a20182")

FAULT_OPNUM_OUT_OF_RANGE = 0x1C010002
FAULT_UNKNOWN_INTERFACE = 0x1C010003


class Association:
    """One RPC connection: its contexts, and answers to its PDUs. `challenge`
    is an ntlm.Challenge of its own."""

    def __init__(self, port, challenge):
        self.port = port
        self.challenge = challenge
        self.user = None  # who has logged in at this level
        self.interfaces = {}
        self.calls = 0
        self._fragments = {}

    def answer(self, pdu):
        """The PDUs that answer one PDU of the client (an rts.Pdu)."""
        if pdu.ptype in (BIND, ALTER_CONTEXT):
            return [self._bind(pdu)]
        if pdu.ptype == REQUEST:
            return self._request(pdu)
        if pdu.ptype == AUTH3:
            self.user = self.challenge.verify(_auth_trailer(pdu)[1])
        return []

    def _bind(self, pdu):
        count = pdu.raw[24]
        at, results = 28, []
        for _ in range(count):
            context, syntaxes = struct.unpack_from("<HB", pdu.raw, at)
            interface = uuid.UUID(bytes_le=pdu.raw[at + 4 : at + 20])
            offered = [
                pdu.raw[at + 24 + 20 * n : at + 44 + 20 * n] for n in range(syntaxes)
            ]
            at += 24 + 20 * syntaxes
            ndr = next((s for s in offered if s[:16] == NDR.bytes_le), None)
            if interface not in _INTERFACES:
                results.append(struct.pack("<HH", 2, 1) + bytes(20))
            elif ndr is None:
                results.append(struct.pack("<HH", 2, 2) + bytes(20))
            else:
                self.interfaces[context] = interface
                results.append(struct.pack("<HH", 0, 0) + ndr)
        port = str(self.port).encode() + b"\0"
        body = struct.pack("<HHI", FRAGMENT_BYTES, FRAGMENT_BYTES, 0x12345)
        body += struct.pack("<H", len(port)) + port
        body += bytes(-len(body) % 4)
        body += struct.pack("<BBH", len(results), 0, 0) + b"".join(results)
        ack = BIND_ACK if pdu.ptype == BIND else ALTER_CONTEXT_ACK
        trailer, blob = _auth_trailer(pdu)
        if trailer[:1] == bytes([AUTH_NTLM]):
            answer = self.challenge.message(blob)
            return _pdu(ack, FIRST_AND_LAST, pdu.call_id, body, trailer, answer)
        return _pdu(ack, FIRST_AND_LAST, pdu.call_id, body)

    def _request(self, pdu):
        context, opnum = struct.unpack_from("<HH", pdu.raw, 20)
        at = 24 + (16 if pdu.flags & 0x80 else 0)
        trailer, blob = _auth_trailer(pdu)
        end = len(pdu.raw) - len(blob) - (8 + trailer[2] if trailer else 0)
        stub = self._fragments.setdefault(pdu.call_id, bytearray())
        stub += pdu.raw[at:end]
        if not pdu.flags & 0x02:
            return []
        stub = bytes(self._fragments.pop(pdu.call_id))
        self.calls += 1
        interface = self.interfaces.get(context)
        if interface is None:
            return [_fault(pdu.call_id, context, FAULT_UNKNOWN_INTERFACE)]
        call = _INTERFACES[interface].get(opnum)
        if call is None:
            return [_fault(pdu.call_id, context, FAULT_OPNUM_OUT_OF_RANGE)]
        return _response(pdu.call_id, context, call(stub))


def _auth_trailer(pdu):
    """The 8 bytes before the credentials at the end of a PDU, and those."""
    if not pdu.auth_length:
        return b"", b""
    blob = pdu.raw[-pdu.auth_length :]
    return pdu.raw[-pdu.auth_length - 8 : -pdu.auth_length], blob


def _pdu(ptype, flags, call_id, body, trailer=b"", blob=b""):
    if trailer:
        padding = -len(body) % 4
        body += bytes(padding) + trailer[:2] + bytes([padding]) + trailer[3:] + blob
    length = 16 + len(body)
    header = struct.pack(
        "<BBBB4sHHI", 5, 0, ptype, flags, b"\x10\0\0\0", length, len(blob), call_id
    )
    return header + body


def _fault(call_id, context, status):
    body = struct.pack("<IHBBII", 0, context, 0, 0, status, 0)
    return _pdu(FAULT, FIRST_AND_LAST, call_id, body)


def _response(call_id, context, stub):
    size = (FRAGMENT_BYTES - 24) & ~7
    pieces = [stub[at : at + size] for at in range(0, len(stub), size)] or [b""]
    pdus = []
    for number, piece in enumerate(pieces):
        flags = (number == 0) * 0x01 | (number == len(pieces) - 1) * 0x02
        left = len(stub) - number * size
        body = struct.pack("<IHBB", left, context, 0, 0) + piece
        pdus.append(_pdu(RESPONSE, flags, call_id, body))
    return pdus


def _add_one(stub):
    return struct.pack("<I", struct.unpack_from("<I", stub)[0] + 1 & 0xFFFFFFFF)


def _array(data):
    return struct.pack("<I", len(data)) + data


def _echo_data(stub):
    length, _ = struct.unpack_from("<II", stub)
    return _array(stub[8 : 8 + length])


def _sink_data(_stub):
    return b""


def _source_data(stub):
    (length,) = struct.unpack_from("<I", stub)
    return _array(bytes(n & 0xFF for n in range(length)))


def _is_server_listening(_stub):
    return struct.pack("<II", 0, 1)


def _ept_map(stub):
    """Answers with the tower that was asked for, as the server's own."""
    (referent,) = struct.unpack_from("<I", stub)
    at = 4 + (16 if referent else 0)
    (tower_referent,) = struct.unpack_from("<I", stub, at)
    tower = b""
    if tower_referent:
        size, length = struct.unpack_from("<II", stub, at + 4)
        tower = stub[at + 12 : at + 12 + length]
    answer = bytes(20) + struct.pack("<I", 1)
    answer += struct.pack("<IIII", 4, 0, 1, 3)
    answer += struct.pack("<II", len(tower), len(tower)) + tower
    answer += bytes(-len(answer) % 4)
    return answer + struct.pack("<I", 0)


_INTERFACES = {
    EPMAPPER: {3: _ept_map},
    MANAGEMENT: {2: _is_server_listening},
    RPCECHO: {0: _add_one, 1: _echo_data, 2: _sink_data, 3: _source_data},
}
