"""What casgate makes of a message (tests/reader), beside what h11 does."""

import pathlib
import re
import struct
import subprocess

import h11

from harness import PROGRAM

REQUEST, ANSWER, ANSWER_TO_HEAD = b"Q", b"A", b"H"

# What casgate may leave out on the way or say in its own words, beside what
# Connection names and whatever holds "_".
HOP_BY_HOP = {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer"}
HOP_BY_HOP |= {b"upgrade", b"http2-settings", b"via"}
# h11 holds trailers, which casgate drops, to the rules of a head's framing.
OF_TRAILERS = re.compile(
    "Only Transfer-Encoding: chunked|multiple Transfer-Encoding"
    "|bad Content-Length|conflicting Content-Length"
)
FORWARDING = re.compile(rb"(?i)x-forwarded-.+|forwarded|x-real-ip|front-end-https")


class Reading:
    """A message as a reader understands it."""

    def __init__(self, line, version, fields, data, ended, rest):
        self.line = line  # method and target, or the status
        self.version = version
        self.fields = fields  # names in their case, values without spaces
        self.data = data
        self.ended = ended  # None: the body broke
        self.rest = rest  # bytes of the next message

    def __repr__(self):
        return f"<{vars(self)}>"


def read_by_casgate(messages):
    """For each (kind, bytes) None, where casgate refuses it, or its Reading
    and the head that goes on to the CAS."""
    program = pathlib.Path(PROGRAM).parent / "tests/reader"
    blocks = (kind + raw for kind, raw in messages)
    result = subprocess.run(
        [program],
        input=b"".join(struct.pack("<I", len(b)) + b for b in blocks),
        stdout=subprocess.PIPE,
        check=True,
    )
    told = _blocks(result.stdout)
    return [_told(head, told, raw) for (_, raw), head in zip(messages, told)]


def _blocks(output):
    at = 0
    while at < len(output):
        (length,) = struct.unpack_from("<I", output, at)
        yield output[at + 4 : at + 4 + length]
        at += 4 + length


def _told(lines, told, raw):
    if not lines:
        return None
    parts, fields = {}, []
    for line in lines.split(b"\n")[:-1]:
        if line.startswith(b":"):
            name, _, value = line[1:].partition(b":")
            fields.append(_field(name, value))
        else:
            name, _, value = line.partition(b" ")
            parts[name.decode()] = value
    data, onward = next(told), next(told)
    line = (parts["method"], parts["target"]) if onward else parts["status"]
    ended = {b"complete": True, b"flowing": False, b"broken": None}
    rest = raw[len(raw) - int(parts["rest"]) :]
    reading = Reading(
        line, parts["version"], fields, data, ended[parts["progress"]], rest
    )
    return reading, onward


def _field(name, value):
    """h11 gives the value of Transfer-Encoding in lower case."""
    is_coding = name.lower() == b"transfer-encoding"
    return name, value.lower() if is_coding else value


def read_by_h11(kind, raw):
    """Its Reading; h11.RemoteProtocolError where it refuses the head."""
    reader = _h11(kind)
    reader.receive_data(raw)
    head = reader.next_event()
    assert hasattr(head, "headers"), f"h11 wants more of {raw!r}"
    line = b"%d" % head.status_code if kind != REQUEST else (head.method, head.target)
    fields = [_field(*field) for field in head.headers.raw_items()]
    data, ended = b"", isinstance(head, h11.InformationalResponse)
    try:
        while not ended and isinstance(event := reader.next_event(), h11.Data):
            data += event.data
        ended = ended or isinstance(event, h11.EndOfMessage)
    except h11.RemoteProtocolError as error:
        ended = True if OF_TRAILERS.match(str(error)) else None
    rest = reader.trailing_data[0]
    return Reading(line, head.http_version, fields, data, ended, rest)


def _h11(kind):
    if kind == REQUEST:
        return h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    method = "HEAD" if kind == ANSWER_TO_HEAD else "GET"
    reader.send(h11.Request(method=method, target="/", headers=[("Host", "a")]))
    reader.send(h11.EndOfMessage())
    return reader


def disagreement(kind, raw, told):
    """What h11 and casgate do not both say of a message that casgate lets
    through; None when they agree."""
    ours, onward = told
    try:
        theirs = read_by_h11(kind, _without_empty_line(kind, raw))
        if wrong := _compare(kind, ours, theirs):
            return wrong
        return _compare_onward(read_by_h11(kind, onward), ours) if onward else None
    except h11.RemoteProtocolError as error:
        return f"h11 refuses it: {error}"


def _without_empty_line(kind, raw):
    """One may stand in front of a request (RFC 9112 2.2)."""
    return raw[2:] if kind == REQUEST and raw.startswith(b"\r\n") else raw


def _compare(kind, ours, theirs):
    for part in ("version", "fields"):
        if getattr(ours, part) != getattr(theirs, part):
            return f"another {part}"
    if _origin_form(kind, theirs.line) != ours.line:
        return "another first line"
    if ours.ended is None:
        return None  # stricter: it never gets whole to the CAS
    for part in ("ended", "data", "rest"):
        # What an unfinished message will be followed by is not known.
        if getattr(ours, part) != getattr(theirs, part) and (
            part != "rest" or ours.ended
        ):
            return f"another {part}"
    return None


def _origin_form(kind, line):
    """The absolute form goes on without its scheme and host."""
    if kind != REQUEST:
        return line
    method, target = line
    return method, re.sub(rb"(?i)^https?://[^/?]*", b"", target) or b"/"


def _compare_onward(onward, ours):
    """The head for the CAS: as h11 reads it, it says what the client said."""
    if onward.line != ours.line or onward.version != ours.version:
        return "another first line to the CAS"
    kept = _end_to_end(onward.fields)
    named = _named_by_connection(ours.fields)
    for field in _end_to_end(ours.fields):
        if kept and kept[0] == field:
            kept.pop(0)
        elif b"_" not in field[0] and field[0].lower() not in named:
            return f"{field} does not reach the CAS"
    if kept or _named_by_connection(onward.fields) - {b"close", b"keep-alive", b""}:
        return "something else reaches the CAS"
    return None


def _end_to_end(fields):
    return [
        (name, value)
        for name, value in fields
        if name.lower() not in HOP_BY_HOP and not FORWARDING.fullmatch(name)
    ]


def _named_by_connection(fields):
    values = b",".join(v for n, v in fields if n.lower() == b"connection")
    return {token.strip(b" \t").lower() for token in values.split(b",")}
